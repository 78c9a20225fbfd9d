"""Packets of one sensor, decoded but not yet placed in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from sensors.sample_block import FlagArray, FloatArray

IntArray = npt.NDArray[np.int64]


class PackedPackets(Protocol):
    """Consecutive packets of one sensor whose samples are not unpacked yet.

    The fields are those of :class:`PacketBatch`. The first pass over a recording needs no more.
    """

    @property
    def arrival_s(self) -> FloatArray:
        """Host arrival of each packet, shape (p,), seconds of session time."""

    @property
    def first_index(self) -> IntArray:
        """Device index of each packet's first sample, as sent, shape (p,)."""

    @property
    def device_s(self) -> FloatArray:
        """Device time of each packet's first sample, shape (p,), seconds."""

    @property
    def count(self) -> IntArray:
        """Samples in each packet, shape (p,)."""

    @property
    def flags(self) -> FlagArray:
        """``FLAG_*`` bits of whole packets, shape (p,)."""

    @property
    def nbytes(self) -> int:
        """Memory that the packets take, bytes."""

    def unpack(self) -> PacketBatch:
        """The packets with their samples."""

    def __len__(self) -> int:
        """Number of packets."""


@dataclass(frozen=True, slots=True)
class PacketBatch:
    """What a driver makes of consecutive data notifications of one sensor, in arrival order.

    Packet fields have shape (p,), sample fields have their packets' samples one after another,
    n = ``count.sum()``.

    Attributes:
        arrival_s: host arrival of each packet, seconds of session time.
        first_index: device index of each packet's first sample, as sent (wraps at 2**32).
        device_s: device time of each packet's first sample, seconds.
        count: samples in each packet.
        flags: ``FLAG_*`` bits that the device set for the whole packet.
        acc: specific force, shape (n, 3), m/s².
        gyr: angular rate, shape (n, 3), rad/s.
        sample_flags: ``FLAG_CLIPPED_*`` bits of each sample, shape (n,).
        damaged: notifications that were no valid packet and are left out.
        time_s: session time of each sample, shape (n,), where the packets say it themselves.
        lacks: ``LACKS_*`` bits of what the sensor does not have; NaN stands in its place.
    """

    arrival_s: FloatArray
    first_index: IntArray
    device_s: FloatArray
    count: IntArray
    flags: FlagArray
    acc: FloatArray
    gyr: FloatArray
    sample_flags: FlagArray
    damaged: int = 0
    time_s: FloatArray | None = None
    lacks: int = 0

    @property
    def nbytes(self) -> int:
        """Memory that the packets take, bytes, but for the fields of whole packets."""
        times = 0 if self.time_s is None else self.time_s.nbytes
        return self.acc.nbytes + self.gyr.nbytes + self.sample_flags.nbytes + times

    def unpack(self) -> PacketBatch:
        """These packets, which are unpacked already."""
        return self

    def __len__(self) -> int:
        """Number of packets."""
        return len(self.first_index)


@dataclass(frozen=True, slots=True)
class SyncPoint:
    """Bounds on the offset from device time to session time, from one exchange of messages.

    A request sent at t1 is received at device time t2, its answer sent at t3 arrives at t4. Session
    time minus device time is at least ``t1 - t2`` and at most ``t4 - t3``.

    Attributes:
        device_s: device time at which the request was received, seconds.
        lower_s: lower bound of the offset, seconds.
        upper_s: upper bound of the offset, seconds.
    """

    device_s: float
    lower_s: float
    upper_s: float
