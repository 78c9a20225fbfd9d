"""How much the gaps of a track leave in doubt at each stride."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.gap_filling import FILL_S
from pipeline.gap_tilt import SHORT_S, GapRecord
from pipeline.orientation import FloatArray
from pipeline.stride_events import StrideTimes
from pipeline.track import SensorTrack

FORGET_S = 3.0
"""Time constant with which the filter forgets a wrong tilt."""
SHARED = 0.6
"""Offline, forward and backward filtering share the error between both sides of a gap."""
BREAK_S = 12.0
START_DEG = 0.4
"""Tilt next to a break, offline."""
LIVE_START_DEG = 2.0
"""Tilt of a filter that begins anew in mid run, falling by a factor e each second."""
LIVE_START_INSIDE_DEG = 5.5
"""What it gains within a stance."""
WINDOW_SHARE = 0.75
"""The outcomes are read from this part of stance."""
MARGIN_S = 0.03
"""A gap this close to the foot strike moves it."""
TOGETHER = 64
"""Gaps that are looked at together, at most, which bounds the memory for it."""


@dataclass(frozen=True, slots=True)
class GapDoubts:
    """What the gaps of one track leave in doubt, n strides.

    Attributes:
        tilt_se_deg: standard error of the tilt in mid-stance, from gaps before (offline also
            after) it, shape (n,).
        inside_tilt_se_deg: standard error of the tilt gained over gaps in the first part of
            stance, shape (n,).
        inside_turn_se_deg: standard error of the turn about any axis over the same gaps, (n,).
        filled: whether a gap lies in the stride, shape (n,).
    """

    tilt_se_deg: FloatArray
    inside_tilt_se_deg: FloatArray
    inside_turn_se_deg: FloatArray
    filled: npt.NDArray[np.bool_]


def gap_doubts(track: SensorTrack, times: StrideTimes, *, live: bool) -> GapDoubts:
    """Doubts of strides of one leg that the track covers."""
    n = len(times)
    doubts, filled = np.zeros((3, n)), np.zeros(n, np.bool_)
    if track.gaps:
        gaps = _near(track, times)
        for a in range(0, len(gaps), TOGETHER):
            squares, within = _of_gaps(track, gaps[a : a + TOGETHER], times, live=live)
            # one after another, so that the sums do not depend on the parts
            doubts = np.concatenate([doubts[None], squares]).sum(axis=0)
            filled |= within.any(axis=0)
    tilt, inside_tilt, inside_turn = doubts
    for edge in track.breaks:
        edge_s = track.time_at(edge)
        if not times.foot_strike_s[0] - BREAK_S < edge_s < times.next_foot_strike_s[-1] + BREAK_S:
            continue
        after_s = times.foot_strike_s - edge_s
        if live:
            after = (after_s > 0.0) & (after_s < BREAK_S)
            start = np.where(after, np.exp(-np.clip(after_s, 0.0, BREAK_S)), 0.0)
            tilt += (LIVE_START_DEG * start) ** 2
            inside_tilt += (LIVE_START_INSIDE_DEG * start) ** 2
            inside_turn += (LIVE_START_INSIDE_DEG * start) ** 2
        else:
            tilt += (START_DEG * np.exp(-np.abs(after_s) / FORGET_S)) ** 2
    tilt, inside_tilt, inside_turn = np.sqrt(doubts)
    return GapDoubts(tilt, inside_tilt, inside_turn, filled)


def _near(track: SensorTrack, times: StrideTimes) -> list[GapRecord]:
    """Gaps that may leave something in doubt about the strides, in order."""
    reach_s = 4.0 * FORGET_S + 1.0
    ends_s = np.array([times.foot_strike_s[0] - reach_s, times.next_foot_strike_s[-1] + reach_s])
    first, last = track.positions_at(ends_s).tolist()
    earliest = bisect_left(track.gaps, first - round(FILL_S * track.rate_hz), key=_first)
    return track.gaps[earliest : bisect_left(track.gaps, last + 1, key=_first)]


def _of_gaps(
    track: SensorTrack, gaps: Sequence[GapRecord], times: StrideTimes, *, live: bool
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """What each of m gaps leaves in doubt about each of n strides.

    Returns:
        Squares of the standard errors, shape (m, 3, n): tilt, tilt and turn gained in the first part of stance;
        and whether the gap lies in the stride, shape (m, n).
    """
    first, missing, turn_se_deg, tilt_se_deg = np.array(
        [(gap.first, gap.missing, gap.turn_se_deg, gap.tilt_se_deg) for gap in gaps]
    ).T[:, :, None]
    start_s = track.times_at(first[:, 0] - 1)[:, None]
    end_s = track.times_at((first + missing)[:, 0])[:, None]
    middle_s = times.foot_strike_s + 0.5 * times.contact_s
    near = middle_s < end_s + 4.0 * FORGET_S
    share: FloatArray | float = SHARED
    if live:
        near &= times.next_foot_strike_s >= start_s
        share = np.where(middle_s < start_s, 0.0, 1.0)
    else:
        near &= middle_s >= start_s - 4.0 * FORGET_S
    away_s = np.maximum(0.0, np.maximum(middle_s - end_s, start_s - middle_s))
    begin_s = times.foot_strike_s - MARGIN_S
    within = near & (begin_s < end_s)
    within &= times.foot_strike_s + WINDOW_SHARE * times.contact_s > start_s
    squares = np.zeros((len(gaps), 3, len(times)))
    tilt = share * tilt_se_deg * np.exp(-away_s / FORGET_S)
    squares[:, 0] = np.where(near, tilt * tilt, 0.0)
    squares[:, 1] = np.where(within, tilt_se_deg * tilt_se_deg, 0.0)
    # after the impact the ends of a short gap tell less of what lies between
    turn = turn_se_deg * (1.0 + (SHORT_S / (missing / track.rate_hz)) ** 2)
    squares[:, 2] = np.where(within, turn * turn, 0.0)
    filled = near & (times.foot_strike_s < end_s) & (times.next_foot_strike_s > start_s)
    return squares, filled


def _first(gap: GapRecord) -> int:
    return gap.first
