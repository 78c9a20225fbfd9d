"""The stride engine: samples in, strides out, live and offline alike.

Feeding the same samples in chunks of any size, in any interleaving of the sensors, gives the same
strides bit for bit: state advances per sample, decisions read fixed windows, and strides are
measured in order of their ends once every sensor is known up to there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from pipeline.body_calibration import BodyCalibration
from pipeline.gait_kind import GaitJudge
from pipeline.leg import Leg
from pipeline.orientation import FloatArray
from pipeline.stride import SIDES, Side, Stride
from pipeline.stride_events import StrideEvents, StrideTimes
from pipeline.stride_measurement import (
    BOUT_EDGE_S,
    SETTLED_COLD_S,
    SHANK_OF,
    StrideContext,
    measure,
)
from pipeline.tibial_rotation import HEADING_STRIDES, flexion_direction, stride_moments
from pipeline.track import SensorTrack
from pipeline.track_set import TrackSet
from sensors.placement import Placement
from sensors.sample_block import SampleBlock

KEPT_S = 30.0
"""Live, samples older than this before the last decision are forgotten."""
USUAL_STRIDES = 6


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A stride, and all that its measurement takes from the strides before it."""

    events: StrideEvents
    context: StrideContext


class StrideEngine:
    """Turns sample blocks of up to three sensors into strides.

    Args:
        placements: the sensors that will send; a stride waits until all of them are known up to
            its end (see `set_absent`).
    """

    def __init__(self, placements: Iterable[Placement]) -> None:
        self.samples = TrackSet(placements)
        self.calibration = BodyCalibration()
        self._absent: set[Placement] = set()
        self._first_s = float("inf")
        self._legs: dict[Side, Leg] = {}
        self._waiting: dict[Side, deque[StrideEvents]] = {side: deque() for side in SIDES}
        self._moments: dict[Side, deque[FloatArray]] = {
            side: deque(maxlen=HEADING_STRIDES) for side in SIDES
        }
        self._judge = GaitJudge(None)
        self._recent: dict[Side, deque[StrideEvents]] = {
            side: deque(maxlen=USUAL_STRIDES) for side in SIDES
        }

    def push(self, block: SampleBlock) -> list[Stride]:
        """Take in samples of one sensor; return the strides that have become certain.

        Args:
            block: samples that follow those pushed before for the same placement.

        Returns:
            Strides in order of ``next_foot_strike_s``.

        Raises:
            ValueError: the placement was not announced.
        """
        self.samples.push(block)
        self._absent.discard(block.placement)
        if len(block):
            self._first_s = min(self._first_s, float(block.time_s[0]))
        track = self.samples.tracks[block.placement]
        if block.placement is Placement.PELVIS and not self._judge.has_pelvis:
            self._judge = GaitJudge(track)
        for side, placement in SHANK_OF.items():
            if placement is block.placement and side not in self._legs:
                self._legs[side] = Leg(side, track)
        return self._advance(final=False)

    def set_absent(self, placement: Placement) -> list[Stride]:
        """Do not wait for a sensor whose link is lost; its next samples end that by themselves."""
        self._absent.add(placement)
        return self._advance(final=False)

    def finish(self) -> list[Stride]:
        """No more samples will come: the strides that were still waiting."""
        return self._advance(final=True)

    @property
    def _pelvis(self) -> SensorTrack | None:
        """The pelvis track; None when no pelvis sensor was announced or its link is lost."""
        return None if Placement.PELVIS in self._absent else self.samples.pelvis

    def _advance(self, *, final: bool) -> list[Stride]:
        expected = [p for p in self.samples.placements if p not in self._absent]
        if not final and any(p not in self.samples.tracks for p in expected):
            return []
        judge = self._judge if self._pelvis is not None else GaitJudge(None)
        for side, leg in self._legs.items():
            self._waiting[side].extend(leg.advance(judge, final=final))
        safe_s = self._safe_s(expected, final=final)
        prepared: list[_Prepared] = []
        while True:
            ready = [w[0] for w in self._waiting.values() if w]
            if not ready:
                break
            events = min(ready, key=lambda e: (e.next_foot_strike_s, e.side))
            if events.next_foot_strike_s >= safe_s:
                break
            self._waiting[events.side].popleft()
            prepared.append(self._prepare(events))
        strides = self._measure(prepared)
        self._trim(safe_s)
        return strides

    def _safe_s(self, expected: list[Placement], *, final: bool) -> float:
        """Session time up to which no stride can still turn up."""
        if final:
            return float("inf")
        safe = [
            leg.decided_s for leg in self._legs.values() if SHANK_OF[leg.side] not in self._absent
        ]
        # one sample more than the stride needs, for the interpolation at its end
        safe += [
            track.watermark_s - 2.0 / track.rate_hz
            for placement, track in self.samples.tracks.items()
            if placement is Placement.PELVIS and placement in expected
        ]
        return min(safe, default=float("-inf"))

    def _prepare(self, events: StrideEvents) -> _Prepared:
        """What a stride is measured with: all that it takes from those before it."""
        side = events.side
        leg = self._legs[side]
        if leg.axis is None:
            raise RuntimeError("a stride was found without a flexion axis")
        times = StrideTimes.of([events])
        start_s, end_s = events.foot_strike_s, events.next_foot_strike_s
        self.calibration.consider(self.samples, start_s, end_s)
        pelvis = self._pelvis
        if pelvis is not None and events.gait == events.next_gait:
            self.calibration.worn.add_strides(pelvis, side, times)
        axes = self.calibration.worn.shank_axes(leg.track, leg.axis, times)
        moments, recent = self._moments[side], self._recent[side]
        if events.first_of_bout or (recent and recent[-1].gait != events.gait):
            moments.clear()
            recent.clear()
        moments.append(stride_moments(leg.track, axes, times))
        pelvis_axes = self.calibration.worn.pelvis_axes()
        flags: set[str] = set()
        if self.calibration.worn.standing is None and start_s < self._first_s + SETTLED_COLD_S:
            flags.add("settling")
        if events.first_of_bout and start_s > self._first_s + BOUT_EDGE_S:
            flags.add("transition")
        if pelvis_axes is not None and pelvis_axes.method == "gait":
            flags.add("facing_uncertain")
        context = StrideContext(
            pelvis_axes=pelvis_axes,
            shank_axes=axes,
            right_in_earth=flexion_direction(np.sum(np.stack(moments), axis=0)),
            opposite_strike_s=[self._opposite_strike_s(events)],
            usual=[usual_times(recent)],
            flags=[frozenset(flags)],
            live=True,
        )
        recent.append(events)
        return _Prepared(events, context)

    def _measure(self, prepared: list[_Prepared]) -> list[Stride]:
        """Measure strides in order of their ends; those that share their axes together."""
        tracks = self._present_tracks()
        strides: list[Stride] = []
        for side in SIDES:
            waiting = [one for one in prepared if one.events.side == side]
            while waiting:
                here = waiting[0].context
                count = next(
                    (n for n, one in enumerate(waiting) if not _same_axes(one.context, here)),
                    len(waiting),
                )
                together, waiting = waiting[:count], waiting[count:]
                strides += measure([one.events for one in together], tracks, _joined(together))
        strides.sort(key=lambda s: (s.next_foot_strike_s, s.side))
        return strides

    def _present_tracks(self) -> dict[Placement, SensorTrack]:
        return {p: t for p, t in self.samples.tracks.items() if p not in self._absent}

    def _opposite_strike_s(self, events: StrideEvents) -> float | None:
        other = self._legs.get("left" if events.side == "right" else "right")
        if other is None:
            return None
        return other.first_strike_s(events.foot_strike_s, events.next_foot_strike_s)

    def _trim(self, safe_s: float) -> None:
        """Forget what no later decision can read."""
        if safe_s == float("-inf"):
            return
        needed = [
            leg.needed_from_s
            for leg in self._legs.values()
            if SHANK_OF[leg.side] not in self._absent
        ]
        self.samples.trim(min([safe_s, *needed]) - KEPT_S)


