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

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.gap_doubt import GapDoubts
from pipeline.orientation import FloatArray
from pipeline.stride import Gait, Stride

STRIKE_SE_S: Mapping[Gait, float] = {"run": 0.002, "walk": 0.0065}
"""Foot strike, the same in all strides of a leg."""
OWN_STRIKE_SE_S: Mapping[Gait, float] = {"run": 0.0015, "walk": 0.003}
"""Foot strike, differently in each stride."""
WHOLE_STRIKE_SE_S: Mapping[Gait, float] = {
    gait: math.sqrt(size * size + OWN_STRIKE_SE_S[gait] * OWN_STRIKE_SE_S[gait])
    for gait, size in STRIKE_SE_S.items()
}
"""Foot strike, both together."""
ORIENTATION_DROP_DEG = {True: 0.1, False: 0.012}
"""Orientation filter, peak drop: live (True) and offline (False). Live it is the same in all strides of a session
and differs between people: 0.08 to 0.12 (root mean square) in groups of 64 to 128 of them with good sensors."""
ORIENTATION_EXCURSION_DEG: Mapping[bool, Mapping[Gait, float]] = {
    True: {"run": 0.02, "walk": 0.09},
    False: {"run": 0.005, "walk": 0.005},
}
ORIENTATION_TIBIA_DEG = {True: 0.25, False: 0.02}
EDGE_DROP_DEG: Mapping[bool, Mapping[Gait, float]] = {
    True: {"run": 0.16, "walk": 0.16},
    False: {"run": 0.11, "walk": 0.06},
}
"""At the beginning of a bout, live (True) and offline (False): who speeds up leans the mean force, and with the pelvis
turned about the vertical the drop takes over a part of that. Root mean square over 112 simulated people each with
good sensors (seeds from 700000 on), offline: 0.11 and 0.04 in the first valid stride, 0.007 and 0.005 six seconds from
both ends. Live, on 64 of each (seeds from 760000 on), 0.16 and 0.11 in the first two seconds beside what there is later on; 0.16
in walking since the excursion's interval held too seldom there with less."""
TIBIA_SLOPE_SE_DEG_S = 35.0
"""The slope of the tibial rotation at a foot strike that is early is not that at the true one: 24 degrees per second
(root mean square) between them where strikes of simulated walkers were more than 5 ms off. Chosen by how often the
intervals of 240 of them hold (seeds from 700000 on)."""
SKIN_PEAK_DEG = 0.46
"""Skin over bone, the peak drop, by the simulator's everyday model of it (root mean square over 113
runners and 128 walkers, seeds from 40000 and 130000 on: 0.49; 0.46 since intervals hold with it on 260 of
each, seeds from 500000 on); no sensor can see this part. Where sensors
shake more or less than usual after foot strikes it is scaled (`pipeline.skin_shake`)."""
SKIN_WAVE_DEG: Mapping[str, float] = {"cpd_exc_deg": 0.52, "tir_exc_deg": 0.92}
"""Size of the wave that skin makes over bone in each stride: its first two harmonics have 0.8 and 0.4
of it. What an excursion takes over of it depends on the time between foot strike and peak. Chosen on
80 runners and walkers each (seeds from 130000 and 140000 on); the shank's wave is 1.05 by itself, but the
scale allows for wide tails, which the sum with the sensor's own error has less of."""
SKIN_HARMONICS = (0.8, 0.4)
SKIN_SHAKING_DEG: Mapping[str, float] = {"cpd_exc_deg": 0.15, "tir_exc_deg": 0.2}
"""What is left of the shaking at foot strike and peak, and of turns about the other axes."""
OWN_DEG: Mapping[str, float] = {
    "cpd_peak_deg": 0.01,
    "cpd_mid_deg": 0.01,
    "cpd_exc_deg": 0.035,
    "tir_exc_deg": 0.08,
}
"""Part of the error that differs from stride to stride, where nothing else is doubtful: beside the stride's own
foot strike and the ends of bouts, which are counted by themselves."""
MEDIAN_VARIANCE = np.pi / 2.0
"""Variance of a median of normal values over that of their mean."""
GYRO_CROSS_AXIS = 0.005
"""Turn about one axis that a gyroscope of a consumer part sees of a turn about another."""
LARGEST_CROSS_AXIS = 1.5
"""A sensor whose accelerometer is better or worse than usual is taken to be so in its cross-axis errors too, up
to so much worse: both come from how it was calibrated."""
BEND_DEG_PER_DEG_S: Mapping[Gait, float] = {"run": 0.34, "walk": 0.14}
"""In a bend gravity seems to lean inwards: speed times turning rate over gravity, at a usual speed
(3.3 and 1.4 m/s)."""
SETTLING_DROP_DEG = 1.25
"""Live, in the first seconds after a start in motion or a long gap."""
BIAS_PRIOR_M_S2 = 0.012 * 9.81
"""Accelerometer bias of a consumer part, before anything is known of it."""
BIAS_PRIOR_WEIGHT = 0.05
"""It counts as so many sensors that were read: parts differ by four times and more."""
BIAS_READINGS = 3
"""So many sensors tell how good this kind is; each one that lacks counts as a usual one."""
FEW_AXES = 1.25
"""That size rests on one axis of each of three sensors. If it made the whole error, Student's factor would be 1.6;
it makes a part. Both were chosen on 240 simulated runners and walkers each with good sensors, 48 and more with
everyday and harsh ones (seeds from 700000 on) and 180 legs of real running under drawn sensors (3000 to 3029)."""
GRAVITY_M_S2 = 9.81


