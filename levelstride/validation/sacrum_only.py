"""Suite with the pelvis sensor alone: events, sides and drop of both legs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from levelstride.validation import real_data as rd
from levelstride.validation.drawn_people import drawn_people
from levelstride.validation.figure import Figure
from levelstride.validation.leg_errors import leg_errors, leg_figures
from levelstride.validation.real_walking import SAME_EVENT_S, event_figures, nearest_errors
from levelstride.validation.suite import SuiteOrder, SuiteResult, why_not
from pipeline.analysis import analyse_blocks
from pipeline.stride import SIDES, Gait, Side, Stride
from sensors.placement import Placement
from sensors.recording_reader import open_recording

NAME = "sacrum-only"
REAL = "treadmill walking, real"
GAITS: tuple[Gait, ...] = ("run", "walk")
WORN = (Placement.PELVIS,)


def sacrum_only(order: SuiteOrder) -> SuiteResult:
    """Simulated people (faults ``field``), and real treadmill walking where there are data."""
    result = SuiteResult(NAME)
    for gait in GAITS:
        for done, (who, session, path) in enumerate(drawn_people(order, "field", gait)):
            order.progress(f"{NAME}, {gait}", done / order.seeds)
            with open_recording(path) as recording:
                blocks = [b for b in recording.blocks() if b.placement in WORN]
            strides = analyse_blocks(blocks, WORN, mode="offline").strides
            truth = session.truth_strides()
            for side in SIDES:
                leg = leg_errors(strides, truth, side, {"bone": ""}, gait)
                result.figures += leg_figures(leg, NAME, gait, who, side, "bone")
                wrong = float(wrong_feet(strides, truth, side, gait))
                count = max(1, leg.matched)
                result.figures.append(
                    Figure(NAME, gait, who, side, "wrong_foot_count", wrong, count)
                )
    reason = why_not(order.data, rd.TREADMILL)
    if order.data is None or reason is not None:
        result.not_run[rd.TREADMILL] = reason or ""
        return result
    for trial in rd.treadmill_trials(order.data):
        if "Stiff" in trial and not order.full:
            continue
        blocks = [b for b in rd.treadmill_blocks(order.data, trial) if b.placement in WORN]
        strides = analyse_blocks(blocks, WORN, mode="offline").strides
        tables = [rd.treadmill_strides(order.data, trial, side) for side in SIDES]
        sure = pd.concat([t[t["valid"]] for t in tables])
        strikes = nearest_errors(sorted(s.foot_strike_s for s in strides), sure["t_fs"])
        lifts = nearest_errors(sorted(s.toe_off_s for s in strides), sure["t_to"])
        values = event_figures("foot_strike", strikes) | event_figures("toe_off", lifts)
        values |= {"strides_count": len(sure), "missed_count": len(sure) - len(strikes)}
        result.figures += [
            Figure(NAME, REAL, trial, "", key, float(value), max(1, len(strikes)))
            for key, value in values.items()
        ]
    order.progress(NAME, 1.0)
    return result


def wrong_feet(strides: Sequence[Stride], truth: pd.DataFrame, side: Side, gait: str) -> int:
    """Valid strides of a leg that begin nearer to a foot strike of the other leg."""
    starts = truth[truth["valid"] & (truth["gait"] == gait)]
    own, other = (
        starts[(starts["side"] == side) == same]["foot_strike_s"].to_numpy(np.float64)
        for same in (True, False)
    )
    mine = np.array([s.foot_strike_s for s in strides if s.side == side and s.valid])
    if not len(own) or not len(other) or not len(mine):
        return 0
    mine = mine[(mine > own[0] - SAME_EVENT_S) & (mine < own[-1] + SAME_EVENT_S)]
    to_own, to_other = (np.abs(mine[:, None] - t).min(axis=1) for t in (own, other))
    return int(np.sum(to_other < to_own))
