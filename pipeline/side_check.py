"""Do the shank sensors carry each other's placement? Told by the pelvis over stance.

When a foot strikes, the pelvis drops on the other side, and rises again before the foot leaves. With the
two shank sensors exchanged every stance is taken for one of the other leg, and the same movement of the
pelvis reads as rising first. The mean over both sides is taken, so that a pelvis that stands or hangs
askew does not matter. Figures: ``docs/timing.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from pipeline.packed_strides import PackedStrides
from pipeline.stride import SIDES, Gait, Side, Stride

EARLY_PCT = slice(5, 46)
LATE_PCT = slice(65, 101)
FEWEST_STRIDES = 8
"""Valid strides of each side before anything is said."""
CLEAR_DEG = 0.8
"""Fall of the pelvis in early stance against late stance, from which its direction counts."""
MOST_STRIDES = 60


class SideVerdict(StrEnum):
    """What the pelvis says of left and right."""

    FITS = "fits"
    SWAPPED = "swapped"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class SideCheck:
    """Whether the left shank sensor is on the left shank.

    Attributes:
        verdict: what the pelvis says.
        fall_deg: how much lower the free side is in early stance than in late stance; NaN when too few
            strides were seen.
    """

    verdict: SideVerdict
    fall_deg: float

    @property
    def warning(self) -> str:
        """A sentence for the user when left and right seem to be exchanged; empty otherwise."""
        if self.verdict is not SideVerdict.SWAPPED:
            return ""
        return (
            "left and right shank sensor seem to be exchanged: the pelvis rises on the free side when a"
            " foot strikes, where it should drop"
        )


def check_sides(strides: Sequence[Stride]) -> SideCheck:
    """Whether left and right fit the movement of the pelvis.

    Each gait is looked at for itself; the one with more strides decides.

    Args:
        strides: of a session, any order; the last valid ones of each side count.
    """
    decided = SideCheck(SideVerdict.CANNOT_TELL, float("nan"))
    most = 0
    for gait in ("run", "walk"):
        falls: list[float] = []
        counts: list[int] = []
        for side in SIDES:
            curves = [stride.drop_curve_deg for stride in _last_valid(strides, side, gait)]
            known = [curve for curve in curves if np.isfinite(curve).all()]
            counts.append(len(known))
            if len(known) >= FEWEST_STRIDES:
                curve = np.median(known, axis=0)
                falls.append(float(curve[EARLY_PCT].mean() - curve[LATE_PCT].mean()))
        if len(falls) < len(SIDES) or min(counts) <= most:
            continue
        most = min(counts)
        fall_deg = sum(falls) / len(falls)
        if abs(fall_deg) < CLEAR_DEG:
            verdict = SideVerdict.CANNOT_TELL
        else:
            verdict = SideVerdict.FITS if fall_deg > 0.0 else SideVerdict.SWAPPED
        decided = SideCheck(verdict, fall_deg)
    return decided


def _last_valid(strides: Sequence[Stride], side: Side, gait: Gait) -> list[Stride]:
    if isinstance(strides, PackedStrides):
        return strides.take(np.flatnonzero(strides.chosen(side, gait))[-MOST_STRIDES:])
    return [s for s in strides if s.side == side and s.gait == gait and s.valid][-MOST_STRIDES:]
