"""Events of strides: of one, and of many as arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from pipeline.orientation import FloatArray
from pipeline.stride import CURVE_POINTS, Gait, Side

STANCE_SHARES = np.arange(CURVE_POINTS) / (CURVE_POINTS - 1)
"""Points of a stance curve, as shares of stance."""


class Timed(Protocol):
    """Anything with the three times of a stride: its events, or a row of the stride table."""

    @property
    def foot_strike_s(self) -> float:
        """Start."""

    @property
    def toe_off_s(self) -> float:
        """End of stance."""

    @property
    def next_foot_strike_s(self) -> float:
        """End."""


@dataclass(frozen=True, slots=True)
class StrideEvents:
    """Events of one stride, in session time.

    Attributes:
        side: the leg.
        gait: gait at the first foot strike.
        next_gait: gait at the next foot strike.
        foot_strike_s: start.
        toe_off_s: end of stance.
        next_foot_strike_s: end.
        first_of_bout: no stride of this leg ended at ``foot_strike_s``.
    """

    side: Side
    gait: Gait
    next_gait: Gait
    foot_strike_s: float
    toe_off_s: float
    next_foot_strike_s: float
    first_of_bout: bool


@dataclass(frozen=True, slots=True)
class StrideTimes:
    """Events of n strides of one leg, each array of shape (n,), in order.

    Attributes:
        foot_strike_s: starts.
        toe_off_s: ends of stance.
        next_foot_strike_s: ends.
    """

    foot_strike_s: FloatArray
    toe_off_s: FloatArray
    next_foot_strike_s: FloatArray

    @classmethod
    def of(cls, events: Sequence[Timed]) -> StrideTimes:
        """Arrays of these events."""
        return cls(
            np.array([e.foot_strike_s for e in events]),
            np.array([e.toe_off_s for e in events]),
            np.array([e.next_foot_strike_s for e in events]),
        )

    def __len__(self) -> int:
        """Number of strides."""
        return len(self.foot_strike_s)

    def where(self, chosen: npt.NDArray[np.bool_]) -> StrideTimes:
        """The chosen strides, by a mask of shape (n,)."""
        return StrideTimes(
            self.foot_strike_s[chosen], self.toe_off_s[chosen], self.next_foot_strike_s[chosen]
        )

    def parts(self, size: int) -> Iterator[StrideTimes]:
        """The same strides, so many at a time."""
        for a in range(0, len(self), size):
            some = slice(a, a + size)
            yield StrideTimes(
                self.foot_strike_s[some], self.toe_off_s[some], self.next_foot_strike_s[some]
            )

    @property
    def stride_s(self) -> FloatArray:
        """Duration of each stride, shape (n,)."""
        return self.next_foot_strike_s - self.foot_strike_s

    @property
    def contact_s(self) -> FloatArray:
        """Durations of stance."""
        return self.toe_off_s - self.foot_strike_s

    def stance_grid_s(self) -> FloatArray:
        """Session times of 0 to 100 % of each stance, shape (n, 101)."""
        return self.stance_s(STANCE_SHARES)

    def stance_s(self, shares: FloatArray) -> FloatArray:
        """Session times of k shares of each stance, 0 to 1, shape (n, k)."""
        return self.foot_strike_s[:, None] + self.contact_s[:, None] * shares

    def stride_grid_s(self, points: int) -> FloatArray:
        """Session times of ``points`` equal steps from each start, the end excluded."""
        return self.foot_strike_s[:, None] + self.stride_s[:, None] * (np.arange(points) / points)
