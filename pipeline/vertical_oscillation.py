"""Up and down of the pelvis over strides, by integrating over closed strides."""

from __future__ import annotations

import numpy as np

from pipeline.column_rotation import up_of
from pipeline.orientation import FloatArray
from pipeline.stride_events import StrideTimes
from pipeline.track import SensorTrack

STRIDE_POINTS = 128
"""Every stride is put on so many points; the impacts between them do not outlive the integrals."""


def vertical_oscillation_m(track: SensorTrack, times: StrideTimes) -> FloatArray:
    """Highest less lowest position of the sensor over each stride, shape (n,), metres.

    Height and vertical speed are taken as equal at both ends of the stride, so the constant parts
    of acceleration, speed and height, and with them bias and gravity, fall out.

    Args:
        track: the pelvis; it must have samples for all of the strides.
        times: n strides, in order.
    """
    first = max(track.time_s.start, int(track.positions_at(times.foot_strike_s[:1])[0]) - 2)
    last = int(track.positions_at(times.next_foot_strike_s[-1:])[0]) + 1
    a, b, c = up_of(track.quat.columns(first, last))
    x, y, z = track.acc.columns(first, last)
    force = a * x + b * y + c * z
    period_s = times.next_foot_strike_s - times.foot_strike_s
    share = (np.arange(STRIDE_POINTS) + 0.5) / STRIDE_POINTS
    grid_s = times.foot_strike_s[:, None] + period_s[:, None] * share
    height = np.interp(grid_s, track.time_s.get(first, last), force)
    for _ in range(2):
        height = np.cumsum(height - height.mean(axis=1, keepdims=True), axis=1)
    span: FloatArray = np.ptp(height, axis=1) * (period_s / STRIDE_POINTS) ** 2
    return span
