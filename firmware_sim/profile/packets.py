"""IMU data packets: a header of 16 bytes and the samples; the short packet for the smallest MTU."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

MAJOR = 1
TYPE_ACC_GYRO = 0
TYPE_ACC = 2
TYPE_MINI = 0xF

FLAG_ACC_CLIP = 1 << 0
FLAG_GYRO_CLIP = 1 << 1
FLAG_OVERFLOW_BEFORE = 1 << 2
FLAG_TIME_STEP = 1 << 3
FLAG_BACK_FILLED = 1 << 4
FLAG_SYNCED = 1 << 5
FLAG_MARKER = 1 << 6
FLAG_LOW_BATTERY = 1 << 7

_HEADER = struct.Struct("<BBHIIHBB")
_MINI = struct.Struct("<BBHI")
HEADER_BYTES = _HEADER.size
SAMPLE_BYTES = 12
ACC_SAMPLE_BYTES = 6
ATT_HEADER_BYTES = 3
SMALLEST_MTU = ATT_HEADER_BYTES + HEADER_BYTES + SAMPLE_BYTES
"""Below this ATT MTU a packet of one sample does not fit: short packets."""


def samples_that_fit(mtu: int, sample_bytes: int) -> int:
    """Samples of a packet that one notification carries; 0 if not even one."""
    return max(0, (mtu - ATT_HEADER_BYTES - HEADER_BYTES) // sample_bytes)


def encode_packet(
    *,
    cfg_id: int,
    sequence: int,
    first_index: int,
    device_time_us: int,
    counts: NDArray[np.int16],
    flags: int,
) -> bytes:
    """One data notification.

    Args:
        cfg_id: Configuration in force; its low nibble is sent, with IMU index 0.
        sequence: Packet number since START, sent modulo 65 536.
        first_index: Index of the first sample since START, sent modulo 2^32.
        device_time_us: Device clock at the first sample, microseconds since boot.
        counts: (n, 6) int16 acc and gyro, or (n, 3) acc only.
        flags: Flag bits.

    Returns:
        16 + 12 n bytes, or 16 + 6 n.
    """
    kind = TYPE_ACC_GYRO if counts.shape[1] == 6 else TYPE_ACC
    header = _HEADER.pack(
        MAJOR << 4 | kind,
        (cfg_id & 0x0F) << 4,
        sequence & 0xFFFF,
        first_index & 0xFFFFFFFF,
        device_time_us & 0xFFFFFFFF,
        device_time_us >> 32 & 0xFFFF,
        len(counts),
        flags,
    )
    return header + counts.astype("<i2", copy=False).tobytes()


def encode_mini_packet(
    *, index: int, device_time_us: int, counts: NDArray[np.int16], flags: int
) -> bytes:
    """The short packet: one sample in 20 bytes.

    Args:
        index: Index of the sample since START, sent modulo 65 536.
        device_time_us: Device clock, sent modulo 2^32 microseconds.
        counts: (1, 6) int16.
        flags: Flag bits.
    """
    head = _MINI.pack(MAJOR << 4 | TYPE_MINI, flags, index & 0xFFFF, device_time_us & 0xFFFFFFFF)
    return head + counts.astype("<i2", copy=False).tobytes()
