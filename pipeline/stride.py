"""A stride: one foot strike to the next of the same foot, with its metrics and quality flags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

Side = Literal["left", "right"]
Gait = Literal["run", "walk"]

SIDES: tuple[Side, Side] = ("left", "right")
CURVE_POINTS = 101
"""Points of a stance curve: 0 to 100 % of stance in steps of 1 %."""

FLAG_NAMES: Mapping[str, str] = {
    "settling": "the orientation filter or the calibration had not settled yet",
    "transition": "gait, speed or direction changed during the stride",
    "turning": "the runner turned; in sustained bends the lean of gravity is taken off the drop, at an estimated speed",
    "gap": "samples are missing inside the stride, too many to bridge",
    "filled": "a short gap inside the stride was bridged",
    "clipped": "a gyroscope stood at the end of its range",
    "clipped_acc": "an accelerometer stood at the end of its range (shock is understated)",
    "no_pelvis": "the pelvis sensor has no samples for the stride",
    "irregular": "duration or contact time is far from the neighbours'",
    "low_rate": "the sampling rate is below 100 Hz",
    "slipped": "a sensor sits otherwise on the body than it did at first",
    "sacrum_events": "the leg has no shank sensor; foot strike and toe-off come from the pelvis",
    "facing_uncertain": "the forward direction of the pelvis sensor is known only roughly",
}
"""Every flag that a stride can carry, and what it means."""

INVALIDATING_FLAGS = frozenset({"transition", "gap", "clipped", "irregular"})
"""Flags that make a stride invalid; the others only say why an error may be larger."""


@dataclass(frozen=True, slots=True)
class Stride:
    """One stride of one leg.

    Attributes:
        side: leg whose foot strikes open and close the stride.
        gait: running or walking.
        foot_strike_s: session time of the foot strike.
        toe_off_s: session time of the toe-off inside the stride.
        next_foot_strike_s: session time of the next foot strike of the same foot (end, excluded).
        metrics: metric key (``cpd_peak_deg``) to value; a key that is absent is not known.
        standard_errors: metric key to its standard error, same unit.
        flags: names out of ``FLAG_NAMES``.
        drop_curve_deg: pelvic drop over stance, shape (101,), relative to standing, + = the
            unsupported side is lower; NaN where not known.
        tibial_rotation_curve_deg: tibial rotation over stance relative to foot strike, shape
            (101,), + = internal; NaN where not known.
    """

    side: Side
    gait: Gait
    foot_strike_s: float
    toe_off_s: float
    next_foot_strike_s: float
    metrics: Mapping[str, float] = field(default_factory=dict)
    standard_errors: Mapping[str, float] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    drop_curve_deg: npt.NDArray[np.float32] = field(
        default_factory=lambda: np.full(CURVE_POINTS, np.nan, np.float32)
    )
    tibial_rotation_curve_deg: npt.NDArray[np.float32] = field(
        default_factory=lambda: np.full(CURVE_POINTS, np.nan, np.float32)
    )

    @property
    def valid(self) -> bool:
        """Whether the stride may enter summaries."""
        return not INVALIDATING_FLAGS.intersection(self.flags)
