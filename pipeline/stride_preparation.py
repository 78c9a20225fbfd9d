"""What the measurement of a stride takes from the strides before it, stride by stride."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pipeline.body_calibration import BodyCalibration
from pipeline.carried_gravity import CarriedGravity
from pipeline.leg import Leg
from pipeline.live_shake import LiveShake
from pipeline.pelvis_axes import GaitAxisEstimator, GaitVotes, PelvisAxes
from pipeline.stride import SIDES, Gait, Side
from pipeline.stride_events import StrideEvents, StrideTimes
from pipeline.stride_measurement import BOUT_EDGE_S, SETTLED_COLD_S, SHANK_OF
from pipeline.tibial_rotation import HEADING_STRIDES, ShankAxes
from pipeline.track import SensorTrack
from pipeline.track_set import TrackSet
from sensors.placement import Placement

USUAL_STRIDES = 6
TOGETHER = 250
"""Strides that are asked about the pelvis axis together, which bounds the memory for it."""
_NO_FLAGS: frozenset[str] = frozenset()


class PreparedStride(NamedTuple):
    """A stride, and what its measurement takes from the strides before it."""

    events: StrideEvents
    shank_axes: ShankAxes
    pelvis_axes: PelvisAxes | None
    opposite_strike_s: float | None
    usual: tuple[float, float] | None
    flags: frozenset[str]
    bout_strides: int
    """Strides of the bout so far, this one among them; no more than `HEADING_STRIDES`."""
    bout_s: float
    """From the first foot strike of the bout to that of this stride."""
    lean_rad: float
    """Sideways lean of the shank's gravity, see `pipeline.carried_gravity`."""
    tissue_scale: float
    """How much more or less than usual the soft tissue moves, see `pipeline.live_shake`."""

    def has_axes_of(self, other: PreparedStride) -> bool:
        """Whether both were prepared with the same calibration, to the bit."""
        mine, its = self.shank_axes, other.shank_axes
        if mine is not its and not mine.is_same(its):
            return False
        pelvis, its_pelvis = self.pelvis_axes, other.pelvis_axes
        return pelvis is its_pelvis or (
            pelvis is not None and its_pelvis is not None and pelvis.is_same(its_pelvis)
        )


