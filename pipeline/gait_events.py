"""Foot strikes and toe-offs from the sagittal rate of one shank.

Everything is read as a fraction of the stride's own peaks, which on real runners beats rules on
the acceleration and fixed thresholds. The sign follows the flexion axis: the rate is positive
while the foot swings forward, so the *flexion* used here is its negative: deeply negative in
mid-swing, through zero before the foot strike, a first peak after it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from pipeline.impact_onset import REACH_S, strike_at_impact
from pipeline.orientation import FloatArray, dot
from pipeline.series import Series
from pipeline.shank_axis import FlexionAxis
from pipeline.stride import Gait
from pipeline.track import SensorTrack

SWING_NEIGHBOURHOOD_S = 0.12
SWING_FLOOR_RAD_S = np.radians(80.0)
SWING_SHARE = 0.45
"""A mid-swing is at least this share of the median of the last eight."""
STRIKE_WINDOW_S = 0.65
"""From mid-swing to the zero crossing before the foot strike, at most."""
PEAK_WINDOW_S = 0.30
PEAK_LOOKAHEAD_S = 0.03
STRIKE_SHARE: dict[Gait, float] = {"run": 0.5, "walk": 0.7}
"""Foot strike: rise to this share of the first peak after mid-swing."""
LIFT_SHARE_RUN = 0.10
"""Toe-off in running: rise by this share from the stance minimum to the swing's flexion peak."""
LIFT_SHARE_WALK = 0.75
"""Toe-off in walking: fall to this share of the push-off peak."""


@dataclass(frozen=True, slots=True)
class SwingCycle:
    """A mid-swing and the foot strike after it, as fractional positions on the track.

    Attributes:
        mid_swing: position of the fastest forward swing.
        strike: foot strike by gait.
        peak: position of the first flexion peak after the strike.
    """

    mid_swing: int
    strike: dict[Gait, float]
    peak: int


