"""The bytes of Movesense sensors with the GATT SensorData service.

Any bytes at all give values or a :class:`~sensors.errors.ProtocolError`.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from sensors.errors import ProtocolError
from sensors.sample_block import FloatArray

_TAIL = "-7185-4d5d-b431-630e7050e8f0"
SERVICE = "34802252" + _TAIL
WRITE = "34800001" + _TAIL
NOTIFY = "34800002" + _TAIL

RATES_HZ = (13, 26, 52, 104)
"""Those that a link carries safely; the sensor has faster ones."""
TICK_S = 1e-3
WRAP = 2**32

STATUS_OK = 200
STATUS_TOO_MANY = 429


class Command(IntEnum):
    """What is written."""

    HELLO = 0
    SUBSCRIBE = 1
    UNSUBSCRIBE = 2
    GET = 4


class Kind(IntEnum):
    """What is notified."""

    RESPONSE = 1
    DATA = 2
    DATA_PART2 = 3


@dataclass(frozen=True, slots=True)
class Notified:
    """A notification.

    Attributes:
        kind: response, data, or the rest of data.
        reference: number that the request had.
        content: the rest.
    """

    kind: int
    reference: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Hello:
    """What a sensor says about itself."""

    version: int
    serial: str
    product: str
    app: str
    app_version: str


@dataclass(frozen=True, slots=True)
class SensorRanges:
    """Sampling rates, Hz, and ranges (g, deg/s or µT) that a sensor offers."""

    rates_hz: tuple[int, ...]
    ranges: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DetailedTime:
    """The sensor's clocks: UTC in µs, own clock in ms."""

    utc_us: int
    relative_ms: int
    tick_rate: int
    accuracy: int


@dataclass(frozen=True, slots=True)
class Vectors:
    """Some samples of one or more three-axis sensors.

    Attributes:
        time_ms: device time of the first, wraps at 2**32.
        values: by sensor in the order of the resource's name, shape (sensors, n, 3).
    """

    time_ms: int
    values: FloatArray


def _broken(what: str) -> ProtocolError:
    return ProtocolError(
        what,
        where="Movesense GSP",
        remedy="Put the standard GATT SensorData firmware on the sensor",
    )


def request(command: Command, reference: int, payload: bytes = b"") -> bytes:
    """Bytes to write."""
    return bytes((command, reference)) + payload


def path(resource: str) -> bytes:
    """A resource's path, as requests have it."""
    return resource.encode("ascii") + b"\x00"


def parse_notified(payload: bytes) -> Notified:
    """Read a notification.

    Raises:
        ProtocolError: too short.
    """
    if len(payload) < 2:
        raise _broken(f"{len(payload)} bytes are no notification")
    return Notified(payload[0], payload[1], bytes(payload[2:]))


def parse_response(content: bytes) -> tuple[int, bytes]:
    """Status, as in HTTP, and body of a response.

    Raises:
        ProtocolError: too short.
    """
    if len(content) < 2:
        raise _broken("a response without a status")
    return int.from_bytes(content[:2], "little"), content[2:]


def parse_hello(content: bytes) -> Hello:
    """Read the response to HELLO, which has no status.

    Raises:
        ProtocolError: a part is missing.
    """
    texts = content[1:].split(b"\x00")
    if len(texts) < 5 or not texts[0]:
        raise _broken("the greeting is cut off")
    serial, product, _, app, version = (
        "".join(letter for letter in text.decode("utf-8", "replace") if letter.isprintable())
        for text in texts[:5]
    )
    return Hello(content[0], serial, product, app, version)


def parse_vectors(content: bytes, sensors: int) -> Vectors:
    """Read data of ``/Meas/Acc``, ``Gyro``, ``Magn`` (one sensor), ``IMU6`` (two), ``IMU9`` (three).

    Raises:
        ProtocolError: no whole number of samples, or a value that is no number.
    """
    size = 12 * sensors
    count, rest = divmod(len(content) - 4, size)
    if count < 1 or rest:
        raise _broken(f"{len(content)} bytes are no whole number of samples")
    values = np.frombuffer(content, dtype="<f4", offset=4).astype(np.float64)
    if not np.isfinite(values).all():
        raise _broken("a value is no number")
    return Vectors(int.from_bytes(content[:4], "little"), values.reshape(sensors, count, 3))


def parse_ranges(body: bytes, range_bytes: int) -> SensorRanges:
    """Read ``/Meas/*/Info``.

    Args:
        body: after the status.
        range_bytes: 1 for accelerometers, else 2.

    Raises:
        ProtocolError: cut off.
    """
    lists: list[tuple[int, ...]] = []
    at = 0
    for width in (2, range_bytes):
        if at >= len(body) or at + 1 + body[at] * width > len(body):
            raise _broken("a list of rates or ranges is cut off")
        end = at + 1 + body[at] * width
        lists.append(
            tuple(int.from_bytes(body[k : k + width], "little") for k in range(at + 1, end, width))
        )
        at = end
    return SensorRanges(*lists)


def parse_temperature(content: bytes) -> tuple[int, float]:
    """Read ``/Meas/Temp``: device time in ms and kelvin. Firmwares differ in their order.

    Raises:
        ProtocolError: no order gives a temperature at which a sensor works.
    """
    if len(content) == 8:
        for at, time_at in ((4, 0), (0, 4)):
            kelvin = float(struct.unpack_from("<f", content, at)[0])
            if math.isfinite(kelvin) and 230.0 <= kelvin <= 360.0:
                return int.from_bytes(content[time_at : time_at + 4], "little"), kelvin
    raise _broken(f"no temperature: {content[:8].hex()}")


def parse_time(body: bytes) -> DetailedTime:
    """Read ``/Time/Detailed``, after the status.

    Raises:
        ProtocolError: cut off.
    """
    if len(body) < 20:
        raise _broken(f"{len(body)} bytes, 20 expected")
    return DetailedTime(*struct.unpack_from("<QIII", body))


def parse_ecg(content: bytes) -> tuple[int, tuple[float, ...]]:
    """Read ``/Meas/Ecg/*/mV``: device time in ms of the first sample, and millivolts.

    Raises:
        ProtocolError: no whole number of samples.
    """
    if len(content) < 6 or len(content) % 2:
        raise _broken(f"{len(content)} bytes are no whole number of samples")
    counts = np.frombuffer(content, dtype="<i2", offset=4)
    return int.from_bytes(content[:4], "little"), tuple((counts * 1e-3).tolist())
