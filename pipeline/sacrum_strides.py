"""Strides of legs without a shank sensor: events and metrics from the pelvis alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.bend_lean import BendLean, Bends
from pipeline.body_calibration import BodyCalibration
from pipeline.clip_doubt import clip_tilt_se_deg
from pipeline.gap_doubt import gap_doubts
from pipeline.heading_rate import TURNING_DEG_S, heading_rate_deg_s
from pipeline.orientation import FloatArray
from pipeline.pelvic_drop import pelvic_drop
from pipeline.pelvis_axes import PelvisAxes
from pipeline.sacrum_sides import other_side, side_by_pelvis, side_by_shank
from pipeline.sacrum_steps import StepBout, find_steps
from pipeline.stride import CURVE_POINTS, SIDES, Gait, Side, Stride
from pipeline.stride_events import StrideEvents, StrideTimes
from pipeline.stride_measurement import LARGEST_GAP_DEG
from pipeline.track import MARK_CLIPPED_ACC, MARK_CLIPPED_GYR, SensorTrack, segment_marks
from pipeline.track_set import TrackSet
from pipeline.uncertainty import StrideDoubts, drop_errors
from pipeline.vertical_oscillation import vertical_oscillation_m

STRIKE_SE_S: Mapping[Gait, float] = {"run": 0.010, "walk": 0.030}
"""Standard error of a foot strike from the pelvis, the same in all strides of a leg."""
BESIDE_SHANK_SE_S: Mapping[Gait, float] = {"run": 0.006, "walk": 0.015}
"""The same where the other leg's shank has told how late the pelvis is."""
STRIDE_S = (0.4, 2.2)


@dataclass(frozen=True, slots=True)
class SacrumEvents:
    """Strides from the pelvis.

    Attributes:
        events: of the legs without a shank sensor, in order of their ends.
        strike_se_s: standard error of a foot strike by gait.
        undecided_steps: steps of bouts whose feet could not be told apart, left out.
    """

    events: list[StrideEvents]
    strike_se_s: Mapping[Gait, float]
    undecided_steps: int


def sacrum_events(samples: TrackSet, shank_events: Sequence[StrideEvents]) -> SacrumEvents:
    """Find the strides of the legs that have no strides from a shank.

    Args:
        samples: the session, oriented.
        shank_events: strides found from shanks, of one leg or of none.
    """
    pelvis = samples.pelvis
    seen = {e.side for e in shank_events}
    missing = [side for side in SIDES if side not in seen]
    if pelvis is None or not missing:
        return SacrumEvents([], STRIKE_SE_S, 0)
    bouts = find_steps(pelvis)
    axes = None if seen else _axes_of_any_feet(samples, bouts)
    events: list[StrideEvents] = []
    undecided = 0
    for bout in bouts:
        strike_s, lift_s = bout.strike_s, bout.lift_s
        if seen:
            match = side_by_shank(bout, shank_events)
            even = None if match is None else match.even
            if match is not None:
                strike_s = strike_s - match.strike_late_s
                lift_s = lift_s - match.lift_late_s
        else:
            even = None if axes is None else side_by_pelvis(bout, pelvis, axes)
        if even is None:
            undecided += len(bout)
            continue
        moved = StepBout(bout.running, strike_s, lift_s)
        events += [e for e in strides_of(moved, even) if e.side in missing]
    events.sort(key=lambda e: (e.next_foot_strike_s, e.side))
    return SacrumEvents(events, BESIDE_SHANK_SE_S if seen else STRIKE_SE_S, undecided)


def strides_of(bout: StepBout, even: Side) -> list[StrideEvents]:
    """Strides of both legs in a bout.

    Args:
        bout: the steps.
        even: side of the steps 0, 2, 4, …
    """
    gait: Gait = "run" if bout.running else "walk"
    found: list[StrideEvents] = []
    last_end: dict[Side, float] = {}
    for n in range(len(bout) - 2):
        side = even if n % 2 == 0 else other_side(even)
        start, lift, end = (
            float(x) for x in (bout.strike_s[n], bout.lift_s[n], bout.strike_s[n + 2])
        )
        if not STRIDE_S[0] < end - start < STRIDE_S[1] or not start < lift < end:
            continue
        first = last_end.get(side) != start
        found.append(StrideEvents(side, gait, gait, start, lift, end, first))
        last_end[side] = end
    return found


