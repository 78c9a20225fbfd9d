"""Foot strikes and toe-offs from the sagittal rate of one shank.

Everything is read as a fraction of the stride's own peaks, which on real runners beats rules on
the acceleration and fixed thresholds. The sign follows the flexion axis: the rate is positive
while the foot swings forward, so the *flexion* used here is its negative: deeply negative in
mid-swing, through zero before the foot strike, a first peak after it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import islice
from statistics import median

import numpy as np

from pipeline.column_rotation import along
from pipeline.impact_onset import REACH_S, strikes_at_impact
from pipeline.orientation import FloatArray
from pipeline.row_windows import BoolArray, IntArray
from pipeline.series import Series
from pipeline.shank_axis import FlexionAxis
from pipeline.stride import Gait
from pipeline.strike_search import GAITS, SEARCH_S, search_strikes
from pipeline.toe_off import toe_offs
from pipeline.track import SensorTrack

SWING_NEIGHBOURHOOD_S = 0.12
SWING_FLOOR_RAD_S = np.radians(80.0)
SWING_SHARE = 0.45
"""A mid-swing is at least this share of the median of the last eight."""
SMOOTHING_SIGMA_S = 0.009
"""Width of the Gaussian on the angular rate, before events are read from it."""
_IS_RUN = np.array([gait == "run" for gait in GAITS])
TOGETHER = 256
"""Mid-swings that are looked at at once, at most: more do not fit the processor's cache."""


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
        self._candidates: deque[int] = deque()
        self._depths: deque[float] = deque(maxlen=8)
        self._last_peak = first
        self._kernel = _smoothing(track.rate_hz)
        start = max(track.rate.start, first - self._neighbourhood)
        self._flexion = Series(np.float64, start=start)

    def flexion(self, first: int, last: int) -> FloatArray:
        """Flexion rate at positions ``[first, last)``, rad/s."""
        return self._flexion.get(first, last)

    def _extend(self, end: int) -> None:
        """Follow the track up to a position, as far as the smoothing reaches.

        The rate at index i belongs half a sample before time i, so it is shifted back by taking
        the mean with its successor inside the kernel.
        """
        track, delay = self._track, len(self._kernel) // 2
        first, last = self._flexion.end, end - delay - 1
        if last <= first:
            return
        window = -along(track.rate.columns(first - delay, last + delay + 1), self._axis)
        missing = last - first + 2 * delay + 1 - len(window)
        if missing:
            window = np.concatenate([np.repeat(window[:1], missing), window])
        centred = 0.5 * (window[:-1] + window[1:])
        total = np.zeros(last - first)
        for tap, weight in enumerate(self._kernel.tolist()):
            total += weight * centred[tap : tap + last - first]
        self._flexion.append(total)
        self._flexion.trim(track.rate.start)

    @property
    def decided_s(self) -> float:
        """Session time before which no further foot strike can be found."""
        position = self._candidates[0] if self._candidates else self._next
        position = min(position, self._track.end - 1)
        return float(self._track.time_s.row(max(position, self._track.time_s.start)))

    @property
    def needed_from(self) -> int:
        """First position that is still read."""
        first = self._next - self._neighbourhood
        if self._candidates:
            first = min(first, self._candidates[0])
        return max(self._track.time_s.start, first)

    def trim(self, before: int) -> None:
        """Forget the flexion rate before a position, but not what is still to be read."""
        self._flexion.trim(min(before, self.needed_from))

    def advance(self, *, final: bool = False, until: int | None = None) -> list[SwingCycle]:
        """Cycles that have become certain since the last call.

        Args:
            final: no more samples will come; decide with what is there.
            until: samples from this position on are left for later.
        """
        self._extend(self._track.end if until is None else min(until, self._track.end))
        self._find_candidates(final=final)
        cycles: list[SwingCycle] = []
        while self._candidates:
            if self._candidates[0] <= self._last_peak:
                self._candidates.popleft()
            elif not self._decide(cycles, final=final):
                break
        return cycles

    def _decide(self, cycles: list[SwingCycle], *, final: bool) -> bool:
        """Decide on the next candidates, in order; False when one has to wait."""
        track, rate_hz = self._track, self._track.rate_hz
        swings = np.array([*islice(self._candidates, TOGETHER)])
        low, end = int(swings[0]), self._flexion.end
        flexion = self.flexion(low, min(end, int(swings[-1]) + round(SEARCH_S * rate_hz) + 2))
        search = search_strikes(flexion, swings - low, end - low, rate_hz, final=final)
        waiting = search.waiting
        strikes = (low + search.rise) + search.strike
        if not final:
            waiting |= search.found & (track.end < strikes.max(axis=0) + REACH_S * rate_hz + 2)
        which = (search.found & ~waiting).nonzero()[0]
        if len(which):
            by_rate = strikes[:, which]
            is_run = np.repeat(_IS_RUN, len(which))
            strikes[:, which] = strikes_at_impact(track, by_rate.ravel(), is_run).reshape(
                by_rate.shape
            )
        depths = (-flexion[swings - low]).tolist()
        by_gait = strikes.T.tolist()
        for n, swing in enumerate(swings.tolist()):
            too_flat = self._depths and depths[n] < SWING_SHARE * median(self._depths)
            if swing > self._last_peak and not too_flat:
                if waiting[n]:
                    return False
                if search.found[n]:
                    self._depths.append(depths[n])
                    self._last_peak = low + int(search.peak[n])
                    strike = dict(zip(GAITS, by_gait[n], strict=True))
                    # the deepest swing before the strike stands for the cycle
                    lowest = low + int(search.lowest[n])
                    cycles.append(SwingCycle(lowest, strike, self._last_peak))
            self._candidates.popleft()
        return True

    def _find_candidates(self, *, final: bool) -> None:
        """Collect local minima of the flexion rate that are deep enough for a swing."""
        around = self._neighbourhood
        end = self._flexion.end
        stop = end if final else end - around
        if stop <= self._next:
            return
        fast = self.flexion(self._next, stop) < -SWING_FLOOR_RAD_S
        if not fast.any():
            self._next = stop
            return
        low = max(self._flexion.start, self._next - around)
        window = self.flexion(low, min(end, stop + around))
        lowest = _lowest_around(window, around)
        here = slice(self._next - low, stop - low)
        found = ((window[here] == lowest[here]) & fast).nonzero()[0]
        for position in found.tolist():
            absolute = self._next + position
            if not self._candidates or absolute - self._candidates[-1] > 1:
                self._candidates.append(absolute)
        self._next = stop

    def toe_offs(self, peak: IntArray, next_swing: IntArray, run: BoolArray) -> FloatArray:
        """Positions of the toe-offs between foot strikes and the mid-swings after them.

        Args:
            peak: positions of the first flexion peaks after the foot strikes, at least one, (n,).
            next_swing: positions of the next mid-swings, shape (n,).
            run: which of the strides are running, shape (n,).

        Returns:
            Fractional positions, shape (n,); not a number where the stance has no such shape.
        """
        low = int(peak.min())
        flexion = self.flexion(low, int(next_swing.max()))
        lifts: FloatArray = np.empty(len(peak))
        for a in range(0, len(peak), TOGETHER):
            some = slice(a, a + TOGETHER)
            lifts[some] = peak[some] + toe_offs(
                flexion, peak[some] - low, next_swing[some] - low, run[some], self._track.rate_hz
            )
        return lifts


def _smoothing(rate_hz: float) -> FloatArray:
    reach = max(1, round(2.5 * SMOOTHING_SIGMA_S * rate_hz))
    steps = np.arange(-reach, reach + 1) / rate_hz
    kernel = np.exp(-0.5 * (steps / SMOOTHING_SIGMA_S) ** 2)
    weights: FloatArray = kernel / kernel.sum()
    return weights


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
