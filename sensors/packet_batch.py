"""Packets of one sensor, decoded but not yet placed in time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sensors.sample_block import FlagArray, FloatArray

IntArray = npt.NDArray[np.int64]


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

    def __len__(self) -> int:
        """Number of packets."""
        return len(self.first_index)


@dataclass(frozen=True, slots=True)
class SyncPoint:
    """Bounds on the offset from device time to session time, from one exchange of messages.

    A request sent at t1 is received at device time t2, its answer sent at t3 arrives at t4. Session
    time minus device time is at least ``t1 - t2`` and at most ``t4 - t3``.

    Attributes:
        device_s: device time of the exchange, seconds.
        lower_s: lower bound of the offset, seconds.
        upper_s: upper bound of the offset, seconds.
    """

    device_s: float
    lower_s: float
    upper_s: float
