"""The bytes of Polar's measurement data service: settings, replies, data frames.

Any bytes at all give values or a :class:`~sensors.errors.ProtocolError`.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sensors.errors import ProtocolError
from sensors.packet_batch import IntArray
from sensors.sample_block import FloatArray

_BASE = "fb005c{:02x}-02e7-f387-1cad-8acd2d8df0c8"
SERVICE = _BASE.format(0x80)
CONTROL = _BASE.format(0x81)
DATA = _BASE.format(0x82)

TYPE_ACC = 2
TYPE_GYRO = 5
TYPE_MAG = 6
TYPE_SDK_MODE = 9

OP_SETTINGS = 1
OP_START = 2
OP_STOP = 3

STATUS_OK = 0
STATUS_ALREADY = 6

SETTING_RATE = 0
SETTING_RESOLUTION = 1
SETTING_RANGE = 2
SETTING_CHANNELS = 4
SETTING_FACTOR = 5
_SETTING_BYTES = {0: 2, 1: 2, 2: 2, 3: 4, 4: 1, 5: 4, 6: 16}

_REPLY = 0xF0
_FEATURES = 0x0F
_HEADER_BYTES = 10
_COMPRESSED = 0x80
_MOST_BITS = 32
MOST_SAMPLES = 1024
"""In one frame; a frame of zero-width differences could claim any number."""


@dataclass(frozen=True, slots=True)
class ControlReply:
    """Answer of the control point.

    Attributes:
        op: what was asked.
        measurement: type of measurement.
        status: 0 when done.
        more: whether another part follows.
        params: settings, as bytes.
    """

    op: int
    measurement: int
    status: int
    more: bool
    params: bytes


@dataclass(frozen=True, slots=True)
class Frame:
    """One notification of data.

    Attributes:
        measurement: type of measurement.
        last_ns: time stamp of the last sample.
        compressed: whether samples are sent as differences.
        frame_type: how they are sent.
        content: the rest.
    """

    measurement: int
    last_ns: int
    compressed: bool
    frame_type: int
    content: bytes


def _broken(what: str, where: str) -> ProtocolError:
    return ProtocolError(what, where=where, remedy="Update the sensor's firmware")


def parse_features(payload: bytes) -> int:
    """Bits of the measurement types that a sensor has, from a read of the control point.

    Raises:
        ProtocolError: it is no list of features.
    """
    if len(payload) < 3 or payload[0] != _FEATURES:
        raise _broken(f"not a list of features: {payload[:4].hex()}", "Polar control point")
    return int.from_bytes(payload[1:3], "little")


def parse_control_reply(payload: bytes) -> ControlReply:
    """Read an indication of the control point.

    Raises:
        ProtocolError: it is no reply.
    """
    if len(payload) < 4 or payload[0] != _REPLY:
        raise _broken(f"not a reply: {payload[:4].hex()}", "Polar control point")
    more = len(payload) > 4 and payload[4] != 0
    return ControlReply(payload[1], payload[2], payload[3], more, bytes(payload[5:]))


def parse_settings(params: bytes) -> dict[int, tuple[int, ...]]:
    """Read settings: values by setting id. The factor stays the bits of its f32.

    Raises:
        ProtocolError: unknown id, or cut off.
    """
    found: dict[int, tuple[int, ...]] = {}
    at = 0
    while at < len(params):
        size = _SETTING_BYTES.get(params[at])
        if size is None or at + 2 > len(params):
            raise _broken(f"unknown setting {params[at]}", "Polar settings")
        end = at + 2 + size * params[at + 1]
        if end > len(params):
            raise _broken(f"setting {params[at]} is cut off", "Polar settings")
        values = params[at + 2 : end]
        found[params[at]] = tuple(
            int.from_bytes(values[k : k + size], "little") for k in range(0, len(values), size)
        )
        at = end
    return found


def factor_of(settings: Mapping[int, tuple[int, ...]]) -> float | None:
    """The factor among settings; None when there is none, or an impossible one."""
    bits = settings.get(SETTING_FACTOR)
    if not bits:
        return None
    factor = float(struct.unpack("<f", bits[0].to_bytes(4, "little"))[0])
    return factor if 1e-9 < factor < 1e3 else None  # not for NaN either


def settings_request(measurement: int) -> bytes:
    """Bytes that ask for the settings of a measurement."""
    return bytes((OP_SETTINGS, measurement))


def stop_request(measurement: int) -> bytes:
    """Bytes that stop a measurement."""
    return bytes((OP_STOP, measurement))


def start_request(measurement: int, settings: Mapping[int, int]) -> bytes:
    """Bytes that start a measurement with one value for each setting."""
    parts = [bytes((OP_START, measurement))]
    for setting, value in settings.items():
        parts.append(bytes((setting, 1)) + value.to_bytes(_SETTING_BYTES[setting], "little"))
    return b"".join(parts)


def parse_frame(payload: bytes) -> Frame:
    """Read the head of a data notification.

    Raises:
        ProtocolError: it is too short.
    """
    if len(payload) <= _HEADER_BYTES:
        raise _broken(f"{len(payload)} bytes are no frame", "Polar data")
    kind = payload[9]
    return Frame(
        measurement=payload[0] & 0x3F,
        last_ns=int.from_bytes(payload[1:9], "little"),
        compressed=bool(kind & _COMPRESSED),
        frame_type=kind & 0x7F,
        content=bytes(payload[_HEADER_BYTES:]),
    )


def acceleration_g(frame: Frame, factor: float) -> FloatArray:
    """Accelerations of a frame, shape (n, 3), g.

    Args:
        frame: of type ``TYPE_ACC``.
        factor: g per count, for compressed frames of type 0.

    Raises:
        ProtocolError: another type of frame, or one that is cut off.
    """
    if not frame.compressed and frame.frame_type in (0, 1, 2):
        return np.multiply(_raw(frame.content, frame.frame_type + 1), 1e-3)
    if frame.compressed and frame.frame_type == 0:
        return np.multiply(_differences(frame.content, 3, 2), factor, dtype=np.float64)
    if frame.compressed and frame.frame_type == 1:
        return np.multiply(_differences(frame.content, 3, 2), 1e-3, dtype=np.float64)
    raise _unknown(frame)


def angular_rate_dps(frame: Frame, factor: float) -> FloatArray:
    """Angular rates of a frame, shape (n, 3), deg/s.

    Args:
        frame: of type ``TYPE_GYRO``.
        factor: deg/s per unit.

    Raises:
        ProtocolError: another type of frame, or one that is cut off.
    """
    if frame.compressed and frame.frame_type == 0:
        return np.multiply(_differences(frame.content, 3, 2), factor, dtype=np.float64)
    if frame.compressed and frame.frame_type == 1:
        bits = _differences(frame.content, 3, 4)
        with np.errstate(invalid="ignore"):  # bits that are no number: the caller looks
            values = (bits & 0xFFFFFFFF).astype(np.uint32).view(np.float32).astype(np.float64)
        return np.asarray(values * factor, dtype=np.float64)
    raise _unknown(frame)


def magnetic_field(frame: Frame) -> IntArray:
    """Compressed frame of type 1: milligauss xyz and a status, shape (n, 4).

    Raises:
        ProtocolError: another type of frame, or one that is cut off.
    """
    if frame.measurement == TYPE_MAG and frame.compressed and frame.frame_type == 1:
        return _differences(frame.content, 4, 2)
    raise _unknown(frame)


def _unknown(frame: Frame) -> ProtocolError:
    how = "compressed" if frame.compressed else "raw"
    return _broken(
        f"{how} frame of type {frame.frame_type} of measurement {frame.measurement} is not known",
        "Polar data",
    )


def _raw(content: bytes, width: int) -> FloatArray:
    """Triples of signed integers of some bytes each, shape (n, 3)."""
    if not content or len(content) % (3 * width):
        raise _broken(f"{len(content)} bytes are no whole number of samples", "Polar data")
    return _signed(content, width).reshape(-1, 3).astype(np.float64)


def _signed(content: bytes, width: int) -> IntArray:
    raw = np.frombuffer(content, dtype=np.uint8).reshape(-1, width).astype(np.int64)
    values = (raw << (8 * np.arange(width))).sum(axis=1)
    return np.asarray(values - ((values >> (8 * width - 1)) << (8 * width)), dtype=np.int64)


def _differences(content: bytes, channels: int, width: int) -> IntArray:
    """A sample, and blocks of differences from sample to sample, shape (n, channels).

    Differences are packed into bits, the lowest first; each block is padded to whole bytes.
    """
    at = channels * width
    if len(content) < at:
        raise _broken("the first sample of a frame is cut off", "Polar data")
    steps = [_signed(content[:at], width).reshape(1, channels)]
    total = 1
    while at < len(content):
        bits, count = content[at], content[at + 1] if at + 1 < len(content) else 0
        size = (bits * count * channels + 7) // 8
        total += count
        if not count or bits > _MOST_BITS or total > MOST_SAMPLES or at + 2 + size > len(content):
            raise _broken("a block of differences is cut off, or impossible", "Polar data")
        block = np.frombuffer(content, dtype=np.uint8, count=size, offset=at + 2)
        each = np.unpackbits(block, bitorder="little")[: bits * count * channels]
        weights = 1 << np.arange(bits, dtype=np.int64)
        if bits:
            weights[-1] = -weights[-1]
        steps.append((each.reshape(count * channels, bits) @ weights).reshape(count, channels))
        at += 2 + size
    return np.asarray(np.cumsum(np.concatenate(steps), axis=0), dtype=np.int64)