def measure_from_pelvis(
    events: Sequence[StrideEvents],
    pelvis: SensorTrack,
    axes: PelvisAxes | None,
    opposite_strike_s: Sequence[float | None],
    flags: Sequence[frozenset[str]],
    strike_se_s: Mapping[Gait, float],
    scale: float = 1.0,
    bends: Bends | None = None,
    edge_share: FloatArray | float = 0.0,
) -> list[Stride]:
    """Measure strides of one leg without its shank: drop, times, vertical oscillation.

    Args:
        events: the strides, in order; at least one.
        pelvis: the pelvis, with samples for all of them.
        axes: its calibration; None leaves the drop out.
        opposite_strike_s: first foot strike of the other leg within each stride, None if none.
        flags: flags already known of each.
        strike_se_s: standard error of a foot strike by gait.
        scale: how much more or less than usual the soft tissue moves.
        bends: says how far the pelvis' gravity leans in bends; None: it is not looked at.
        edge_share: how near to an end of its bout each is, shape (n,).
    """
    side = events[0].side
    times = StrideTimes.of(events)
    count = len(times)
    gaps = gap_doubts(pelvis, times, live=False)
    marks = _marks(pelvis, times)
    turning = heading_rate_deg_s(pelvis, times)
    turning = np.where(turning > TURNING_DEG_S, turning, 0.0)
    columns: dict[str, FloatArray] = {
        "vertical_oscillation_m": vertical_oscillation_m(pelvis, times)
    }
    errors: dict[str, FloatArray] = {}
    curves = np.full((count, CURVE_POINTS), np.nan, np.float32)
    if axes is not None:
        gaits = tuple(e.gait for e in events)
        bend = BendLean.none(count) if bends is None else bends.lean(axes.right, times, gaits)
        found, curves, sensitivity = pelvic_drop(pelvis, axes, side, times, bend.lean_deg)
        columns |= found
        doubts = StrideDoubts(
            live=False,
            gait=gaits,
            turning_deg_s=turning,
            clip_tilt_deg=clip_tilt_se_deg(pelvis, times, live=False),
            tissue_scale=scale,
            settling=np.array(["settling" in f for f in flags], np.bool_),
            bend=bend.doubts,
            edge_share=edge_share,
        )
        errors = drop_errors(sensitivity, axes.yaw_se_deg, gaps, doubts)
        late = sensitivity.slope_deg_s * doubts.of_gait(strike_se_s)
        errors["cpd_exc_deg"] = np.hypot(errors["cpd_exc_deg"], late)
        errors = {key: values for key, values in errors.items() if key in columns}
    strides = []
    for n, e in enumerate(events):
        own = {"sacrum_events", *flags[n]}
        if gaps.tilt_se_deg[n] > LARGEST_GAP_DEG or gaps.inside_tilt_se_deg[n] > LARGEST_GAP_DEG:
            own.add("gap")
        elif gaps.filled[n]:
            own.add("filled")
        own |= {"clipped"} if marks[n] & MARK_CLIPPED_GYR else set()
        own |= {"clipped_acc"} if marks[n] & MARK_CLIPPED_ACC else set()
        own |= {"turning"} if turning[n] else set()
        strides.append(
            Stride(
                side=side,
                gait=e.gait,
                foot_strike_s=e.foot_strike_s,
                toe_off_s=e.toe_off_s,
                next_foot_strike_s=e.next_foot_strike_s,
                metrics=_times(e, opposite_strike_s[n])
                | {key: float(v[n]) for key, v in columns.items() if np.isfinite(v[n])},
                standard_errors={k: float(v[n]) for k, v in errors.items() if np.isfinite(v[n])},
                flags=tuple(sorted(own)),
                drop_curve_deg=curves[n],
            )
        )
    return strides


def _times(e: StrideEvents, opposite_strike_s: float | None) -> dict[str, float]:
    stride_s, contact_s = e.next_foot_strike_s - e.foot_strike_s, e.toe_off_s - e.foot_strike_s
    metrics = {
        "stride_time_s": stride_s,
        "contact_time_s": contact_s,
        "cadence_spm": 120.0 / stride_s,
        "duty_factor_pct": 100.0 * contact_s / stride_s,
    }
    if opposite_strike_s is not None:
        metrics["step_time_s"] = opposite_strike_s - e.foot_strike_s
        if opposite_strike_s > e.toe_off_s:
            metrics["flight_time_s"] = opposite_strike_s - e.toe_off_s
    return metrics


def _marks(track: SensorTrack, times: StrideTimes) -> np.typing.NDArray[np.uint8]:
    first = np.maximum(track.positions_at(times.foot_strike_s) - 1, track.marks.start)
    last = track.positions_at(times.next_foot_strike_s)
    low = int(first[0])
    return segment_marks(track.marks.get(low, int(last[-1])), first - low, last - low)


def _axes_of_any_feet(samples: TrackSet, bouts: Sequence[StepBout]) -> PelvisAxes | None:
    """Axes of the pelvis with the feet named at random.

    Neither the gait's axis nor its direction depends on which foot is called left.
    """
    pelvis = samples.pelvis
    calibration = BodyCalibration()
    for bout in bouts:
        events = strides_of(bout, "right")
        if pelvis is None or not events:
            continue
        calibration.consider(samples, events[0].foot_strike_s, events[0].next_foot_strike_s)
        for side in SIDES:
            mine = [e for e in events if e.side == side]
            if mine:
                calibration.worn.add_strides(pelvis, side, StrideTimes.of(mine))
    return calibration.worn.pelvis_axes()
