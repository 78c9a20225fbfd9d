"""Toe-offs from the flexion rate of one shank, as fractions of the stance's own peaks.

The level is passed on the steep part of the rise (running) or fall (walking), where people and
speeds differ least, and toe-off comes a fixed time before that.
"""

from __future__ import annotations

import numpy as np

from pipeline.orientation import FloatArray
from pipeline.row_windows import (
    BoolArray,
    IntArray,
    crossing_share,
    first_true,
    pick,
    row_windows,
)

LIFT_SHARE_RUN = 0.20
"""Running: rise by this share from the stance minimum to the swing's flexion peak."""
LIFT_LEAD_RUN_S = 0.010
"""Running: toe-off comes so long before that rise. At a share of a tenth no lead would be needed, but
there slow and fast running differ by twice as much."""
LIFT_SHARE_WALK = 0.80
"""Walking: fall to this share of the push-off peak."""
LIFT_LEAD_WALK_S = 0.003
"""Walking: toe-off comes so long before that fall."""
PUSH_OFF_S = 0.25
"""The push-off peak lies at most so long before the swing."""


def toe_offs(
    flexion: FloatArray, peak: IntArray, next_swing: IntArray, run: BoolArray, rate_hz: float
) -> FloatArray:
    """Toe-offs between foot strikes and the mid-swings after them.

    Args:
        flexion: flexion rate, shape (n,), rad/s.
        peak: indices of the first flexion peaks after the foot strikes, shape (strides,).
        next_swing: indices of the next mid-swings, shape (strides,).
        run: which strides are running, the others are walking, shape (strides,).
        rate_hz: sampling rate.

    Returns:
        Fractional positions after the peaks, shape (strides,); not a number where the stance has
        no such shape.
    """
    found = np.full(len(peak), np.nan)
    positive = (flexion > 0.0).nonzero()[0]
    before = positive.searchsorted(next_swing) - 1
    down = np.where(before >= 0, positive[before] if len(positive) else 0, -1) - peak
    known = ((down >= 0) & (next_swing > peak)).nonzero()[0]
    if not len(known):
        return found
    peak, next_swing, down, run = peak[known], next_swing[known], down[known], run[known]
    low = np.maximum(down // 3, down - round(PUSH_OFF_S * rate_hz))
    rows, inside = row_windows(flexion, peak + low, peak + down + 1)
    top = low + np.where(inside, rows, -np.inf).argmax(axis=1)
    for gait, find, lead_s in ((run, _run, LIFT_LEAD_RUN_S), (~run, _walk, LIFT_LEAD_WALK_S)):
        if gait.any():
            passed = find(flexion, peak[gait], top[gait], next_swing[gait])
            found[known[gait]] = passed - lead_s * rate_hz
    return found


def _walk(flexion: FloatArray, peak: IntArray, top: IntArray, next_swing: IntArray) -> FloatArray:
    level = LIFT_SHARE_WALK * flexion[peak + top]
    rows, inside = row_windows(flexion, peak + top, next_swing)
    at, some = first_true((rows < level[:, None]) & inside)
    share = crossing_share(level, pick(rows, np.maximum(at - 1, 0)), pick(rows, at))
    return np.where(some, (top + at - 1) + share, np.nan)


def _run(flexion: FloatArray, peak: IntArray, top: IntArray, _next: IntArray) -> FloatArray:
    first = top // 4
    rows, inside = row_windows(flexion, peak + first, peak + top + 1)
    bottom = np.where(inside, rows, np.inf).argmin(axis=1)
    floor = pick(rows, bottom)
    level = floor + LIFT_SHARE_RUN * (flexion[peak + top] - floor)
    after = np.arange(rows.shape[1]) >= bottom[:, None]
    at, _ = first_true((rows >= level[:, None]) & inside & after)
    share = crossing_share(level, pick(rows, np.maximum(at - 1, 0)), pick(rows, at))
    return np.where((top > first) & (first + bottom < top), (first + at - 1) + share, np.nan)
