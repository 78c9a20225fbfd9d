"""The second, session-wide pass: the same events and metrics, with what only the end knows.

It may use later samples: orientation filtered forward and backward, flexion axes and the pelvis
axis from the whole session, headings from strides on both sides. Its strides are labelled
``offline``; the live ones ``online``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.bend_lean import SessionBends
from pipeline.bend_speed import FoundSpeed, Stretch, find_speed
from pipeline.body_calibration import BodyCalibration
from pipeline.bout_edges import bouts, edge_share
from pipeline.carried_gravity import CarriedGravity
from pipeline.gait_kind import GaitJudge
from pipeline.heading_blocks import HeadingBlocks
from pipeline.leg import Leg
from pipeline.orientation import FloatArray
from pipeline.packed_strides import PackedStrides
from pipeline.pelvis_axes import PelvisAxes
from pipeline.sacrum_strides import measure_from_pelvis, sacrum_events
from pipeline.shank_axis import FAST_RAD_S, FlexionAxis, flexion_axis
from pipeline.skin_shake import tissue_scale
from pipeline.slight_curves import SlightCurves, set_slight_lean
from pipeline.slip import slipped
from pipeline.stillness import Standing
from pipeline.stride import SIDES, Gait, Side, Stride
from pipeline.stride_columns import StrideColumns
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
from pipeline.worn_axes import WornAxes

AXIS_SAMPLES = 60_000
"""Fast samples that a session's flexion axis is taken from, spread over the session."""
PART_S = 300.0
"""Session time in which events are looked for at once."""
PART_SAMPLES = 60_000
"""Samples that are read together."""
PART_STRIDES = 250
"""Strides that are measured together, which bounds the memory for it."""
NEIGHBOURS = 6
"""Strides on either side that say what is usual."""
MEDIANS = 4096
"""Medians that are taken together, which bounds the memory for it."""
FEWEST_NEIGHBOURS = 4
"""Fewer strides, itself among them, say nothing."""
SETTLED_OFFLINE_S = SETTLED_COLD_S / 3.0
"""Backward filtering settles a start in motion sooner."""


@dataclass(frozen=True, slots=True)
class Refinement:
    """Result of the second pass.

    Attributes:
        strides: in order of ``next_foot_strike_s``.
        worn: the axes in use at the end.
        undecided_steps: steps seen by the pelvis alone whose feet could not be told apart.
        tissue_scale: how much more or less than usual the soft tissue was taken to move.
    """

    strides: PackedStrides
    worn: WornAxes
    undecided_steps: int = 0
    tissue_scale: float = 1.0


@dataclass(frozen=True, slots=True)
class _Epoch:
    """Strides that share one calibration: numbers ``[first, last)`` in order of their ends."""

    first: int
    last: int
    pelvis_axes: PelvisAxes | None
    shank_axes: dict[Side, ShankAxes]
    standing: Standing | None


def refine(samples: TrackSet, progress: Callable[[float], None] | None = None) -> Refinement:
    """Find and measure the strides of a whole session.

    Args:
        samples: every sample of the session; orientations are replaced.
        progress: called with the share done, 0 to 1.

    Returns:
        The strides and the calibration behind them.
    """
    report = progress or (lambda _share: None)
    for done, track in enumerate(samples.tracks.values()):
        track.refine_orientation()
        report(0.4 * (done + 1) / len(samples.tracks))
    legs: dict[Side, Leg] = {}
    events: list[StrideEvents] = []
    judge = GaitJudge(samples.pelvis)
    for side in SIDES:
        shank = samples.tracks.get(SHANK_OF[side])
        axis = None if shank is None else session_flexion_axis(shank)
        if shank is None or axis is None:
            continue
        legs[side] = Leg(side, shank, axis)
    for until_s in np.arange(samples.first_s + PART_S, samples.last_s, PART_S).tolist():
        for leg in legs.values():
            events += leg.advance(judge, until_s=until_s)
        judge.forget(min((leg.needed_from_s for leg in legs.values()), default=0.0))
    for leg in legs.values():
        events += leg.advance(judge, final=True)
    from_pelvis = sacrum_events(samples, events)
    events += from_pelvis.events
    events.sort(key=lambda e: (e.next_foot_strike_s, e.side))
    report(0.6)
    worn, epochs = _calibrate(samples, legs, events)
    scale = tissue_scale(samples, events)
    bends_of = _bends(samples.pelvis, epochs, events)
    report(0.7)
    strides = PackedStrides()
    for epoch, bends in zip(epochs, bends_of, strict=True):
        mine = events[epoch.first : epoch.last]
        for side, leg in legs.items():
            of_side = [e for e in mine if e.side == side]
            if of_side:
                other = legs.get("left" if side == "right" else "right")
                for columns in _measure(samples, leg, other, epoch, of_side, scale, bends):
                    strides.add(columns)
                report(0.7 + 0.3 * len(strides) / len(events))
        for side in SIDES:
            of_side = [e for e in mine if e.side == side and side not in legs]
            if of_side:
                strikes_s = [e.foot_strike_s for e in events if e.side != side]
                strides.extend(
                    _measure_from_pelvis(
                        samples, epoch, of_side, strikes_s, from_pelvis.strike_se_s, scale, bends
                    )
                )
    strides.sort()
    report(1.0)
    return Refinement(strides, worn, from_pelvis.undecided_steps, scale)


