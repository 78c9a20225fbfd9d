"""All metrics and flags of strides, from their events, the tracks and the calibration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from pipeline.bend_lean import BendLean, Bends
from pipeline.clip_doubt import clip_tilt_se_deg
from pipeline.column_rotation import along
from pipeline.gap_doubt import GapDoubts, gap_doubts
from pipeline.heading_rate import TURNING_DEG_S, heading_rate_deg_s
from pipeline.orientation import FloatArray
from pipeline.pelvic_drop import pelvic_drop
from pipeline.pelvis_axes import PelvisAxes
from pipeline.stride import CURVE_POINTS, Side
from pipeline.stride_columns import StrideColumns, is_unusual, time_metrics
from pipeline.stride_events import StrideEvents, StrideTimes
from pipeline.tibial_rotation import ShankAxes, tibial_rotation
from pipeline.track import (
    MARK_CLIPPED_ACC,
    MARK_CLIPPED_GYR,
    SensorTrack,
    segment_marks,
    segment_maximum,
)
from pipeline.uncertainty import StrideDoubts, drop_errors, tibia_errors
from pipeline.vertical_oscillation import vertical_oscillation_m
from sensors.placement import Placement

STANDARD_GRAVITY_M_S2 = 9.80665
SHOCK_BEFORE_S = 0.02
SHOCK_SHARE = 0.5
"""Tibial shock is looked for from just before foot strike to this part of stance."""
LARGEST_GAP_DEG = 1.0
"""A filled gap that leaves more than this in doubt makes the stride invalid."""
SETTLED_AFTER_BREAK_S = 5.0
SETTLED_COLD_S = 30.0
"""The filter's tilt and bias settle this long when the recording starts in motion."""
LOW_RATE_HZ = 95.0
BOUT_EDGE_S = 2.0
"""A bout that begins or ends this close to the recording's edge was cut by it, not by the runner."""

SHANK_OF: Mapping[Side, Placement] = {
    "left": Placement.SHANK_LEFT,
    "right": Placement.SHANK_RIGHT,
}


@dataclass(frozen=True, slots=True)
class StrideContext:
    """What must be known beside the events to measure n strides of one leg.

    Attributes:
        pelvis_axes: None while the pelvis is not calibrated.
        shank_axes: axes of the striding shank.
        right_in_earth: east and north of the flexion axis in the shank's earth frame, (n, 2).
        opposite_strike_s: first foot strike of the other leg within each stride, None if none.
        usual: median stride time and contact time of the strides around each, None if unknown.
        flags: flags already known of each.
        live: orientation came from past samples only.
        tissue_scale: how much more or less than usual the soft tissue moves, (n,).
        lean_rad: sideways lean of the shank's gravity, towards the right, (n,).
        bends: says how far the pelvis' gravity leans in bends; None: it is not looked at.
        edge_share: how near to an end of its bout each is, (n,), see `pipeline.bout_edges`.
    """

    pelvis_axes: PelvisAxes | None
    shank_axes: ShankAxes
    right_in_earth: FloatArray
    opposite_strike_s: Sequence[float | None]
    usual: Sequence[tuple[float, float] | None]
    flags: Sequence[frozenset[str]]
    live: bool
    tissue_scale: FloatArray | float = 1.0
    lean_rad: FloatArray | float = 0.0
    bends: Bends | None = None
    edge_share: FloatArray | float = 0.0


def measure(
    events: Sequence[StrideEvents],
    tracks: Mapping[Placement, SensorTrack],
    context: StrideContext,
) -> StrideColumns:
    """Measure strides of one leg.

    Args:
        events: their foot strikes and toe-offs, in order; at least one.
        tracks: the sensors; the striding shank must be among them.
        context: calibration and neighbours.

    Returns:
        The strides, with every metric that can be known.
    """
    side = events[0].side
    times = StrideTimes.of(events)
    count = len(times)
    shank = tracks[SHANK_OF[side]]
    columns, tibia_curves, tibia_sensitivity = tibial_rotation(
        shank, context.shank_axes, context.right_in_earth, side, times, context.lean_rad
    )
    columns["tibial_shock_g"] = tibial_shock_g(shank, context.shank_axes, times)
    flags = [set(known) for known in context.flags]
    shank_gaps = gap_doubts(shank, times, live=context.live)
    _flag_track(flags, shank, events, times, shank_gaps, shank_gaps.inside_turn_se_deg)
    pelvis = tracks.get(Placement.PELVIS)
    covered = (
        np.zeros(count, np.bool_)
        if pelvis is None
        else pelvis.covers(times.foot_strike_s, times.next_foot_strike_s)
    )
    drop_curves = np.full((count, CURVE_POINTS), np.nan, np.float32)
    for n in (~covered).nonzero()[0].tolist():
        flags[n].add("no_pelvis")
    if pelvis is not None:
        _flag_breaks(flags, pelvis, events)
    inside = times if covered.all() else times.where(covered)
    which: list[int] = covered.nonzero()[0].tolist()
    pelvis_gaps: GapDoubts | None = None
    turning = np.zeros(len(which))
    with_pelvis = [flags[n] for n in which]
    if pelvis is not None and len(which):
        columns["vertical_oscillation_m"] = _spread(vertical_oscillation_m(pelvis, inside), covered)
        pelvis_gaps = gap_doubts(pelvis, inside, live=context.live)
        _flag_track(
            with_pelvis,
            pelvis,
            [events[n] for n in which],
            inside,
            pelvis_gaps,
            pelvis_gaps.inside_tilt_se_deg,
        )
        turning = heading_rate_deg_s(pelvis, inside)
        turning = np.where(turning > TURNING_DEG_S, turning, 0.0)
        for n in turning.nonzero()[0].tolist():
            with_pelvis[n].add("turning")
    errors = tibia_errors(
        tibia_sensitivity,
        context.shank_axes.bias_se_m_s2,
        shank_gaps,
        _doubts(events, flags, np.zeros(count), shank, times, context),
    )
    if pelvis is not None and pelvis_gaps is not None and context.pelvis_axes is not None:
        strides = [events[n] for n in which]
        bend = BendLean.none(len(strides))
        if context.bends is not None and context.bends.pelvis is pelvis:
            bend = context.bends.lean(context.pelvis_axes.right, inside, [e.gait for e in strides])
        known, curves, drop_sensitivity = pelvic_drop(
            pelvis, context.pelvis_axes, side, inside, bend.lean_deg
        )
        drop_curves[covered] = curves
        doubts = replace(
            _doubts(strides, with_pelvis, turning, pelvis, inside, context),
            tissue_scale=np.broadcast_to(context.tissue_scale, count)[covered],
            bend=bend.doubts,
            edge_share=np.broadcast_to(context.edge_share, count)[covered],
        )
        found = drop_errors(drop_sensitivity, context.pelvis_axes.yaw_se_deg, pelvis_gaps, doubts)
        columns |= {key: _spread(values, covered) for key, values in known.items()}
        errors |= {key: _spread(found[key], covered) for key in found if key in known}
    for n in is_unusual(times, context.usual).nonzero()[0].tolist():
        flags[n].add("irregular")
    for here, e in zip(flags, events, strict=True):
        if e.gait != e.next_gait:
            here.add("transition")
    return StrideColumns(
        side=side,
        gait=[e.gait for e in events],
        times=times,
        metrics=time_metrics(times, context.opposite_strike_s) | columns,
        standard_errors=errors,
        flags=flags,
        drop_curves_deg=drop_curves,
        tibial_rotation_curves_deg=tibia_curves,
    )


