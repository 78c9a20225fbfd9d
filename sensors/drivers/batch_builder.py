"""Gathers decoded packets of a call into one batch."""

from __future__ import annotations

import numpy as np

from sensors.drivers.base import Part
from sensors.packet_batch import PacketBatch
from sensors.sample_block import FLAG_CLIPPED_ACC, FLAG_CLIPPED_GYR, FlagArray, FloatArray


class BatchBuilder:
    """Packets one after another, as a decoder finds them.

    Args:
        acc_clip: accelerations from here on are clipped, m/s².
        gyr_clip: angular rates from here on are clipped, rad/s.
    """

    def __init__(self, acc_clip: float, gyr_clip: float) -> None:
        self._acc_clip = acc_clip
        self._gyr_clip = gyr_clip
        self._rows: list[tuple[float, int, float, int]] = []
        self._acc: list[FloatArray] = []
        self._gyr: list[FloatArray] = []
        self.damaged = 0

    def add(
        self,
        arrival_s: float,
        first_index: int,
        device_s: float,
        acc: FloatArray,
        gyr: FloatArray,
    ) -> None:
        """Add a packet.

        Args:
            arrival_s: host arrival.
            first_index: index of the first sample, modulo 2**32.
            device_s: device time of the first sample.
            acc: m/s², shape (n, 3).
            gyr: rad/s, shape (n, 3).
        """
        self._rows.append((arrival_s, first_index, device_s, len(acc)))
        self._acc.append(acc)
        self._gyr.append(gyr)

    def take(self) -> list[Part]:
        """All packets and the count of damaged ones since the last call."""
        rows, self._rows = self._rows, []
        damaged, self.damaged = self.damaged, 0
        if not rows and not damaged:
            return []
        acc = np.concatenate(self._acc) if rows else np.empty((0, 3))
        gyr = np.concatenate(self._gyr) if rows else np.empty((0, 3))
        self._acc, self._gyr = [], []
        flags: FlagArray = np.zeros(len(acc), dtype=np.uint8)
        flags[(np.abs(acc) >= self._acc_clip).any(axis=1)] |= FLAG_CLIPPED_ACC
        flags[(np.abs(gyr) >= self._gyr_clip).any(axis=1)] |= FLAG_CLIPPED_GYR
        batch = PacketBatch(
            arrival_s=np.array([row[0] for row in rows], dtype=np.float64),
            first_index=np.array([row[1] for row in rows], dtype=np.int64),
            device_s=np.array([row[2] for row in rows], dtype=np.float64),
            count=np.array([row[3] for row in rows], dtype=np.int64),
            flags=np.zeros(len(rows), dtype=np.uint8),
            acc=acc,
            gyr=gyr,
            sample_flags=flags,
            damaged=damaged,
        )
        return [batch]