@dataclass(frozen=True, slots=True)
class DropSensitivity:
    """What disturbs the drop of n strides by how much.

    Attributes:
        slope_deg_s: slope of the drop at foot strike, shape (n,).
        tilt_peak_rad: tilt of the pelvis against standing at the peak of the drop, shape (n,).
        tilt_strike_rad: the same at foot strike, shape (n,).
        peak_share: time from foot strike to peak as a part of the stride, shape (n,).
    """

    slope_deg_s: FloatArray
    tilt_peak_rad: FloatArray
    tilt_strike_rad: FloatArray
    peak_share: FloatArray


@dataclass(frozen=True, slots=True)
class TibiaSensitivity:
    """What disturbs the tibial rotation of n strides by how much.

    Attributes:
        slope_deg_s: slope of the rotation at foot strike, shape (n,).
        lean: difference of the sine of the shank's sagittal lean, peak less foot strike, (n,).
        peak_share: time from foot strike to peak as a part of the stride, shape (n,).
    """

    slope_deg_s: FloatArray
    lean: FloatArray
    peak_share: FloatArray


@dataclass(frozen=True, slots=True)
class BendDoubts:
    """What is left doubtful of the lean of the vertical that was taken off n strides.

    Attributes:
        turning_deg_s: turning rate that it was found from, shape (n,).
        se_deg: standard error of the lean, shape (n,).
    """

    turning_deg_s: FloatArray
    se_deg: FloatArray


@dataclass(frozen=True, slots=True)
class StrideDoubts:
    """What is doubtful about n strides of one leg.

    Attributes:
        live: orientation came from past samples only.
        gait: of each stride.
        turning_deg_s: turning rate where the runner was in a bend, else 0, shape (n,).
        settling: the filter had not settled, shape (n,).
        clip_tilt_deg: standard error of the tilt from clipped acceleration, shape (n,).
        tissue_scale: how much more or less than usual the soft tissue moves, shape (n,).
        bend: how far the lean of the vertical in bends was taken off; None: not at all.
        edge_share: how much of a change of speed is left, see `pipeline.bout_edges`, shape (n,).
    """

    live: bool
    gait: tuple[Gait, ...]
    turning_deg_s: FloatArray
    settling: npt.NDArray[np.bool_]
    clip_tilt_deg: FloatArray
    tissue_scale: FloatArray | float = 1.0
    bend: BendDoubts | None = None
    edge_share: FloatArray | float = 0.0

    def of_gait(self, sizes: Mapping[Gait, float]) -> FloatArray:
        """The size for each stride."""
        return np.array([sizes[gait] for gait in self.gait])


def skin_on_excursion_deg(key: str, peak_share: FloatArray) -> FloatArray:
    """Standard error that skin over bone adds to an excursion, at its usual size, shape (n,).

    Skin turns the sensor in time with the stride. Near in time its turn at the peak is that at foot
    strike, and the excursion does not see it; half a stride apart they are as different as can be.

    Args:
        key: ``cpd_exc_deg`` or ``tir_exc_deg``.
        peak_share: time from foot strike to peak as a part of the stride, shape (n,).
    """
    wave = SKIN_WAVE_DEG[key]
    change = sum(
        2.0 * (size * wave) ** 2 * (1.0 - np.cos(2.0 * np.pi * number * peak_share))
        for number, size in enumerate(SKIN_HARMONICS, 1)
    )
    return np.sqrt(SKIN_SHAKING_DEG[key] ** 2 + change)


