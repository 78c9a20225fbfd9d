"""A column of samples that keeps its latest rows in memory and the older ones in a file.

So the memory for a session does not grow with its length. The file has no name and is gone with
the column.
"""

from __future__ import annotations

import tempfile
import weakref
from typing import IO

import numpy as np
import numpy.typing as npt

from pipeline.errors import SpillError
from pipeline.series import ScalarT, Series

ROWS_IN_MEMORY = 1 << 16
"""Five minutes at 200 Hz; what is older is written to the file."""


class SpilledSeries(Series[ScalarT]):
    """Rows as in `Series`; what it gives are copies, and nothing is ever forgotten.

    Args:
        dtype: type of the elements.
        width: 0 for scalars (rows have shape ``()``), else the number of columns.
        rows_in_memory: rows that are gathered before they are written.
    """

    def __init__(
        self, dtype: type[ScalarT], width: int = 0, rows_in_memory: int = ROWS_IN_MEMORY
    ) -> None:
        super().__init__(dtype, width)
        self._limit = rows_in_memory
        self._file: IO[bytes] | None = None
        self._written = 0
        self._row_bytes = self._rows.itemsize * max(1, width)

    @property
    def end(self) -> int:
        """Position after the last row."""
        return self._written + self._count

    def append(self, rows: npt.NDArray[ScalarT]) -> None:
        """Add rows at the end; shape (n,) or (n, width).

        Raises:
            SpillError: there is no room for the file.
        """
        for a in range(0, len(rows), self._limit):
            super().append(rows[a : a + self._limit])
            if self._count >= self._limit:
                self._spill()

    def get(self, first: int, last: int) -> npt.NDArray[ScalarT]:
        """Rows ``[first, last)`` as a copy; both are clipped to what is there."""
        first = max(first, 0)
        last = max(first, min(last, self.end))
        rows = np.empty((last - first, *self._rows.shape[1:]), self._rows.dtype)
        stored = max(0, min(last, self._written) - first)
        if stored and self._file is not None:
            self._file.seek(first * self._row_bytes)
            left = rows[:stored].reshape(-1).view(np.uint8).data
            while len(left):
                count = self._file.readinto(left)  # type: ignore[attr-defined]
                if not count:
                    raise SpillError("a temporary file was cut short")
                left = left[count:]
        if last > self._written:
            rows[stored:] = self._rows[first + stored - self._written : last - self._written]
        return rows

    def row(self, position: int) -> npt.NDArray[ScalarT]:
        """The one row at ``position``."""
        if position >= self._written:
            view: npt.NDArray[ScalarT] = self._rows[position - self._written]
            return view
        stored: npt.NDArray[ScalarT] = self.get(position, position + 1)[0]
        return stored

    def put(self, first: int, rows: npt.NDArray[ScalarT]) -> None:
        """Replace the rows from ``first`` on."""
        stored = max(0, min(first + len(rows), self._written) - first)
        if stored and self._file is not None:
            self._file.seek(first * self._row_bytes)
            self._write(np.ascontiguousarray(rows[:stored], self._rows.dtype))
        if stored < len(rows):
            at = first + stored - self._written
            self._rows[at : at + len(rows) - stored] = rows[stored:]

    def trim(self, before: int) -> None:
        """Nothing is forgotten."""

    def _spill(self) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 (lives as long as this)
            weakref.finalize(self, self._file.close)
        self._file.seek(self._written * self._row_bytes)
        self._write(self._rows[: self._count])
        self._written += self._count
        self._count = 0

    def _write(self, rows: npt.NDArray[ScalarT]) -> None:
        left = rows.reshape(-1).view(np.uint8).data
        try:
            while len(left) and self._file is not None:
                left = left[self._file.write(left) or 0 :]
        except OSError as error:
            raise SpillError(f"a temporary file cannot be written: {error.strerror}") from error