def session_flexion_axis(track: SensorTrack) -> FlexionAxis | None:
    """Flexion axis from all fast rotation of a session; None when there was none."""
    masks = []
    firsts = range(track.rate.start, track.end, PART_SAMPLES)
    for a in firsts:
        rate = track.rate.get(a, a + PART_SAMPLES)
        x, y, z = rate[:, 0], rate[:, 1], rate[:, 2]
        masks.append(np.packbits(x * x + y * y + z * z > FAST_RAD_S**2))
    counts = [int(np.bitwise_count(mask).sum()) for mask in masks]
    total = sum(counts)
    if total < track.rate_hz * 0.5:
        return None
    step = max(1, total // AXIS_SAMPLES)
    parts, before = [], 0
    for a, mask, count in zip(firsts, masks, counts, strict=True):
        chosen = np.flatnonzero(np.unpackbits(mask))[-before % step :: step]
        parts.append(track.rate.get(a, a + PART_SAMPLES)[chosen])
        before += count
    return flexion_axis(np.concatenate(parts))


def _calibrate(
    samples: TrackSet, legs: dict[Side, Leg], events: list[StrideEvents]
) -> tuple[WornAxes, list[_Epoch]]:
    """Run the calibration over all strides; each standing in use opens an epoch."""
    calibration = BodyCalibration()
    epochs: list[_Epoch] = []
    first = 0
    for n, e in enumerate(events):
        worn = calibration.worn
        changed = calibration.consider(samples, e.foot_strike_s, e.next_foot_strike_s)
        # strides before the first standing share its epoch: sensors sat as they sat after it
        if changed and n > first and worn.standing is not None:
            epochs.append(_epoch(samples, legs, worn, events, first, n))
            first = n
    if events:
        epochs.append(_epoch(samples, legs, calibration.worn, events, first, len(events)))
    return calibration.worn, epochs


def _epoch(
    samples: TrackSet,
    legs: dict[Side, Leg],
    worn: WornAxes,
    events: list[StrideEvents],
    first: int,
    last: int,
) -> _Epoch:
    """Let the strides of an epoch speak about the pelvis axis, then take its axes."""
    pelvis = samples.pelvis
    shank_axes: dict[Side, ShankAxes] = {}
    for side, leg in legs.items():
        mine = [e for e in events[first:last] if e.side == side]
        if not mine or leg.axis is None:
            continue
        shank_axes[side] = worn.shank_axes(leg.track, leg.axis, mine)
        steady = [e for e in mine if e.gait == e.next_gait]
        if pelvis is not None and steady:
            worn.add_strides(pelvis, side, StrideTimes.of(steady))
    for side in SIDES:
        steady = [e for e in events[first:last] if e.side == side and side not in legs]
        if pelvis is not None and steady:
            worn.add_strides(pelvis, side, StrideTimes.of(steady))
    return _Epoch(first, last, worn.pelvis_axes(), shank_axes, worn.standing)


def _measure(
    samples: TrackSet,
    leg: Leg,
    other: Leg | None,
    epoch: _Epoch,
    events: list[StrideEvents],
    scale: float,
    bends: SessionBends | None,
) -> Iterator[StrideColumns]:
    axes = epoch.shank_axes[leg.side]
    times = StrideTimes.of(events)
    bout = bouts(events)
    flags = _flags(samples, epoch, events, bout)
    for n in _slipped(samples, leg, events):
        flags[n] |= {"slipped"}
    usual = _usual(times, bout)
    parts = [slice(a, a + PART_STRIDES) for a in range(0, len(events), PART_STRIDES)]
    moments = np.concatenate(
        [stride_moments(leg.track, axes, StrideTimes.of(events[part])) for part in parts]
    )
    right_in_earth = flexion_direction(_sums_around(moments, bout, HEADING_STRIDES // 2))
    lean_rad = _lean_rad(leg, axes, epoch, events)
    edges = edge_share(times, bout)
    for part in parts:
        context = StrideContext(
            pelvis_axes=epoch.pelvis_axes,
            shank_axes=axes,
            right_in_earth=right_in_earth[part],
            opposite_strike_s=[
                None
                if other is None
                else other.first_strike_s(e.foot_strike_s, e.next_foot_strike_s)
                for e in events[part]
            ],
            usual=[
                (each[0], each[1]) if each[0] == each[0] else None for each in usual[part].tolist()
            ],
            flags=flags[part],
            live=False,
            tissue_scale=scale,
            lean_rad=lean_rad[part],
            edge_share=edges[part],
            bends=bends,
        )
        yield measure(events[part], samples.tracks, context)


def _bends(
    pelvis: SensorTrack | None, epochs: Sequence[_Epoch], events: list[StrideEvents]
) -> list[SessionBends | None]:
    """The bends of each epoch, with the speed in them; None where the pelvis' axes are not known."""
    found: list[SessionBends | None] = [None] * len(epochs)
    if pelvis is None:
        return found
    blocks = HeadingBlocks(pelvis)
    blocks.advance()
    stretches: list[Stretch] = []
    slight: list[SlightCurves] = []
    for n, epoch in enumerate(epochs):
        if epoch.pelvis_axes is None:
            continue
        mine = events[epoch.first : epoch.last]
        first_s, last_s = min(e.foot_strike_s for e in mine), mine[-1].next_foot_strike_s
        bends = SessionBends(pelvis, blocks, epoch.pelvis_axes.right, first_s, last_s)
        curves = SlightCurves(bends, mine)
        if bends.any or curves.any:
            found[n] = bends
            slight.append(curves)
        if bends.any:
            stretches += find_speed(bends, mine)
    bent = [bends for bends in found if bends is not None and bends.any]
    if bent:
        speed = FoundSpeed(stretches, np.concatenate([each.times_s() for each in bent]), events)
        for each in bent:
            each.speed = speed
    set_slight_lean(slight)
    return found


def _lean_rad(
    leg: Leg, axes: ShankAxes, epoch: _Epoch, events: Sequence[StrideEvents]
) -> FloatArray:
    """Sideways lean of the accelerometer's gravity in each stride: all running of an epoch, shape (n,)."""
    if epoch.standing is None:
        return np.zeros(len(events))
    carried = CarriedGravity(leg.track, epoch.standing)
    for e in events:
        if e.gait == e.next_gait == "run":
            carried.add(axes.right, e.foot_strike_s, e.next_foot_strike_s)
            if carried.over:
                break
    return np.where([e.gait == "run" for e in events], carried.lean_rad, 0.0)


def _measure_from_pelvis(
    samples: TrackSet,
    epoch: _Epoch,
    events: list[StrideEvents],
    other_strikes_s: list[float],
    strike_se_s: Mapping[Gait, float],
    scale: float,
    bends: SessionBends | None,
) -> Iterator[Stride]:
    """Measure strides of a leg that has no shank sensor."""
    pelvis = samples.pelvis
    if pelvis is None:
        return
    times = StrideTimes.of(events)
    kept = np.flatnonzero(pelvis.covers(times.foot_strike_s, times.next_foot_strike_s)).tolist()
    events = [events[n] for n in kept]
    bout = bouts(events)
    flags = _flags(samples, epoch, events, bout)
    edges = edge_share(StrideTimes.of(events), bout)
    others = np.array(other_strikes_s)
    for a in range(0, len(events), PART_STRIDES):
        part = events[a : a + PART_STRIDES]
        yield from measure_from_pelvis(
            part,
            pelvis,
            epoch.pelvis_axes,
            [_between(others, e.foot_strike_s, e.next_foot_strike_s) for e in part],
            flags[a : a + PART_STRIDES],
            strike_se_s,
            scale,
            bends,
            edges[a : a + PART_STRIDES],
        )


def _between(times_s: FloatArray, after_s: float, before_s: float) -> float | None:
    """First of the ordered times inside ``(after_s, before_s)``."""
    n = int(np.searchsorted(times_s, after_s, "right"))
    return float(times_s[n]) if n < len(times_s) and times_s[n] < before_s else None


def _slipped(samples: TrackSet, leg: Leg, events: Sequence[StrideEvents]) -> set[int]:
    """Numbers of the strides in which the shank or the pelvis sensor has slipped."""
    found: set[int] = set()
    for gait in ("run", "walk"):
        numbers = [n for n, e in enumerate(events) if e.gait == e.next_gait == gait]
        for track in (leg.track, samples.pelvis):
            if track is None or not numbers:
                continue
            times = StrideTimes.of([events[n] for n in numbers])
            covered = track.covers(times.foot_strike_s, times.next_foot_strike_s)
            if covered.any():
                known = np.flatnonzero(covered)[slipped(track, times.where(covered))]
                found |= {numbers[n] for n in known.tolist()}
    return found


def _sums_around(values: FloatArray, bout: npt.NDArray[np.intp], reach: int) -> FloatArray:
    """Sums over each row and up to ``reach`` rows on either side, within the bout."""
    total = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    n = np.arange(len(values))
    first = np.maximum(n - reach, np.searchsorted(bout, bout, "left"))
    last = np.minimum(n + reach + 1, np.searchsorted(bout, bout, "right"))
    sums: FloatArray = total[last] - total[first]
    return sums


def _usual(times: StrideTimes, bout: npt.NDArray[np.intp]) -> FloatArray:
    """Median stride time and contact time of the strides around each, within the bout.

    Shape (n, 2), seconds; NaN where there are too few.
    """
    stride_s = times.next_foot_strike_s - times.foot_strike_s
    contact_s = times.contact_s
    first = np.maximum(np.arange(len(times)) - NEIGHBOURS, np.searchsorted(bout, bout, "left"))
    last = np.minimum(np.arange(len(times)) + NEIGHBOURS + 1, np.searchsorted(bout, bout, "right"))
    usual = np.full((len(times), 2), np.nan)
    sizes = last - first
    for size in np.unique(sizes[sizes >= FEWEST_NEIGHBOURS]).tolist():
        which = np.flatnonzero(sizes == size)
        for a in range(0, len(which), MEDIANS):
            some = which[a : a + MEDIANS]
            around = first[some, None] + np.arange(size)
            usual[some, 0] = np.median(stride_s[around], axis=1)
            usual[some, 1] = np.median(contact_s[around], axis=1)
    return usual


def _flags(
    samples: TrackSet, epoch: _Epoch, events: list[StrideEvents], bout: npt.NDArray[np.intp]
) -> list[frozenset[str]]:
    first_s, last_s = samples.first_s, samples.last_s
    gait_axis = epoch.pelvis_axes is not None and epoch.pelvis_axes.method == "gait"
    found: list[frozenset[str]] = []
    known: dict[frozenset[str], frozenset[str]] = {}  # one object for equal sets
    for n, e in enumerate(events):
        flags = {"facing_uncertain"} if gait_axis else set()
        if epoch.standing is None and e.foot_strike_s < first_s + SETTLED_OFFLINE_S:
            flags.add("settling")
        ends_bout = n + 1 == len(events) or bout[n + 1] != bout[n]
        if (e.first_of_bout and e.foot_strike_s > first_s + BOUT_EDGE_S) or (
            ends_bout and e.next_foot_strike_s < last_s - BOUT_EDGE_S
        ):
            flags.add("transition")
        frozen = frozenset(flags)
        found.append(known.setdefault(frozen, frozen))
    return found