def _spread(values: FloatArray, covered: npt.NDArray[np.bool_]) -> FloatArray:
    """Values of the covered strides in a column of all; the others are not known."""
    if len(values) == len(covered):
        return values
    column = np.full(len(covered), np.nan)
    column[covered] = values
    return column


def _doubts(
    events: Sequence[StrideEvents],
    flags: Sequence[set[str]],
    turning_deg_s: FloatArray,
    track: SensorTrack,
    times: StrideTimes,
    context: StrideContext,
) -> StrideDoubts:
    return StrideDoubts(
        live=context.live,
        gait=tuple(e.gait for e in events),
        turning_deg_s=turning_deg_s,
        settling=np.array(["settling" in f for f in flags], np.bool_),
        clip_tilt_deg=clip_tilt_se_deg(track, times, live=context.live),
        tissue_scale=context.tissue_scale,
    )


def tibial_shock_g(shank: SensorTrack, axes: ShankAxes, times: StrideTimes) -> FloatArray:
    """Largest axial specific force of the shank around each foot strike, in g, shape (n,)."""
    first = shank.positions_at(times.foot_strike_s - SHOCK_BEFORE_S)
    last = shank.positions_at(times.foot_strike_s + SHOCK_SHARE * times.contact_s)
    low = int(first[0])
    axial = along(shank.acc.columns(low, int(last[-1])), axes.long)
    return segment_maximum(axial, first - low, last - low) / STANDARD_GRAVITY_M_S2


def _marks(track: SensorTrack, times: StrideTimes) -> npt.NDArray[np.uint8]:
    """All marks of the samples of each stride, and of the one before it, shape (n,)."""
    first = np.maximum(track.positions_at(times.foot_strike_s) - 1, track.marks.start)
    last = track.positions_at(times.next_foot_strike_s)
    low = int(first[0])
    return segment_marks(track.marks.get(low, int(last[-1])), first - low, last - low)


def _flag_track(
    flags: Sequence[set[str]],
    track: SensorTrack,
    events: Sequence[StrideEvents],
    times: StrideTimes,
    gaps: GapDoubts,
    inside_se_deg: FloatArray,
) -> None:
    """Add what one track has to say about strides that it covers."""
    marks = _marks(track, times)
    doubtful = (inside_se_deg > LARGEST_GAP_DEG) | (gaps.tilt_se_deg > LARGEST_GAP_DEG)
    for flag, flagged in (
        ("gap", doubtful),
        ("filled", gaps.filled & ~doubtful),
        ("clipped", marks & MARK_CLIPPED_GYR),
        ("clipped_acc", marks & MARK_CLIPPED_ACC),
    ):
        for n in flagged.nonzero()[0].tolist():
            flags[n].add(flag)
    if track.rate_hz < LOW_RATE_HZ:
        for here in flags:
            here.add("low_rate")
    _flag_breaks(flags, track, events)


def _flag_breaks(
    flags: Sequence[set[str]], track: SensorTrack, events: Sequence[StrideEvents]
) -> None:
    """Flag strides at or soon after a place where the track is broken."""
    settled = SETTLED_AFTER_BREAK_S * track.rate_hz
    if not track.breaks:
        return
    times = StrideTimes.of(events)
    first, last = (
        track.positions_at(times.foot_strike_s),
        track.positions_at(times.next_foot_strike_s),
    )
    breaks = np.array(track.breaks)
    inside = np.searchsorted(breaks, first, "left") < np.searchsorted(breaks, last, "right")
    latest = np.searchsorted(breaks, last, "right") - 1
    unsettled = (latest >= 0) & (last < breaks[latest] + settled)
    for n in np.flatnonzero(inside).tolist():
        flags[n].add("gap")
    for n in np.flatnonzero(unsettled).tolist():
        flags[n].add("settling")
