"""The Event characteristic: type u8, sequence u8, device time u48, data."""

from __future__ import annotations

import struct
from enum import IntEnum


class EventType(IntEnum):
    """What an event tells."""

    BUTTON = 1
    TAP = 2
    OVERFLOW = 3
    LOW_BATTERY = 4
    CLIP_COUNT = 5
    TEMPERATURE = 6
    GYRO_BIAS = 7
    LOG = 8


class LogChange(IntEnum):
    """What happened to a log, in the data of a LOG event."""

    OPENED = 0
    CLOSED = 1
    FLASH_FULL = 2


def encode_event(kind: EventType, sequence: int, device_time_us: int, data: bytes) -> bytes:
    """One event notification: 8 bytes and the data."""
    return (
        bytes((kind, sequence & 0xFF))
        + (device_time_us & (1 << 48) - 1).to_bytes(6, "little")
        + data
    )


def overflow_data(packets_lost: int, queue_packets: int) -> bytes:
    """Packets dropped since the last event (u16), length of the queue (u16)."""
    return struct.pack("<HH", min(packets_lost, 0xFFFF), min(queue_packets, 0xFFFF))


def clip_data(acc_samples: int, gyro_samples: int) -> bytes:
    """Samples since START with an axis at its limit: accelerometer u32, gyroscope u32."""
    return struct.pack("<II", acc_samples, gyro_samples)


def temperature_data(celsius: float) -> bytes:
    """Hundredths of a degree Celsius, i16."""
    return struct.pack("<h", round(celsius * 100.0))


def gyro_bias_data(still: bool, bias_dps: tuple[float, float, float]) -> bytes:
    """Outcome u8 (0 done, 3 moved), mean rate x y z in deg/s, three f32."""
    return struct.pack("<Bfff", 0 if still else 3, *bias_dps)


def log_data(log_id: int, change: LogChange, length: int) -> bytes:
    """Log id u16, change u8, bytes in the log u32."""
    return struct.pack("<HBI", log_id, change, length)
