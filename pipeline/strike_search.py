"""Foot strikes after mid-swings, from the flexion rate of one shank, many at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pipeline.orientation import FloatArray
from pipeline.row_windows import (
    BoolArray,
    IntArray,
    crossing_share,
    last_true,
    pick,
    row_windows,
)
from pipeline.stride import Gait

STRIKE_WINDOW_S = 0.65
"""From mid-swing to the zero crossing before the foot strike, at most."""
PEAK_WINDOW_S = 0.30
PEAK_LOOKAHEAD_S = 0.03
PEAK_SHARE = 0.1
"""The first flexion peak after mid-swing is at least this share of the swing's depth."""
STRIKE_SHARE: Mapping[Gait, float] = {"run": 0.5, "walk": 0.7}
"""Foot strike: rise to this share of the first peak after mid-swing."""
GAITS: tuple[Gait, ...] = tuple(STRIKE_SHARE)
_SHARES = np.array([[STRIKE_SHARE[gait]] for gait in GAITS])
_NEVER = np.array([np.iinfo(np.intp).max // 2])
_HIGHEST = np.array([np.inf])
SEARCH_S = STRIKE_WINDOW_S + PEAK_WINDOW_S + 2.0 * PEAK_LOOKAHEAD_S
"""After a mid-swing, nothing later than this is read."""


@dataclass(frozen=True, slots=True)
class StrikeSearch:
    """What follows each of n mid-swings.

    Attributes:
        found: whether a foot strike does, shape (n,).
        waiting: whether more samples are needed to say, shape (n,).
        lowest: index of the deepest swing before the strike, where found, shape (n,).
        peak: index of the first flexion peak after the strike, where found, shape (n,).
        rise: index of the last sample before the rate turns to flexion, where found, shape (n,).
        strike: foot strike by each of `GAITS` in samples after ``rise``, where found, (gaits, n).
    """

    found: BoolArray
    waiting: BoolArray
    lowest: IntArray
    peak: IntArray
    rise: IntArray
    strike: FloatArray


def search_strikes(
    flexion: FloatArray, swing: IntArray, end: int, rate_hz: float, *, final: bool
) -> StrikeSearch:
    """Look for the foot strikes after mid-swings.

    Args:
        flexion: flexion rate, shape (m,), rad/s; it reaches `SEARCH_S` beyond the last swing or
            to the end.
        swing: indices of mid-swings, at least one, in order, shape (n,).
        end: how many samples of the flexion rate are known.
        rate_hz: sampling rate.
        final: no more samples will come.
    """
    n = len(swing)
    lookahead = max(2, round(PEAK_LOOKAHEAD_S * rate_hz))
    reach = swing + round(STRIKE_WINDOW_S * rate_hz)
    crossing = _next_of((flexion >= 0.0).nonzero()[0], swing)
    found = crossing < np.minimum(end, reach)
    waiting = ~found & (end < reach) & (not final)
    lowest, peak, rise = np.zeros((3, n), np.intp)
    strike = np.zeros((len(GAITS), n))
    which = found.nonzero()[0]
    if not len(which):
        return StrikeSearch(found, waiting, lowest, peak, rise, strike)
    limit = crossing + round(PEAK_WINDOW_S * rate_hz)
    partial = (end < limit + lookahead) & (not final)
    stop = np.where(partial, end - lookahead, np.minimum(limit, end))
    peaks = _peaks(flexion, lookahead)
    last = np.minimum(stop, end - 1)
    peak[which], some = _first_peaks(flexion, peaks, crossing[which], last[which], swing[which])
    if not some.all():
        for k in which[~some].tolist():
            rest = flexion[crossing[k] : min(int(limit[k]), end)]
            waiting[k], found[k] = partial[k], not partial[k] and len(rest) >= 2
            if found[k]:
                peak[k] = int(crossing[k]) + int(rest.argmax())
        which = found.nonzero()[0]
    if len(which):
        here, turn = swing[which], crossing[which]
        rise[which] = turn - 1
        rows, inside = row_windows(flexion, here, turn)
        lowest[which] = here + np.where(inside, rows, np.inf).argmin(axis=1)
        rows, inside = row_windows(flexion, turn - 1, peak[which] + 1)
        level = _SHARES * flexion[peak[which]]
        rows, inside = (np.concatenate([part] * len(GAITS)) for part in (rows, inside))
        strike[:, which] = _last_crossing(rows, inside, level.ravel()).reshape(level.shape)
    return StrikeSearch(found, waiting, lowest, peak, rise, strike)


def _next_of(places: IntArray, after: IntArray) -> IntArray:
    """First of the places that is not before each index; a very late one when there is none."""
    known = np.concatenate([places, _NEVER])
    following: IntArray = known[known.searchsorted(after)]
    return following


def _peaks(flexion: FloatArray, lookahead: int) -> IntArray:
    """Places that are not below any of the samples shortly after them."""
    padded = np.concatenate([flexion, np.full(lookahead, -np.inf)])
    highest = padded[1 : len(flexion) + 1]
    for step in range(2, lookahead + 1):
        highest = np.maximum(highest, padded[step : step + len(flexion)])
    return ((flexion >= highest) & (flexion > 0.0)).nonzero()[0]


def _first_peaks(
    flexion: FloatArray, peaks: IntArray, crossing: IntArray, stop: IntArray, swing: IntArray
) -> tuple[IntArray, BoolArray]:
    """First peaks in ``[crossing + 1, stop)`` that are high enough for the swing's depth.

    Returns:
        Their places, and which there are, each of shape (n,).
    """
    least = -PEAK_SHARE * flexion[swing]
    places = np.concatenate([peaks, _NEVER])
    heights = np.concatenate([flexion[peaks], _HIGHEST])
    at = peaks.searchsorted(crossing + 1)
    while (too_low := (heights[at] <= least) & (places[at] < stop)).any():
        at += too_low
    found = places[at] < stop
    return np.where(found, places[at], 0), found


def _last_crossing(rows: FloatArray, inside: BoolArray, level: FloatArray) -> FloatArray:
    """Fractional index at which each row last passes its level from below; 0 where it does not."""
    at, some = last_true((rows < level[:, None]) & inside)
    some &= at + 1 < inside.sum(axis=1)
    return np.where(some, at + crossing_share(level, pick(rows, at), pick(rows, at + 1)), 0.0)
