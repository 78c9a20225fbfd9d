"""Common steps of both fits: harmonics, positions from accelerations, rows of the table."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Complex: TypeAlias = NDArray[np.complex128]

PHASES = 400
"""Points of a time-normalised stride."""


def harmonics(curves: Array) -> Complex:
    """Coefficients c_k of curves (PHASES, m) over one stride: value = c0 + sum 2 Re(c_k e^(2 pi i k phase))."""
    return np.asarray(np.fft.rfft(curves, axis=0) / len(curves), dtype=np.complex128)


def point_position(acceleration: Array, arm: Array, stride_hz: float) -> Complex:
    """Harmonics of the position of a segment's reference point, without mean and without mean velocity.

    Args:
        acceleration: Ground-frame acceleration of the sensor over one stride, (PHASES, 3), m/s^2.
        arm: Ground-frame vector from the reference point to the sensor, (PHASES, 3), m.
        stride_hz: Stride frequency.

    Returns:
        Coefficients (K, 3), m.
    """
    c = harmonics(acceleration)
    k = np.arange(1, len(c))[:, None]
    position = np.zeros_like(c)
    position[1:] = -c[1:] / (2.0 * np.pi * k * stride_hz) ** 2
    position -= harmonics(arm)
    position[0] = 0.0
    return position


def symmetric(c: Complex, odd: tuple[bool, bool, bool]) -> Complex:
    """Keep, per column, the odd or the even harmonics: what is left of a pelvis that treats both legs alike."""
    c = c.copy()
    even_rows = np.arange(len(c)) % 2 == 0
    for column, keep_odd in enumerate(odd):
        c[even_rows if keep_odd else ~even_rows, column] = 0.0
    return c


def table(c: Complex, names: tuple[str, str, str], scale: float, digits: int) -> dict[str, object]:
    """Coefficients as lists of [real, imaginary]."""
    return {
        name: [
            [round(float(v.real) * scale, digits), round(float(v.imag) * scale, digits)]
            for v in c[:, i]
        ]
        for i, name in enumerate(names)
    }


def pelvis_row(angles: Complex, position: Complex) -> dict[str, object]:
    """Table of a pelvis: obliquity, tilt, rotation [rad] and position [m], made symmetric."""
    degrees = table(
        symmetric(angles, (True, False, True)),
        ("obliquity", "tilt", "rotation"),
        180.0 / np.pi,
        4,
    )
    return {
        "angle_deg": degrees,
        "position_mm": table(symmetric(position, (False, False, True)), ("x", "y", "z"), 1e3, 3),
    }


def shank_row(angles: Complex, position: Complex, duty_factor: float) -> dict[str, object]:
    """Table of a shank in right-leg signs: sagittal, frontal, axial [rad] and ankle position [m]."""
    return {
        "duty_factor": round(duty_factor, 4),
        "angle_deg": table(angles, ("sagittal", "frontal", "axial"), 180.0 / np.pi, 4),
        "ankle_mm": table(position, ("x", "y", "z"), 1e3, 3),
    }


def turn_about_up(angle: float) -> Array:
    """Rotation by an angle about the ground's up axis (y), (3, 3)."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])


def flexion_heading(rate: Array, right: Array) -> float:
    """Heading of the mean flexion axis, from z towards x, rad.

    Args:
        rate: Ground-frame angular velocity, (n, 3).
        right: Ground-frame axis to the right, (n, 3); settles the sign.
    """
    _, vectors = np.linalg.eigh(rate[:, [0, 2]].T @ rate[:, [0, 2]])
    axis = vectors[:, -1]
    if axis @ right.mean(axis=0)[[0, 2]] < 0.0:
        axis = -axis
    return float(np.arctan2(axis[0], axis[1]))


def shank_angles(rotation: Array, side: float) -> Array:
    """Sagittal, frontal and axial Cardan angles (Z-X-Y) of (n, 3, 3), right-leg signs, rad."""
    return np.stack(
        [
            np.arctan2(-rotation[:, 0, 1], rotation[:, 1, 1]),
            side * np.arcsin(rotation[:, 2, 1]),
            side * np.arctan2(-rotation[:, 2, 0], rotation[:, 2, 2]),
        ],
        axis=1,
    )


def pelvis_angles(rotation: Array) -> Array:
    """Obliquity, tilt and rotation (order Y-X-Z: rotation, obliquity, tilt) of (n, 3, 3), rad."""
    return np.stack(
        [
            np.arcsin(rotation[:, 1, 2]),
            -np.arctan2(rotation[:, 1, 0], rotation[:, 1, 1]),
            np.arctan2(rotation[:, 0, 2], rotation[:, 2, 2]),
        ],
        axis=1,
    )
