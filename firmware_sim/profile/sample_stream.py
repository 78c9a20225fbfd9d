"""The samples of a started device, in runs of any length."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from firmware_sim.imu.sensor import BLOCK, CountBlock


class SampleSource(Protocol):
    """Blocks of counts on a fixed grid; see ``ImuSampler``."""

    @property
    def sample_hz(self) -> float:
        """True sampling rate, 1/s: sample k is taken at k / sample_hz of session time."""

    def block(self, number: int) -> CountBlock:
        """Samples of block ``number``; numbers must not fall."""


class SampleRun(NamedTuple):
    """Samples in a row.

    Attributes:
        first: Index of the first one since START.
        grid: Its number on the sensor's own grid.
        counts: (n, 6) int16.
        acc_clipped: Samples with an accelerometer axis at its limit.
        gyro_clipped: The same for the gyroscope.
    """

    first: int
    grid: int
    counts: NDArray[np.int16]
    acc_clipped: int
    gyro_clipped: int


class SampleStream:
    """Samples from a START on.

    The sensor samples on its own free-running grid; the first sample is the first one at or after START.

    Args:
        source: Where the counts come from.
        start_s: Session time of START, >= 0.
        index: Index of the first sample.
    """

    def __init__(self, source: SampleSource, start_s: float, index: int = 0) -> None:
        self._source = source
        self.hz = source.sample_hz
        self.grid = int(np.ceil(start_s * self.hz - 1e-9))
        self.index = index
        self._next_block()

    def time_s(self, ahead: int = 0) -> float:
        """Session time of the next sample, or of one further ahead."""
        return (self.grid + ahead) / self.hz

    def take(self, n: int) -> SampleRun:
        """The next n samples."""
        index, grid = self.index, self.grid
        offset = grid - self._block.first
        if offset + n <= BLOCK:  # nearly always
            self.grid += n
            self.index += n
            return self._run(index, grid, offset, n)
        pieces = []
        while n > 0:
            offset = self.grid - self._block.first
            if offset == BLOCK:
                self._next_block()
                offset = 0
            m = min(n, BLOCK - offset)
            pieces.append(self._run(self.index, self.grid, offset, m))
            self.grid += m
            self.index += m
            n -= m
        return SampleRun(
            index,
            grid,
            np.concatenate([p.counts for p in pieces]),
            sum(p.acc_clipped for p in pieces),
            sum(p.gyro_clipped for p in pieces),
        )

    def _run(self, index: int, grid: int, offset: int, n: int) -> SampleRun:
        block, part = self._block, slice(offset, offset + n)
        acc = int(block.acc_clip[part].sum()) if self._acc_clips else 0
        gyro = int(block.gyr_clip[part].sum()) if self._gyro_clips else 0
        return SampleRun(index, grid, block.counts[part], acc, gyro)

    def _next_block(self) -> None:
        self._block = self._source.block(self.grid // BLOCK)
        self._acc_clips = bool(self._block.acc_clip.any())
        self._gyro_clips = bool(self._block.gyr_clip.any())
