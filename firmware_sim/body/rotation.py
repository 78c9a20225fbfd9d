"""Chains of elementary rotations with exact body-frame angular velocity and acceleration.

A chain ``[(axis, angle), ...]`` means R = E(axis1, angle1) E(axis2, angle2) ..., which takes vectors of
the segment into the ground frame (ISB letters: x forward, y up, z to the subject's right).
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from firmware_sim.body.jet import Array, Jet

Axis: TypeAlias = Literal["x", "y", "z"]
Chain: TypeAlias = list[tuple[Axis, Jet]]
Vector: TypeAlias = tuple[Array, Array, Array]
Fixed: TypeAlias = tuple[np.float64, np.float64, np.float64]

_INDEX: dict[Axis, int] = {"x": 0, "y": 1, "z": 2}


def _into_child(axis: Axis, c: Array, s: Array, v: Vector) -> Vector:
    x, y, z = v
    if axis == "x":
        return x, c * y + s * z, c * z - s * y
    if axis == "y":
        return c * x - s * z, y, s * x + c * z
    return c * x + s * y, c * y - s * x, z


def _into_parent(axis: Axis, c: Array, s: Array, v: Vector) -> Vector:
    return _into_child(axis, c, -s, v)


def _along(axis: Axis, v: Vector, amount: Array) -> Vector:
    parts = list(v)
    parts[_INDEX[axis]] = parts[_INDEX[axis]] + amount
    return parts[0], parts[1], parts[2]


def _axis_cross(axis: Axis, v: Vector) -> Vector:
    x, y, z = v
    zero = np.zeros_like(x)
    if axis == "x":
        return zero, -z, y
    if axis == "y":
        return z, zero, -x
    return -y, x, zero


class Trigonometry:
    """Sines and cosines of a chain, computed once and shared by the functions below."""

    def __init__(self, chain: Chain) -> None:
        self.links = [(axis, angle, np.cos(angle.v), np.sin(angle.v)) for axis, angle in chain]

    def without_first(self) -> Trigonometry:
        """The same chain without its first link."""
        rest = Trigonometry([])
        rest.links = self.links[1:]
        return rest

    def column(self, axis: int) -> Vector:
        """Ground-frame components of one segment axis (0 = x, 1 = y, 2 = z), each (n,)."""
        like = self.links[0][2]
        unit = [like * 0.0, like * 0.0, like * 0.0]
        unit[axis] = unit[axis] + 1.0
        return self.to_ground((unit[0], unit[1], unit[2]))

    def rates(self) -> tuple[Vector, Vector]:
        """Body-frame angular velocity [rad/s] and angular acceleration [rad/s^2], each (n,) x 3."""
        n = self.links[0][1].v.shape
        omega: Vector = (np.zeros(n), np.zeros(n), np.zeros(n))
        alpha: Vector = (np.zeros(n), np.zeros(n), np.zeros(n))
        for axis, angle, c, s in self.links:
            omega = _into_child(axis, c, s, omega)
            alpha = _into_child(axis, c, s, alpha)
            # d/dt (E^T w) = E^T dw/dt - angle' * axis x (E^T w)
            turn = _axis_cross(axis, omega)
            alpha = (
                alpha[0] - angle.d * turn[0],
                alpha[1] - angle.d * turn[1],
                alpha[2] - angle.d * turn[2],
            )
            omega = _along(axis, omega, angle.d)
            alpha = _along(axis, alpha, angle.dd)
        return omega, alpha

    def to_body(self, v: Vector) -> Vector:
        """Express ground-frame vectors in the segment."""
        for axis, _, c, s in self.links:
            v = _into_child(axis, c, s, v)
        return v

    def to_ground(self, v: Vector) -> Vector:
        """Express segment vectors in the ground frame."""
        for axis, _, c, s in reversed(self.links):
            v = _into_parent(axis, c, s, v)
        return v


def cross(a: Vector, b: Vector | Fixed) -> Vector:
    """Cross product of vectors given as component arrays; the second may be constant."""
    return (
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    )


def fixed_rotation(x_deg: float, y_deg: float, z_deg: float) -> Array:
    """Rotation matrix Rz Ry Rx from constant angles in degrees, shape (3, 3)."""
    cx, cy, cz = np.cos(np.radians([x_deg, y_deg, z_deg]))
    sx, sy, sz = np.sin(np.radians([x_deg, y_deg, z_deg]))
    rx = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    ry = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    rz = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return np.asarray(rz @ ry @ rx, dtype=np.float64)
