"""Suite of repeated measurement: the smallest change of one runner that is more than error (MDC95).

The same simulated person on several days, with the same sensors put on again; and two conditions
that do not differ, in blocks within one run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace

import numpy as np

from firmware_sim import SimulatedSession
from firmware_sim.body.script import Script
from firmware_sim.imu.faults import FaultValue
from levelstride.validation.drawn_people import FIRST_SEED, PREPARATION, recorded
from levelstride.validation.figure import Figure
from levelstride.validation.leg_errors import METRICS, Z_95
from levelstride.validation.suite import SuiteOrder, SuiteResult
from pipeline.analyse_file import analyse_recording
from pipeline.orientation import FloatArray
from pipeline.statistics.comparison import compare_conditions
from pipeline.statistics.condition_blocks import ConditionBlock
from pipeline.statistics.estimate import estimate_leg
from pipeline.statistics.leg_series import leg_series
from pipeline.stride import SIDES, Side
from pipeline.stride_table import strides_to_frame

NAME = "put-on-again"
DAYS = "another day"
NO_SKIN = "another day, no skin"
SEATS = "put on again at once"
BLOCKS = "blocks of one run"
DAY_SEED = 50_000
"""How far the seeds of a person's days are apart."""
SESSION_S = 150.0
PUTTINGS_FULL, PUTTINGS_QUICK = 4, 2
PUTTING: Mapping[str, FaultValue] = {"mount_turn_deg": 10.0, "slip_creep_deg": 2.0}
"""Tilt and turn within 10 degrees (place: 2 cm at the pelvis, 3.5 cm along the shank), and straps that
creep by 2 degrees in half an hour."""
SKINLESS: Mapping[str, FaultValue] = {"soft_tissue_deg": "0,0", "wobble_deg": 0.0}
BLOCK_S, WASHOUT_S = 180.0, 30.0
CONDITIONS = ("A", "B", "A", "B")


def put_on_again(order: SuiteOrder) -> SuiteResult:
    """Spread of one leg's typical value over puttings-on, and of differences that are none."""
    result = SuiteResult(NAME)
    puttings = PUTTINGS_FULL if order.full else PUTTINGS_QUICK
    for case in (DAYS, NO_SKIN, SEATS):
        values: dict[tuple[str, Side, str], list[float]] = {}
        for done, (who, _, path) in enumerate(recorded(_puttings(order, puttings, case))):
            order.progress(f"{NAME}, {case}", done / (order.seeds * puttings))
            table = strides_to_frame(analyse_recording(path).strides)
            for side in SIDES:
                for metric in METRICS:
                    found = estimate_leg(table, side, metric, "run")
                    if found is not None and np.isfinite(found.value):
                        values.setdefault((who, side, metric), []).append(found.value)
        result.figures += spreads(values, case)
    result.figures += _blocks(order)
    order.progress(NAME, 1.0)
    return result


def _puttings(
    order: SuiteOrder, puttings: int, case: str
) -> Iterator[tuple[str, SimulatedSession]]:
    """Sessions of the same people: the same sensors seated anew, on a new day or not.

    On a new day everything but person and sensors is drawn anew: strides, crooked squats, noise, loss, and
    how skin moves, which on people would stay in part.
    """
    new_day = case != SEATS
    faults = {**PUTTING, **SKINLESS} if case == NO_SKIN else PUTTING
    for seed in range(FIRST_SEED, FIRST_SEED + order.seeds):
        first = _session(seed, faults)
        for number in range(puttings):
            other = _session(seed + DAY_SEED * number, faults, first)
            session = other if new_day else first
            session.sensors = tuple(
                replace(own, errors=old.errors, part=old.part, config=old.config)
                if new_day
                else replace(old, mounting=own.mounting)
                for own, old in zip(other.sensors, first.sensors, strict=True)
            )
            yield f"seed {seed}", session


def _session(
    seed: int, faults: Mapping[str, FaultValue], person: SimulatedSession | None = None
) -> SimulatedSession:
    runner = None if person is None else person.runner
    changes = {} if runner is None else {f.name: getattr(runner, f.name) for f in fields(runner)}
    return SimulatedSession(
        SESSION_S, seed, faults="field", fault_overrides=faults, runner_changes=changes
    )


def spreads(values: Mapping[tuple[str, Side, str], Sequence[float]], case: str) -> list[Figure]:
    """Standard deviation of each leg over its sessions, and MDC95 from all legs together.

    Args:
        values: person, side and metric to the typical values of the sessions.
        case: name of the case.

    Returns:
        ``…_again_sd_deg`` per leg; ``…_mdc95_deg``: 1.96 times the root of 2 times the pooled SD
        within a leg.
    """
    figures: list[Figure] = []
    for metric in METRICS:
        legs = {
            key[:2]: np.array(v) for key, v in values.items() if key[2] == metric and len(v) > 1
        }
        short = metric.removesuffix("_deg")
        for (who, side), found in legs.items():
            sd = float(np.std(found, ddof=1))
            figures.append(Figure(NAME, case, who, side, f"{short}_again_sd_deg", sd, len(found)))
        if legs:
            squares = sum(float(np.sum((v - v.mean()) ** 2)) for v in legs.values())
            free = sum(len(v) - 1 for v in legs.values())
            mdc = Z_95 * np.sqrt(2.0 * squares / free)
            figures.append(
                Figure(NAME, case, "all legs", "", f"{short}_mdc95_deg", float(mdc), free)
            )
    return figures


def _blocks(order: SuiteOrder) -> list[Figure]:
    """Differences of two conditions that are the same, in blocks of three minutes: ABAB."""
    rows: list[dict[str, str | float]] = [dict(r) for r in PREPARATION]
    rows += [{"activity": "run", "seconds": BLOCK_S, "label": label} for label in CONDITIONS]
    begin_s = sum(float(r["seconds"]) for r in PREPARATION)
    blocks = [
        ConditionBlock(label, begin_s + n * BLOCK_S + WASHOUT_S, begin_s + (n + 1) * BLOCK_S)
        for n, label in enumerate(CONDITIONS)
    ]
    script = Script.from_rows(rows, 1.0)
    sessions = (
        (
            f"seed {seed}",
            SimulatedSession(blocks[-1].end_s, seed, faults="field", script=script),
        )
        for seed in range(FIRST_SEED, FIRST_SEED + order.seeds)
    )
    figures: list[Figure] = []
    differences: dict[str, list[float]] = {}
    for done, (who, _, path) in enumerate(recorded(sessions)):
        order.progress(f"{NAME}, {BLOCKS}", done / order.seeds)
        table = strides_to_frame(analyse_recording(path).strides)
        for side in SIDES:
            for metric in METRICS:
                found = compare_conditions(leg_series(table, side, metric, "run"), blocks, "A", "B")
                if found is None:
                    continue
                differences.setdefault(metric, []).append(found.difference)
                key = f"{metric.removesuffix('_deg')}_difference_deg"
                figures.append(Figure(NAME, BLOCKS, who, side, key, found.difference, 4))
    for metric, each in differences.items():
        size: FloatArray = np.array(each)
        mdc = float(Z_95 * np.sqrt(np.mean(size**2)))
        key = f"{metric.removesuffix('_deg')}_mdc95_deg"
        figures.append(Figure(NAME, BLOCKS, "all legs", "", key, mdc, len(each)))
    return figures
