"""Suite that compares methods on the same trials: events, and the direction of gravity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from firmware_sim import SimulatedSession
from levelstride.validation import orientation_methods
from levelstride.validation import real_data as rd
from levelstride.validation.drawn_people import drawn_people
from levelstride.validation.event_methods import METHODS, FoundEvents
from levelstride.validation.figure import Figure
from levelstride.validation.shank_signals import leg_signals
from levelstride.validation.suite import SuiteOrder, SuiteResult, why_not
from levelstride.validation.uniform_samples import uniform_samples
from pipeline.analysis import analyse_blocks
from pipeline.orientation import FloatArray, up_in_sensor
from pipeline.stride import SIDES, Gait, Side
from sensors.placement import Placement
from sensors.recording_reader import open_recording
from sensors.sample_block import SampleBlock

NAME = "methods"
OURS = "levelstride"
SAME_EVENT_S = 0.15
BROAD = "broad_subset"


@dataclass(frozen=True)
class EventTrial:
    """Samples with reference events.

    Attributes:
        kind: kind of trial.
        who: person or trial.
        gait: what is done.
        blocks: samples of all sensors.
        strikes_s: side to true foot strikes, sorted.
        lifts_s: side to true toe-offs, sorted.
    """

    kind: str
    who: str
    gait: Gait
    blocks: Sequence[SampleBlock]
    strikes_s: dict[Side, FloatArray]
    lifts_s: dict[Side, FloatArray]


def methods(order: SuiteOrder) -> SuiteResult:
    """Every method on simulated people (faults ``field``) and, where there are data, real ones."""
    result = SuiteResult(NAME)
    for done, (trial, tilt) in enumerate(_simulated(order)):
        order.progress("methods, simulated people", done / (2 * order.seeds))
        result.figures += _events(trial) + tilt
    for folder, trials in ((rd.RUNS, _running), (rd.TREADMILL, _treadmill)):
        reason = why_not(order.data, folder)
        if order.data is None or reason is not None:
            result.not_run[folder] = reason or ""
            continue
        order.progress(f"methods, {folder}", 0.0)
        for trial in trials(order.data):
            result.figures += _events(trial)
    reason = why_not(order.data, BROAD)
    if order.data is None or reason is not None:
        result.not_run[BROAD] = reason or ""
    else:
        result.figures += _broad(order.data)
    return result


def _simulated(order: SuiteOrder) -> Iterator[tuple[EventTrial, list[Figure]]]:
    gaits: tuple[Gait, Gait] = ("run", "walk")
    for gait in gaits:
        for who, session, path in drawn_people(order, "field", gait):
            with open_recording(path) as recording:
                blocks = list(recording.blocks())
            truth = session.truth_strides()
            truth = truth[truth["valid"] & (truth["gait"] == gait)]
            trial = EventTrial(
                f"simulated {gait}",
                who,
                gait,
                blocks,
                {s: _sorted(truth[truth["side"] == s]["foot_strike_s"]) for s in SIDES},
                {s: _sorted(truth[truth["side"] == s]["toe_off_s"]) for s in SIDES},
            )
            yield trial, _inclination(session, trial)


def _running(data: Path) -> Iterator[EventTrial]:
    for folder in rd.running_trials(data):
        truth = rd.running_truth(folder)
        yield EventTrial(
            "real running motion",
            folder.name,
            "run",
            rd.running_blocks(folder, "field"),
            {s: _sorted(truth[truth["side"] == s]["foot_strike_s"]) for s in SIDES},
            {s: _sorted(truth[truth["side"] == s]["toe_off_s"]) for s in SIDES},
        )


def _treadmill(data: Path) -> Iterator[EventTrial]:
    for name in rd.treadmill_trials(data):
        tables = {side: rd.treadmill_strides(data, name, side) for side in SIDES}
        yield EventTrial(
            "real walking, treadmill",
            name,
            "walk",
            rd.treadmill_blocks(data, name),
            {s: _sorted(t[t["valid"]]["t_fs"]) for s, t in tables.items()},
            {s: _sorted(t[t["valid"]]["t_to"]) for s, t in tables.items()},
        )


def _events(trial: EventTrial) -> list[Figure]:
    """Bias, spread and misses of each method on each leg."""
    placements = sorted({block.placement for block in trial.blocks})
    strides = analyse_blocks(trial.blocks, placements, mode="offline").strides
    figures = []
    for side in SIDES:
        true = {"foot_strike": trial.strikes_s[side], "toe_off": trial.lifts_s[side]}
        if not len(true["foot_strike"]):
            continue
        signals = leg_signals(trial.blocks, side, trial.gait, true["foot_strike"][0] - 3.0)
        mine = [s for s in strides if s.side == side]
        ours = FoundEvents(
            np.array(
                sorted({s.foot_strike_s for s in mine} | {s.next_foot_strike_s for s in mine})
            ),
            np.array([s.toe_off_s for s in mine]),
        )
        found = {OURS: ours, **{name: method(signals) for name, method in METHODS.items()}}
        for name, events in found.items():
            for event, times in (
                ("foot_strike", events.foot_strike_s),
                ("toe_off", events.toe_off_s),
            ):
                if not len(times):
                    continue
                figures += _compared(trial, side, name, event, times, true[event], events.both_feet)
    return figures


def _compared(
    trial: EventTrial,
    side: Side,
    method: str,
    event: str,
    found: FloatArray,
    true: FloatArray,
    both_feet: bool,
) -> list[Figure]:
    nearest = found[np.argmin(np.abs(found[None, :] - true[:, None]), axis=1)] - true
    errors_ms = 1e3 * nearest[np.abs(nearest) < SAME_EVENT_S]
    values = {f"{event}_count": float(len(true)), f"{event}_missed_count": float(len(true) - len(errors_ms))}  # fmt: skip
    if len(errors_ms):
        values |= {
            f"{event}_bias_ms": float(errors_ms.mean()),
            f"{event}_sd_ms": float(errors_ms.std()),
        }
    if not both_feet:
        gaps = np.diff(true)
        inside = found[(found > true[0]) & (found < true[-1])]
        before = np.searchsorted(true, inside) - 1
        alone = np.abs(inside[:, None] - true[None, :]).min(axis=1) > SAME_EVENT_S
        # between true events that are far apart the reference itself has a hole
        whole = gaps[before] < 1.5 * np.median(gaps)
        values[f"{event}_extra_count"] = float(np.sum(alone & whole))
    case = f"{trial.kind}: {method}"
    return [
        Figure(NAME, case, trial.who, side, key, value, max(1, len(errors_ms)))
        for key, value in values.items()
    ]


def _inclination(session: SimulatedSession, trial: EventTrial) -> list[Figure]:
    """RMS angle between found and true "up" of each simulated sensor while in gait."""
    start = min(float(t[0]) for t in trial.strikes_s.values() if len(t))
    truth = pd.concat(list(session.truth_samples()))
    figures = []
    for placement in Placement:
        worn = uniform_samples(trial.blocks, placement)
        if worn is None:
            continue
        time_s = worn.time_s
        rows = truth[truth["placement"] == placement.value]
        quat = rows[["q_w", "q_x", "q_y", "q_z"]].to_numpy(np.float64)
        up, at = up_in_sensor(quat), rows["time_s"].to_numpy(np.float64)
        true = np.stack([np.interp(time_s, at, up[:, n]) for n in range(3)], axis=1)
        part = "pelvis" if placement is Placement.PELVIS else "shank"
        for name, method in orientation_methods.METHODS.items():
            errors = orientation_methods.inclination_errors_deg(
                method(worn.gyr, worn.acc, worn.rate_hz), true
            )[time_s > start]
            value = float(np.sqrt(np.mean(errors**2)))
            case = f"gravity, {trial.kind}, {part}: {name}"
            figures.append(
                Figure(NAME, case, trial.who, placement.value, "inclination_rmse_deg", value, len(errors))
            )  # fmt: skip
    return figures


def _broad(data: Path) -> list[Figure]:
    """Inclination of a hand-moved body against optical markers."""
    figures = []
    for file in sorted((data / BROAD).glob("*.parquet")):
        table = pd.read_parquet(file).dropna(subset=["ref_qw", "acc_x", "gyr_x"])
        acc, gyr = (table[[f"{k}_{a}" for a in "xyz"]].to_numpy(np.float64) for k in ("acc", "gyr"))
        true = up_in_sensor(table[[f"ref_q{a}" for a in "wxyz"]].to_numpy(np.float64))
        moving = table["movement"].to_numpy(bool)
        rate_hz = 1.0 / float(np.median(np.diff(table["t_s"])))
        for name, method in orientation_methods.METHODS.items():
            errors = orientation_methods.inclination_errors_deg(method(gyr, acc, rate_hz), true)
            value = float(np.sqrt(np.mean(errors[moving] ** 2)))
            case = f"gravity, hand-moved body (BROAD): {name}"
            figures.append(
                Figure(NAME, case, file.stem, "", "inclination_rmse_deg", value, len(errors))
            )
    return figures


def _sorted(times: pd.Series[float]) -> FloatArray:
    return np.sort(times.dropna().to_numpy(np.float64))
