"""First pass over a recording: the clocks of a sensor, over the whole session."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from sensors.clock import ClockFit, ClockFitter
from sensors.clock_kind import CRYSTAL, ClockKind
from sensors.packet_batch import PackedPackets, PacketBatch, SyncPoint
from sensors.packet_sequencer import NOWHERE, PacketSequencer, Placed
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
        kind: kind of its clock.
    """

    def __init__(self, rate_hz: float, kind: ClockKind = CRYSTAL) -> None:
        self._kind = kind
        self._fits: tuple[ClockFit, ...] | None = None
        self._sequencer = PacketSequencer(rate_hz)
        self._fitters: list[ClockFitter] = []
        self._early: list[SyncPoint] = []
        self._offset_s = 0.0
        self.late: list[LatePacket] = []

    def push(self, packets: PackedPackets) -> None:
        """Take the next packets."""
        self._fits = None
        batch: PacketBatch | None = None
        last = packets.count - 1
        for start, stop, where in self._sequencer.place_all(packets):
            if isinstance(where, Placed) and where.late:
                if where.first == NOWHERE:
                    continue
                batch = batch or packets.unpack()
                self._keep_late(batch, start, where)
                continue
            device_s = packets.device_s[start:stop] + last[start:stop] * where.period_s
            arrival_s = packets.arrival_s[start:stop]
            self._offset_s = (arrival_s[-1] - device_s[-1]).item()
            if len(self._fitters) <= where.clock:
                self._fitters.append(ClockFitter(self._kind))
                for point in filter(self._same_clock, self._early):
                    self._fitters[-1].add_sync(point)
                self._early.clear()
            self._fitters[-1].add_all(device_s, arrival_s)

    def _keep_late(self, batch: PacketBatch, packet: int, placed: Placed) -> None:
        first_row = int(batch.count[:packet].sum())
        rows = slice(first_row, first_row + int(batch.count[packet]))
        self.late.append(
            LatePacket(
                placed.first,
                placed.clock,
                batch.device_s[packet].item(),
                placed.period_s,
                batch.acc[rows].copy(),
                batch.gyr[rows].copy(),
                batch.sample_flags[rows] | np.uint8(FLAG_BACKFILLED),
            )
        )

    def push_sync(self, point: SyncPoint) -> None:
        """Take an exchange of messages: of the current clock, or of one whose packets follow."""
        self._fits = None
        if self._fitters and self._same_clock(point):
            self._fitters[-1].add_sync(point)
        else:
            self._early.append(point)

    def _same_clock(self, point: SyncPoint) -> bool:
        return abs(point.upper_s - self._offset_s) < SAME_CLOCK_S

    def finish(self) -> tuple[ClockFit, ...]:
        """The device's clocks, in order; more than one if it restarted."""
        if self._fits is None:
            self._fits = tuple(fitter.fit() for fitter in self._fitters)
        return self._fits

    @property
    def uncertainty_s(self) -> float:
        """Half width of what session times of the sensor can be, see :class:`ClockFit`.

        That of the worst clock, if the device restarted; infinite before the first packet.
        """
        return max((fit.uncertainty_s for fit in self.finish()), default=math.inf)

    @property
    def rate_hz(self) -> float:
        """Sampling rate that the packets show."""
        return 1.0 / self._sequencer.period_s
