"""One repetition of a task on one leg."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pipeline.stride import Side

Task = Literal["single_leg_squat", "step_down", "single_leg"]
TASK_WORDS: Mapping[Task, str] = {
    "single_leg_squat": "single-leg squat",
    "step_down": "step-down",
    "single_leg": "single-leg task",
}
TASK_METRICS: Mapping[str, tuple[str, str]] = {
    "cpd_peak_deg": (
        "Peak pelvic drop",
        "largest drop of the free side against standing on both feet",
    ),
    "pelvis_tilt_deg": ("Pelvic tilt range", "largest less smallest tilt"),
    "pelvis_rotation_deg": ("Pelvic rotation range", "largest less smallest rotation about up"),
    "shank_inclination_deg": (
        "Shank inclination",
        "largest forward inclination of the standing shank against the start; a proxy of depth",
    ),
    "shank_medial_lean_deg": (
        "Inward lean of the shank",
        (
            "largest lean of the shank's upper end towards the midline against the start; the knee's "
            "own angle is not known"
        ),
    ),
    "tir_exc_deg": (
        "Tibial rotation",
        "largest internal rotation of the standing shank against the start",
    ),
    "wobble_deg_s": (
        "Wobble",
        "root mean square of the standing shank's angular rate between 2 and 10 Hz",
    ),
}
"""Column of the table to a name and what it is; degrees, wobble in degrees per second."""
REPETITION_FLAGS: Mapping[str, str] = {
    "gap": "samples are missing inside the repetition",
    "no_pelvis": "the pelvis sensor has no samples for the repetition",
    "other_leg_unknown": "no sensor on the free leg: it may have been a squat on both legs",
    "axis_unknown": "the shank's direction is not known: lean and rotation are empty",
    "uneven": "the shank did not come back to within a third of the way down",
}
REPETITION_COLUMNS: tuple[str, ...] = (
    "task",
    "side",
    "number",
    "start_s",
    "bottom_s",
    "end_s",
    "duration_s",
    *TASK_METRICS,
    "valid",
    "flags",
)


@dataclass(frozen=True, slots=True)
class Repetition:
    """One single-leg squat or step-down.

    Attributes:
        task: what it was, by what the free shank did: bent or stretched away from upright in a
            single-leg squat, near upright in a step-down; ``single_leg`` without a sensor there.
        side: the standing leg.
        number: place in its set of the same task and side, from 1.
        start_s: session time at which the shank begins to incline.
        bottom_s: session time in the middle of the lowest part.
        end_s: session time at which the shank is back (excluded).
        metrics: key of ``TASK_METRICS`` to value; a key that is absent is not known.
        flags: names out of ``REPETITION_FLAGS``.
    """

    task: Task
    side: Side
    number: int
    start_s: float
    bottom_s: float
    end_s: float
    metrics: Mapping[str, float] = field(default_factory=dict)
    flags: tuple[str, ...] = ()

    @property
    def valid(self) -> bool:
        """Whether the repetition may enter summaries."""
        return "gap" not in self.flags

    @property
    def duration_s(self) -> float:
        """From start to end."""
        return self.end_s - self.start_s
