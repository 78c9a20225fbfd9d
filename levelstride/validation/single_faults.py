"""Suite of single faults: what clipping, loss and clock errors add to everyday faults, one at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from firmware_sim import SimulatedSession
from firmware_sim.imu.faults import FaultValue
from levelstride.validation.drawn_people import drawn_people
from levelstride.validation.figure import Figure
from levelstride.validation.leg_errors import leg_errors, leg_figures
from levelstride.validation.lost_samples import lost_stretches, told_of_losses
from levelstride.validation.suite import SuiteOrder, SuiteResult
from pipeline.analyse_file import analyse_recording
from pipeline.stride import SIDES, Gait, Stride
from pipeline.stride_measurement import SHANK_OF
from sensors.placement import Placement
from sensors.recording_reader import open_recording

NAME = "single-faults"
BASE = "everyday"
CLIPPING = "clipping"
FAULTS: Mapping[str, Mapping[str, FaultValue]] = {
    BASE: {},
    CLIPPING: {"impact_gain": 2.5, "wobble_deg": 0.2, "clip_recovery_samples": 3},
    "3 % loss in bursts": {"loss": 0.03, "burst_packets": 2.5},
    "clocks 100 ppm off": {"clock_ppm": 100.0, "clock_wander_ms_h": 3.0},
}
"""Impacts 2.5 times as hard; skin wobbles with impacts, so its size is divided by as much, lest that pass
for clipping."""
GAITS: tuple[Gait, Gait] = ("run", "walk")
TRUTHS = {"bone": "", "sensor": "_sensor"}
COMPARED = (
    "cpd_peak_rmse_bone_deg",
    "cpd_exc_rmse_bone_deg",
    "tir_exc_rmse_bone_deg",
    "tir_exc_rmse_sensor_deg",
)


def single_faults(order: SuiteOrder) -> SuiteResult:
    """Errors with everyday faults, and the same people with one fault more."""
    result = SuiteResult(NAME)
    true: dict[tuple[Gait, str], pd.DataFrame] = {}
    for part, gait in enumerate(GAITS):
        for number, (fault, overrides) in enumerate(FAULTS.items()):
            case = f"{gait}, {fault}"
            people = drawn_people(order, "field", gait, overrides=overrides)
            for done, (who, session, path) in enumerate(people):
                share = (number + done / order.seeds) / len(FAULTS)
                order.progress(NAME, (part + share) / len(GAITS))
                if fault in (BASE, CLIPPING):  # loss and clocks leave body and sensors as they are
                    true[gait, who] = session.truth_strides()
                truth = true[gait, who]
                strides = analyse_recording(path).strides
                for side in SIDES:
                    leg = leg_errors(strides, truth, side, TRUTHS, gait)
                    result.figures += [
                        each
                        for each in leg_figures(leg, NAME, case, who, side, "bone")
                        if each.quantity in COMPARED or each.kind == "total"
                    ]
                with open_recording(path) as recording:
                    lost = lost_stretches(recording.blocks())
                told = told_of_losses(strides, lost, SHANK_OF)
                if fault == CLIPPING:
                    told = told_of_clips(strides, session)
                result.figures += [
                    Figure(NAME, case, who, "", f"{word}_count", float(value), 1)
                    for word, value in zip(("touched", "silent"), told, strict=True)
                ]
    result.figures += worsened(result.figures)
    order.progress(NAME, 1.0)
    return result


def told_of_clips(strides: Sequence[Stride], session: SimulatedSession) -> tuple[int, int]:
    """Strides in which an accelerometer stood at its limit; those that are valid and do not say so."""
    log = session.fault_timeline()
    log = log[log["fault"] == "acc_clip"]
    touched = silent = 0
    for s in strides:
        mine = log[log["placement"].isin([SHANK_OF[s.side].value, Placement.PELVIS.value])]
        # a stretch lasts as long as its packets, so only one that lies wholly inside is sure
        sure = (mine["start_s"] >= s.foot_strike_s) & (mine["end_s"] < s.next_foot_strike_s)
        touched += bool(sure.any())
        silent += bool(sure.any()) and s.valid and "clipped_acc" not in s.flags
    return touched, silent


def worsened(figures: Sequence[Figure]) -> list[Figure]:
    """How many times as large errors are with a fault: of all legs together, and of the worst leg.

    The truth of people with hard impacts is their own, so legs are put together first.
    """
    found: list[Figure] = []
    sizes: dict[tuple[str, str], list[float]] = {}
    for each in figures:
        if each.quantity in COMPARED:
            sizes.setdefault((each.case, each.quantity), []).append(each.value)
    for (case, quantity), values in sizes.items():
        gait, _, fault = case.partition(", ")
        base = sizes.get((f"{gait}, {BASE}", quantity))
        if fault == BASE or base is None:
            continue
        short = quantity.removesuffix("_deg")
        for who, size in (("all legs", np.mean), ("worst leg", np.max)):
            ratio = float(np.sqrt(size(np.square(values)) / size(np.square(base))))
            found.append(Figure(NAME, case, who, "", f"{short}_times", ratio, len(values)))
    return found
