"""How much acceleration beyond a sensor's range leaves in doubt about the tilt at each stride."""

from __future__ import annotations

import numpy as np

from pipeline.gap_doubt import FORGET_S
from pipeline.orientation import FloatArray
from pipeline.stride_events import StrideTimes
from pipeline.track import MARK_CLIPPED_ACC, SensorTrack

CLIPPED_G = 12.0
"""A sample at the end of the range is off by about so much: the true peak was higher, or had passed and
the output was still recovering. Of either sign within a stride, so its samples add as their squares;
but impacts are alike, so strides add as they are."""
STEP_S = 0.25


def clip_tilt_se_deg(track: SensorTrack, times: StrideTimes, *, live: bool) -> FloatArray:
    """Standard error of the tilt in mid-stance, from clipped samples, shape (n,), degrees.

    The filter takes the mean specific force over `FORGET_S` on either side for gravity, so r samples
    a second that are off by a g for dt tilt it by r dt, and it forgets them within that time.

    Args:
        track: the sensor.
        times: n strides that it covers, in order, at least one.
        live: orientation came from past samples only. A stride is then judged by its own samples,
            as if those before it had been the same: older ones may be gone.
    """
    stride_s = times.next_foot_strike_s - times.foot_strike_s
    reach_s = 0.0 if live else 4.0 * FORGET_S
    ends_s = np.array([times.foot_strike_s[0] - reach_s, times.next_foot_strike_s[-1] + reach_s])
    low, high = track.positions_at(ends_s).tolist()
    low = max(low, track.marks.start)
    clipped = (track.marks.get(low, high) & MARK_CLIPPED_ACC).nonzero()[0]
    if not len(clipped):
        return np.zeros(len(times))
    if live:
        first, last = (
            np.searchsorted(clipped, track.positions_at(t) - low)
            for t in (times.foot_strike_s, times.next_foot_strike_s)
        )
        rate_hz = (last - first) / stride_s
    else:
        rate_hz = _near(track.times_at((low + clipped).astype(np.float64)), times)
    in_stride = np.maximum(1.0, rate_hz * stride_s)
    error: FloatArray = np.degrees(CLIPPED_G / track.rate_hz) * rate_hz / np.sqrt(in_stride)
    return error


def _near(clipped_s: FloatArray, times: StrideTimes) -> FloatArray:
    """Clipped samples a second around each stride, as the filter remembers them, shape (n,)."""
    middle_s = times.foot_strike_s + 0.5 * times.contact_s
    first = int(min(clipped_s[0], middle_s[0]) / STEP_S) - 1
    steps = int(max(clipped_s[-1], middle_s[-1]) / STEP_S) + 2 - first
    count = np.bincount((clipped_s / STEP_S).astype(np.intp) - first, minlength=steps)
    reach = round(4.0 * FORGET_S / STEP_S)
    lag_s = np.arange(-reach, reach + 1) * STEP_S
    rate_hz = np.convolve(count, np.exp(-np.abs(lag_s) / FORGET_S) / (2.0 * FORGET_S))[
        reach : reach + steps
    ]
    near: FloatArray = rate_hz[(middle_s / STEP_S).astype(np.intp) - first]
    return near
