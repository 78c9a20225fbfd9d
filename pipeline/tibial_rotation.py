"""Tibial rotation over one stance: the axial Cardan angle of the shank in a ground frame.

The ground frame has its up from gravity and its forward perpendicular to the shank's own mean
flexion axis, so no heading and no magnetometer are needed. Cardan order sagittal, frontal, axial
(ISB Z-X-Y): the axial angle last, which a sensor that sits askew changes by a tenth of a degree
where the integral of the axial rate changes by three (biomechanics brief, measured).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.orientation import FloatArray, cross, dot, horizontal_in_sensor, to_earth
from pipeline.stride import CURVE_POINTS, Side
from pipeline.track import SensorTrack

PEAK_WINDOW_PCT = 75
"""The peak is looked for from foot strike to this part of stance."""
HEADING_STRIDES = 10
VELOCITY_SIGMA_S = 0.0132
"""Gaussian with half power at 10 Hz, on the angle before its rate is taken."""


@dataclass(frozen=True, slots=True)
class ShankAxes:
    """Axes of a shank in sensor axes.

    Attributes:
        long: unit vector (3,), proximal.
        right: unit vector (3,), to the subject's right, perpendicular to ``long``.
        from_standing: whether ``long`` was seen in standing; if not it is the mean of the gait.
    """

    long: FloatArray
    right: FloatArray
    from_standing: bool


class FlexionHeading:
    """Horizontal direction of the flexion axis in the earth frame, over the last strides."""

    def __init__(self) -> None:
        self._strides: deque[FloatArray] = deque(maxlen=HEADING_STRIDES)

    def reset(self) -> None:
        """Forget the strides of another bout."""
        self._strides.clear()

    def add(self, track: SensorTrack, axes: ShankAxes, start_s: float, end_s: float) -> None:
        """Take in one stride ``[start_s, end_s)``."""
        self._strides.append(stride_moments(track, axes, start_s, end_s))

    def direction(self) -> tuple[float, float]:
        """East and north part of the unit vector to the subject's right."""
        return direction_of(np.sum(np.stack(self._strides), axis=0))


def stride_moments(track: SensorTrack, axes: ShankAxes, start_s: float, end_s: float) -> FloatArray:
    """Second moments of the horizontal angular rate, and the mean right axis, shape (5,).

    Values: east², north², east·north of the rate; east and north of the sensor's right axis.
    """
    first, last = track.position_at(start_s), track.position_at(end_s)
    quat = track.quat.get(first, last)
    rate = to_earth(quat, track.rate.get(first, last))
    right = to_earth(quat, np.broadcast_to(axes.right, (len(quat), 3)))
    east, north = rate[:, 0], rate[:, 1]
    return np.array(
        [
            np.sum(east * east),
            np.sum(north * north),
            np.sum(east * north),
            np.sum(right[:, 0]),
            np.sum(right[:, 1]),
        ]
    )


def direction_of(moments: FloatArray) -> tuple[float, float]:
    """Direction from moments (5,) of one or more strides; sign from the right axis."""
    angle = 0.5 * np.arctan2(2.0 * moments[2], moments[0] - moments[1])
    east, north = float(np.cos(angle)), float(np.sin(angle))
    if east * moments[3] + north * moments[4] < 0.0:
        return -east, -north
    return east, north


def tibial_rotation(
    track: SensorTrack,
    axes: ShankAxes,
    right_in_earth: tuple[float, float],
    side: Side,
    foot_strike_s: float,
    toe_off_s: float,
) -> tuple[dict[str, float], npt.NDArray[np.float32]]:
    """Metrics of tibial rotation for one stance.

    Args:
        track: the shank.
        axes: its calibration.
        right_in_earth: east and north of the flexion axis, to the subject's right.
        side: the leg.
        foot_strike_s: start of stance.
        toe_off_s: end of stance.

    Returns:
        Metric values, and the rotation over stance relative to foot strike, shape (101,),
        + = internal, degrees.
    """
    first = track.position_at(foot_strike_s) - 1
    last = track.position_at(toe_off_s) + 1
    times = track.time_s.get(first, last)
    flexion = horizontal_in_sensor(track.quat.get(first, last), *right_in_earth)
    anterior = cross(axes.long, axes.right)
    angle = np.unwrap(np.arctan2(-dot(flexion, anterior), dot(flexion, axes.right)))
    sign = 1.0 if side == "right" else -1.0
    stance = foot_strike_s + (toe_off_s - foot_strike_s) * np.arange(CURVE_POINTS) / 100.0
    rotation = sign * np.degrees(np.interp(stance, times, angle))
    rotation -= rotation[0]
    window = rotation[: PEAK_WINDOW_PCT + 1]
    peak_at = int(np.argmax(window))
    step_s = (toe_off_s - foot_strike_s) / 100.0
    velocity = np.gradient(_smooth(rotation, VELOCITY_SIGMA_S / step_s)) / step_s
    metrics = {
        "tir_exc_deg": float(window[peak_at]),
        "tir_peak_pct": float(peak_at),
        "tir_vel_deg_s": float(velocity[: PEAK_WINDOW_PCT + 1].max()),
    }
    return metrics, rotation.astype(np.float32)


def _smooth(curve: FloatArray, sigma: float) -> FloatArray:
    """Gaussian over a curve, reflected oddly at its ends so that slopes are kept."""
    reach = int(3.0 * sigma) + 1
    taps = np.arange(-reach, reach + 1)
    kernel = np.exp(-0.5 * (taps / sigma) ** 2)
    kernel /= kernel.sum()
    left = 2.0 * curve[0] - curve[reach:0:-1]
    right = 2.0 * curve[-1] - curve[-2 : -reach - 2 : -1]
    return np.asarray(np.convolve(np.concatenate([left, curve, right]), kernel, "valid"))
