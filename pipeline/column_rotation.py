"""Rotations of many samples that lie column by column, shape (k, n): twice as fast as row by row.

The same rotations as in `pipeline.orientation`, elementwise, so that results do not depend on how
the samples were cut into chunks.
"""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.orientation import FloatArray


def up_of(quat: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Direction "up" in sensor axes, three of shape (n,), from quaternions (4, n)."""
    w, x, y, z = quat
    return (
        2.0 * (x * z - w * y),
        2.0 * (y * z + w * x),
        1.0 - 2.0 * (x * x + y * y),
    )


def along(vectors: Iterable[FloatArray], axis: FloatArray) -> FloatArray:
    """Component of vectors, three columns (n,), along one axis (3,), shape (n,)."""
    a, b, c = axis.tolist()
    x, y, z = vectors
    component: FloatArray = x * a + y * b + z * c
    return component


def horizon_of(
    quat: FloatArray, vector: tuple[FloatArray | float, FloatArray | float, FloatArray | float]
) -> tuple[FloatArray, FloatArray]:
    """East and north, each of shape (n,), of vectors in sensor axes.

    Args:
        quat: sensor -> earth, shape (4, n).
        vector: the columns of n vectors, or the numbers of one for all.
    """
    w, x, y, z = quat
    a, b, c = vector
    tx, ty, tz = y * c - z * b, z * a - x * c, x * b - y * a
    return a + 2.0 * (w * tx + (y * tz - z * ty)), b + 2.0 * (w * ty + (z * tx - x * tz))


def earth_of(quat: FloatArray, vectors: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Vectors in earth axes, three of shape (n,), from those in sensor axes.

    Args:
        quat: sensor -> earth, shape (4, n).
        vectors: shape (3, n).
    """
    w, x, y, z = quat
    a, b, c = vectors
    tx = 2.0 * (y * c - z * b)
    ty = 2.0 * (z * a - x * c)
    tz = 2.0 * (x * b - y * a)
    return (
        a + w * tx + (y * tz - z * ty),
        b + w * ty + (z * tx - x * tz),
        c + w * tz + (x * ty - y * tx),
    )
