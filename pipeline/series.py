"""A growing column of samples that is addressed by absolute position and trimmed from the left."""

from __future__ import annotations

from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

ScalarT = TypeVar("ScalarT", bound=np.generic)
_TOGETHER = 1 << 14
"""Rows that are converted at once, so that they stay in the processor's cache."""


class Series(Generic[ScalarT]):
    """Append-only rows with absolute positions ``[start, end)``.

    Positions never change: trimming forgets old rows, it does not renumber the others.

    Args:
        dtype: type of the elements.
        width: 0 for scalars (rows have shape ``()``), else the number of columns.
        start: position of the first row.
    """

    def __init__(self, dtype: type[ScalarT], width: int = 0, start: int = 0) -> None:
        self._rows: npt.NDArray[ScalarT] = np.empty((1024, width) if width else 1024, dtype)
        self._offset = start
        self._count = 0
        self.start = start

    @property
    def end(self) -> int:
        """Position after the last row."""
        return self._offset + self._count

    def append(self, rows: npt.NDArray[ScalarT]) -> None:
        """Add rows at the end; shape (n,) or (n, width)."""
        need = self._count + len(rows)
        if need > len(self._rows):
            kept = self._rows[self.start - self._offset : self._count]
            capacity = max(2 * (len(kept) + len(rows)), 1024)
            grown = np.empty((capacity, *self._rows.shape[1:]), self._rows.dtype)
            grown[: len(kept)] = kept
            self._rows, self._offset, self._count = grown, self.start, len(kept)
            need = self._count + len(rows)
        self._rows[self._count : need] = rows
        self._count = need

    def put(self, first: int, rows: npt.NDArray[ScalarT]) -> None:
        """Replace the rows from ``first`` on; all must be kept."""
        at = first - self._offset
        self._rows[at : at + len(rows)] = rows

    def get(self, first: int, last: int) -> npt.NDArray[ScalarT]:
        """Rows ``[first, last)`` as a view; both are clipped to what is kept."""
        first = max(first, self.start) - self._offset
        last = min(last - self._offset, self._count)
        return self._rows[first : max(first, last)]

    @property
    def kept(self) -> npt.NDArray[ScalarT]:
        """All rows that are kept, as a view; of a column in a file, those in memory."""
        return self._rows[self.start - self._offset : self._count]

    def row(self, position: int) -> npt.NDArray[ScalarT]:
        """The one row at ``position``."""
        view: npt.NDArray[ScalarT] = self._rows[position - self._offset]
        return view

    def trim(self, before: int) -> None:
        """Forget rows before ``before``."""
        self.start = max(self.start, min(before, self.end))


class CompactSeries:
    """Rows of float64 that are kept in four bytes each; what it gives are copies.

    They are kept in single precision, which is finer than any sensor, or, where an angle depends
    on small differences, as whole numbers of a unit.

    Args:
        series: where the rows go, of float32 or, with a unit, of int32; ``width`` columns.
        unit: of the whole numbers; values must lie within 2**31 of it. None: single precision.
    """

    def __init__(
        self, series: Series[np.float32] | Series[np.int32], unit: float | None = None
    ) -> None:
        self._unit = unit
        self._series = series

    @property
    def start(self) -> int:
        """Position of the first row."""
        return self._series.start

    @property
    def end(self) -> int:
        """Position after the last row."""
        return self._series.end

    def append(self, rows: npt.NDArray[np.float64]) -> None:
        """Add rows at the end, shape (n, width)."""
        if self._unit is None:
            self._series.append(rows.astype(np.float32))
        else:
            for a in range(0, len(rows), _TOGETHER):
                steps = rows[a : a + _TOGETHER] / self._unit
                self._series.append(np.rint(steps, out=steps).astype(np.int32))

    def get(self, first: int, last: int) -> npt.NDArray[np.float64]:
        """Copies of the rows ``[first, last)``; both are clipped to what is kept."""
        rows = self._series.get(first, last).astype(np.float64)
        if self._unit is not None:
            rows *= self._unit
        return rows

    def columns(self, first: int, last: int) -> npt.NDArray[np.float64]:
        """The same, column by column: shape (width, n)."""
        columns = self._series.get(first, last).T.astype(np.float64, order="C")
        if self._unit is not None:
            columns *= self._unit
        return columns

    def put(self, first: int, rows: npt.NDArray[np.float64]) -> None:
        """Replace the rows from ``first`` on, shape (n, width); all must be kept."""
        if self._unit is None:
            self._series.put(first, rows.astype(np.float32))
        else:
            self._series.put(first, np.rint(rows / self._unit).astype(np.int32))

    def trim(self, before: int) -> None:
        """Forget rows before ``before``."""
        self._series.trim(before)