def usual_times(recent: Iterable[StrideEvents]) -> tuple[float, float] | None:
    """Median stride time and contact time of the strides just before, None when too few."""
    strides = list(recent)
    if len(strides) < USUAL_STRIDES // 2:
        return None
    return (
        median(e.next_foot_strike_s - e.foot_strike_s for e in strides),
        median(e.toe_off_s - e.foot_strike_s for e in strides),
    )


def _same_axes(one: StrideContext, other: StrideContext) -> bool:
    """Whether strides were prepared with the same calibration, to the bit."""
    shank, pelvis = one.shank_axes, one.pelvis_axes
    if not shank.is_same(other.shank_axes) or (pelvis is None) != (other.pelvis_axes is None):
        return False
    return pelvis is None or other.pelvis_axes is None or pelvis.is_same(other.pelvis_axes)


def _joined(prepared: list[_Prepared]) -> StrideContext:
    """One context for strides of one leg that share their axes."""
    contexts = [one.context for one in prepared]
    return replace(
        contexts[0],
        right_in_earth=np.concatenate([c.right_in_earth for c in contexts]),
        opposite_strike_s=[strike for c in contexts for strike in c.opposite_strike_s],
        usual=[usual for c in contexts for usual in c.usual],
        flags=[flags for c in contexts for flags in c.flags],
    )
