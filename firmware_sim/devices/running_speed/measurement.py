"""The Running Speed and Cadence measurement (0x2A53). All fields are little-endian."""

from __future__ import annotations

import struct

_STRIDE, _DISTANCE, _RUNNING = 0x01, 0x02, 0x04
SPEED_PER_M_S = 256


def encode_running_speed(
    speed_m_s: float,
    cadence_per_min: int,
    *,
    stride_m: float | None = None,
    distance_m: float | None = None,
    running: bool = False,
) -> bytes:
    """One measurement.

    Args:
        speed_m_s: Speed.
        cadence_per_min: Steps or strides per minute: makers differ.
        stride_m: Stride (or step) length.
        distance_m: Total distance.
        running: Running rather than walking.
    """
    flags = _RUNNING if running else 0
    speed = min(round(speed_m_s * SPEED_PER_M_S), 0xFFFF)
    parts = [struct.pack("<HB", speed, min(cadence_per_min, 0xFF))]
    if stride_m is not None:
        flags |= _STRIDE
        parts.append(struct.pack("<H", min(round(stride_m * 100.0), 0xFFFF)))
    if distance_m is not None:
        flags |= _DISTANCE
        parts.append(struct.pack("<I", round(distance_m * 10.0) & 0xFFFFFFFF))
    return bytes([flags]) + b"".join(parts)