class GaitEventDetector:
    """Finds swing cycles in order; each decision reads a fixed window, whatever the chunks.

    Args:
        track: the shank.
        axis: its flexion axis.
        first: position to begin at.
    """

    def __init__(self, track: SensorTrack, axis: FlexionAxis, first: int) -> None:
        self._track = track
        self._axis = axis.axis
        self._next = first
        self._neighbourhood = round(SWING_NEIGHBOURHOOD_S * track.rate_hz)
        self._lookahead = max(2, round(PEAK_LOOKAHEAD_S * track.rate_hz))
        self._candidates: deque[int] = deque()
        self._depths: deque[float] = deque(maxlen=8)
        self._last_peak = first
        start = max(track.smooth_rate.start, first - self._neighbourhood)
        self._flexion = Series(np.float64, start=start)

    def flexion(self, first: int, last: int) -> FloatArray:
        """Flexion rate at positions ``[first, last)``, rad/s."""
        return self._flexion.get(first, last)

    def _extend(self) -> None:
        """Follow the track."""
        first, smooth = self._flexion.end, self._track.smooth_rate
        if first < smooth.end:
            self._flexion.append(-dot(smooth.get(first, smooth.end), self._axis))
        self._flexion.trim(smooth.start)

    @property
    def decided_s(self) -> float:
        """Session time before which no further foot strike can be found."""
        position = self._candidates[0] if self._candidates else self._next
        position = min(position, self._track.end - 1)
        return float(self._track.time_s.row(max(position, self._track.time_s.start)))

    @property
    def needed_from(self) -> int:
        """First position that is still read."""
        return max(self._track.time_s.start, min(self._next, self._last_peak) - self._neighbourhood)

    def advance(self, *, final: bool = False) -> list[SwingCycle]:
        """Cycles that have become certain since the last call.

        Args:
            final: no more samples will come; decide with what is there.
        """
        self._extend()
        self._find_candidates(final=final)
        cycles = []
        while self._candidates:
            cycle, waiting = self._strike_after(self._candidates[0], final=final)
            if waiting:
                break
            swing = self._candidates.popleft()
            if cycle is None:
                continue
            self._depths.append(float(-self.flexion(swing, swing + 1)[0]))
            self._last_peak = cycle.peak
            while self._candidates and self._candidates[0] <= cycle.peak:
                self._candidates.popleft()
            cycles.append(cycle)
        return cycles

    def _find_candidates(self, *, final: bool) -> None:
        """Collect local minima of the flexion rate that are deep enough for a swing."""
        around = self._neighbourhood
        end = self._track.smooth_rate.end
        stop = end if final else end - around
        if stop <= self._next:
            return
        low = max(self._flexion.start, self._next - around)
        window = self.flexion(low, min(end, stop + around))
        lowest = _lowest_around(window, around)
        here = slice(self._next - low, stop - low)
        found = np.flatnonzero((window[here] == lowest[here]) & (window[here] < -SWING_FLOOR_RAD_S))
        for position in found:
            absolute = self._next + int(position)
            if not self._candidates or absolute - self._candidates[-1] > 1:
                self._candidates.append(absolute)
        self._next = stop

    def _strike_after(self, swing: int, *, final: bool) -> tuple[SwingCycle | None, bool]:
        """The foot strike after a mid-swing, and whether more samples are needed to say."""
        rate_hz = self._track.rate_hz
        if swing <= self._last_peak:
            return None, False
        end = self._track.smooth_rate.end
        reach = swing + round(STRIKE_WINDOW_S * rate_hz)
        flexion = self.flexion(swing, min(end, reach))
        depth = -flexion[0]
        if self._depths and depth < SWING_SHARE * median(self._depths):
            return None, False
        above = np.flatnonzero(flexion >= 0.0)
        if not len(above):
            return None, not final and end < reach
        crossing = swing + int(above[0])
        limit = crossing + round(PEAK_WINDOW_S * rate_hz)
        if end < limit + self._lookahead and not final:
            peak = self._first_peak(crossing, end - self._lookahead, float(depth))
            if peak is None:
                return None, True
        else:
            peak = self._first_peak(crossing, min(limit, end), float(depth))
            if peak is None:
                rise = self.flexion(crossing, min(limit, end))
                if len(rise) < 2:
                    return None, False
                peak = crossing + int(np.argmax(rise))
        first = max(swing, crossing - 1)
        rise = self.flexion(first, peak + 1)
        strike: dict[Gait, float] = {}
        for gait, share in STRIKE_SHARE.items():
            by_rate = first + _last_crossing(rise, share * float(rise[-1]))
            if not final and self._track.end < by_rate + REACH_S * rate_hz + 2:
                return None, True
            strike[gait] = strike_at_impact(self._track, by_rate, gait)
        # the deepest swing before the strike stands for the cycle
        swing += int(np.argmin(flexion[: crossing - swing]))
        return SwingCycle(swing, strike, peak), False

    def _first_peak(self, crossing: int, stop: int, depth: float) -> int | None:
        """First position in ``[crossing + 1, stop)`` that is higher than what follows it shortly."""
        if stop <= crossing + 1:
            return None
        flexion = self.flexion(crossing, stop + self._lookahead)
        last = min(stop - crossing, len(flexion) - 1)
        if last <= 1:
            return None
        padded = np.concatenate([flexion, np.full(self._lookahead, -np.inf)])
        after = sliding_window_view(padded[2:], self._lookahead)[: last - 1].max(axis=1)
        here = flexion[1:last]
        peaks = np.flatnonzero((here > 0.1 * depth) & (here >= after))
        return crossing + 1 + int(peaks[0]) if len(peaks) else None

    def toe_off(self, peak: int, next_swing: int, gait: Gait) -> float | None:
        """Position of the toe-off between a foot strike and the mid-swing after it.

        Args:
            peak: position of the first flexion peak after the foot strike.
            next_swing: position of the next mid-swing.
            gait: running or walking.

        Returns:
            Fractional position, or None when the stance has no such shape.
        """
        flexion = self.flexion(peak, next_swing)
        above = np.flatnonzero(flexion > 0.0)
        if not len(above):
            return None
        down = int(above[-1])
        low = max(down // 3, down - round(0.25 * self._track.rate_hz))
        top = low + int(np.argmax(flexion[low : down + 1]))
        if gait == "walk":
            level = LIFT_SHARE_WALK * float(flexion[top])
            below = np.flatnonzero(flexion[top:] < level)
            if not len(below):
                return None
            j = top + int(below[0])
            return peak + j - 1 + _share(level, float(flexion[j - 1]), float(flexion[j]))
        first = top // 4
        if top <= first:
            return None
        bottom = first + int(np.argmin(flexion[first : top + 1]))
        if bottom >= top:
            return None
        floor = float(flexion[bottom])
        level = floor + LIFT_SHARE_RUN * (float(flexion[top]) - floor)
        above_level = np.flatnonzero(flexion[bottom : top + 1] >= level)
        j = bottom + int(above_level[0])
        return peak + j - 1 + _share(level, float(flexion[j - 1]), float(flexion[j]))


def _lowest_around(values: FloatArray, reach: int) -> FloatArray:
    """Lowest of each value and ``reach`` on either side of it, shape (n,)."""
    edge = np.full(reach, np.inf)
    lowest = np.concatenate([edge, values, edge])
    width = 2 * reach + 1
    covered = 1  # lowest[i] is that of so many values from i on
    while covered < width:
        step = min(covered, width - covered)
        lowest = np.minimum(lowest[:-step], lowest[step:])
        covered += step
    return lowest


def _share(level: float, before: float, after: float) -> float:
    """Where between two samples a level is crossed, 0 to 1."""
    return 0.5 if after == before else min(1.0, max(0.0, (level - before) / (after - before)))


def _last_crossing(rise: FloatArray, level: float) -> float:
    """Fractional index at which a rise last passes ``level`` from below."""
    below = np.flatnonzero(rise < level)
    if not len(below) or below[-1] + 1 >= len(rise):
        return 0.0
    j = int(below[-1])
    return j + _share(level, float(rise[j]), float(rise[j + 1]))
