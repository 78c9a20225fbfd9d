"""The onset of the impact near a foot strike, from the shank's specific force.

The rate of the shank tells within 10 to 20 ms when the foot strikes, and for one leg of one person
always with the same error, because legs differ in how the shank slows down before contact. The
impact that follows contact starts sharply in running; in walking it is softer, and its onset and
the rate are about equally good, so their mean is taken (docs/validation.md, real walkers).
The size of the change of the specific force is used, so the mounting does not matter.
"""

from __future__ import annotations

import numpy as np

from pipeline.orientation import FloatArray
from pipeline.row_windows import BoolArray, IntArray, first_true, last_true, pick
from pipeline.stride import Gait
from pipeline.track import SensorTrack

WINDOW_S: dict[Gait, tuple[float, float]] = {"run": (0.03, 0.045), "walk": (0.06, 0.06)}
"""The impact is looked for from so long before the rate's foot strike to so long after it."""
SHARE: dict[Gait, float] = {"run": 0.4, "walk": 0.2}
"""The onset is where the change passes this share of its largest value in the window."""
WEIGHT: dict[Gait, float] = {"run": 1.0, "walk": 0.5}
LARGEST_SHIFT_S: dict[Gait, float] = {"run": 0.020, "walk": 0.06}
"""An onset farther from the rate's foot strike does not count."""
TRUSTED_SHIFT_S = 0.010
"""In running, an onset counts in full up to so far from it, and from there less and less: on the forefoot
the impact comes late and soft, and a sharp limit would let the strides of one leg jump between the two."""
SOFT_M_S3, SHARP_M_S3 = 2400.0, 3400.0
"""In running, the impact counts in full where the specific force changes faster than the second of these
at its fastest, less and less down to the first. What changes slower, as under a forefoot, is as much the swing
as the impact: 4 to 10 ms late on simulated runners (seeds from 330000 on), where the rate is 1 to 5 ms
early. With the trials of the real runner it is 3000 to 15000 m/s³."""
REACH_S = max(after for _, after in WINDOW_S.values())
_GAITS: tuple[Gait, Gait] = ("walk", "run")
_SIZES = np.array([(*WINDOW_S[g], SHARE[g], WEIGHT[g], LARGEST_SHIFT_S[g]) for g in _GAITS])
"""The sizes above in a row for walking and one for running."""


def strikes_at_impact(track: SensorTrack, strike: FloatArray, run: BoolArray) -> FloatArray:
    """Foot strikes by rate and impact together.

    Args:
        track: the shank; samples up to `REACH_S` after each strike are read when they are there.
        strike: foot strikes by the rate, at least one, fractional positions, shape (n,).
        run: which of them are of running, the others are of walking, shape (n,).

    Returns:
        Fractional positions, shape (n,); the strike itself where its window shows no onset.
    """
    before_s, after_s, share_of_top, weight, largest_s = _SIZES[run.astype(np.intp)].T
    start = np.rint(strike - before_s * track.rate_hz).astype(np.intp)
    first = np.maximum(track.acc.start + 1, start)
    last = np.rint(strike + after_s * track.rate_hz).astype(np.intp) + 1
    last = np.minimum(last, track.acc.end)
    result = strike.copy()
    known = (last - first >= 3).nonzero()[0]
    if not len(known):
        return result
    first, last, strike, run = first[known], last[known], strike[known], run[known]
    low = int(first.min()) - 1
    acc = track.acc.get(low, int(last.max()))
    change, inside = _changes(acc, first - low, last - low)
    count = np.arange(change.shape[1])
    top = np.where(inside, change, -np.inf).argmax(axis=1)
    highest = pick(change, top)
    level = share_of_top[known] * highest
    is_low = (change < level[:, None]) & (count < top[:, None])
    rises = is_low[:, :-1] & ~is_low[:, 1:]
    # running: the first rise; ringing of the strap may change faster than the impact
    j, some = first_true(rises)
    # walking: the last; before a soft heel strike the swing itself may pass the level
    j = np.where(run, j, last_true(rises)[0])
    here, after = pick(change, j), pick(change, j + 1)
    share = (level - here) / np.where(some, after - here, 1.0)
    onset = first - 0.5 + j + share  # a change belongs half a sample before its later sample
    shift = onset - strike
    some &= np.abs(shift) <= largest_s[known] * track.rate_hz
    in_running = _trust(shift / track.rate_hz) * _sharpness(highest * track.rate_hz)
    weight = weight[known] * np.where(run, in_running, 1.0)
    result[known[some]] = (strike + weight * shift)[some]
    return result


def _trust(shift_s: FloatArray) -> FloatArray:
    """How far an onset counts in running by its distance from the rate's foot strike, 0 to 1."""
    largest_s = LARGEST_SHIFT_S["run"]
    share = (largest_s - np.abs(shift_s)) / (largest_s - TRUSTED_SHIFT_S)
    return share.clip(0.0, 1.0)


def _sharpness(jerk_m_s3: FloatArray) -> FloatArray:
    """How far an onset counts in running by the fastest change of the specific force, 0 to 1."""
    return ((jerk_m_s3 - SOFT_M_S3) / (SHARP_M_S3 - SOFT_M_S3)).clip(0.0, 1.0)


def _changes(acc: FloatArray, first: IntArray, last: IntArray) -> tuple[FloatArray, BoolArray]:
    """Size of the change up to each sample in ``[first[i], last[i])``, and which belong there."""
    at = first[:, None] + np.arange(int((last - first).max()))
    inside = at < last[:, None]
    at = np.minimum(at, len(acc) - 1)
    step = acc[at] - acc[at - 1]
    x, y, z = step[..., 0], step[..., 1], step[..., 2]
    size: FloatArray = np.sqrt(x * x + y * y + z * z)
    return size, inside
