"""How much the gaps of a track leave in doubt at each stride."""

from __future__ import annotations

from bisect import bisect_left
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
    tilt, inside_tilt, inside_turn = doubts
    if not track.gaps and not track.breaks:
        return GapDoubts(tilt, inside_tilt, inside_turn, filled)
    middle = times.foot_strike_s + 0.5 * times.contact_s
    first = times.foot_strike_s - MARGIN_S
    last = times.foot_strike_s + WINDOW_SHARE * times.contact_s
    reach_s = 4.0 * FORGET_S + 1.0
    first_position = track.position_at(float(times.foot_strike_s[0]) - reach_s)
    last_position = track.position_at(float(times.next_foot_strike_s[-1]) + reach_s)
    earliest = bisect_left(track.gaps, first_position - round(FILL_S * track.rate_hz), key=_first)
    for gap in track.gaps[earliest : bisect_left(track.gaps, last_position + 1, key=_first)]:
        start_s, end_s = track.time_at(gap.first - 1), track.time_at(gap.first + gap.missing)
        if live:
            a = int(np.searchsorted(times.next_foot_strike_s, start_s))
        else:
            a = int(np.searchsorted(middle, start_s - 4.0 * FORGET_S))
        b = int(np.searchsorted(middle, end_s + 4.0 * FORGET_S))
        if a >= b:
            continue
        near = slice(a, b)
        away_s = np.maximum(0.0, np.maximum(middle[near] - end_s, start_s - middle[near]))
        share = np.where(middle[near] < start_s, 0.0, 1.0) if live else SHARED
        tilt[near] += (share * gap.tilt_se_deg * np.exp(-away_s / FORGET_S)) ** 2
        within = (first[near] < end_s) & (last[near] > start_s)
        inside_tilt[near] += np.where(within, gap.tilt_se_deg**2, 0.0)
        # after the impact the ends of a short gap tell less of what lies between
        gap_s = gap.missing / track.rate_hz
        turn_se_deg = gap.turn_se_deg * (1.0 + (SHORT_S / gap_s) ** 2)
        inside_turn[near] += np.where(within, turn_se_deg**2, 0.0)
        filled[near] |= (times.foot_strike_s[near] < end_s) & (
            times.next_foot_strike_s[near] > start_s
        )
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


def _first(gap: GapRecord) -> int:
    return gap.first
