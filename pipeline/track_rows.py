"""Rows of a track's column, read where they are wanted, and changed without touching the track."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from pipeline.series import CompactSeries

FloatArray = npt.NDArray[np.float64]


class Rows(Protocol):
    """What arrays of rows can do, too: be cut, and be changed in slices."""

    def __len__(self) -> int:
        """Number of rows."""

    def __getitem__(self, rows: slice, /) -> FloatArray:
        """Rows from start to stop."""

    def __setitem__(self, rows: slice, values: FloatArray, /) -> None:
        """Change rows from start to stop."""


class TrackRows:
    """Rows ``[first, last)`` of a column, counted from 0; changes are kept beside it.

    Args:
        column: of the track.
        where: which of its rows.
    """

    def __init__(self, column: CompactSeries, where: slice) -> None:
        self._column = column
        self._first, self._last = where.start, where.stop
        self._changed: dict[int, FloatArray] = {}
        self._starts: list[int] = []
        self._longest = 0

    def __len__(self) -> int:
        """Number of rows."""
        return int(self._last - self._first)

    def __getitem__(self, rows: slice) -> FloatArray:
        """A copy of the rows, as they were changed."""
        start, stop, _ = rows.indices(len(self))
        found = self._column.get(self._first + start, self._first + max(start, stop))
        near = slice(
            bisect_left(self._starts, start - self._longest), bisect_left(self._starts, stop)
        )
        for first in self._starts[near]:
            values = self._changed[first]
            a, b = max(first, start), min(first + len(values), stop)
            if a < b:
                found[a - start : b - start] = values[a - first : b - first]
        return found

    def __setitem__(self, rows: slice, values: FloatArray) -> None:
        """Change rows; slices that were changed before must be the same, or lie elsewhere."""
        start, stop, _ = rows.indices(len(self))
        if start not in self._changed:
            insort(self._starts, start)
        self._longest = max(self._longest, stop - start)
        self._changed[start] = np.array(values[: stop - start], np.float64)

    def store(self, slices: Iterable[slice]) -> None:
        """Write what was changed in these slices into the track."""
        for rows in slices:
            if rows.start in self._changed:
                self._column.put(self._first + rows.start, self._changed[rows.start])
