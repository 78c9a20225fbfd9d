"""How much acceleration beyond a sensor's range leaves in doubt about the tilt at each stride."""

from __future__ import annotations

import numpy as np

from pipeline.gap_doubt import FORGET_S
from pipeline.orientation import FloatArray
from pipeline.stride_events import StrideTimes
from pipeline.track import MARK_CLIPPED_ACC, SensorTrack

CLIPPED_G = 4.0
"""A sample at the end of the range is off by about so much: the true peak was higher, or had passed and
the output was still recovering. Either sign, so samples add as their squares."""
STEP_S = 0.25


def clip_tilt_se_deg(track: SensorTrack, times: StrideTimes, *, live: bool) -> FloatArray:
    """Standard error of the tilt in mid-stance, from clipped samples, shape (n,), degrees.

    The filter takes the mean specific force over `FORGET_S` for gravity, so one sample off by a g
    for dt tilts it by dt over that time, and it forgets it within that time.

    Args:
        track: the sensor.
        times: n strides that it covers, in order, at least one.
        live: orientation came from past samples only.
    """
    start, end = track.marks.start, track.marks.end
    clipped = np.flatnonzero(track.marks.get(start, end) & MARK_CLIPPED_ACC)
    if not len(clipped):
        return np.zeros(len(times))
    at_s = track.times_at((start + clipped).astype(np.float64))
    first_s = min(float(at_s[0]), float(times.foot_strike_s[0])) - STEP_S
    last_s = max(float(at_s[-1]), float(times.next_foot_strike_s[-1])) + STEP_S
    steps = int((last_s - first_s) / STEP_S) + 1
    count = np.bincount(((at_s - first_s) / STEP_S).astype(np.intp), minlength=steps)
    each_deg = np.degrees(CLIPPED_G / track.rate_hz / FORGET_S)
    reach = round(4.0 * FORGET_S / STEP_S)
    lag = np.arange(-reach, reach + 1) * STEP_S
    weight = np.exp(-2.0 * np.abs(lag) / FORGET_S)
    if live:
        weight[lag < 0.0] = 0.0  # what comes later has not been seen
    power = np.convolve(count[:steps], weight)[reach : reach + steps]
    middle = times.foot_strike_s + 0.5 * times.contact_s
    near = np.clip(((middle - first_s) / STEP_S).astype(np.intp), 0, steps - 1)
    error: FloatArray = each_deg * np.sqrt(power[near])
    return error
