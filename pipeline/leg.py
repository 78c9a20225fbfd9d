"""One leg: from its shank's samples to strides that have a start, a toe-off and an end."""

from __future__ import annotations

from collections import deque

import numpy as np

from pipeline.gait_events import GaitEventDetector, SwingCycle
from pipeline.gait_kind import GaitJudge
from pipeline.shank_axis import FlexionAxis, FlexionAxisEstimator
from pipeline.stride import Gait, Side
from pipeline.stride_events import StrideEvents
from pipeline.track import SensorTrack

LOOK_BACK_S = 8.0
"""When the flexion axis becomes known, strides this far back are found with it."""
STRIDE_S = (0.4, 2.2)
"""Shortest and longest stride; anything else is not one."""
MARGIN_S = 1.0
"""Far more than a foot strike lies from the sample by which it is found."""


class Leg:
    """Event finding of one leg.

    Args:
        side: which leg.
        track: its shank.
        axis: its flexion axis when known beforehand; else it is found from the first swings.
    """

    def __init__(self, side: Side, track: SensorTrack, axis: FlexionAxis | None = None) -> None:
        self.side = side
        self.track = track
        self.axis = axis
        self._estimator = FlexionAxisEstimator(track.rate_hz)
        self._detector = None if axis is None else GaitEventDetector(track, axis, 0)
        self._cycles: deque[SwingCycle] = deque()
        self._gaits: deque[Gait] = deque()
        self._cycle_strikes_s: deque[float] = deque()
        """Gait and foot strike of the cycles, as far as they are known."""
        self._strikes_s: deque[float] = deque()
        self._last_end_s = -1e9
        self._judged_s = -1e9
        """Foot strike of the last cycle whose gait is known."""

    @property
    def decided_s(self) -> float:
        """Session time before which this leg will report no further foot strike."""
        if self.track.end == 0:
            return -1e9
        if self._detector is None:
            position = min(self._estimator.position, self.track.end - 1)
            return float(self.track.time_s.row(position)) - LOOK_BACK_S
        return self._detector.decided_s

    @property
    def needed_from_s(self) -> float:
        """Session time from which samples may still be read."""
        return min(self.decided_s, self._last_end_s) if self._cycles else self.decided_s

    def first_strike_s(self, after_s: float, before_s: float) -> float | None:
        """First foot strike inside ``(after_s, before_s)``; both must not fall in later calls."""
        while self._strikes_s and self._strikes_s[0] < after_s - 2.0 * STRIDE_S[1]:
            self._strikes_s.popleft()
        for strike_s in self._strikes_s:
            if after_s < strike_s < before_s:
                return strike_s
        return None

    def advance(
        self, judge: GaitJudge, *, final: bool = False, until_s: float | None = None
    ) -> list[StrideEvents]:
        """Strides that have become certain.

        Args:
            judge: tells running from walking; it only uses samples before the foot strike.
            final: no more samples will come.
            until_s: samples from this session time on are left for later.
        """
        if self._detector is None and not self._find_axis(final=final):
            return []
        if self._detector is None:
            return []
        until = None if until_s is None else self.track.position_at(until_s)
        self._cycles.extend(self._detector.advance(final=final, until=until))
        strides = self._pair(judge, final=final)
        self._let_go()
        if until is not None:
            self._detector.trim(self._cycles[0].mid_swing if self._cycles else until)
        return strides

    def _let_go(self) -> None:
        """Forget the last cycle when no stride can begin with it any more.

        Somebody who stands still makes no other cycle for hours, and all samples since this one
        would be kept for it.
        """
        if len(self._cycles) != 1 or len(self._gaits) != 1:
            return
        if self.decided_s > self._judged_s + STRIDE_S[1] + MARGIN_S:
            self._cycles.clear()
            self._gaits.clear()
            self._cycle_strikes_s.clear()

    def _find_axis(self, *, final: bool) -> bool:
        rate = self.track.rate.get(self._estimator.position, self.track.end)
        axis = self._estimator.advance(rate, self.track.end - len(rate))
        if axis is None and final:
            axis = self._estimator.axis()
        if axis is None:
            return False
        self.axis = axis
        back = round(LOOK_BACK_S * self.track.rate_hz)
        first = max(self.track.time_s.start, self._estimator.position - back)
        self._detector = GaitEventDetector(self.track, axis, first)
        return True

    def _pair(self, judge: GaitJudge, *, final: bool) -> list[StrideEvents]:
        """Make strides of neighbouring cycles, as far as the pelvis reaches."""
        judged = len(self._gaits)
        if len(self._cycles) == judged:
            return []
        cycles = [*self._cycles][judged:]
        gaits: tuple[Gait, Gait] = ("run", "walk")
        places = np.array([c.strike[gait] for gait in gaits for c in cycles])
        run, walk = self.track.times_at(places).reshape(2, -1)
        if not final:
            unknown = walk >= judge.known_until_s
            cycles = cycles[: int(np.argmax(unknown)) if unknown.any() else len(cycles)]
            if not cycles:
                return []
        walk, run = walk[: len(cycles)], run[: len(cycles)]
        first_s = self.track.time_at(self._cycles[0].strike["run"]) if judged else walk[0] - 1.0
        running = judge.running(walk, walk - np.concatenate([[first_s], run[:-1]]))
        self._gaits.extend("run" if is_run else "walk" for is_run in running.tolist())
        strikes_s = np.where(running, run, walk).tolist()
        self._strikes_s.extend(strikes_s)
        self._cycle_strikes_s.extend(strikes_s)
        self._judged_s = strikes_s[-1]
        strides = self._strides()
        while len(self._gaits) > 1:
            self._cycles.popleft()
            self._gaits.popleft()
            self._cycle_strikes_s.popleft()
        return strides

    def _strides(self) -> list[StrideEvents]:
        """Strides between the cycles whose gait is known; in order."""
        if self._detector is None or len(self._gaits) < 2:
            return []
        gaits = [*self._gaits]
        cycles = [*self._cycles][: len(gaits)]
        strikes_s = np.array(self._cycle_strikes_s)
        peak = np.array([c.peak for c in cycles])
        swing = np.array([c.mid_swing for c in cycles])
        run = np.array([gait == "run" for gait in gaits])
        start_s, end_s = strikes_s[:-1], strikes_s[1:]
        sound = (end_s - start_s > STRIDE_S[0]) & (end_s - start_s < STRIDE_S[1])
        for edge in self.track.breaks:
            sound &= ~((swing[:-1] < edge) & (edge <= peak[1:]))
        which = sound.nonzero()[0]
        if not len(which):
            return []
        lift = self._detector.toe_offs(peak[which], swing[which + 1], run[which])
        shaped = lift == lift
        which, lift = which[shaped], lift[shaped]
        lifts_s = self.track.times_at(lift).tolist()
        strides = []
        times_s = [
            *self._cycle_strikes_s
        ]  # one stride ends with the very number the next begins with
        for n, toe_off_s in zip(which.tolist(), lifts_s, strict=True):
            a, b = times_s[n], times_s[n + 1]
            if a < toe_off_s < b:
                first = abs(a - self._last_end_s) > 0.05
                strides.append(
                    StrideEvents(self.side, gaits[n], gaits[n + 1], a, toe_off_s, b, first)
                )
                self._last_end_s = b
        return strides
