"""All metrics and flags of one stride, from its events, the tracks and the calibration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pipeline.leg import StrideEvents
from pipeline.orientation import dot, to_earth
from pipeline.pelvic_drop import pelvic_drop
from pipeline.pelvis_axes import PelvisAxes
from pipeline.stride import CURVE_POINTS, Side, Stride
from pipeline.tibial_rotation import ShankAxes, tibial_rotation
from pipeline.track import (
    MARK_CLIPPED_ACC,
    MARK_CLIPPED_GYR,
    MARK_FILLED,
    MARK_LONG_GAP,
    SensorTrack,
)
from pipeline.uncertainty import StrideDoubts, standard_errors
from sensors.placement import Placement

STANDARD_GRAVITY_M_S2 = 9.80665
SHOCK_BEFORE_S = 0.02
SHOCK_SHARE = 0.5
"""Tibial shock is looked for from just before foot strike to this part of stance."""
TURNING_DEG_S = 6.0
"""Mean rate about the vertical over a stride; a 400 m track bend at 3.2 m/s turns at 5."""
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
    """What must be known beside the events to measure one stride.

    Attributes:
        pelvis_axes: None while the pelvis is not calibrated.
        shank_axes: axes of the striding shank.
        right_in_earth: east and north of the flexion axis in the shank's earth frame.
        opposite_strike_s: first foot strike of the other leg after toe-off, if any.
        usual: median stride time and contact time of this leg's last strides, s.
        live: orientation came from past samples only.
        flags: flags already known.
    """

    pelvis_axes: PelvisAxes | None
    shank_axes: ShankAxes
    right_in_earth: tuple[float, float]
    opposite_strike_s: float | None
    usual: tuple[float, float] | None
    live: bool
    flags: frozenset[str] = frozenset()


def measure(
    events: StrideEvents, tracks: Mapping[Placement, SensorTrack], context: StrideContext
) -> Stride:
    """Measure one stride.

    Args:
        events: its foot strikes and toe-off.
        tracks: the sensors; the striding shank must be among them.
        context: calibration and neighbours.

    Returns:
        The stride, with every metric that can be known.
    """
    shank = tracks[SHANK_OF[events.side]]
    pelvis = tracks.get(Placement.PELVIS)
    start_s, lift_s, end_s = events.foot_strike_s, events.toe_off_s, events.next_foot_strike_s
    stride_time_s, contact_time_s = end_s - start_s, lift_s - start_s
    metrics = {
        "stride_time_s": stride_time_s,
        "contact_time_s": contact_time_s,
        "cadence_spm": 120.0 / stride_time_s,
    }
    flight = None if context.opposite_strike_s is None else context.opposite_strike_s - lift_s
    if flight is not None and 0.0 < flight < stride_time_s:
        metrics["flight_time_s"] = flight
    rotation, tibia_curve = tibial_rotation(
        shank, context.shank_axes, context.right_in_earth, events.side, start_s, lift_s
    )
    metrics |= rotation
    metrics["tibial_shock_g"] = tibial_shock_g(shank, context.shank_axes, start_s, contact_time_s)
    drop = None
    if pelvis is not None and context.pelvis_axes is not None:
        drop = pelvic_drop(pelvis, context.pelvis_axes, events.side, start_s, lift_s, end_s)
    flags = set(context.flags)
    flags |= _data_flags(shank, start_s, end_s)
    if pelvis is None or not _covers(pelvis, start_s, end_s):
        flags.add("no_pelvis")
    else:
        flags |= _data_flags(pelvis, start_s, end_s)
        if turning_deg_s(pelvis, start_s, end_s) > TURNING_DEG_S:
            flags.add("turning")
    if events.gait != events.next_gait:
        flags.add("transition")
    if context.usual is not None and not _usual(stride_time_s, contact_time_s, context.usual):
        flags.add("irregular")
    doubts = StrideDoubts(context.live, "filled" in flags, "turning" in flags)
    drop_curve = np.full(CURVE_POINTS, np.nan, np.float32)
    if drop is not None:
        metrics |= drop[0]
        drop_curve = drop[1]
    return Stride(
        side=events.side,
        gait=events.gait,
        foot_strike_s=start_s,
        toe_off_s=lift_s,
        next_foot_strike_s=end_s,
        metrics=metrics,
        standard_errors=standard_errors(
            metrics, context.pelvis_axes if drop is not None else None, doubts
        ),
        flags=tuple(sorted(flags)),
        drop_curve_deg=drop_curve,
        tibial_rotation_curve_deg=tibia_curve,
    )


def tibial_shock_g(
    shank: SensorTrack, axes: ShankAxes, foot_strike_s: float, contact_time_s: float
) -> float:
    """Largest axial specific force of the shank around foot strike, in g."""
    first = shank.position_at(foot_strike_s - SHOCK_BEFORE_S)
    last = shank.position_at(foot_strike_s + SHOCK_SHARE * contact_time_s)
    axial = dot(shank.acc.get(first, last), axes.long)
    return float(axial.max() / STANDARD_GRAVITY_M_S2)


def turning_deg_s(track: SensorTrack, start_s: float, end_s: float) -> float:
    """Size of the mean rate about the vertical over ``[start_s, end_s)``, degrees per second."""
    first, last = track.position_at(start_s), track.position_at(end_s)
    vertical = to_earth(track.quat.get(first, last), track.rate.get(first, last))[:, 2]
    return abs(float(np.degrees(np.mean(vertical)))) if len(vertical) else 0.0


def _usual(stride_time_s: float, contact_time_s: float, usual: tuple[float, float]) -> bool:
    """Whether a stride is like its neighbours: within 25 % in duration, 35 % in contact."""
    return (
        abs(stride_time_s / usual[0] - 1.0) < 0.25 and abs(contact_time_s / usual[1] - 1.0) < 0.35
    )


def _covers(track: SensorTrack, start_s: float, end_s: float) -> bool:
    if track.end == 0 or track.watermark_s < end_s:
        return False
    return float(track.time_s.row(track.time_s.start)) <= start_s


def _data_flags(track: SensorTrack, start_s: float, end_s: float) -> set[str]:
    """Flags from gaps, clipping, breaks and the rate of one sensor."""
    first, last = track.position_at(start_s) - 1, track.position_at(end_s) + 1
    marks = np.bitwise_or.reduce(track.marks.get(first, last)) if last > first else 0
    flags = set()
    if marks & MARK_FILLED:
        flags.add("gap" if marks & MARK_LONG_GAP else "filled")
    if marks & MARK_CLIPPED_GYR:
        flags.add("clipped")
    if marks & MARK_CLIPPED_ACC:
        flags.add("clipped_acc")
    if any(first < b <= last for b in track.breaks):
        flags.add("gap")
    settled = SETTLED_AFTER_BREAK_S * track.rate_hz
    if any(b <= last < b + settled for b in track.breaks):
        flags.add("settling")
    if track.rate_hz < LOW_RATE_HZ:
        flags.add("low_rate")
    return flags
