"""Suites on simulated people: exact truth of bone and sensor, three levels of faults.

The people are drawn by seeds on which nothing of the pipeline may be chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from firmware_sim.imu.faults import FaultLevel
from levelstride.validation.drawn_people import FIRST_SEED, drawn_people
from levelstride.validation.figure import Figure
from levelstride.validation.leg_errors import METRICS, leg_errors, leg_figures, tissue_scale_of
from levelstride.validation.suite import SuiteOrder, SuiteResult
from pipeline.analyse_file import analyse_recording
from pipeline.stride import SIDES, Gait, Side, Stride

FAULTS: tuple[FaultLevel, ...] = ("none", "field", "harsh")
TRUTHS = {"bone": "", "sensor": "_sensor"}
MORE_PEOPLE, MORE_SECONDS = 112, 40.0
"""Further people, with ``full``, for the shares of intervals that hold alone: most of an error is the
same in all strides of a person, so a share among sixteen is uncertain by eight per cent, among these and
them by three."""


def simulated_people(order: SuiteOrder, *, gait: Gait) -> SuiteResult:
    """Errors of each leg of each drawn person, offline, and online against offline."""
    name = f"simulated-{gait}"
    result = SuiteResult(name)
    for part, level in enumerate(FAULTS):
        for done, (who, session, path) in enumerate(drawn_people(order, level, gait)):
            order.progress(name, (part + done / order.seeds) / len(FAULTS))
            truth = session.truth_strides()
            analysis = analyse_recording(path)
            strides, scale = analysis.strides, tissue_scale_of(analysis.quality)
            online = analyse_recording(path, mode="online").strides
            for side in SIDES:
                leg = leg_errors(strides, truth, side, TRUTHS, gait, scale)
                covered = _held_against(level)
                result.figures += leg_figures(leg, name, level, who, side, covered)
                result.figures += modes_compared(strides, online, name, level, who, side, gait)
    if order.full:
        result.figures += _intervals(order, name, gait)
    order.progress(name, 1.0)
    return result


def _intervals(order: SuiteOrder, name: str, gait: Gait) -> list[Figure]:
    """Shares of intervals that hold on further people."""
    figures = []
    more = replace(order, seeds=MORE_PEOPLE, seconds=MORE_SECONDS)
    for part, level in enumerate(FAULTS):
        people = drawn_people(more, level, gait, first_seed=FIRST_SEED + order.seeds)
        for done, (who, session, path) in enumerate(people):
            order.progress(f"{name}, intervals", (part + done / more.seeds) / len(FAULTS))
            truth, analysis = session.truth_strides(), analyse_recording(path)
            scale = tissue_scale_of(analysis.quality)
            for side in SIDES:
                leg = leg_errors(analysis.strides, truth, side, TRUTHS, gait, scale)
                found = leg_figures(leg, name, level, who, side, _held_against(level))
                figures += [each for each in found if each.kind == "share"]
    return figures


def _held_against(level: FaultLevel) -> str:
    """The truth that intervals are held against: without faults there is no skin to err by."""
    return "sensor" if level == "none" else "bone"


simulated_run = partial(simulated_people, gait="run")
simulated_walk = partial(simulated_people, gait="walk")


def modes_compared(
    offline: Sequence[Stride],
    online: Sequence[Stride],
    suite: str,
    case: str,
    who: str,
    side: Side,
    gait: str,
) -> list[Figure]:
    """How far the live results of a leg are from the refined ones, strides valid in both."""
    live = {round(s.foot_strike_s, 1): s for s in online if s.side == side and s.valid}
    pairs = []
    for stride in offline:
        if stride.side != side or not stride.valid or stride.gait != gait:
            continue
        near = round(stride.foot_strike_s, 1)
        others = [live[t] for t in (near, round(near - 0.1, 1), round(near + 0.1, 1)) if t in live]
        if others:
            other = min(others, key=lambda s: abs(s.foot_strike_s - stride.foot_strike_s))
            pairs.append((stride, other))
    columns = {
        m: [abs(a.metrics.get(m, np.nan) - b.metrics.get(m, np.nan)) for a, b in pairs]
        for m in METRICS
    }
    columns["foot_strike_ms"] = [1e3 * abs(a.foot_strike_s - b.foot_strike_s) for a, b in pairs]
    figures = []
    for column, values in columns.items():
        known = np.array(values)[np.isfinite(values)] if values else np.array([])
        if not len(known):
            continue
        short, _, unit = column.rpartition("_")
        for word, value in (
            ("median", float(np.median(known))),
            ("p95", float(np.quantile(known, 0.95))),
        ):
            key = f"{short}_online_{word}_{unit}"
            figures.append(Figure(suite, case, who, side, key, value, len(known)))
    return figures