def sensor_part_deg(stride: Stride, key: str, tissue_scale: float) -> float:
    """Standard error of a headline metric without the part of skin over bone.

    Args:
        stride: a stride that has it.
        key: ``cpd_peak_deg``, ``cpd_exc_deg`` or ``tir_exc_deg``.
        tissue_scale: what the analysis scaled the usual size by.
    """
    metrics = stride.metrics
    if key in SKIN_WAVE_DEG:
        at = metrics["tir_peak_pct" if key == "tir_exc_deg" else "cpd_peak_pct"]
        share = 0.01 * at * metrics["contact_time_s"] / metrics["stride_time_s"]
        skin = float(skin_on_excursion_deg(key, np.array([share]))[0])
    else:
        skin = SKIN_PEAK_DEG
    whole = stride.standard_errors[key]
    return float(np.sqrt(max(0.0, whole * whole - (tissue_scale * skin) ** 2)))


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
    strike_s = doubts.of_gait(WHOLE_STRIKE_SE_S)
    edge_deg = doubts.of_gait(EDGE_DROP_DEG[doubts.live]) * doubts.edge_share
    peak = _root(
        ORIENTATION_DROP_DEG[doubts.live],
        doubts.tissue_scale * SKIN_PEAK_DEG,
        OWN_DEG["cpd_peak_deg"],
        yaw_se_deg * sensitivity.tilt_peak_rad,
        gaps.tilt_se_deg,
        doubts.clip_tilt_deg,
        *_bend_parts(doubts),
        edge_deg,
        np.where(doubts.settling & doubts.live, SETTLING_DROP_DEG, 0.0),
    )
    excursion = _root(
        doubts.of_gait(ORIENTATION_EXCURSION_DEG[doubts.live]),
        doubts.tissue_scale * skin_on_excursion_deg("cpd_exc_deg", sensitivity.peak_share),
        OWN_DEG["cpd_exc_deg"],
        yaw_se_deg * (sensitivity.tilt_peak_rad - sensitivity.tilt_strike_rad),
        sensitivity.slope_deg_s * strike_s,
        gaps.inside_tilt_se_deg,
        edge_deg,
    )
    return {"cpd_peak_deg": peak, "cpd_mid_deg": peak, "cpd_exc_deg": excursion}


def _bend_parts(doubts: StrideDoubts) -> tuple[FloatArray | float, FloatArray]:
    """Standard errors of the drop from the lean that was taken off in bends, and from what was not."""
    bend = doubts.bend
    if bend is None:
        return 0.0, doubts.of_gait(BEND_DEG_PER_DEG_S) * doubts.turning_deg_s
    rest_deg_s = np.maximum(doubts.turning_deg_s - np.abs(bend.turning_deg_s), 0.0)
    return bend.se_deg, doubts.of_gait(BEND_DEG_PER_DEG_S) * rest_deg_s


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
    strike_s = doubts.of_gait(WHOLE_STRIKE_SE_S)
    tilt_deg = _root(
        FEW_AXES * np.degrees(bias_se_m_s2 / GRAVITY_M_S2), gaps.tilt_se_deg, doubts.clip_tilt_deg
    )
    cross_axis = GYRO_CROSS_AXIS * min(bias_se_m_s2 / BIAS_PRIOR_M_S2, LARGEST_CROSS_AXIS)
    error = _root(
        ORIENTATION_TIBIA_DEG[doubts.live],
        doubts.tissue_scale * skin_on_excursion_deg("tir_exc_deg", sensitivity.peak_share),
        OWN_DEG["tir_exc_deg"],
        sensitivity.lean * tilt_deg,
        np.degrees(sensitivity.lean) * cross_axis,
        np.hypot(sensitivity.slope_deg_s, TIBIA_SLOPE_SE_DEG_S) * strike_s,
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
    weight = BIAS_PRIOR_WEIGHT + max(0, BIAS_READINGS - len(seen))
    total = weight * BIAS_PRIOR_M_S2**2 + float(np.sum(seen * seen))
    return float(np.sqrt(total / (weight + len(seen))))


def _root(*parts: FloatArray | float) -> FloatArray:
    total: FloatArray = np.asarray(sum(part * part for part in parts), np.float64)
    return np.sqrt(total)
