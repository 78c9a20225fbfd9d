"""Frames of the WitMotion Bluetooth protocol. All fields are little-endian.

A data frame is ``55 61`` and nine i16: acceleration, angular rate, angles. The variant with an SD card adds
a date and milliseconds. A register reply is ``55 71``, the first register and the values of eight.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from firmware_sim.body.jet import Array

ACC_G_PER_COUNT = 16.0 / 32768.0
GYRO_DPS_PER_COUNT = 2000.0 / 32768.0
ANGLE_DEG_PER_COUNT = 180.0 / 32768.0
DATA_HEADER = b"\x55\x61"
REPLY_HEADER = b"\x55\x71"
DATA_BYTES = 20
DATED_BYTES = 28
REGISTERS_PER_REPLY = 8


class DateTime(NamedTuple):
    """Date and time as the device keeps them; years count from 2000."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    millisecond: int

    def tail(self) -> bytes:
        """The eight bytes after a frame."""
        return struct.pack("<6BH", *self)


def counts(acc_g: Array, gyr_dps: Array, angle_deg: Array) -> NDArray[np.int16]:
    """Quantise samples.

    Args:
        acc_g: Specific force, (n, 3); clips at 16 g.
        gyr_dps: Angular velocity, (n, 3); clips at 2000 dps.
        angle_deg: Roll, pitch, yaw, (n, 3); wraps at 180 deg.

    Returns:
        The nine numbers of each frame, (n, 9).
    """
    linear = np.hstack([acc_g / ACC_G_PER_COUNT, gyr_dps / GYRO_DPS_PER_COUNT])
    clipped = np.clip(np.rint(linear), -32768, 32767).astype(np.int64)
    angle = np.rint(angle_deg / ANGLE_DEG_PER_COUNT).astype(np.int64)
    wrapped = (angle + 32768) % 65536 - 32768
    return np.asarray(np.hstack([clipped, wrapped]), dtype=np.int16)


def encode_data(values: NDArray[np.int16]) -> bytes:
    """One data frame of 20 bytes from its nine numbers."""
    return DATA_HEADER + values.astype("<i2", copy=False).tobytes()


def encode_reply(register: int, values: tuple[int, ...]) -> bytes:
    """A register reply.

    Args:
        register: The first register.
        values: Contents of the eight registers from there on; the low 16 bits are sent.
    """
    return REPLY_HEADER + struct.pack("<H8H", register, *(v & 0xFFFF for v in values))


def encode_command(register: int, value: int) -> bytes:
    """What a host writes to set a register (or, for 0x27, to read from one)."""
    return b"\xff\xaa" + struct.pack("<BH", register, value)


def commands(written: bytes) -> list[tuple[int, int]]:
    """Register and value of each command in what was written; everything else is passed over."""
    found = []
    at = 0
    while at + 5 <= len(written):
        if written[at : at + 2] == b"\xff\xaa":
            found.append(struct.unpack_from("<BH", written, at + 2))
            at += 5
        else:
            at += 1
    return [(int(register), int(value)) for register, value in found]
