"""Standard errors of the headline metrics of one stride, from what is known to disturb them.

Each figure comes from experiments with one source of error at a time on simulated runs with known
truth. The parts are taken as independent, so their squares add; that the intervals cover as they
should has not been checked yet. The soft-tissue
part rests on an assumed model of how skin moves over bone; it is the largest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import hypot

from pipeline.pelvis_axes import PelvisAxes

ORIENTATION_DROP_DEG = {True: 0.14, False: 0.06}
"""Orientation filter, peak drop: live (True) and offline (False)."""
ORIENTATION_EXCURSION_DEG = 0.04
SOFT_TISSUE_DROP_DEG = 0.33
STANDING_POSE_DEG = 0.09
YAW_PEAK_PER_DEG = 0.10
"""Degrees of peak drop per degree that the pelvis sensor's forward direction is off."""
YAW_EXCURSION_PER_DEG = 0.08
EVENT_EXCURSION_DEG = 0.10
"""Foot strike uncertain by 8 ms."""
ACCELEROMETER_BIAS_TIBIA_DEG = 0.60
SOFT_TISSUE_TIBIA_DEG = 1.80
EVENT_TIBIA_DEG = 0.60
FILLED_DROP_DEG = 0.50
FILLED_TIBIA_DEG = 0.20
TURNING_DROP_DEG = 1.10
SETTLING_DROP_DEG = 1.25
"""Live, in the first seconds after a start in motion or a long gap."""


@dataclass(frozen=True, slots=True)
class StrideDoubts:
    """What is doubtful about one stride.

    Attributes:
        live: orientation came from past samples only.
        filled: a gap inside was bridged.
        turning: the runner was in a bend.
        settling: the filter had not settled.
    """

    live: bool
    filled: bool
    turning: bool
    settling: bool


def standard_errors(
    known: Iterable[str], axes: PelvisAxes | None, doubts: StrideDoubts
) -> dict[str, float]:
    """Standard errors for those headline metrics that are ``known``, degrees."""
    errors: dict[str, float] = {}
    keys = set(known)
    if axes is not None:
        filled = FILLED_DROP_DEG if doubts.filled else 0.0
        turning = TURNING_DROP_DEG if doubts.turning else 0.0
        settling = SETTLING_DROP_DEG if doubts.settling and doubts.live else 0.0
        peak = hypot(
            ORIENTATION_DROP_DEG[doubts.live],
            SOFT_TISSUE_DROP_DEG,
            STANDING_POSE_DEG,
            YAW_PEAK_PER_DEG * axes.yaw_se_deg,
            filled,
            turning,
            settling,
        )
        excursion = hypot(
            ORIENTATION_EXCURSION_DEG,
            SOFT_TISSUE_DROP_DEG,
            EVENT_EXCURSION_DEG,
            YAW_EXCURSION_PER_DEG * axes.yaw_se_deg,
            filled,
        )
        errors |= {"cpd_peak_deg": peak, "cpd_mid_deg": peak, "cpd_exc_deg": excursion}
    errors["tir_exc_deg"] = hypot(
        ACCELEROMETER_BIAS_TIBIA_DEG,
        SOFT_TISSUE_TIBIA_DEG,
        EVENT_TIBIA_DEG,
        FILLED_TIBIA_DEG if doubts.filled else 0.0,
    )
    return {key: value for key, value in errors.items() if key in keys}
