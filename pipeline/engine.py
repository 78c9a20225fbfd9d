"""The stride engine: samples in, strides out, live and offline alike.

Feeding the same samples in chunks of any size, in any interleaving of the sensors, gives the same
strides bit for bit: state advances per sample, decisions read fixed windows, and strides are
measured in order of their ends once every sensor is known up to there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from pipeline.bend_lean import LiveBends
from pipeline.block_joining import joined
from pipeline.body_calibration import BodyCalibration
from pipeline.bout_edges import live_edge_share
from pipeline.gait_kind import GaitJudge
from pipeline.leg import Leg
from pipeline.orientation import FloatArray
from pipeline.sample_gathering import SampleGathering
from pipeline.stride import SIDES, Side, Stride
from pipeline.stride_events import StrideEvents, StrideTimes
from pipeline.stride_measurement import (
    SHANK_OF,
    StrideContext,
    measure,
)
from pipeline.stride_preparation import PreparedStride, StridePreparation
from pipeline.tibial_rotation import (
    HEADING_STRIDES,
    flexion_direction,
    stride_moments,
)
from pipeline.track import SensorTrack
from pipeline.track_set import TrackSet
from sensors.placement import Placement
from sensors.sample_block import SampleBlock

KEPT_S = 30.0
"""Live, samples older than this before the last decision are forgotten, some `TRIM_S` later."""
TRIM_S = 2.0
TOGETHER = 250
"""Strides that are measured together, at most, which bounds the memory for it."""


class StrideEngine:
    """Turns sample blocks of up to three sensors into strides.

    Args:
        placements: the sensors that will send; a stride waits until all of them are known up to
            its end (see `set_absent`).
    """

    def __init__(self, placements: Iterable[Placement]) -> None:
        self.samples = TrackSet(placements)
        self._preparation = StridePreparation(self.samples)
        self._gathering = SampleGathering(self.samples.placements)
        self._absent: set[Placement] = set()
        self._legs: dict[Side, Leg] = {}
        self._waiting: dict[Side, deque[StrideEvents]] = {side: deque() for side in SIDES}
        self._moments: dict[Side, FloatArray] = {
            side: np.zeros((HEADING_STRIDES - 1, 5)) for side in SIDES
        }
        self._judge = GaitJudge(None)
        self._trimmed_s = float("-inf")
        self._bends: LiveBends | None = None

    @property
    def calibration(self) -> BodyCalibration:
        """How the sensors sit on the body, as far as the strides have told."""
        return self._preparation.calibration

    @property
    def tissue_scale(self) -> float:
        """How much more or less than usual the soft tissue moves, by the strides so far."""
        return self._preparation.tissue_scale

    def push(self, block: SampleBlock) -> list[Stride]:
        """Take in samples of one sensor; return the strides that have become certain.

        Args:
            block: samples that follow those pushed before for the same placement.

        Returns:
            Strides in order of ``next_foot_strike_s``.

        Raises:
            ValueError: the placement was not announced.
        """
        if self._absent:
            self._absent.discard(block.placement)
        if not self._gathering.add(block) or not self._gathering.is_due():
            return []
        return self._decide()

    def push_all(self, blocks: Iterable[SampleBlock]) -> list[Stride]:
        """Take in several blocks at once, for which less has to be decided in between.

        Args:
            blocks: those of one sensor in order, and after those pushed before.

        Returns:
            Strides in order of ``next_foot_strike_s``. A stride may become certain up to
            `LONGEST_S` of samples before it is returned, usually less than `DECISION_S`.

        Raises:
            ValueError: a placement was not announced.
        """
        due = False
        for block in blocks:
            if self._absent:
                self._absent.discard(block.placement)
            due |= self._gathering.add(block)
        return self._decide() if due and self._gathering.is_due() else []

    def _decide(self) -> list[Stride]:
        """Take what was gathered, and tell what it has made certain."""
        self._take_gathered()
        strides = self._advance(final=False)
        self._gathering.expect((s.side, s.foot_strike_s, s.next_foot_strike_s) for s in strides)
        return strides

    def _take_gathered(self) -> None:
        """Let the tracks have the samples that were gathered."""
        for placement, blocks in self._gathering.take():
            for block in joined(blocks):
                self.samples.push(block)
            track = self.samples.tracks[placement]
            if placement is Placement.PELVIS and not self._judge.has_pelvis:
                self._judge = GaitJudge(track)
                self._bends = LiveBends(track)
            for side, shank in SHANK_OF.items():
                if shank is placement and side not in self._legs:
                    self._legs[side] = Leg(side, track)

    def set_absent(self, placement: Placement) -> list[Stride]:
        """Do not wait for a sensor whose link is lost; its next samples end that by themselves."""
        self._absent.add(placement)
        self._gathering.leave_out(placement)
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
            strides = self._measure(
                self._preparation.prepare(ready, self._legs, self._pelvis, self.samples.first_s)
            )
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

    def _measure(self, prepared: list[PreparedStride]) -> list[Stride]:
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
                    (n for n, one in enumerate(waiting) if not one.has_axes_of(here)),
                    len(waiting),
                )
                count = min(count, TOGETHER)
                together, waiting = waiting[:count], waiting[count:]
                events = [one.events for one in together]
                context = self._context(side, together, events)
                strides += measure(events, tracks, context).strides()
        strides.sort(key=lambda s: (s.next_foot_strike_s, s.side))
        return strides

    def _context(
        self, side: Side, together: list[PreparedStride], events: list[StrideEvents]
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
            lean_rad=np.array([one.lean_rad for one in together]),
            bends=self._bends,
            tissue_scale=np.array([one.tissue_scale for one in together]),
            edge_share=live_edge_share(np.array([one.bout_s for one in together])),
        )

    def _present_tracks(self) -> dict[Placement, SensorTrack]:
        return {p: t for p, t in self.samples.tracks.items() if p not in self._absent}

    def _trim(self, safe_s: float) -> None:
        """Forget what no later decision can read."""
        if safe_s == float("-inf"):
            return
        needed = [
            leg.needed_from_s
            for leg in self._legs.values()
            if SHANK_OF[leg.side] not in self._absent
        ]
        before_s = min([safe_s, *needed]) - KEPT_S
        if before_s > self._trimmed_s + TRIM_S:
            self._trimmed_s = before_s
            if self._bends is not None:
                self._bends.forget(before_s)
            self.samples.trim(before_s)


def _latest_sums(rows: FloatArray, counts: npt.NDArray[np.intp]) -> FloatArray:
    """Sums of the latest rows up to each of the last n, oldest first.

    Args:
        rows: shape (n + `HEADING_STRIDES` - 1, k).
        counts: how many rows each sum takes, shape (n,).
    """
    steps = np.arange(HEADING_STRIDES)
    latest = rows[np.arange(len(counts))[:, None] + steps]
    latest[steps < HEADING_STRIDES - counts[:, None]] = 0.0
    sums: FloatArray = latest.sum(axis=1)
    return sums
