"""Tibial rotation over stances: the axial Cardan angle of the shank in a ground frame.

The ground frame has its up from gravity and its forward perpendicular to the shank's own mean
flexion axis, so no heading and no magnetometer are needed. Cardan order sagittal, frontal, axial
(ISB Z-X-Y): the axial angle last, which a sensor that sits askew changes by a tenth of a degree
where the integral of the axial rate changes by three (biomechanics brief, measured).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from pipeline.column_rotation import along, horizon_of, up_of
from pipeline.orientation import FloatArray, cross
from pipeline.stride import Side
from pipeline.stride_events import StrideTimes
from pipeline.track import SensorTrack, segment_positions, segment_sums
from pipeline.uncertainty import BIAS_PRIOR_M_S2, TibiaSensitivity

PEAK_WINDOW_PCT = 75
"""The peak is looked for from foot strike to this part of stance."""
HEADING_STRIDES = 10
"""The flexion axis is taken over so many strides of a bout."""
INCLINED_DEG = 3.0
"""People stand with the line from ankle to knee inclined forward by about so much: the real runner by 3 and 4
degrees, simulated people by 2 to 5."""
_INCLINED_COS, _INCLINED_SIN = np.cos(np.radians(INCLINED_DEG)), np.sin(np.radians(INCLINED_DEG))
VELOCITY_SIGMA_S = 0.0132
"""Gaussian with half power at 10 Hz, on the angle before its rate is taken."""


@dataclass(frozen=True, slots=True)
class ShankAxes:
    """Axes of a shank in sensor axes.

    Attributes:
        long: unit vector (3,), proximal.
        right: unit vector (3,), to the subject's right, perpendicular to ``long``.
        from_standing: whether ``long`` was seen in standing; if not it is the mean of the gait.
        bias_se_m_s2: standard error of the accelerometer's bias.
    """

    long: FloatArray
    right: FloatArray
    from_standing: bool
    bias_se_m_s2: float = BIAS_PRIOR_M_S2

    def is_same(self, other: ShankAxes) -> bool:
        """Whether all numbers are the same."""
        return (
            np.array_equal(self.long, other.long)
            and np.array_equal(self.right, other.right)
            and self.from_standing == other.from_standing
            and self.bias_se_m_s2 == other.bias_se_m_s2
        )


def stride_moments(track: SensorTrack, axes: ShankAxes, times: StrideTimes) -> FloatArray:
    """Second moments of the horizontal angular rate of each stride, and its mean right axis.

    Returns:
        Shape (n, 5): sums of east², north² and east·north of the rate, in the shank's earth
        frame, and of east and north of the sensor's right axis.
    """
    starts = track.positions_at(times.foot_strike_s)
    stops = track.positions_at(times.next_foot_strike_s)
    low, high = int(starts[0]), int(stops[-1])
    quat = track.quat.columns(low, high)
    x, y, z = track.rate.columns(low, high)
    east, north = horizon_of(quat, (x, y, z))
    a, b, c = axes.right.tolist()
    columns = np.empty((5, high - low))
    np.multiply(east, east, out=columns[0])
    np.multiply(north, north, out=columns[1])
    np.multiply(east, north, out=columns[2])
    columns[3], columns[4] = horizon_of(quat, (a, b, c))
    return segment_sums(columns, starts - low, stops - low)


def flexion_direction(moments: FloatArray) -> FloatArray:
    """Horizontal direction of the flexion axis, to the subject's right.

    Args:
        moments: sums over one or more strides, shape (n, 5).

    Returns:
        East and north part of a unit vector, shape (n, 2).
    """
    angle = 0.5 * np.arctan2(2.0 * moments[:, 2], moments[:, 0] - moments[:, 1])
    direction = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    towards = direction[:, 0] * moments[:, 3] + direction[:, 1] * moments[:, 4]
    return np.where(towards[:, None] < 0.0, -direction, direction)


def tibial_rotation(
    track: SensorTrack,
    axes: ShankAxes,
    right_in_earth: FloatArray,
    side: Side,
    times: StrideTimes,
    lean_rad: FloatArray | float = 0.0,
) -> tuple[dict[str, FloatArray], npt.NDArray[np.float32], TibiaSensitivity]:
    """Metrics of tibial rotation for stances of one leg.

    Args:
        track: the shank.
        axes: its calibration.
        right_in_earth: east and north of the flexion axis of each stride, shape (n, 2).
        side: the leg.
        times: n strides, in order.
        lean_rad: lean of gravity towards the right in each stride, shape (n,), or one for all.

    Returns:
        Metric values, each of shape (n,), and the rotation over stance relative to foot strike,
        shape (n, 101), + = internal, degrees, and what would disturb them.
    """
    weights = _slope_weights(track.rate_hz)
    reach = len(weights) // 2
    margin = reach + 1
    starts = track.positions_at(times.foot_strike_s) - margin
    stops = track.positions_at(times.toe_off_s) + margin
    low = max(int(starts[0]), track.time_s.start)
    starts = np.maximum(starts, low)
    positions, stride = segment_positions(starts - low, stops - low)
    quat = track.quat.columns(low, int(stops[-1])).take(positions, axis=1)
    sample_s = track.time_s.get(low, int(stops[-1]))[positions]
    anterior = cross(axes.long, axes.right)
    if axes.from_standing:
        anterior = _INCLINED_COS * anterior - _INCLINED_SIN * axes.long
    east, north = right_in_earth.T.take(stride, axis=1)
    across, ahead = (
        east * towards[0] + north * towards[1]
        for towards in (
            horizon_of(quat, (a, b, c)) for a, b, c in (axes.right.tolist(), anterior.tolist())
        )
    )
    up = up_of(quat)
    lean = along(up, anterior)
    back = lean_rad[stride] if isinstance(lean_rad, np.ndarray) else lean_rad
    ahead = ahead + back * lean
    across = across + back * along(up, axes.right)
    angle = np.arctan2(-ahead, across)
    # the angle stays far from half a turn within a stance, so counting from its first sample
    # unwraps it
    first_of_stance = stride.searchsorted(np.arange(len(times)))
    angle = np.remainder(angle - angle[first_of_stance][stride] + np.pi, 2.0 * np.pi) - np.pi
    sign = 1.0 if side == "right" else -1.0
    grid_s = times.stance_grid_s()
    rotation = sign * np.degrees(np.interp(grid_s, sample_s, angle))
    rotation -= rotation[:, :1]
    # near the ends of a stance's samples the slope is wrong, but those lie in the margin
    slope = sign * np.degrees(_slope(angle, weights))
    velocity = np.interp(grid_s[:, : PEAK_WINDOW_PCT + 1], sample_s[reach:-reach], slope)
    window = rotation[:, : PEAK_WINDOW_PCT + 1]
    peak_at = window.argmax(axis=1)
    metrics = {
        "tir_exc_deg": window.max(axis=1),
        "tir_peak_pct": peak_at.astype(np.float64),
        "tir_vel_deg_s": velocity.max(axis=1),
    }
    peak_s = times.foot_strike_s + 0.01 * peak_at * times.contact_s
    lean_peak, lean_strike = np.interp(np.stack([peak_s, times.foot_strike_s]), sample_s, lean)
    sensitivity = TibiaSensitivity(
        slope_deg_s=velocity[:, 0],
        lean=lean_peak - lean_strike,
        peak_share=(peak_s - times.foot_strike_s) / times.stride_s,
    )
    return metrics, rotation.astype(np.float32), sensitivity


@cache
def _slope_weights(rate_hz: float) -> tuple[float, ...]:
    """Weights of samples around one for its slope per second, low-passed at 10 Hz.

    The derivative of a Gaussian, scaled so that a straight line keeps its slope.
    """
    reach = max(1, round(3.0 * VELOCITY_SIGMA_S * rate_hz))
    lag_s = np.arange(-reach, reach + 1) / rate_hz
    weights = lag_s * np.exp(-0.5 * (lag_s / VELOCITY_SIGMA_S) ** 2)
    return tuple((weights / np.sum(weights * lag_s)).tolist())


def _slope(values: FloatArray, weights: Sequence[float]) -> FloatArray:
    """Slope at each value that has enough neighbours, shape (n - len(weights) + 1,)."""
    count = len(values) - len(weights) + 1
    slope = np.zeros(count)
    for tap, weight in enumerate(weights):
        slope += weight * values[tap : tap + count]
    return slope
