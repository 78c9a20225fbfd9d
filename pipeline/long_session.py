"""Long stretches are oriented in parts that overlap, so that memory does not grow with them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

LONGEST_S = 4500.0
"""A stretch that is no longer is oriented as one."""
PART_S = 3600.0
OVERLAP_S = 300.0
"""Filtering forward and backward settles in a tenth of it; the bias takes the most."""
_ROWS = 1 << 14


@dataclass(frozen=True, slots=True)
class LongPart:
    """Positions ``[first, last)`` that are wanted of ``[read_first, read_last)``."""

    read_first: int
    first: int
    last: int
    read_last: int


def long_parts(first: int, last: int, rate_hz: float) -> list[LongPart]:
    """Parts of the positions ``[first, last)``, in order; none of nothing."""
    if last <= first:
        return []
    if last - first <= LONGEST_S * rate_hz:
        return [LongPart(first, first, last, last)]
    count = round((last - first) / (PART_S * rate_hz))
    edges = np.linspace(first, last, count + 1).astype(int).tolist()
    overlap = round(OVERLAP_S * rate_hz)
    return [
        LongPart(max(first, a - overlap), a, b, min(last, b + overlap)) for a, b in pairwise(edges)
    ]


def turn_about_up(wanted: FloatArray, found: FloatArray) -> FloatArray:
    """The turn about the vertical that carries one orientation nearest to another, (1, 4) each."""
    w = np.sum(wanted * found, axis=1)
    z = (
        wanted[:, 3] * found[:, 0]
        - wanted[:, 0] * found[:, 3]
        + wanted[:, 2] * found[:, 1]
        - wanted[:, 1] * found[:, 2]
    )
    turn: FloatArray = np.stack([w, 0.0 * w, 0.0 * w, z], axis=1)
    turn /= np.sqrt(w * w + z * z)[:, None]
    return turn


def in_pieces(rows: FloatArray) -> Iterator[FloatArray]:
    """Views of some rows at a time."""
    for a in range(0, len(rows), _ROWS):
        yield rows[a : a + _ROWS]
