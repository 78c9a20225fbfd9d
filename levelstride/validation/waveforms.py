"""Suite of the obliquity's whole curve on laps of a track: straights, bends, warming, drift.

The curve over each stance is held against what the pelvis sensor's frame truly did at the same
moments, so that errors of event times do not count.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from firmware_sim import SimulatedSession
from firmware_sim.body.script import Script
from firmware_sim.imu.faults import FaultValue
from levelstride.validation.drawn_people import FIRST_SEED, PREPARATION, recorded
from levelstride.validation.figure import Figure
from levelstride.validation.leg_errors import rmse
from levelstride.validation.suite import SuiteOrder, SuiteResult
from pipeline.analyse_file import analyse_recording
from pipeline.orientation import FloatArray
from pipeline.stride import CURVE_POINTS, SIDES, Stride

NAME = "waveforms"
LONG_S, SHORT_S = 5400.0, 660.0
PEOPLE_FULL, PEOPLE_QUICK = 6, 1
"""People of the short sessions; the long one is one more, with ``full``."""
SPEED_M_S, RADIUS_M, STRAIGHT_M = 3.2, 36.8, 84.4
STANDING_S = (0.5, 7.0)
"""Part of the first standing that drop counts from."""
FAULTS: dict[str, FaultValue] = {"warm_up_k": "14,15"}
EDGE_S = 5.0
"""Left out where a bend begins or ends: it is entered within two seconds."""
DRIFT_S = 600.0
"""Time at the beginning and the end of a run between which drift is taken."""


def waveforms(order: SuiteOrder) -> SuiteResult:
    """Laps with everyday faults and sensors that warm by 15 K; with ``full`` one of 90 minutes."""
    result = SuiteResult(NAME)
    count = PEOPLE_FULL if order.full else PEOPLE_QUICK
    lengths = [SHORT_S] * count + [LONG_S] * order.full
    sessions = (
        (f"seed {seed}, {seconds / 60.0:.0f} min", _laps(seed, seconds))
        for seed, seconds in enumerate(lengths, FIRST_SEED)
    )
    told = 0.0
    for who, session, path in recorded(sessions):
        order.progress(NAME, told / sum(lengths))
        told += session.seconds
        strides = analyse_recording(path).strides
        table = _pelvis_truth(session)
        for side in SIDES:
            mine = [s for s in strides if s.side == side and s.valid and s.gait == "run"]
            result.figures += curve_figures(mine, table, session.script, who, side)
    order.progress(NAME, 1.0)
    return result


def _laps(seed: int, seconds: float) -> SimulatedSession:
    rows: list[dict[str, str | float]] = [dict(r) for r in PREPARATION]
    straight_s, bend_s = STRAIGHT_M / SPEED_M_S, np.pi * RADIUS_M / SPEED_M_S
    while sum(float(r["seconds"]) for r in rows) < seconds:
        rows.append({"activity": "run", "seconds": straight_s, "speed_m_s": SPEED_M_S})
        bend: dict[str, str | float] = {"bend_radius_m": RADIUS_M, "bend": "left"}
        rows.append({"activity": "run", "seconds": bend_s, "speed_m_s": SPEED_M_S, **bend})
    return SimulatedSession(
        seconds, seed, faults="field", script=Script.from_rows(rows, 1.0), fault_overrides=FAULTS
    )


def _pelvis_truth(session: SimulatedSession) -> pd.DataFrame:
    """Time and obliquity of the frame that the pelvis sensor carries, against the first standing."""
    parts = [
        block[["time_s", "frontal_sensor_deg"]]
        for block in session.truth_samples()
        if block["placement"].iloc[0] == "pelvis"
    ]
    table = pd.concat(parts, ignore_index=True)
    standing = table["time_s"].between(*STANDING_S)
    zero = float(table.loc[standing, "frontal_sensor_deg"].mean())
    return table.assign(obliquity_deg=table["frontal_sensor_deg"] - zero)


def curve_figures(
    strides: Sequence[Stride], truth: pd.DataFrame, script: Script, who: str, side: str
) -> list[Figure]:
    """Errors of the curves of one leg, on straights and in bends.

    Args:
        strides: of the leg.
        truth: columns ``time_s``, ``obliquity_deg`` (+ right side up, zero in standing).
        script: where the bends are.
        who: person.
        side: the leg.
    """
    if not strides:
        return []
    share = np.linspace(0.0, 1.0, CURVE_POINTS)
    strikes = np.array([s.foot_strike_s for s in strides])
    lifts = np.array([s.toe_off_s for s in strides])
    at = strikes[:, None] + share * (lifts - strikes)[:, None]
    sign = 1.0 if side == "right" else -1.0
    times, obliquity = (truth[key].to_numpy(np.float64) for key in ("time_s", "obliquity_deg"))
    found: FloatArray = np.array([s.drop_curve_deg for s in strides], np.float64)
    errors = found - sign * np.interp(at, times, obliquity)
    bends = np.array([_place(script, t) for t in strikes.tolist()])
    figures: list[Figure] = []
    for case in ("straight", "bends"):
        mine = (bends == case) & np.isfinite(errors).all(axis=1)
        if not mine.any():
            continue
        n = int(mine.sum())
        values = {"obliquity_waveform_rmse_deg": rmse(errors[mine])}
        middle = errors[mine].mean(axis=1)
        values["obliquity_waveform_offset_deg"] = float(middle.mean())
        begin, end = strikes[mine] - strikes[0], strikes[-1] - strikes[mine]
        if case == "straight" and strikes[-1] - strikes[0] > 2.0 * DRIFT_S:
            drift = middle[end < DRIFT_S].mean() - middle[begin < DRIFT_S].mean()
            values["obliquity_drift_deg"] = float(drift)
        figures += [Figure(NAME, case, who, side, key, value, n) for key, value in values.items()]
    return figures


def _place(script: Script, time_s: float) -> str:
    """``straight``, ``bends``, or nothing near the end of either."""
    segment = script.segment_at(time_s)
    if segment.activity != "run":
        return ""
    if time_s - segment.start_s < EDGE_S or segment.end_s - time_s < EDGE_S:
        return ""
    return "straight" if segment.bend_radius_m is None else "bends"
