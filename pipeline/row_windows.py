"""Pieces of a column, one beside another, so that many are searched at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline.orientation import FloatArray

IntArray = npt.NDArray[np.intp]
BoolArray = npt.NDArray[np.bool_]


def row_windows(
    values: FloatArray, first: IntArray, last: IntArray
) -> tuple[FloatArray, BoolArray]:
    """Pieces ``[first[i], last[i])`` of (n,) values, at least one, none of them empty.

    Returns:
        The pieces, shape (pieces, longest), and which elements belong to them.
    """
    at = first[:, None] + np.arange(int((last - first).max()))
    inside = at < last[:, None]
    return values[np.minimum(at, len(values) - 1)], inside


def first_true(rows: BoolArray) -> tuple[IntArray, BoolArray]:
    """Place of the first True of each row, and which rows have one."""
    places: IntArray = rows.argmax(axis=1)
    some: BoolArray = np.logical_or.reduce(rows, axis=1)
    return places, some


def last_true(rows: BoolArray) -> tuple[IntArray, BoolArray]:
    """Place of the last True of each row, and which rows have one."""
    places, some = first_true(rows[:, ::-1])
    return rows.shape[1] - 1 - places, some


def pick(rows: FloatArray, at: IntArray) -> FloatArray:
    """Element ``at[i]`` of row i, the last one where there is none so far on, shape (rows,)."""
    picked: FloatArray = rows[np.arange(len(rows)), np.minimum(at, rows.shape[1] - 1)]
    return picked


def crossing_share(level: FloatArray, before: FloatArray, after: FloatArray) -> FloatArray:
    """Where between two samples a level is crossed, 0 to 1; a half where they are equal."""
    step = after - before
    flat = step == 0.0
    share = ((level - before) / np.where(flat, 1.0, step)).clip(0.0, 1.0)
    return np.where(flat, 0.5, share)
