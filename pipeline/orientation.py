"""Orientation of a sensor against gravity, and the few rotations that the angles need.

Quaternions are sensor -> earth, order w, x, y, z; the earth frame has z up and an arbitrary
heading. Everything here is elementwise arithmetic, so that results do not depend on how the
samples were cut into chunks (a matrix product may round differently for 1 row and for n rows).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from vqf import VQF

FloatArray = npt.NDArray[np.float64]


class OrientationFilter:
    """Live 6D orientation by VQF with its default parameters.

    Source: Laidig and Seel 2023, Information Fusion 91:187. Without a magnetometer; the default
    accelerometer time constant of 3 s is the flat optimum for running.

    Args:
        rate_hz: sampling rate.
    """

    def __init__(self, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._filter = VQF(1.0 / rate_hz)

    def update(self, gyr: FloatArray, acc: FloatArray) -> FloatArray:
        """Advance by n samples.

        Args:
            gyr: angular rate over the interval before each sample, shape (n, 3), rad/s.
            acc: specific force, shape (n, 3), m/s².

        Returns:
            Quaternions sensor -> earth, shape (n, 4).
        """
        result: FloatArray = self._filter.updateBatch(
            np.ascontiguousarray(gyr), np.ascontiguousarray(acc)
        )["quat6D"]
        return result

    def restart(self) -> None:
        """Begin anew after a long gap, keeping the gyroscope bias found so far."""
        bias, _ = self._filter.getBiasEstimate()
        self._filter = VQF(1.0 / self._rate_hz)
        self._filter.setBiasEstimate(bias, -1.0)


def up_in_sensor(quat: FloatArray) -> FloatArray:
    """Direction "up" in sensor axes, shape (n, 3), from quaternions (n, 4)."""
    w, x, y, z = _columns(quat)
    up = np.empty((len(quat), 3))
    up[:, 0] = 2.0 * (x * z - w * y)
    up[:, 1] = 2.0 * (y * z + w * x)
    up[:, 2] = 1.0 - 2.0 * (x * x + y * y)
    return up


def multiply(first: FloatArray, second: FloatArray) -> FloatArray:
    """Products of quaternions (n, 4): the second rotation, then the first."""
    a, b, c, d = _columns(first)
    w, x, y, z = _columns(second)
    out = np.empty((len(first), 4))
    out[:, 0] = a * w - b * x - c * y - d * z
    out[:, 1] = a * x + b * w + c * z - d * y
    out[:, 2] = a * y - b * z + c * w + d * x
    out[:, 3] = a * z + b * y - c * x + d * w
    return out


def to_earth(quat: FloatArray, vectors: FloatArray) -> FloatArray:
    """Rotate vectors (n, 3) from sensor to earth axes by quaternions (n, 4)."""
    w, x, y, z = _columns(quat)
    a, b, c = _columns(vectors)
    tx = 2.0 * (y * c - z * b)
    ty = 2.0 * (z * a - x * c)
    tz = 2.0 * (x * b - y * a)
    out = np.empty((len(quat), 3))
    out[:, 0] = a + w * tx + (y * tz - z * ty)
    out[:, 1] = b + w * ty + (z * tx - x * tz)
    out[:, 2] = c + w * tz + (x * ty - y * tx)
    return out


def to_horizon(quat: FloatArray, vectors: FloatArray) -> FloatArray:
    """East and north of vectors (n, 3) in sensor axes by quaternions (n, 4), shape (n, 2)."""
    w, x, y, z = _columns(quat)
    a, b, c = _columns(vectors)
    out = np.empty((len(quat), 2))
    out[:, 0] = a + 2.0 * (y * (x * b - y * a) - z * (z * a - x * c) + w * (y * c - z * b))
    out[:, 1] = b + 2.0 * (z * (y * c - z * b) - x * (x * b - y * a) + w * (z * a - x * c))
    return out


def to_sensor(quat: FloatArray, vectors: FloatArray) -> FloatArray:
    """Rotate vectors (n, 3) from earth to sensor axes by quaternions (n, 4), sensor -> earth."""
    return to_earth(quat * np.array([1.0, -1.0, -1.0, -1.0]), vectors)


def horizontal_in_sensor(quat: FloatArray, direction: FloatArray) -> FloatArray:
    """Horizontal earth vectors in sensor axes.

    Args:
        quat: sensor -> earth, shape (n, 4).
        direction: east and north of each vector, shape (n, 2).

    Returns:
        Shape (n, 3).
    """
    earth = np.zeros((len(quat), 3))
    earth[:, :2] = direction
    return to_sensor(quat, earth)


def dot(vectors: FloatArray, axis: FloatArray) -> FloatArray:
    """Component of vectors (n, 3) along one axis (3,), shape (n,)."""
    result: FloatArray = vectors[:, 0] * axis[0] + vectors[:, 1] * axis[1] + vectors[:, 2] * axis[2]
    return result


def cross(first: FloatArray, second: FloatArray) -> FloatArray:
    """Vector product of two vectors (3,)."""
    a, b, c = first.tolist()
    d, e, f = second.tolist()
    return np.array([b * f - c * e, c * d - a * f, a * e - b * d])


def unit(vector: FloatArray) -> FloatArray:
    """``vector`` (3,) at length one."""
    result: FloatArray = vector / np.sqrt(np.sum(vector * vector))
    return result


def perpendicular(vector: FloatArray, to: FloatArray) -> FloatArray:
    """The unit vector along the part of ``vector`` (3,) that is perpendicular to ``to``."""
    return unit(vector - float(np.sum(vector * to)) * to)


def any_perpendicular(to: FloatArray) -> FloatArray:
    """Some unit vector perpendicular to the unit vector ``to`` (3,)."""
    basis = np.zeros(3)
    basis[int(np.argmin(np.abs(to)))] = 1.0
    return perpendicular(basis, to)


def _columns(rows: FloatArray) -> FloatArray:
    """Columns of (n, k) rows, each on end in memory: several times as fast to work on."""
    return np.ascontiguousarray(rows.T)
