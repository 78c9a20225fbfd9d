"""Where in a column of rising times a time lies, without reading all of a long column."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline.series import Series
from pipeline.spilled_series import SpilledSeries

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]

STEP = 1 << 14
"""One time in so many is kept in memory of a column that lies in a file."""
MOST_ROWS = 1 << 18
"""Rows that are read at once, at most, where they are asked for in order."""


class TimeIndex:
    """Finds positions of times and times of positions.

    Args:
        times: session times, rising.
    """

    def __init__(self, times: Series[np.float64]) -> None:
        self._times = times
        self._in_file = isinstance(times, SpilledSeries)
        self._marks: list[float] = []
        self._read_first = 0
        self._read: FloatArray = np.empty(0)
        """Times read last from a file, from `_read_first` on; many questions are about the same."""

    def positions_at(self, times_s: FloatArray) -> IntArray:
        """First positions whose times are not before ``times_s``, shape (n,)."""
        found: IntArray
        if not self._in_file:
            found = self._times.start + self._times.kept.searchsorted(times_s)
            return found
        if not len(times_s):
            return np.empty(0, np.intp)
        marks = self._known_marks()
        low, high = np.searchsorted(marks, [times_s.min(), times_s.max()], "left").tolist()
        if (high - low) * STEP > MOST_ROWS and len(times_s) > 1:
            half = len(times_s) // 2
            return np.concatenate(
                [self.positions_at(times_s[:half]), self.positions_at(times_s[half:])]
            )
        first, last = max(0, low - 1) * STEP, high * STEP + 1
        found = first + self._get(first, last).searchsorted(times_s)
        return found

    def times_at(self, positions: FloatArray) -> FloatArray:
        """Session times at fractional positions, shape (n,)."""
        if not len(positions):
            return np.empty(0)
        whole = positions.astype(np.intp).clip(self._times.start, self._times.end - 2)
        if self._in_file:
            first, last = int(whole.min()), int(whole.max()) + 2
            if last - first > MOST_ROWS and len(whole) > 1:
                half = len(whole) // 2
                return np.concatenate(
                    [self.times_at(positions[:half]), self.times_at(positions[half:])]
                )
            times = self._get(first, last)
        else:
            first, times = self._times.start, self._times.kept
        at = whole - first
        start, after = times[at], times[at + 1]
        found: FloatArray = start + (positions - whole) * (after - start)
        return found

    def _get(self, first: int, last: int) -> FloatArray:
        """Times in the file at the positions ``[first, last)``, as far as they are known."""
        last = min(last, self._times.end)
        a, b = first - self._read_first, last - self._read_first
        if a < 0 or b > len(self._read):
            self._read_first, self._read = first, self._times.get(first, last)
            a, b = 0, last - first
        return self._read[a:b]

    def _known_marks(self) -> list[float]:
        """Times of every `STEP`-th position."""
        for position in range(len(self._marks) * STEP, self._times.end, STEP):
            self._marks.append(float(self._times.row(position)))
        return self._marks
