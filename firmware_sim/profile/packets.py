"""IMU data packets: a header of 16 bytes, then 12 bytes a sample (ax ay az gx gy gz, int16)."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

VERSION_AND_TYPE = 0x10
"""Profile major 1 in the high nibble, packet type 0 (accelerometer and gyroscope) in the low one."""

FLAG_ACC_CLIP = 1 << 0
FLAG_GYRO_CLIP = 1 << 1
FLAG_OVERFLOW_BEFORE = 1 << 2
FLAG_LOW_BATTERY = 1 << 7

_HEADER = struct.Struct("<BBHIIHBB")
HEADER_BYTES = _HEADER.size
SAMPLE_BYTES = 12


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
        counts: (n, 6) int16.
        flags: Flag bits.

    Returns:
        16 + 12 n bytes.
    """
    header = _HEADER.pack(
        VERSION_AND_TYPE,
        (cfg_id & 0x0F) << 4,
        sequence & 0xFFFF,
        first_index & 0xFFFFFFFF,
        device_time_us & 0xFFFFFFFF,
        device_time_us >> 32 & 0xFFFF,
        len(counts),
        flags,
    )
    return header + counts.astype("<i2", copy=False).tobytes()
