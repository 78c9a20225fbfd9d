"""First pass over a recording: the clocks of a sensor, over the whole session."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sensors.clock import ClockFit, ClockFitter
from sensors.packet_batch import PacketBatch, SyncPoint
from sensors.packet_sequencer import PacketSequencer
from sensors.sample_block import FLAG_BACKFILLED, FlagArray, FloatArray

SAME_CLOCK_S = 1.0
"""An exchange of messages whose offset differs by more was with a device that restarted."""


@dataclass(frozen=True, slots=True)
class LatePacket:
    """A packet that came after its successors; offline it goes to its place.

    Attributes:
        index: index of its first sample.
        clock: which device clock its time is on.
        device_s: device time of its first sample.
        period_s: device time from sample to sample.
        acc: m/s², shape (n, 3).
        gyr: rad/s, shape (n, 3).
        flags: ``FLAG_*`` bits, shape (n,).
    """

    index: int
    clock: int
    device_s: float
    period_s: float
    acc: FloatArray
    gyr: FloatArray
    flags: FlagArray


class SessionClock:
    """First pass over a recording: gathers the clocks of a sensor, and its late packets.

    Args:
        rate_hz: sampling rate that the sensor states.
    """

    def __init__(self, rate_hz: float) -> None:
        self._sequencer = PacketSequencer(rate_hz)
        self._fitters: list[ClockFitter] = []
        self._early: list[SyncPoint] = []
        self._offset_s = 0.0
        self.late: list[LatePacket] = []

    def push(self, batch: PacketBatch) -> None:
        """Take the next packets."""
        row = 0
        packets = zip(
            batch.first_index.tolist(),
            batch.device_s.tolist(),
            batch.count.tolist(),
            batch.arrival_s.tolist(),
            strict=True,
        )
        for first_index, device_s, count, arrival_s in packets:
            placed = self._sequencer.place(first_index, device_s, count, arrival_s)
            rows = slice(row, row + count)
            row += count
            if placed.late:
                flags = batch.sample_flags[rows] | np.uint8(FLAG_BACKFILLED)
                self.late.append(
                    LatePacket(
                        placed.first,
                        placed.clock,
                        device_s,
                        placed.period_s,
                        batch.acc[rows].copy(),
                        batch.gyr[rows].copy(),
                        flags,
                    )
                )
                continue
            last_s = device_s + (count - 1) * placed.period_s
            self._offset_s = arrival_s - last_s
            if len(self._fitters) <= placed.clock:
                self._fitters.append(ClockFitter())
                for point in filter(self._same_clock, self._early):
                    self._fitters[-1].add_sync(point)
                self._early.clear()
            self._fitters[-1].add(last_s, arrival_s)

    def push_sync(self, point: SyncPoint) -> None:
        """Take an exchange of messages: of the current clock, or of one whose packets follow."""
        if self._fitters and self._same_clock(point):
            self._fitters[-1].add_sync(point)
        else:
            self._early.append(point)

    def _same_clock(self, point: SyncPoint) -> bool:
        return abs(point.upper_s - self._offset_s) < SAME_CLOCK_S

    def finish(self) -> tuple[ClockFit, ...]:
        """The device's clocks, in order; more than one if it restarted."""
        return tuple(fitter.fit() for fitter in self._fitters)

    @property
    def rate_hz(self) -> float:
        """Sampling rate that the packets show."""
        return 1.0 / self._sequencer.period_s
