"""A notification: the bytes that a sensor sent, as they arrived."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notification:
    """One Bluetooth notification, undecoded.

    A recording stores these, so that a mended decoder re-reads old runs.

    Attributes:
        sensor_id: the sensor's own serial, the same on every platform.
        characteristic: UUID of the characteristic, lower case, 128 bit form.
        payload: the bytes.
        arrival_ns: host monotonic clock at arrival, nanoseconds since the session's zero.
    """

    sensor_id: str
    characteristic: str
    payload: bytes
    arrival_ns: int


Message = tuple[str, bytes, int]
"""A notification of a known sensor: characteristic, payload, arrival in nanoseconds."""
