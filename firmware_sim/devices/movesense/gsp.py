"""Bytes of the Movesense GATT SensorData Protocol. All fields are little-endian.

Requests are ``command u8, reference u8, payload``; notifications ``kind u8, reference u8, payload``. The
client chooses references and tells its streams apart by them.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from enum import IntEnum


class Command(IntEnum):
    """Requests."""

    HELLO = 0
    SUBSCRIBE = 1
    UNSUBSCRIBE = 2
    FETCH_LOG = 3
    GET = 4
    CLEAR_LOGS = 5
    LOGGER_CONFIG = 6
    SYSTEM_MODE = 7
    SET_UTC = 8
    LOGGER_STATE = 9


class Kind(IntEnum):
    """Notifications."""

    RESPONSE = 1
    DATA = 2
    DATA_PART2 = 3


class Status(IntEnum):
    """Outcomes, as in HTTP."""

    OK = 200
    ACCEPTED = 202
    BAD_REQUEST = 400
    NOT_FOUND = 404
    CONFLICT = 409
    TOO_MANY_REQUESTS = 429
    NOT_IMPLEMENTED = 501


def encode_response(reference: int, status: int, body: bytes = b"") -> bytes:
    """Response to everything but HELLO."""
    return bytes((Kind.RESPONSE, reference)) + struct.pack("<H", status) + body


def encode_hello(reference: int, texts: Sequence[str]) -> bytes:
    """Response to HELLO, which has no status: protocol version and texts that end in NUL."""
    body = b"".join(text.encode() + b"\0" for text in texts)
    return bytes((Kind.RESPONSE, reference, 1)) + body


def encode_data(reference: int, payload: bytes, limit: int) -> list[bytes]:
    """Notifications that carry a payload: DATA, and DATA_PART2 for what does not fit.

    Args:
        reference: Reference of the subscription.
        payload: What to send.
        limit: Bytes of one notification.
    """
    room = limit - 2
    chunks = [payload[i : i + room] for i in range(0, max(len(payload), 1), room)]
    kinds = [Kind.DATA] + [Kind.DATA_PART2] * (len(chunks) - 1)
    return [bytes((kind, reference)) + chunk for kind, chunk in zip(kinds, chunks, strict=True)]


def encode_vectors(time_ms: int, arrays: Sequence[Sequence[Sequence[float]]]) -> bytes:
    """A measurement: time of the first sample (u32 ms), then one array of f32 vectors after the other."""
    values = [v for array in arrays for row in array for v in row]
    return struct.pack(f"<I{len(values)}f", time_ms & 0xFFFFFFFF, *values)


def encode_temperature(time_ms: int, kelvin: float, *, float_first: bool) -> bytes:
    """A temperature; firmwares differ in the order of its fields."""
    time_ms &= 0xFFFFFFFF
    if float_first:
        return struct.pack("<fI", kelvin, time_ms)
    return struct.pack("<If", time_ms, kelvin)


def encode_info(rates_hz: Sequence[int], ranges: Sequence[int], range_bytes: int) -> bytes:
    """What a sensor can do: rates (u16) and ranges, each list with its length before it."""
    return (
        struct.pack(f"<B{len(rates_hz)}H", len(rates_hz), *rates_hz)
        + bytes((len(ranges),))
        + b"".join(r.to_bytes(range_bytes, "little") for r in ranges)
    )


def encode_time_detailed(utc_us: int, relative_ms: int, tick_rate: int, accuracy: int) -> bytes:
    """Both clocks of the sensor at one instant."""
    return struct.pack("<QIII", utc_us, relative_ms & 0xFFFFFFFF, tick_rate, accuracy)


def encode_ecg(time_ms: int, millivolts: Sequence[float]) -> bytes:
    """An electrocardiogram: time of the first sample (u32 ms), then samples in microvolts (i16)."""
    counts = [max(-32768, min(32767, round(v * 1e3))) for v in millivolts]
    return struct.pack(f"<I{len(counts)}h", time_ms & 0xFFFFFFFF, *counts)
