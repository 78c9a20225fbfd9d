"""Packets that say the session time of their samples, to sample blocks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from sensors.holes import Missing
from sensors.packet_batch import PacketBatch, SyncPoint
from sensors.placement import Placement
from sensors.sample_block import (
    FLAG_CLIPPED_ACC,
    FLAG_CLIPPED_GYR,
    FLAG_GAP_BEFORE,
    FloatArray,
    SampleBlock,
)
from sensors.sample_counts import SampleCounts


class TimedAssembler:
    """Makes sample blocks of packets with times: no clock is fitted, no time is changed.

    The samples are the same however the packets are grouped.

    Args:
        placement: where the sensor is worn.
        rate_hz: sampling rate to state in the blocks.
    """

    def __init__(self, placement: Placement, rate_hz: float) -> None:
        self.counts = SampleCounts()
        self._placement = placement
        self._rate_hz = rate_hz
        self._next_index = 0
        self._given_until: int | None = None
        self._last_time_s = -math.inf

    @property
    def uncertainty_s(self) -> float:
        """No clock was fitted: 0."""
        return 0.0

    def push(self, batch: PacketBatch) -> list[SampleBlock]:
        """Take the next packets.

        Returns:
            Blocks without a gap inside. A packet whose samples came before is left out as
            repeated, one whose times do not go on as damaged.

        Raises:
            ValueError: the packets say no times.
        """
        if batch.time_s is None:
            raise ValueError("packets without times need a clock")
        self.counts.damaged += batch.damaged
        pieces: list[tuple[int, int, int]] = []  # index of the first sample, rows [start, stop)
        stop = 0
        for first, count in zip(batch.first_index.tolist(), batch.count.tolist(), strict=True):
            start, stop = stop, stop + count
            skip = min(count, max(0, self._next_index - first))
            self.counts.repeated += skip
            if skip == count:
                continue
            if batch.time_s[start + skip] <= self._last_time_s:
                self.counts.damaged += 1
                continue
            self._last_time_s = batch.time_s[stop - 1].item()
            if pieces and pieces[-1][2] == start + skip and first + skip == self._next_index:
                pieces[-1] = (*pieces[-1][:2], stop)
            else:
                pieces.append((first + skip, start + skip, stop))
            self._next_index = first + count
        return [block for piece in pieces for block in self._cut(batch, batch.time_s, *piece)]

    def _cut(
        self, batch: PacketBatch, time_s: FloatArray, first: int, start: int, stop: int
    ) -> Iterator[SampleBlock]:
        """Blocks of samples whose indices follow one another; a stated gap begins a new one."""
        flags = batch.sample_flags[start:stop].copy()
        lost = 0 if self._given_until is None else first - self._given_until
        if lost:
            flags[0] |= FLAG_GAP_BEFORE
        self._given_until = first + stop - start
        self.counts.lost += lost
        self.counts.samples += len(flags)
        self.counts.clipped += int(np.count_nonzero(flags & (FLAG_CLIPPED_ACC | FLAG_CLIPPED_GYR)))
        inner = np.flatnonzero(flags[1:] & FLAG_GAP_BEFORE) + 1
        for begin, end in pairwise([0, *inner.tolist(), len(flags)]):
            rows = slice(start + begin, start + end)
            yield SampleBlock(
                self._placement,
                first + begin,
                self._rate_hz,
                time_s[rows],
                batch.acc[rows],
                batch.gyr[rows],
                flags[begin:end],
                batch.lacks,
            )

    def missing(self) -> list[Missing]:
        """Nothing can be asked for again."""
        return []

    def push_sync(self, point: SyncPoint) -> None:
        """Nothing to do: the times are those of the session."""

    def finish(self) -> list[SampleBlock]:
        """Nothing is held back."""
        return []
