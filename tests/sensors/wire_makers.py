"""Writes known motion the way each kind of sensor sends it."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from bleak.backends.scanner import AdvertisementData

from sensors.drivers import movella_dot_bytes as dot
from sensors.drivers import movesense_bytes as movesense
from sensors.drivers import open_gait_imu_bytes as ogi
from sensors.drivers import polar_verity_bytes as polar
from sensors.drivers import witmotion_bytes as wit
from sensors.drivers.registry import driver_for
from sensors.drivers.units import RADIANS, STANDARD_GRAVITY
from sensors.notification import Message
from sensors.placement import Placement
from sensors.session_info import SensorInfo
from tests.sensors.open_gait_builder import config_bytes, info_bytes, packet

Array = npt.NDArray[np.float64]


def motion(rate_hz: float, seconds: float) -> tuple[Array, Array]:
    """Acceleration, m/s², and angular rate, rad/s: gravity along z, another tune on each axis."""
    t = np.arange(round(rate_hz * seconds)) / rate_hz
    phase = 2.0 * np.pi * np.outer(t, (1.0, 1.7, 2.3)) + (0.3, 1.1, 2.0)
    acc = np.array([3.0, -5.0, 2.0]) * np.sin(phase) + (0.0, 0.0, STANDARD_GRAVITY)
    return acc, np.array([1.0, 2.0, -3.0]) * np.cos(phase)


def _counts(values: Array, scale: float) -> npt.NDArray[np.int64]:
    return np.rint(values / scale).astype(np.int64)


def _at_ns(seconds: float) -> int:
    return round((5.0 + seconds + 0.004) * 1e9)


def advertisement(
    name: str | None, services: tuple[str, ...] = (), company: int | None = None
) -> AdvertisementData:
    data = {} if company is None else {company: b"\x00"}
    return AdvertisementData(name, data, {}, list(services), None, -50, ())


@dataclass(frozen=True)
class WireCase:
    """One kind of sensor, for tests of what all kinds must do.

    Attributes:
        kind: key of the driver.
        advertisements: what it may advertise.
        info: a sensor of the kind.
        characteristics: those that the decoder reads.
        encode: acc, gyr -> notifications, in order; each as (characteristic, bytes, arrival).
        acc_step: coarsest step of the accelerations, m/s².
        gyr_step: coarsest step of the angular rates, rad/s; interpolation included.
        loses: which notifications of the list make a clean loss when left out.
        per_loss: samples of both sensors lost with one of them.
    """

    kind: str
    advertisements: tuple[AdvertisementData, ...]
    info: SensorInfo
    characteristics: tuple[str, ...]
    encode: Callable[[Array, Array], list[Message]]
    acc_step: float
    gyr_step: float
    loses: Callable[[int], bool]
    per_loss: int


def _describe(kind: str, info: bytes, config: bytes) -> SensorInfo:
    return driver_for(kind).describe(
        info,
        config,
        sensor_id="S1",
        name="n",
        serial="S1",
        firmware="1",
        placement=Placement.PELVIS,
    )


# Open Gait IMU: counts, ten a packet

_OGI = _describe("open_gait_imu", info_bytes(), config_bytes())


def _encode_ogi(acc: Array, gyr: Array) -> list[Message]:
    counts = np.hstack([_counts(acc, _OGI.acc_scale), _counts(gyr, _OGI.gyr_scale)])
    return [
        (
            ogi.DATA,
            packet(first, round(1e6 + first * 5000), counts[first : first + 10]),
            _at_ns((first + 9) / 200.0),
        )
        for first in range(0, len(acc) - 9, 10)
    ]


# WitMotion: eight frames a notification, as the real ones do at 200 Hz

WIT_CONFIG = (
    bytes((20, 200, 0))
    + bytes((0x55, 0x71)) + struct.pack("<H8h", 0x1F, 1, 0, 0, 0, 0, 1, 0, 0)
    + bytes((0x55, 0x71)) + struct.pack("<H8h", 0x96, 0, 0, 0, 0, 0, 0, 0, 0)
)  # fmt: skip
_WIT = _describe("witmotion", bytes((0x55, 0x71)) + struct.pack("<H8h", 0x2E, *[7] * 8), WIT_CONFIG)


def wit_frames(acc: Array, gyr: Array, tail: Callable[[int], bytes] = lambda _: b"") -> list[bytes]:
    counts = np.hstack([_counts(acc, wit.ACC_SCALE), _counts(gyr, wit.GYR_SCALE)])
    return [
        b"\x55\x61" + struct.pack("<9h", *row, 0, 0, 0) + tail(k)
        for k, row in enumerate(counts.tolist())
    ]


def _encode_wit(acc: Array, gyr: Array) -> list[Message]:
    frames = wit_frames(acc, gyr)
    return [
        (wit.NOTIFY, b"".join(frames[first : first + 8]), _at_ns((first + 7) / 198.8))
        for first in range(0, len(frames) - 7, 8)
    ]


# Polar Verity Sense: differences, accelerometer and gyroscope apart and at other instants

_POLAR_SETTINGS = {0: 208, 1: 16, 2: 0, 4: 3}
_POLAR_REQUESTS = [
    polar.start_request(polar.TYPE_ACC, {**_POLAR_SETTINGS, 2: 16}),
    polar.start_request(polar.TYPE_GYRO, {**_POLAR_SETTINGS, 2: 2000}),
]
_POLAR = _describe(
    "polar_verity", b"\x0f\x24\x02", b"".join(bytes((len(r),)) + r for r in _POLAR_REQUESTS)
)
POLAR_SHIFT_S = 0.0017
"""By how much later the gyroscope samples."""


def polar_frame(kind: int, last_ns: int, counts: npt.NDArray[np.int64]) -> bytes:
    """A compressed frame of type 0, in blocks of at most 20 differences."""
    body = struct.pack("<3h", *counts[0].tolist())
    steps = np.diff(counts, axis=0)
    for start in range(0, len(steps), 20):
        block = steps[start : start + 20]
        width = max(1, int(np.abs(block).max()).bit_length() + 1)
        bits = ((block.reshape(-1, 1) >> np.arange(width)) & 1).astype(np.uint8).ravel()
        body += bytes((width, len(block))) + np.packbits(bits, bitorder="little").tobytes()
    return bytes((kind,)) + last_ns.to_bytes(8, "little") + b"\x80" + body


def _encode_polar(acc: Array, gyr: Array) -> list[Message]:
    """Frames of 52 samples; angular rates as they are at their own, later, instants."""
    rate = 208.0
    later = np.empty_like(gyr)
    t = np.arange(len(gyr)) / rate
    phase = 2.0 * np.pi * np.outer(t + POLAR_SHIFT_S, (1.0, 1.7, 2.3)) + (0.3, 1.1, 2.0)
    later = np.array([1.0, 2.0, -3.0]) * np.cos(phase)
    acc_counts, gyr_counts = _counts(acc, _POLAR.acc_scale), _counts(later, _POLAR.gyr_scale)
    epoch = 600_000_000_000_000_000
    found: list[Message] = []
    for first in range(0, len(acc) - 51, 52):
        last = epoch + round((first + 51) / rate * 1e9)
        rows = slice(first, first + 52)
        at = (first + 51) / rate
        gyr_last = last + round(POLAR_SHIFT_S * 1e9)
        found += [
            (polar.DATA, polar_frame(polar.TYPE_ACC, last, acc_counts[rows]), _at_ns(at)),
            (
                polar.DATA,
                polar_frame(polar.TYPE_GYRO, gyr_last, gyr_counts[rows]),
                _at_ns(at + POLAR_SHIFT_S),
            ),
        ]
    return found


# Movella DOT: floats, one sample a notification, padded

_DOT_CONTROL = bytearray(32)
_DOT_CONTROL[24] = 60
_DOT = _describe(
    "movella_dot",
    bytes.fromhex("3d69f16ecad4") + bytes((2, 0, 0)) + bytes(11) + (1234).to_bytes(8, "little") + b"XS-T02",
    bytes((dot.Mode.RATE,)) + bytes(_DOT_CONTROL),
)  # fmt: skip


def _encode_dot(acc: Array, gyr: Array) -> list[Message]:
    """The clock wraps on the way."""
    start = 2**32 - 500_000
    return [
        (
            dot.MEDIUM_PAYLOAD,
            struct.pack("<I6f", (start + round(k * 1e6 / 60)) % 2**32, *a, *(g / RADIANS)).ljust(40, b"\0"),
            _at_ns(k / 60),
        )
        for k, (a, g) in enumerate(zip(acc, gyr, strict=True))
    ]  # fmt: skip


# Movesense: floats, eight samples, split over two notifications

_MOVESENSE = _describe(
    "movesense",
    b"\x01S1\0product\0AA\0app\x002.3\0",
    b"/Meas/IMU6/104\0" + b"\x01\x10" + b"\x02\xd0\x07",
)


def _encode_movesense(acc: Array, gyr: Array) -> list[Message]:
    found: list[Message] = []
    for first in range(0, len(acc) - 7, 8):
        rows = slice(first, first + 8)
        data = struct.pack("<I", (2**32 - 700 + round(first / 104 * 1e3)) % 2**32)
        data += acc[rows].astype("<f4").tobytes() + (gyr[rows] / RADIANS).astype("<f4").tobytes()
        at = _at_ns((first + 7) / 104)
        for kind, part in ((2, data[:150]), (3, data[150:])):
            found.append((movesense.NOTIFY, bytes((kind, 10)) + part, at))
    return found


CASES: dict[str, WireCase] = {
    case.kind: case
    for case in (
        WireCase(
            "open_gait_imu",
            (advertisement("OGI-12AB", (ogi.SERVICE,)), advertisement("OGI-12AB")),
            _OGI, (ogi.DATA, ogi.SYNC, ogi.BULK, ogi.EVENT), _encode_ogi,
            _OGI.acc_scale, _OGI.gyr_scale, lambda k: True, 10,
        ),
        WireCase(
            "witmotion",
            (advertisement("WT901BLE68"), advertisement(None, (wit.SERVICE,))),
            _WIT, (wit.NOTIFY,), _encode_wit, wit.ACC_SCALE, wit.GYR_SCALE, lambda k: True, 8,
        ),
        WireCase(
            "polar_verity",
            (advertisement("Polar Sense A1B2C3D4", ("0000180d-0000-1000-8000-00805f9b34fb",), 0x6B),),
            _POLAR, (polar.DATA, polar.CONTROL), _encode_polar,
            _POLAR.acc_scale, 2 * _POLAR.gyr_scale, lambda k: k % 2 == 0, 52,
        ),
        WireCase(
            "movella_dot",
            (advertisement("Xsens DOT"), advertisement("Movella DOT", (), 0x0886)),
            _DOT, (dot.MEDIUM_PAYLOAD, dot.LONG_PAYLOAD), _encode_dot, 1e-5, 1e-5, lambda k: True, 1,
        ),
        WireCase(
            "movesense",
            (advertisement("Movesense 204830000123", ("0000180d-0000-1000-8000-00805f9b34fb",)),),
            _MOVESENSE, (movesense.NOTIFY,), _encode_movesense, 1e-5, 1e-5, lambda k: True, 8,
        ),
    )
}  # fmt: skip
SIDE_ADVERTISEMENTS = {
    "heart_rate": advertisement("TICKR 1234", ("0000180d-0000-1000-8000-00805f9b34fb",)),
    "running_speed": advertisement("Stryd", ("00001814-0000-1000-8000-00805f9b34fb",)),
}
