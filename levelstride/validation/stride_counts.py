"""Suite that counts: strides missed, invented and given to the wrong foot, gaps that nobody is told of.

Enough people and strides that a few in 10 000 can be seen. Truth is the simulator's list of strides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from firmware_sim import SimulatedSession
from firmware_sim.body.script import Script
from firmware_sim.imu.faults import FaultValue
from firmware_sim.truth.events import stride_events
from levelstride.validation.drawn_people import drawn_people
from levelstride.validation.figure import Figure
from levelstride.validation.leg_errors import SAME_STRIDE_S
from levelstride.validation.lost_samples import lost_stretches, says_so, touches
from levelstride.validation.suite import SuiteOrder, SuiteResult
from pipeline.analysis import analyse_blocks
from pipeline.orientation import FloatArray
from pipeline.stride import SIDES, Gait, Side, Stride
from pipeline.stride_measurement import SHANK_OF
from sensors.placement import Placement
from sensors.recording_reader import open_recording
from sensors.sample_block import SampleBlock

NAME = "stride-counts"
SAME_STRIKE_S = 0.15
"""A stride that begins no nearer than this to any foot strike of its leg is invented."""
NOT_BRIDGED_S = 0.25
"""Gaps of more than this are not filled, so a stride in them cannot be measured."""
STRIDE_S = 1.0
"""Gaps of more than this are longer than a stride."""
CHANGES: tuple[dict[str, str | float], ...] = (
    {"activity": "stand", "seconds": 6},
    {"activity": "squats", "seconds": 10, "repetitions": 4},
    {"activity": "stand", "seconds": 2},
    {"activity": "walk", "seconds": 30},
    {"activity": "turn", "seconds": 4, "turn_deg": 180, "speed_m_s": 1.1},
    {"activity": "walk", "seconds": 15},
    {"activity": "run", "seconds": 50},
    {"activity": "walk", "seconds": 15},
    {"activity": "stop", "seconds": 8},
    {"activity": "turn", "seconds": 3, "turn_deg": 180},
    {"activity": "run", "seconds": 40},
    {"activity": "stop", "seconds": 6},
    {"activity": "stairs_up", "seconds": 12},
    {"activity": "walk", "seconds": 15},
    {"activity": "run", "seconds": 60},
    {"activity": "turn", "seconds": 4, "turn_deg": -120, "speed_m_s": 1.3},
    {"activity": "run", "seconds": 40},
    {"activity": "stand", "seconds": 5},
)
LOSSES: Mapping[str, FaultValue] = {"loss": 0.01, "dropouts": 0.7}
"""One per cent in bursts, and silences of 1 to 6 s, one per sensor in about three minutes."""
SHORT_BOUTS: tuple[dict[str, str | float], ...] = (
    {"activity": "stand", "seconds": 6},
    {"activity": "squats", "seconds": 10, "repetitions": 4},
    {"activity": "stand", "seconds": 3},
    {"activity": "run", "seconds": 6},
    {"activity": "stop", "seconds": 6},
    {"activity": "walk", "seconds": 8},
    {"activity": "stop", "seconds": 6},
    {"activity": "run", "seconds": 6},
    {"activity": "stop", "seconds": 6},
    {"activity": "walk", "seconds": 8},
    {"activity": "stop", "seconds": 6},
)
"""Bouts of fewer than twenty steps."""


@dataclass(frozen=True)
class Counting:
    """One case of the suite.

    Attributes:
        case: its name.
        gait: what fills the session without a script.
        seconds: length of a session.
        people: number of people, in full and quick.
        overrides: faults set otherwise than ``field`` does.
        rows: script of the session.
    """

    case: str
    gait: Gait
    seconds: float
    people: tuple[int, int]
    overrides: Mapping[str, FaultValue]
    rows: tuple[dict[str, str | float], ...] = ()


CASES = (
    Counting("steady run", "run", 75.0, (84, 2), {"loss": 0.0}),
    Counting("steady walk", "walk", 75.0, (130, 2), {"loss": 0.0}),
    Counting(
        "changes and losses", "run", sum(float(r["seconds"]) for r in CHANGES), (24, 1), LOSSES, CHANGES
    ),
)  # fmt: skip
ONE_SHANK = (Placement.PELVIS, Placement.SHANK_RIGHT)
ALONE = (Placement.PELVIS,)


def stride_counts(order: SuiteOrder) -> SuiteResult:
    """Counts with all sensors, sides also with one shank and with the pelvis alone; faults ``field``."""
    result = SuiteResult(NAME)
    for counting in CASES:
        case = counting.case
        script = Script.from_rows([dict(r) for r in counting.rows], 1.0) if counting.rows else None
        size = replace(order, seeds=counting.people[not order.full], seconds=counting.seconds)
        people = drawn_people(size, "field", counting.gait, script, overrides=counting.overrides)
        for done, (who, session, path) in enumerate(people):
            order.progress(f"{NAME}, {case}", done / size.seeds)
            with open_recording(path) as recording:
                blocks = list(recording.blocks())
            truth = true_strides(session)
            strides = _strides(blocks, tuple(Placement))
            lost = lost_stretches(blocks)
            found: dict[str, dict[str, int]] = {
                side: counts(strides, truth, lost, side) for side in SIDES
            }
            if not counting.rows:
                found[""] = _fewer_sensors(blocks, truth)
            result.figures += [
                Figure(NAME, case, who, side, f"{key}_count", float(value), 1)
                for side, values in found.items()
                for key, value in values.items()
            ]
    size = replace(order, seeds=8 if order.full else 1, seconds=75.0)
    script = Script.from_rows([dict(r) for r in SHORT_BOUTS], 1.0)
    for who, _, path in drawn_people(size, "field", "run", script):
        with open_recording(path) as recording:
            blocks = list(recording.blocks())
        for key, worn in (("sides_before_lock", ALONE), ("strides", tuple(Placement))):
            many = float(len(_strides(blocks, worn)))
            result.figures.append(Figure(NAME, "short bouts", who, "", f"{key}_count", many, 1))
    order.progress(NAME, 1.0)
    return result


def true_strides(session: SimulatedSession) -> pd.DataFrame:
    """Times, gait and validity of every true stride; no angles, which would take much longer."""
    rows = [
        (SIDES[1 - s.leg], s.gait, s.valid, s.foot_strike_s, s.toe_off_s, s.next_foot_strike_s)
        for batch in stride_events(session.body(), session.truth_end_s)
        for s in batch
    ]
    names = ["side", "gait", "valid", "foot_strike_s", "toe_off_s", "next_foot_strike_s"]
    return pd.DataFrame(rows, columns=names)


def counts(
    strides: Sequence[Stride],
    truth: pd.DataFrame,
    lost: Mapping[Placement, FloatArray],
    side: Side,
) -> dict[str, int]:
    """What became of the strides of one leg.

    Args:
        strides: measured ones of both legs.
        truth: every true stride, with ``valid``.
        lost: missing samples, of :func:`lost_stretches`.
        side: which leg.

    Returns:
        ``strides``: true ones that are valid and not inside a gap that is too long to fill;
        ``in_gaps``: those that are; ``missed``: of the former, those without a measured one, valid
        or not; ``flagged``: those whose measured one is not valid; ``extra``: valid measured ones
        without a true foot strike; ``wrong_foot``: valid ones that begin with the other foot;
        ``gaps``: gaps of its shank or the pelvis that are longer than a stride; ``unflagged_gaps``:
        those with a valid stride in them that does not say so.
    """
    true = truth[(truth["side"] == side) & truth["valid"]]
    every = truth[truth["side"] == side]["foot_strike_s"].to_numpy(np.float64)
    other = truth[truth["side"] != side]["foot_strike_s"].to_numpy(np.float64)
    mine = [s for s in strides if s.side == side]
    used = np.array([s.foot_strike_s for s in mine if s.valid])
    unused = np.array([s.foot_strike_s for s in mine if not s.valid])
    shank = lost.get(SHANK_OF[side], np.empty((0, 2)))
    holes = shank[shank[:, 1] - shank[:, 0] > NOT_BRIDGED_S]
    found = {"strides": 0, "in_gaps": 0, "missed": 0, "flagged": 0}
    for start_s, end_s in true[["foot_strike_s", "next_foot_strike_s"]].to_numpy(np.float64):
        if touches(holes, start_s, end_s):
            found["in_gaps"] += 1
            continue
        found["strides"] += 1
        if not _near(used, start_s, SAME_STRIDE_S):
            found["flagged" if _near(unused, start_s, SAME_STRIDE_S) else "missed"] += 1
    inside = [t for t in used.tolist() if len(every) and every[0] - 1.0 < t < every[-1] + 1.0]
    found["extra"] = sum(not _near(every, t, SAME_STRIKE_S) for t in inside)
    found["wrong_foot"] = sum(
        float(np.abs(other - t).min()) < float(np.abs(every - t).min()) for t in inside
    )
    gaps = [
        (place, gap)
        for place in (Placement.PELVIS, SHANK_OF[side])
        for gap in lost.get(place, np.empty((0, 2)))
        if gap[1] - gap[0] > STRIDE_S
    ]
    found["gaps"] = len(gaps)
    found["unflagged_gaps"] = sum(
        any(
            s.valid
            and touches(gap[None], s.foot_strike_s, s.next_foot_strike_s)
            and not says_so(s, place)
            for s in mine
        )
        for place, gap in gaps
    )
    return found


def _near(times_s: FloatArray, time_s: float, within_s: float) -> bool:
    return bool(len(times_s)) and float(np.abs(times_s - time_s).min()) <= within_s


def _strides(blocks: Sequence[SampleBlock], worn: Sequence[Placement]) -> Sequence[Stride]:
    chosen = [b for b in blocks if b.placement in worn]
    return analyse_blocks(chosen, worn, mode="offline").strides


def _fewer_sensors(blocks: Sequence[SampleBlock], truth: pd.DataFrame) -> dict[str, int]:
    """Strides and wrong feet of both legs, with one shank and with the pelvis alone."""
    values: dict[str, int] = {}
    for name, worn in (("one_shank", ONE_SHANK), ("alone", ALONE)):
        found = _strides(blocks, worn)
        values[f"{name}_strides"] = sum(s.valid for s in found)
        values[f"{name}_wrong_foot"] = sum(
            counts(found, truth, {}, side)["wrong_foot"] for side in SIDES
        )
    return values
