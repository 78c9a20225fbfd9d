"""Which samples are missing: gaps in an index, filled again or not."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

MOST_HOLES = 256
"""The oldest ones are forgotten, so that memory does not grow with a bad link."""


class Missing(NamedTuple):
    """Samples that did not come, as the sensor calls them.

    Attributes:
        first_index: index of the first, modulo 2**32.
        samples: how many.
        device_s: device time of the first.
    """

    first_index: int
    samples: int
    device_s: float


class Holes:
    """Gaps ``[start, stop)`` of a sample index, in order."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._stops: list[int] = []

    def add(self, start: int, stop: int) -> None:
        """Know of a gap, after those known already."""
        if stop <= start:
            return
        self._starts.append(start)
        self._stops.append(stop)
        if len(self._starts) > MOST_HOLES:
            del self._starts[0], self._stops[0]

    def fill(self, start: int, stop: int) -> int:
        """Samples ``[start, stop)`` came after all; returns how many of them were missing."""
        filled = 0
        k = max(0, bisect_right(self._starts, start) - 1)
        while k < len(self._starts) and self._starts[k] < stop:
            low, high = max(start, self._starts[k]), min(stop, self._stops[k])
            if low >= high:
                k += 1
                continue
            filled += high - low
            rest = [(self._starts[k], low), (high, self._stops[k])]
            rest = [(a, b) for a, b in rest if a < b]
            self._starts[k : k + 1] = [a for a, _ in rest]
            self._stops[k : k + 1] = [b for _, b in rest]
            k += len(rest)
        return filled

    def all(self) -> list[tuple[int, int]]:
        """The gaps, oldest first."""
        return list(zip(self._starts, self._stops, strict=True))
