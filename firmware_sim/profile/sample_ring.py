"""The RAM ring: the last samples, for hosts that missed some."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from firmware_sim.profile.packets import SAMPLE_BYTES


class Kept(NamedTuple):
    """Samples in a row as they were taken.

    Attributes:
        first: Index of the first one since START.
        grid: Its number on the sensor's own grid.
        counts: (n, 6) or (n, 3) int16.
        flags: Flag bits of the packet they left in.
        cfg_id: Configuration at the time.
    """

    first: int
    grid: int
    counts: NDArray[np.int16]
    flags: int
    cfg_id: int


class SampleRing:
    """Keeps as many whole packets as fit a number of bytes.

    Args:
        size_bytes: Size of the ring; a sample takes 12 bytes.
    """

    def __init__(self, size_bytes: int) -> None:
        self._size = size_bytes
        self._kept: deque[Kept] = deque()
        self._bytes = 0

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self._bytes = 0

    def append(self, kept: Kept) -> None:
        """Add samples that follow the last ones; the oldest go."""
        self._kept.append(kept)
        self._bytes += len(kept.counts) * SAMPLE_BYTES
        while self._bytes > self._size:
            self._bytes -= len(self._kept.popleft().counts) * SAMPLE_BYTES

    @property
    def span(self) -> tuple[int, int]:
        """Indices [first, end) of the samples held; (0, 0) when empty."""
        if not self._kept:
            return 0, 0
        return self._kept[0].first, self._kept[-1].first + len(self._kept[-1].counts)

    def cut(self, first: int, end: int, most: int) -> Iterator[Kept]:
        """Samples [first, end) in runs of at most ``most``, none across two packets.

        A run that has been overwritten in the meantime is left out.
        """
        at = first
        while at < end:
            held = next((k for k in self._kept if k.first <= at < k.first + len(k.counts)), None)
            if held is None:
                at = max(at + 1, self.span[0])
                continue
            a = at - held.first
            b = min(a + most, len(held.counts), end - held.first)
            yield Kept(at, held.grid + a, held.counts[a:b], held.flags, held.cfg_id)
            at += b - a
