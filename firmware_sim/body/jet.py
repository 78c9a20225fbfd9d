"""Values with exact first and second time derivatives (second-order forward differentiation)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Index: TypeAlias = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Jet:
    """A time signal sampled at n instants together with its derivatives.

    Attributes:
        v: Values, shape (n,).
        d: First time derivative, shape (n,), unit per second.
        dd: Second time derivative, shape (n,), unit per second squared.
    """

    v: Array
    d: Array
    dd: Array

    def __add__(self, other: Jet | float) -> Jet:
        if isinstance(other, Jet):
            return Jet(self.v + other.v, self.d + other.d, self.dd + other.dd)
        return Jet(self.v + other, self.d, self.dd)

    __radd__ = __add__

    def __neg__(self) -> Jet:
        return Jet(-self.v, -self.d, -self.dd)

    def __sub__(self, other: Jet | float) -> Jet:
        return self + (-other)

    def __rsub__(self, other: float) -> Jet:
        return (-self) + other

    def __mul__(self, other: Jet | float) -> Jet:
        if isinstance(other, Jet):
            return Jet(
                self.v * other.v,
                self.d * other.v + self.v * other.d,
                self.dd * other.v + 2.0 * self.d * other.d + self.v * other.dd,
            )
        return Jet(self.v * other, self.d * other, self.dd * other)

    __rmul__ = __mul__

    def scaled(self, factor: Array) -> Jet:
        """Multiply by a factor per sample whose own change with time is ignored (constant between steps)."""
        return Jet(self.v * factor, self.d * factor, self.dd * factor)

    def shifted(self, offset: Array) -> Jet:
        """Add an offset per sample that is constant between steps."""
        return Jet(self.v + offset, self.d, self.dd)

    def compose(self, f: Array, f1: Array, f2: Array) -> Jet:
        """Apply a function whose value and derivatives at ``v`` are f, f1, f2 (chain rule)."""
        return Jet(f, f1 * self.d, f2 * self.d * self.d + f1 * self.dd)

    def sin(self) -> Jet:
        """Sine of the signal (radians)."""
        s = np.sin(self.v)
        return self.compose(s, np.cos(self.v), -s)

    def cos(self) -> Jet:
        """Cosine of the signal (radians)."""
        c = np.cos(self.v)
        return self.compose(c, -np.sin(self.v), -c)

    def smoothstep(self) -> Jet:
        """Quintic step: 0 below 0, 1 above 1, with continuous second derivative (C2)."""
        x = np.clip(self.v, 0.0, 1.0)
        return self.compose(
            x * x * x * (x * (6.0 * x - 15.0) + 10.0),
            30.0 * x * x * (x - 1.0) * (x - 1.0),
            60.0 * x * (x - 1.0) * (2.0 * x - 1.0),
        )

    @staticmethod
    def time(t_s: Array) -> Jet:
        """Time itself as a signal."""
        return Jet(t_s, np.ones_like(t_s), np.zeros_like(t_s))

    @staticmethod
    def constant(value: float | Array, like: Array) -> Jet:
        """A signal that does not change with time."""
        zero = np.zeros_like(like)
        return Jet(zero + value, zero, zero)


def blend(weights: list[Jet], parts: list[Jet]) -> Jet:
    """Weighted sum of signals; weights sum to one, so that a single one is one."""
    if len(parts) == 1:
        return parts[0]
    total = weights[0] * parts[0]
    for w, p in zip(weights[1:], parts[1:], strict=True):
        total = total + w * p
    return total
