"""The bytes of Movella DOT (Xsens DOT) sensors: information, control, measurements, messages.

Any bytes at all give values or a :class:`~sensors.errors.ProtocolError`.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from enum import IntEnum

from sensors.errors import ProtocolError

_BASE = "1517{:04x}-4947-11e9-8646-d663bd873d93"
COMPANY = 0x0886


def uuid(short: int) -> str:
    """UUID of a part of the service, lower case 128 bit."""
    return _BASE.format(short)


DEVICE_INFO = uuid(0x1001)
DEVICE_CONTROL = uuid(0x1002)
DEVICE_REPORT = uuid(0x1004)
MEASUREMENT_CONTROL = uuid(0x2001)
LONG_PAYLOAD = uuid(0x2002)
MEDIUM_PAYLOAD = uuid(0x2003)
SHORT_PAYLOAD = uuid(0x2004)
BATTERY = uuid(0x3001)
MESSAGE_CONTROL = uuid(0x7001)
MESSAGE_ACK = uuid(0x7002)

LIVE_RATES_HZ = (1, 4, 10, 12, 15, 20, 30, 60)
ACC_RANGE_G = 16
GYR_RANGE_DPS = 2000
TICK_S = 1e-6
WRAP = 2**32

_VISIT_IDENTIFY, _VISIT_RATE = 1, 16
_CONTROL_BYTES = 32
_RATE_AT = 24
_INFO = struct.Struct("<6s3BH5BIQ6s")


class Mode(IntEnum):
    """Payload modes with values in SI-like units."""

    EXTENDED_QUATERNION = 2
    COMPLETE_QUATERNION = 3
    EULER = 4
    QUATERNION = 5
    FREE_ACCELERATION = 6
    EXTENDED_EULER = 7
    COMPLETE_EULER = 16
    DELTA_WITH_MAG = 18
    DELTA = 19
    RATE_WITH_MAG = 20
    RATE = 21
    CUSTOM_1 = 22
    CUSTOM_2 = 23
    CUSTOM_3 = 24
    CUSTOM_5 = 26


FIELDS: dict[Mode, tuple[tuple[str, str], ...]] = {
    Mode.EXTENDED_QUATERNION: (
        ("quat", "4f"),
        ("free_acc", "3f"),
        ("status", "H"),
        ("clips", "2B"),
    ),
    Mode.COMPLETE_QUATERNION: (("quat", "4f"), ("free_acc", "3f")),
    Mode.EULER: (("euler", "3f"),),
    Mode.QUATERNION: (("quat", "4f"),),
    Mode.FREE_ACCELERATION: (("free_acc", "3f"),),
    Mode.EXTENDED_EULER: (("euler", "3f"), ("free_acc", "3f"), ("status", "H"), ("clips", "2B")),
    Mode.COMPLETE_EULER: (("euler", "3f"), ("free_acc", "3f")),
    Mode.DELTA_WITH_MAG: (("dq", "4f"), ("dv", "3f"), ("mag", "3h")),
    Mode.DELTA: (("dq", "4f"), ("dv", "3f")),
    Mode.RATE_WITH_MAG: (("acc", "3f"), ("gyr", "3f"), ("mag", "3h")),
    Mode.RATE: (("acc", "3f"), ("gyr", "3f")),
    Mode.CUSTOM_1: (("euler", "3f"), ("free_acc", "3f"), ("gyr", "3f")),
    Mode.CUSTOM_2: (("euler", "3f"), ("free_acc", "3f"), ("mag", "3h")),
    Mode.CUSTOM_3: (("quat", "4f"), ("gyr", "3f")),
    Mode.CUSTOM_5: (("quat", "4f"), ("acc", "3f"), ("gyr", "3f")),
}
"""What follows the time stamp in each mode: names and formats."""


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """What a sensor says about itself.

    Attributes:
        mac: Bluetooth address, most significant byte first.
        firmware: ``major.minor.revision``.
        serial: serial number, hexadecimal.
        product: product code, for example ``XS-T01``.
    """

    mac: str
    firmware: str
    serial: str
    product: str


@dataclass(frozen=True, slots=True)
class Measurement:
    """One sample.

    Attributes:
        time_us: device clock, wraps at 2**32.
        values: by the names of :data:`FIELDS`: acc and free_acc m/s², gyr deg/s, euler deg, dq
            without unit, dv m/s, mag counts of 1/4096 a.u.
    """

    time_us: int
    values: dict[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class MeasurementState:
    """Measurement control as read: running or not, and in which mode (a number)."""

    running: bool
    mode: int


@dataclass(frozen=True, slots=True)
class DotMessage:
    """A message of the message service.

    Attributes:
        mid: 1 recording, 2 synchronisation.
        data: id of the message, and its arguments.
        checksum_ok: whether the sum of all bytes is zero. Two examples of the vendor's own are not.
    """

    mid: int
    data: bytes
    checksum_ok: bool


def _broken(what: str, where: str) -> ProtocolError:
    return ProtocolError(what, where=where, remedy="Update the sensor with the vendor's app")


def parse_device_info(payload: bytes) -> DeviceInfo:
    """Read the device information.

    Raises:
        ProtocolError: too short.
    """
    if len(payload) < _INFO.size:
        raise _broken(f"{len(payload)} bytes, {_INFO.size} expected", "DOT device information")
    mac, major, minor, revision, *_, serial, product = _INFO.unpack_from(payload)
    text = product.decode("ascii", "replace").strip("\x00 ")
    return DeviceInfo(
        mac=":".join(f"{byte:02X}" for byte in reversed(mac)),
        firmware=f"{major}.{minor}.{revision}",
        serial=f"{serial:016X}",
        product="".join(letter for letter in text if letter.isprintable()),
    )


def rate_of(control: bytes) -> int:
    """Output rate, Hz, in the device control as read.

    Raises:
        ProtocolError: too short, or a rate that there is not.
    """
    if len(control) < _RATE_AT + 2:
        raise _broken(f"{len(control)} bytes, {_CONTROL_BYTES} expected", "DOT device control")
    rate = int.from_bytes(control[_RATE_AT : _RATE_AT + 2], "little")
    if not 1 <= rate <= 1000:
        raise _broken(f"the output rate is {rate} Hz", "DOT device control")
    return rate


def set_rate(rate_hz: int) -> bytes:
    """Bytes to write to the device control to set the output rate."""
    request = bytearray(_CONTROL_BYTES)
    request[0] = _VISIT_RATE
    request[_RATE_AT : _RATE_AT + 2] = rate_hz.to_bytes(2, "little")
    return bytes(request)


def identify() -> bytes:
    """Bytes to write to the device control to have the light blink."""
    request = bytearray(_CONTROL_BYTES)
    request[0], request[1] = _VISIT_IDENTIFY, 1
    return bytes(request)


def measurement_request(*, start: bool, mode: Mode) -> bytes:
    """Bytes to write to the measurement control."""
    return bytes((1, int(start), mode))


def parse_measurement_state(payload: bytes) -> MeasurementState:
    """Read the measurement control.

    Raises:
        ProtocolError: too short.
    """
    if len(payload) < 3 or payload[0] != 1:
        raise _broken(f"not a measurement state: {payload[:3].hex()}", "DOT measurement control")
    return MeasurementState(payload[1] != 0, payload[2])


def payload_characteristic(mode: Mode) -> str:
    """Where the samples of a mode come."""
    size = mode_bytes(mode)
    if size <= 20:
        return SHORT_PAYLOAD
    return MEDIUM_PAYLOAD if size <= 40 else LONG_PAYLOAD


def mode_bytes(mode: Mode) -> int:
    """Bytes of a sample, without padding."""
    return struct.calcsize("<I" + "".join(form for _, form in FIELDS[mode]))


def parse_measurement(payload: bytes, mode: Mode) -> Measurement:
    """Read a sample; the tail that pads it is ignored.

    Raises:
        ProtocolError: too short, or a value that is no number.
    """
    size = mode_bytes(mode)
    if len(payload) < size:
        raise _broken(f"{len(payload)} bytes, at least {size} expected", f"DOT payload {mode.name}")
    values: dict[str, tuple[float, ...]] = {}
    at = 4
    for name, form in FIELDS[mode]:
        values[name] = struct.unpack_from("<" + form, payload, at)
        at += struct.calcsize("<" + form)
        if not all(math.isfinite(value) for value in values[name]):
            raise _broken(f"{name} is no number", f"DOT payload {mode.name}")
    return Measurement(int.from_bytes(payload[:4], "little"), values)


def message(mid: int, data: bytes) -> bytes:
    """Bytes of a message, with its checksum: the sum of all bytes is zero modulo 256."""
    body = bytes((mid, len(data))) + data
    return body + bytes((-sum(body) % 256,))


def parse_message(payload: bytes) -> DotMessage:
    """Read a message.

    Raises:
        ProtocolError: its length does not fit.
    """
    if len(payload) < 3 or len(payload) < payload[1] + 3:
        raise _broken(f"not a message: {payload[:4].hex()}", "DOT message")
    whole = payload[: payload[1] + 3]
    return DotMessage(payload[0], bytes(whole[2:-1]), sum(whole) % 256 == 0)
