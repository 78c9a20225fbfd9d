"""The bytes of WitMotion WT901BLE and WT9011DCL sensors: frames, register replies, commands.

Any bytes at all give frames or are skipped; replies give values or a
:class:`~sensors.errors.ProtocolError`.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from sensors.drivers.units import RADIANS, STANDARD_GRAVITY
from sensors.errors import ProtocolError
from sensors.sample_block import FloatArray

# The base ends in 9a34fb: it is not the one of the Bluetooth SIG.
SERVICE = "0000ffe5-0000-1000-8000-00805f9a34fb"
NOTIFY = "0000ffe4-0000-1000-8000-00805f9a34fb"
WRITE = "0000ffe9-0000-1000-8000-00805f9a34fb"

DATA_TYPE = 0x61
REPLY_TYPE = 0x71
REPLY_BYTES = 20
FRAME_BYTES = (20, 28)
"""Without, and with date and time at the end."""
_OTHER_FRAME_BYTES = (32, 40)
"""Of a vibration sensor of the same maker, whose values mean something else."""

ACC_RANGE_G = 16
GYR_RANGE_DPS = 2000
ACC_SCALE = ACC_RANGE_G * STANDARD_GRAVITY / 32768
GYR_SCALE = GYR_RANGE_DPS * RADIANS / 32768

REG_RATE = 0x03
REG_BANDWIDTH = 0x1F
REG_FUSION = 0x24
REG_VERSION = 0x2E
REG_TEMPERATURE = 0x40
REG_BATTERY = 0x64
REG_OUTPUT = 0x96
_REG_READ = 0x27

UNLOCK = bytes((0xFF, 0xAA, 0x69, 0x88, 0xB5))
RATE_CODES = {10: 0x06, 20: 0x07, 50: 0x08, 100: 0x09, 200: 0x0B}
"""Codes by nominal rate, Hz."""
BANDWIDTH_188_HZ = 0x01
FUSION_SIX_AXES = 0x01
OUTPUT_ACC_GYR_ANGLE = 0x00

_BATTERY = (
    (396, 100), (393, 90), (387, 75), (382, 60), (379, 50), (377, 40),
    (373, 30), (370, 20), (368, 15), (350, 10), (340, 5),
)  # fmt: skip
_TAIL = struct.Struct("<6BH")


@dataclass(frozen=True, slots=True)
class RegisterReply:
    """Eight registers, as a sensor answers a read.

    Attributes:
        start: number of the first.
        values: signed 16 bit values.
    """

    start: int
    values: tuple[int, ...]

    def value(self, register: int) -> int:
        """One of them.

        Raises:
            ProtocolError: it is not among them.
        """
        if not self.start <= register < self.start + len(self.values):
            raise ProtocolError(
                f"register {register:#x} is not in the reply", where="register reply"
            )
        return self.values[register - self.start]


def set_register(register: int, value: int) -> bytes:
    """Command that sets a register."""
    return bytes((0xFF, 0xAA, register)) + value.to_bytes(2, "little")


def read_registers(start: int) -> bytes:
    """Command that asks for eight registers."""
    return set_register(_REG_READ, start)


def parse_reply(frame: bytes) -> RegisterReply:
    """Read a register reply.

    Raises:
        ProtocolError: it is none.
    """
    if len(frame) != REPLY_BYTES or frame[0] != 0x55 or frame[1] != REPLY_TYPE:
        raise ProtocolError(
            f"not a register reply: {frame[:4].hex()}, {len(frame)} bytes", where="WitMotion frame"
        )
    start, *values = struct.unpack_from("<H8h", frame, 2)
    return RegisterReply(start, tuple(values))


def raw_values(frame: bytes) -> tuple[int, ...]:
    """Signed 16 bit values of a data frame, as many as are there of the nine.

    Acceleration xyz, angular rate xyz, angle xyz.

    Raises:
        ProtocolError: it does not begin as a data frame.
    """
    if len(frame) < 2 or frame[0] != 0x55 or frame[1] != DATA_TYPE:
        raise ProtocolError(f"not a data frame: {frame[:4].hex()}", where="WitMotion frame")
    count = min(9, (len(frame) - 2) // 2)
    return struct.unpack_from(f"<{count}h", frame, 2)


def samples(frames: Sequence[bytes]) -> tuple[FloatArray, FloatArray]:
    """Acceleration, m/s², and angular rate, rad/s, of data frames, shapes (n, 3)."""
    raw = np.frombuffer(b"".join(frame[2:14] for frame in frames), dtype="<i2").reshape(-1, 6)
    counts = raw.astype(np.float64)
    return counts[:, :3] * ACC_SCALE, counts[:, 3:] * GYR_SCALE


def frame_time(frame: bytes) -> datetime:
    """Date and time of a 28-byte frame, by the sensor's calendar clock.

    Raises:
        ProtocolError: it carries none, or no possible one.
    """
    if len(frame) != FRAME_BYTES[1]:
        raise ProtocolError("a frame of this length has no time", where="WitMotion frame")
    year, month, day, hour, minute, second, ms = _TAIL.unpack_from(frame, 20)
    try:
        return datetime(2000 + year, month, day, hour, minute, second, ms * 1000, tzinfo=UTC)
    except ValueError:
        raise ProtocolError(
            f"impossible date and time {frame[20:].hex()}", where="WitMotion frame"
        ) from None


def battery_percent(centivolt: int) -> int:
    """Charge from the battery register, 1/100 V."""
    for least, percent in _BATTERY:
        if centivolt >= least:
            return percent
    return 0


class FrameScanner:
    """Finds frames in a stream that splits and joins them anywhere.

    A place is trusted as the start of a frame once another header stands where this frame ends;
    from then on, while headers follow one another.

    Args:
        frame_bytes: length of a data frame, one of ``FRAME_BYTES``.
    """

    def __init__(self, frame_bytes: int) -> None:
        self._lengths = {DATA_TYPE: frame_bytes, REPLY_TYPE: REPLY_BYTES}
        self._buffer = b""
        self._synced = False
        self.resyncs = 0
        """How often the stream went on with something else than a header."""

    def feed(self, payload: bytes) -> list[bytes]:
        """Take the next bytes; returns the frames, of both types, that are complete now."""
        found: list[bytes] = []
        buffer, at = self._buffer + payload, 0
        while True:
            length = self._length(buffer, at)
            if length is None or (length and at + length > len(buffer)):
                break  # the rest is not here yet
            follows = self._length(buffer, at + length) if length else 0
            if not length or follows == 0 or (follows is None and not self._synced):
                if length and follows is None:
                    break  # it may be a frame: what follows will tell
                if self._synced:
                    self.resyncs += 1
                    self._synced = False
                at += 1
                continue
            self._synced = True
            found.append(buffer[at : at + length])
            at += length
        self._buffer = buffer[at:]
        return found

    def _length(self, buffer: bytes, at: int) -> int | None:
        """Length of the frame that begins here; 0 if none does, None if that is not known yet."""
        if at >= len(buffer):
            return None
        if buffer[at] != 0x55:
            return 0
        if at + 1 >= len(buffer):
            return None
        return self._lengths.get(buffer[at + 1], 0)


def observed_frame_bytes(stream: bytes) -> int | None:
    """Length of the data frames in a stream, register replies among them or not.

    Returns:
        The length with which three data frames follow one another; None while there are not three.
        It may be one that is not in ``FRAME_BYTES``: another product of the maker.
    """
    for at in range(len(stream) - 1):
        for length in (*FRAME_BYTES, *_OTHER_FRAME_BYTES):
            if _data_frames(stream, at, length) >= 3:
                return length
    return None


def _data_frames(stream: bytes, at: int, length: int) -> int:
    """How many data frames of a length follow one another, the first one at a place."""
    count = 0
    while stream[at : at + 1] == b"\x55" and count < 3:
        kind = stream[at + 1] if at + 1 < len(stream) else 0
        if kind == DATA_TYPE:
            count += 1
            at += length
        elif kind == REPLY_TYPE and count:
            at += REPLY_BYTES
        else:
            break
    return count
