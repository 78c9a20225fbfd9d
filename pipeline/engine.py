"""The stride engine: samples in, strides out, live and offline alike.

Feeding the same samples in chunks of any size, in any interleaving of the sensors, gives the same
strides bit for bit: state advances per sample, decisions read fixed windows, and strides are
measured in order of their ends once every sensor is known up to there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

import numpy as np
import numpy.typing as npt

from pipeline.block_joining import joined
from pipeline.body_calibration import BodyCalibration
from pipeline.gait_kind import GaitJudge
from pipeline.leg import Leg
from pipeline.orientation import FloatArray
from pipeline.pelvis_axes import PelvisAxes
from pipeline.stride import SIDES, Side, Stride
from pipeline.stride_events import StrideEvents, StrideTimes
from pipeline.stride_measurement import (
    BOUT_EDGE_S,
    SETTLED_COLD_S,
    SHANK_OF,
    StrideContext,
    measure,
)
from pipeline.tibial_rotation import (
    HEADING_STRIDES,
    ShankAxes,
    flexion_direction,
    stride_moments,
)
from pipeline.track import SensorTrack
from pipeline.track_set import TrackSet
from sensors.placement import Placement
from sensors.sample_block import SampleBlock

KEPT_S = 30.0
"""Live, samples older than this before the last decision are forgotten."""
USUAL_STRIDES = 6
DECISION_S = 0.06
"""Samples are gathered so long before the next decision: deciding costs more than samples do."""
STALLED_S = 0.2
"""A sensor that has fallen behind by this much is not waited for with gathering."""
TOGETHER = 250
"""Strides that are measured together, at most, which bounds the memory for it."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A stride, and what its measurement takes from the strides before it."""

    events: StrideEvents
    shank_axes: ShankAxes
    pelvis_axes: PelvisAxes | None
    opposite_strike_s: float | None
    usual: tuple[float, float] | None
    flags: frozenset[str]
    bout_strides: int
    """Strides of the bout so far, this one among them; no more than `HEADING_STRIDES`."""


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
        self._moments: dict[Side, FloatArray] = {
            side: np.zeros((HEADING_STRIDES - 1, 5)) for side in SIDES
        }
        self._bout_strides: dict[Side, int] = dict.fromkeys(SIDES, 0)
        self._gathered: dict[Placement, list[SampleBlock]] = {}
        self._newest_s: dict[Placement, float] = {}
        self._decided_s = (float("-inf"), float("-inf"))
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
        return self.push_all((block,))

    def push_all(self, blocks: Iterable[SampleBlock]) -> list[Stride]:
        """Take in several blocks at once, for which less has to be decided in between.

        Args:
            blocks: those of one sensor in order, and after those pushed before.

        Returns:
            Strides in order of ``next_foot_strike_s``. A stride may become certain up to
            `DECISION_S` of samples before it is returned.

        Raises:
            ValueError: a placement was not announced.
        """
        for block in blocks:
            placement = block.placement
            if placement not in self.samples.placements:
                raise ValueError(f"{placement} was not announced")
            if self._absent:
                self._absent.discard(placement)
            if len(block.time_s):
                self._gathered.setdefault(placement, []).append(block)
                self._newest_s[placement] = float(block.time_s[-1])
        if not self._newest_s:
            return []
        known = self._newest_s.values()
        newest_s, oldest_s = max(known), min(known)
        if newest_s < self._decided_s[0] + STALLED_S and (
            oldest_s < self._decided_s[1] + DECISION_S
        ):
            return []
        self._decided_s = newest_s, oldest_s
        self._take_gathered()
        return self._advance(final=False)

    def _take_gathered(self) -> None:
        """Let the tracks have the samples that were gathered."""
        for placement, blocks in self._gathered.items():
            for block in joined(blocks):
                self.samples.push(block)
            track = self.samples.tracks[placement]
            self._first_s = min(self._first_s, float(blocks[0].time_s[0]))
            if placement is Placement.PELVIS and not self._judge.has_pelvis:
                self._judge = GaitJudge(track)
            for side, shank in SHANK_OF.items():
                if shank is placement and side not in self._legs:
                    self._legs[side] = Leg(side, track)
        self._gathered.clear()

    def set_absent(self, placement: Placement) -> list[Stride]:
        """Do not wait for a sensor whose link is lost; its next samples end that by themselves."""
        self._absent.add(placement)
        self._newest_s.pop(placement, None)
        self._take_gathered()
        return self._advance(final=False)

    def finish(self) -> list[Stride]:
        """No more samples will come: the strides that were still waiting."""
        self._take_gathered()
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
        ready: list[StrideEvents] = []
        for waiting in self._waiting.values():
            while waiting and waiting[0].next_foot_strike_s < safe_s:
                ready.append(waiting.popleft())
        strides: list[Stride] = []
        if ready:
            ready.sort(key=lambda e: (e.next_foot_strike_s, e.side))
            strides = self._measure([self._prepare(events) for events in ready])
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
        """What a stride takes from those before it; to be asked for in order of their ends."""
        side = events.side
        leg = self._legs[side]
        if leg.axis is None:
            raise RuntimeError("a stride was found without a flexion axis")
        start_s, end_s = events.foot_strike_s, events.next_foot_strike_s
        self.calibration.consider(self.samples, start_s, end_s)
        self.calibration.forget(self.samples)
        worn = self.calibration.worn
        pelvis = self._pelvis
        if pelvis is not None and events.gait == events.next_gait and worn.wants_more(side):
            worn.add_strides(pelvis, side, StrideTimes.of([events]))
        axes = worn.shank_axes(leg.track, leg.axis, [events])
        recent = self._recent[side]
        if events.first_of_bout or (recent and recent[-1].gait != events.gait):
            self._bout_strides[side] = 0
            recent.clear()
        self._bout_strides[side] = min(self._bout_strides[side] + 1, HEADING_STRIDES)
        pelvis_axes = worn.pelvis_axes()
        flags: set[str] = set()
        if worn.standing is None and start_s < self._first_s + SETTLED_COLD_S:
            flags.add("settling")
        if events.first_of_bout and start_s > self._first_s + BOUT_EDGE_S:
            flags.add("transition")
        if pelvis_axes is not None and pelvis_axes.method == "gait":
            flags.add("facing_uncertain")
        usual = usual_times(recent)
        recent.append(events)
        return _Prepared(
            events,
            axes,
            pelvis_axes,
            self._opposite_strike_s(events),
            usual,
            frozenset(flags),
            self._bout_strides[side],
        )

    def _measure(self, prepared: list[_Prepared]) -> list[Stride]:
        """Measure strides in order of their ends; those that share their axes together."""
        present = self._present_tracks()
        strides: list[Stride] = []
        for side in SIDES:
            # strides may have waited for others when the link of their own sensor ended
            tracks = present
            if side in self._legs:
                tracks = {**present, SHANK_OF[side]: self._legs[side].track}
            waiting = [one for one in prepared if one.events.side == side]
            while waiting:
                here = waiting[0]
                count = next(
                    (n for n, one in enumerate(waiting) if not _same_axes(one, here)),
                    len(waiting),
                )
                count = min(count, TOGETHER)
                together, waiting = waiting[:count], waiting[count:]
                events = [one.events for one in together]
                strides += measure(events, tracks, self._context(side, together, events))
        strides.sort(key=lambda s: (s.next_foot_strike_s, s.side))
        return strides

    def _context(
        self, side: Side, together: list[_Prepared], events: list[StrideEvents]
    ) -> StrideContext:
        """The context of strides of one leg that share their axes; advances the headings."""
        moments = np.concatenate(
            [
                self._moments[side],
                stride_moments(
                    self._legs[side].track, together[0].shank_axes, StrideTimes.of(events)
                ),
            ]
        )
        self._moments[side] = moments[1 - HEADING_STRIDES :]
        counts = np.array([one.bout_strides for one in together])
        return StrideContext(
            pelvis_axes=together[0].pelvis_axes,
            shank_axes=together[0].shank_axes,
            right_in_earth=flexion_direction(_latest_sums(moments, counts)),
            opposite_strike_s=[one.opposite_strike_s for one in together],
            usual=[one.usual for one in together],
            flags=[one.flags for one in together],
            live=True,
        )

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


def _latest_sums(rows: FloatArray, counts: npt.NDArray[np.intp]) -> FloatArray:
    """Sums of the latest rows up to each of the last n, oldest first.

    Args:
        rows: shape (n + `HEADING_STRIDES` - 1, k).
        counts: how many rows each sum takes, shape (n,).
    """
    n = len(counts)
    total = np.zeros((n, rows.shape[1]))
    for back in range(HEADING_STRIDES - 1, -1, -1):
        first = HEADING_STRIDES - 1 - back
        total += np.where((counts > back)[:, None], rows[first : first + n], 0.0)
    return total


def _same_axes(one: _Prepared, other: _Prepared) -> bool:
    """Whether strides were prepared with the same calibration, to the bit."""
    if one.shank_axes is not other.shank_axes and not one.shank_axes.is_same(other.shank_axes):
        return False
    mine, its = one.pelvis_axes, other.pelvis_axes
    return mine is its or (mine is not None and its is not None and mine.is_same(its))
