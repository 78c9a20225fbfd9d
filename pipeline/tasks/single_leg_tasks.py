"""Single-leg squats and step-downs of a session, from shanks and pelvis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipeline.body_calibration import BodyCalibration
from pipeline.orientation import FloatArray, perpendicular
from pipeline.packed_strides import stride_spans_s
from pipeline.pelvis_axes import PelvisAxes
from pipeline.refinement import session_flexion_axis
from pipeline.stillness import Standing
from pipeline.stride import SIDES, Side, Stride
from pipeline.stride_measurement import SHANK_OF
from pipeline.tasks.repetition import Repetition, Task
from pipeline.tasks.repetition_search import SMALLEST_DEG, Candidate, find_candidates
from pipeline.tasks.shank_posture import ShankPosture, shank_posture, squat_direction
from pipeline.tasks.task_measurement import has_gap, pelvis_metrics, shank_metrics
from pipeline.track_set import TrackSet
from pipeline.worn_axes import WornAxes

FREE_LEG_DEG = 30.0
"""In a squat the free shank is bent or stretched away by more than this, in a step-down it hangs."""
FASTEST_RAD_S = 2.5
"""No shank turns faster in a task; where one does, a step was taken or a leg was swung."""
SAME_SET_S = 8.0
"""Repetitions further apart belong to different sets."""
OTHER: dict[Side, Side] = {"left": "right", "right": "left"}


def find_repetitions(
    samples: TrackSet, strides: Sequence[Stride], worn: WornAxes
) -> list[Repetition]:
    """Find and measure the single-leg squats and step-downs of a session.

    Args:
        samples: every sample of the session, oriented.
        strides: its strides: what lies in them is gait.
        worn: how the sensors sat on the body for the strides.

    Returns:
        In order of time; none when nobody stood still for the zero.
    """
    names = [p.value for p in samples.tracks]
    standings = samples.stillness.standings(names, samples.first_s, samples.last_s)
    if not standings or not any(SHANK_OF[side] in samples.tracks for side in SIDES):
        return []
    standing = worn.standing or standings[0]
    spans_s = stride_spans_s(strides)
    gait_s = _stretches(spans_s)
    postures = _postures(samples, standing, gait_s)
    found = [
        (side, candidate)
        for side, posture in postures.items()
        for candidate in find_candidates(posture, postures.get(OTHER[side]), gait_s)
        if not _in_gait(candidate, spans_s) and not _steps(samples, candidate)
    ]
    found = _without_lifted_legs(found)
    if not found:
        return []
    axes = _pelvis_axes(samples, worn, min(c.start_s for _, c in found))
    repetitions = [_measured(samples, postures[side], axes, side, each) for side, each in found]
    deep = [r for r in repetitions if r.metrics["shank_inclination_deg"] >= SMALLEST_DEG]
    return _numbered(sorted(deep, key=lambda r: r.start_s))


def _postures(
    samples: TrackSet, standing: Standing, gait_s: FloatArray
) -> dict[Side, ShankPosture]:
    """Shanks against standing, with their direction to the right where it can be known."""
    postures = {
        side: posture
        for side in SIDES
        if SHANK_OF[side] in samples.tracks
        and (posture := shank_posture(samples.tracks[SHANK_OF[side]], standing, gait_s)) is not None
    }
    first_stride_s = float(gait_s[0, 0]) if len(gait_s) else samples.last_s
    span = (standing.start_s, max(standing.end_s, first_stride_s))
    for side, posture in postures.items():
        right = squat_direction(posture, postures.get(OTHER[side]), [span])
        if right is None and len(gait_s):
            axis = session_flexion_axis(samples.tracks[SHANK_OF[side]])
            right = None if axis is None else perpendicular(axis.axis, posture.long)
        posture.right = right
    return postures


def _stretches(spans_s: FloatArray) -> FloatArray:
    """Begin and end of each stretch of strides without a pause, in order, shape (n, 2)."""
    times_s = spans_s[np.argsort(spans_s[:, 0], kind="stable")]
    until_s = np.maximum.accumulate(times_s[:, 1])
    begins = np.flatnonzero(np.append(True, times_s[1:, 0] > until_s[:-1]))[: len(times_s)]
    ends = np.append(begins[1:], len(times_s))[: len(begins)]
    return np.stack([times_s[begins, 0], until_s[ends - 1]], axis=1)


def _in_gait(candidate: Candidate, spans_s: FloatArray) -> bool:
    overlaps = (spans_s[:, 0] < candidate.end_s) & (spans_s[:, 1] > candidate.start_s)
    return bool(overlaps.any())


def _steps(samples: TrackSet, candidate: Candidate) -> bool:
    """Whether a shank was swung meanwhile."""
    for side in SIDES:
        track = samples.tracks.get(SHANK_OF[side])
        if track is None:
            continue
        first, last = track.position_at(candidate.start_s), track.position_at(candidate.end_s)
        rate = track.rate.get(first, last)
        if float(np.max(np.sum(rate * rate, axis=1), initial=0.0)) > FASTEST_RAD_S**2:
            return True
    return False


def _without_lifted_legs(found: list[tuple[Side, Candidate]]) -> list[tuple[Side, Candidate]]:
    """Of repetitions of both legs at one time the longer is the lifting of the free leg."""
    kept: list[tuple[Side, Candidate]] = []
    for side, candidate in found:
        rivals = [
            other
            for there, other in found
            if there != side and other.start_s < candidate.end_s and other.end_s > candidate.start_s
        ]
        length_s = candidate.end_s - candidate.start_s
        if all(length_s < other.end_s - other.start_s for other in rivals):
            kept.append((side, candidate))
    return kept


def _pelvis_axes(samples: TrackSet, worn: WornAxes, before_s: float) -> PelvisAxes | None:
    """Axes from squats on both legs before the first repetition, else those of the strides."""
    known = worn.pelvis_axes()
    if samples.pelvis is None or (known is not None and known.method == "functional"):
        return known
    calibration = BodyCalibration()
    calibration.consider(samples, before_s, before_s)
    own = calibration.worn.pelvis_axes()
    return known if own is None else own


def _measured(
    samples: TrackSet,
    posture: ShankPosture,
    axes: PelvisAxes | None,
    side: Side,
    candidate: Candidate,
) -> Repetition:
    start_s, end_s = candidate.start_s, candidate.end_s
    shank, pelvis = samples.tracks[SHANK_OF[side]], samples.pelvis
    flags = set()
    if has_gap(shank, start_s, end_s):
        flags.add("gap")
    if posture.right is None:
        flags.add("axis_unknown")
    if candidate.uneven:
        flags.add("uneven")
    if candidate.free_deg is None:
        flags.add("other_leg_unknown")
    metrics = shank_metrics(shank, posture.long, posture.right, side, start_s, end_s)
    times = np.array([start_s]), np.array([end_s])
    if pelvis is None or not bool(pelvis.covers(*times)[0]):
        flags.add("no_pelvis")
    elif axes is not None:
        if has_gap(pelvis, start_s, end_s):
            flags.add("gap")
        metrics |= pelvis_metrics(pelvis, axes, side, start_s, end_s)
    return Repetition(
        task=_task(candidate),
        side=side,
        number=0,
        start_s=start_s,
        bottom_s=candidate.bottom_s,
        end_s=end_s,
        metrics=metrics,
        flags=tuple(sorted(flags)),
    )


def _task(candidate: Candidate) -> Task:
    if candidate.free_deg is None:
        return "single_leg"
    return "single_leg_squat" if candidate.free_deg > FREE_LEG_DEG else "step_down"


def _numbered(repetitions: list[Repetition]) -> list[Repetition]:
    """Count the repetitions of each set."""
    numbered: list[Repetition] = []
    for repetition in repetitions:
        last = numbered[-1] if numbered else None
        same = (
            last is not None
            and (last.task, last.side) == (repetition.task, repetition.side)
            and repetition.start_s - last.end_s < SAME_SET_S
        )
        number = last.number + 1 if same and last is not None else 1
        numbered.append(replace(repetition, number=number))
    return numbered
