"""Standard errors of the headline metrics, from what is known to disturb them.

Each part is a size (how wrong a foot strike, an axis, an accelerometer may be) times what it does
to this very stride: the slope of the curve at foot strike, how far the pelvis tilted or the shank
leaned between foot strike and peak. The parts are taken as independent, so their squares add.
Most of them stay the same from stride to stride of one leg in one session; only ``own`` parts
differ. The sizes come from simulated runners with everyday faults and from virtual sensors on
real running; the share of soft tissue rests on the simulator's model of it. How often the
intervals hold is tested (docs/validation.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.gap_doubt import GapDoubts
from pipeline.orientation import FloatArray
from pipeline.stride import Gait

STRIKE_SE_S: Mapping[Gait, float] = {"run": 0.002, "walk": 0.0065}
"""Foot strike, the same in all strides of a leg."""
OWN_STRIKE_SE_S: Mapping[Gait, float] = {"run": 0.0015, "walk": 0.003}
"""Foot strike, differently in each stride."""
ORIENTATION_DROP_DEG = {True: 0.12, False: 0.02}
"""Orientation filter, peak drop: live (True) and offline (False)."""
ORIENTATION_EXCURSION_DEG = 0.02
ORIENTATION_TIBIA_DEG = {True: 0.25, False: 0.18}
SOFT_TISSUE_DEG: Mapping[str, Mapping[Gait, float]] = {
    "cpd_peak_deg": {"run": 0.48, "walk": 0.47},
    "cpd_mid_deg": {"run": 0.48, "walk": 0.47},
    "cpd_exc_deg": {"run": 0.47, "walk": 0.50},
    "tir_exc_deg": {"run": 1.05, "walk": 0.88},
}
"""Skin over bone, by the simulator's everyday model of it (root mean square over 73 runners and 88
walkers, seeds from 40000 on); no sensor can see this part. Where sensors
shake more than usual after foot strikes it is scaled (`pipeline.skin_shake`)."""
OWN_DEG: Mapping[str, float] = {
    "cpd_peak_deg": 0.03,
    "cpd_mid_deg": 0.03,
    "cpd_exc_deg": 0.03,
    "tir_exc_deg": 0.12,
}
"""Part of the error that differs from stride to stride, where nothing else is doubtful."""
MEDIAN_VARIANCE = np.pi / 2.0
"""Variance of a median of normal values over that of their mean."""
GYRO_CROSS_AXIS = 0.005
"""Turn about one axis that a gyroscope sees of a turn about another."""
BEND_DEG_PER_DEG_S: Mapping[Gait, float] = {"run": 0.34, "walk": 0.14}
"""In a bend gravity seems to lean inwards: speed times turning rate over gravity, at a usual speed
(3.3 and 1.4 m/s)."""
SETTLING_DROP_DEG = 1.25
"""Live, in the first seconds after a start in motion or a long gap."""
BIAS_PRIOR_M_S2 = 0.012 * 9.81
"""Accelerometer bias of a consumer part, before anything is known of it."""
FEW_AXES = 1.25
"""That size rests on one axis of each of three sensors, and cross-axis errors come on top."""
GRAVITY_M_S2 = 9.81


@dataclass(frozen=True, slots=True)
class DropSensitivity:
    """What disturbs the drop of n strides by how much.

    Attributes:
        slope_deg_s: slope of the drop at foot strike, shape (n,).
        tilt_peak_rad: tilt of the pelvis against standing at the peak of the drop, shape (n,).
        tilt_strike_rad: the same at foot strike, shape (n,).
    """

    slope_deg_s: FloatArray
    tilt_peak_rad: FloatArray
    tilt_strike_rad: FloatArray


@dataclass(frozen=True, slots=True)
class TibiaSensitivity:
    """What disturbs the tibial rotation of n strides by how much.

    Attributes:
        slope_deg_s: slope of the rotation at foot strike, shape (n,).
        lean: difference of the sine of the shank's sagittal lean, peak less foot strike, (n,).
    """

    slope_deg_s: FloatArray
    lean: FloatArray


@dataclass(frozen=True, slots=True)
class StrideDoubts:
    """What is doubtful about n strides of one leg.

    Attributes:
        live: orientation came from past samples only.
        gait: of each stride.
        turning_deg_s: turning rate where the runner was in a bend, else 0, shape (n,).
        settling: the filter had not settled, shape (n,).
        clip_tilt_deg: standard error of the tilt from clipped acceleration, shape (n,).
        tissue_scale: how much more than usual the soft tissue moves, 1 or more.
    """

    live: bool
    gait: tuple[Gait, ...]
    turning_deg_s: FloatArray
    settling: npt.NDArray[np.bool_]
    clip_tilt_deg: FloatArray
    tissue_scale: float = 1.0

    def of_gait(self, sizes: Mapping[Gait, float]) -> FloatArray:
        """The size for each stride."""
        return np.array([sizes[gait] for gait in self.gait])

    def soft_tissue(self, metric: str) -> FloatArray:
        """Skin over bone, degrees, shape (n,)."""
        return self.tissue_scale * self.of_gait(SOFT_TISSUE_DEG[metric])


def drop_errors(
    sensitivity: DropSensitivity, yaw_se_deg: float, gaps: GapDoubts, doubts: StrideDoubts
) -> dict[str, FloatArray]:
    """Standard errors of peak, mid-stance and excursion of the drop, each of shape (n,).

    Args:
        sensitivity: of the strides.
        yaw_se_deg: standard error of the pelvis' forward direction.
        gaps: doubts from gaps in the pelvis track.
        doubts: about the strides.
    """
    strike_s = _root(doubts.of_gait(STRIKE_SE_S), doubts.of_gait(OWN_STRIKE_SE_S))
    peak = _root(
        ORIENTATION_DROP_DEG[doubts.live],
        doubts.soft_tissue("cpd_peak_deg"),
        OWN_DEG["cpd_peak_deg"],
        yaw_se_deg * sensitivity.tilt_peak_rad,
        gaps.tilt_se_deg,
        doubts.clip_tilt_deg,
        doubts.of_gait(BEND_DEG_PER_DEG_S) * doubts.turning_deg_s,
        np.where(doubts.settling & doubts.live, SETTLING_DROP_DEG, 0.0),
    )
    excursion = _root(
        ORIENTATION_EXCURSION_DEG,
        doubts.soft_tissue("cpd_exc_deg"),
        OWN_DEG["cpd_exc_deg"],
        yaw_se_deg * (sensitivity.tilt_peak_rad - sensitivity.tilt_strike_rad),
        sensitivity.slope_deg_s * strike_s,
        gaps.inside_tilt_se_deg,
    )
    return {"cpd_peak_deg": peak, "cpd_mid_deg": peak, "cpd_exc_deg": excursion}


def tibia_errors(
    sensitivity: TibiaSensitivity, bias_se_m_s2: float, gaps: GapDoubts, doubts: StrideDoubts
) -> dict[str, FloatArray]:
    """Standard error of the tibial rotation, shape (n,).

    A bias of the accelerometer across the shank tilts the frame sideways; that turns the axial
    angle in proportion to the lean of the shank, and nothing in gait tells it from a leg that
    truly leans.

    Args:
        sensitivity: of the strides.
        bias_se_m_s2: standard error of the accelerometer's bias.
        gaps: doubts from gaps in the shank track.
        doubts: about the strides.
    """
    strike_s = _root(doubts.of_gait(STRIKE_SE_S), doubts.of_gait(OWN_STRIKE_SE_S))
    tilt_deg = _root(
        FEW_AXES * np.degrees(bias_se_m_s2 / GRAVITY_M_S2), gaps.tilt_se_deg, doubts.clip_tilt_deg
    )
    error = _root(
        ORIENTATION_TIBIA_DEG[doubts.live],
        doubts.soft_tissue("tir_exc_deg"),
        OWN_DEG["tir_exc_deg"],
        sensitivity.lean * tilt_deg,
        np.degrees(sensitivity.lean) * GYRO_CROSS_AXIS,
        sensitivity.slope_deg_s * strike_s,
        gaps.inside_turn_se_deg,
    )
    return {"tir_exc_deg": error}


def median_error(key: str, stride_errors: npt.ArrayLike) -> float:
    """Standard error of the median of a metric over n strides of one leg.

    Args:
        key: the metric.
        stride_errors: standard errors of the strides, shape (n,), n > 0.

    Returns:
        What the strides have in common, and what is left of each one's own part.
    """
    errors = np.asarray(stride_errors, np.float64)
    own = OWN_DEG.get(key, 0.0) ** 2
    shared = max(0.0, float(np.median(errors * errors)) - own)
    return float(np.sqrt(shared + MEDIAN_VARIANCE * own / len(errors)))


def accelerometer_bias_se(standing_sizes_m_s2: FloatArray) -> float:
    """Standard error of an accelerometer's bias, from what such sensors read at rest.

    Args:
        standing_sizes_m_s2: size of the mean specific force of each sensor in standing, (n,);
            its difference from gravity shows one part in three of each bias.

    Returns:
        m/s²; between what is usual and what was seen.
    """
    seen = standing_sizes_m_s2 - GRAVITY_M_S2
    total = BIAS_PRIOR_M_S2**2 + float(np.sum(seen * seen))
    return float(np.sqrt(total / (1 + len(seen))))


def _root(*parts: FloatArray | float) -> FloatArray:
    total: FloatArray = np.asarray(sum(np.square(part) for part in parts), np.float64)
    return np.sqrt(total)