class StridePreparation:
    """Advances calibration and habits of the runner over the strides, in order of their ends.

    Args:
        samples: the sensors.
    """

    def __init__(self, samples: TrackSet) -> None:
        self.calibration = BodyCalibration()
        self._samples = samples
        self._bout_strides: dict[Side, int] = dict.fromkeys(SIDES, 0)
        self._bout_from_s: dict[Side, float] = {}
        self._recent: dict[Side, deque[tuple[float, float]]] = {
            side: deque(maxlen=USUAL_STRIDES) for side in SIDES
        }
        self._gait: dict[Side, Gait] = {}
        self._carried: dict[Side, CarriedGravity] = {}
        self._shake = LiveShake()

    @property
    def tissue_scale(self) -> float:
        """How much more or less than usual the soft tissue moves, by the strides so far."""
        return self._shake.scale

    def prepare(
        self,
        ready: Sequence[StrideEvents],
        legs: Mapping[Side, Leg],
        pelvis: SensorTrack | None,
        first_s: float,
    ) -> list[PreparedStride]:
        """Prepare strides.

        Args:
            ready: strides of both legs that follow those prepared before, in order of their ends.
            legs: both legs, as far as they have a sensor.
            pelvis: the pelvis, where it sends.
            first_s: session time of the first sample.
        """
        votes = _Votes(pelvis, ready)
        tracks = {SHANK_OF[side]: leg.track for side, leg in legs.items()}
        scales = self._shake.scales(
            ready, tracks if pelvis is None else {Placement.PELVIS: pelvis, **tracks}
        )
        prepared = [
            self._prepare(n, events, legs, pelvis, first_s, votes, scale)
            for n, (events, scale) in enumerate(zip(ready, scales, strict=True))
        ]
        self.calibration.forget(self._samples)
        return prepared

    def _prepare(
        self,
        n: int,
        events: StrideEvents,
        legs: Mapping[Side, Leg],
        pelvis: SensorTrack | None,
        first_s: float,
        votes: _Votes,
        tissue_scale: float,
    ) -> PreparedStride:
        side, gait, start_s = events.side, events.gait, events.foot_strike_s
        leg = legs[side]
        if leg.axis is None:
            raise RuntimeError("a stride was found without a flexion axis")
        self.calibration.consider(self._samples, start_s, events.next_foot_strike_s)
        worn = self.calibration.worn
        if pelvis is not None and gait == events.next_gait and worn.wants_more(side):
            if worn.gait is None:
                worn.add_strides(pelvis, side, StrideTimes.of([events]))
            else:
                vote = votes.of(worn.gait, n)
                if vote is not None:
                    worn.take_vote(*vote)
        axes = worn.shank_axes(leg.track, leg.axis, [events])
        recent = self._recent[side]
        if events.first_of_bout or self._gait.get(side, gait) != gait:
            self._bout_strides[side] = 0
            self._bout_from_s[side] = start_s
            recent.clear()
        self._gait[side] = gait
        bout_strides = self._bout_strides[side] = min(self._bout_strides[side] + 1, HEADING_STRIDES)
        pelvis_axes = worn.pelvis_axes()
        flags: set[str] | frozenset[str] = _NO_FLAGS
        if worn.standing is None and start_s < first_s + SETTLED_COLD_S:
            flags = flags | {"settling"}
        if events.first_of_bout and start_s > first_s + BOUT_EDGE_S:
            flags = flags | {"transition"}
        if pelvis_axes is not None and pelvis_axes.method == "gait":
            flags = flags | {"facing_uncertain"}
        usual = usual_times(recent)
        recent.append((events.next_foot_strike_s - start_s, events.toe_off_s - start_s))
        other = legs.get("left" if side == "right" else "right")
        return PreparedStride(
            events,
            axes,
            pelvis_axes,
            None if other is None else other.first_strike_s(start_s, events.next_foot_strike_s),
            usual,
            frozenset(flags),
            bout_strides,
            start_s - self._bout_from_s.setdefault(side, start_s),
            self._lean_rad(leg, axes, events),
            tissue_scale,
        )

    def _lean_rad(self, leg: Leg, axes: ShankAxes, events: StrideEvents) -> float:
        """Sideways lean of the shank's gravity in a stride, after those before it."""
        standing = self.calibration.worn.standing
        if standing is None or events.gait != "run":
            return 0.0
        carried = self._carried.get(leg.side)
        if carried is None or carried.standing is not standing:
            carried = self._carried[leg.side] = CarriedGravity(leg.track, standing)
        if events.next_gait == "run":
            carried.add(axes.right, events.foot_strike_s, events.next_foot_strike_s)
        return carried.lean_rad


class _Votes:
    """What strides say about the pelvis axis, asked of many at once when one is wanted."""

    def __init__(self, pelvis: SensorTrack | None, strides: Sequence[StrideEvents]) -> None:
        self._pelvis = pelvis
        self._strides = strides
        self._asked: GaitAxisEstimator | None = None
        self._until = 0
        self._found: dict[int, tuple[GaitVotes, int]] = {}

    def of(self, gait: GaitAxisEstimator, n: int) -> tuple[GaitVotes, int] | None:
        """What stride n says; None where the pelvis has no samples for it."""
        if gait is not self._asked or n >= self._until:
            self._asked, self._until = gait, min(len(self._strides), n + TOGETHER)
            self._ask(gait, range(n, self._until))
        return self._found.get(n)

    def _ask(self, gait: GaitAxisEstimator, numbers: range) -> None:
        self._found.clear()
        if self._pelvis is None:
            return
        for side in SIDES:
            mine = [n for n in numbers if self._strides[n].side == side]
            times = StrideTimes.of([self._strides[n] for n in mine])
            if not mine:
                continue
            covered = self._pelvis.covers(times.foot_strike_s, times.next_foot_strike_s)
            which = covered.nonzero()[0].tolist()
            if which:
                votes = gait.votes(self._pelvis, side, times.where(covered))
                self._found |= {mine[k]: (votes, row) for row, k in enumerate(which)}


def usual_times(recent: Iterable[tuple[float, float]]) -> tuple[float, float] | None:
    """Median stride time and contact time of the strides just before, None when too few."""
    strides = list(recent)
    if len(strides) < USUAL_STRIDES // 2:
        return None
    return _median([stride_s for stride_s, _ in strides]), _median([c for _, c in strides])


def _median(values: list[float]) -> float:
    values.sort()
    n = len(values)
    return values[n // 2] if n % 2 else 0.5 * (values[n // 2 - 1] + values[n // 2])
