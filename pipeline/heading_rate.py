"""How fast a runner turns: the change of the pelvis' heading over whole strides."""

from __future__ import annotations

import numpy as np

from pipeline.orientation import FloatArray
from pipeline.stride_events import StrideTimes
from pipeline.track import SensorTrack

WINDOW_STRIDES = 4.0
"""Over so many strides the pelvis' own rotation hardly shows: on real straight treadmill gait the
rate found stays below 2.4 degrees per second."""
TURNING_DEG_S = 3.0
"""A 400 m track bend at 3.2 m/s turns at 5, at 2.5 m/s at 3.9 degrees per second."""


def heading_rate_deg_s(track: SensorTrack, times: StrideTimes) -> FloatArray:
    """Size of the rate about the vertical over the strides up to the end of each, shape (n,).

    Args:
        track: the pelvis; it must have samples for all of the strides.
        times: the strides, in order.
    """
    stride_s = times.next_foot_strike_s - times.foot_strike_s
    earliest = track.time_s.start
    stops = track.positions_at(times.next_foot_strike_s)
    starts = np.maximum(
        track.positions_at(times.next_foot_strike_s - WINDOW_STRIDES * stride_s), earliest
    )
    for edge in track.breaks:  # headings on either side have nothing to do with one another
        starts = np.where((starts < edge) & (stops >= edge), edge, starts)
    low = int(starts.min())
    quat = track.quat.get(low, int(stops[-1]) + 1)
    before, after = quat[starts - low], quat[stops - low]
    # the turn about the vertical of after * conjugate(before)
    w = np.sum(after * before, axis=1)
    z = (
        before[:, 0] * after[:, 3]
        - after[:, 0] * before[:, 3]
        - after[:, 1] * before[:, 2]
        + after[:, 2] * before[:, 1]
    )
    turn = np.remainder(2.0 * np.arctan2(z, w) + np.pi, 2.0 * np.pi) - np.pi
    duration_s = np.maximum(stops - starts, 1) / track.rate_hz
    rate: FloatArray = np.abs(np.degrees(turn)) / duration_s
    # less than two strides show the pelvis' own rotation, not the runner's
    return np.where(duration_s < 2.0 * stride_s, 0.0, rate)
