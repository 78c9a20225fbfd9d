"""The bytes of the profile "Open Gait IMU", version 1: description, configuration, requests, replies.

All fields are little-endian; the layout is in ``docs/open-profile.md``. Any bytes at all give
either values or a :class:`~sensors.errors.ProtocolError`.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from enum import IntEnum

from sensors.errors import ProtocolError
from sensors.placement import Placement

PROFILE_MAJOR = 1
_BASE = "d8a7{:04x}-0661-4e6c-b861-ac3ce2dd49da"


def uuid(short: int) -> str:
    """UUID of a part of the profile, lower case 128 bit."""
    return _BASE.format(short)


SERVICE = uuid(0x0001)
INFO = uuid(0x0002)
CONFIG = uuid(0x0003)
CONTROL = uuid(0x0004)
DATA = uuid(0x0005)
SYNC = uuid(0x0006)
BULK = uuid(0x0007)
EVENT = uuid(0x0008)

STREAM_ACC_GYR = 0b11
CAPABILITY_RING = 1 << 2
CAPABILITY_LOG = 1 << 3
LOG_WHILE_AWAY = 1
"""Log mode: to flash while streaming with no host connected."""
EVENT_LOW_BATTERY, EVENT_TEMPERATURE = 4, 6

_PLACEMENTS = {1: Placement.PELVIS, 2: Placement.SHANK_LEFT, 3: Placement.SHANK_RIGHT}

_INFO_HEAD = struct.Struct("<BBIH8s3BB")
_INFO_TAIL = struct.Struct("<IIB")
_CONFIG = struct.Struct("<BHBHBBBBfff")
_CONFIG_WRITE = struct.Struct("<BHBHBBBB")
_SYNC = struct.Struct("<BBHQ")
_SYNC_REPLY = struct.Struct("<BBHQQQ")


class Op(IntEnum):
    """Requests of the control characteristic."""

    START = 0x01
    STOP = 0x02
    IDENTIFY = 0x03
    GET_STATUS = 0x04
    SET_TIME = 0x05
    RESEND = 0x06
    LOG_LIST = 0x09
    LOG_READ = 0x0A
    LOG_ERASE = 0x0B


class Status(IntEnum):
    """How a control request ended."""

    OK = 0
    UNKNOWN_OP = 1
    BAD_ARGUMENT = 2
    BAD_STATE = 3
    BUSY = 4
    NOT_AVAILABLE = 5
    OUT_OF_RANGE = 6


@dataclass(frozen=True, slots=True)
class Info:
    """What a device says about itself.

    Attributes:
        profile: major and minor version of the profile.
        capabilities: capability bits.
        board: board id.
        unique_id: eight bytes, hexadecimal.
        firmware: ``major.minor.patch``.
        imu_count: IMUs on the board.
        rates_hz: sampling rates it can be set to.
        acc_ranges_g: accelerometer ranges, g.
        gyr_ranges_dps: gyroscope ranges, deg/s.
        ring_bytes: memory for back-fill.
        flash_bytes: memory for a log.
        clock_ppm: stated accuracy of its clock, parts per million.
    """

    profile: tuple[int, int]
    capabilities: int
    board: int
    unique_id: str
    firmware: str
    imu_count: int
    rates_hz: tuple[int, ...]
    acc_ranges_g: tuple[int, ...]
    gyr_ranges_dps: tuple[int, ...]
    ring_bytes: int
    flash_bytes: int
    clock_ppm: int


@dataclass(frozen=True, slots=True)
class Config:
    """How a device is set up.

    Attributes:
        cfg_id: count of changes; its low four bits are in every packet.
        rate_hz: sampling rate asked for.
        acc_range_g: accelerometer range, g.
        gyr_range_dps: gyroscope range, deg/s.
        samples_per_packet: 0 fills the MTU.
        stream_mask: which streams are on.
        placement: where the device is worn, None for none or a segment not known here.
        log_mode: whether it logs to flash.
        acc_scale: m/s² per count.
        gyr_scale_dps: deg/s per count.
        actual_rate_hz: sampling rate that the device states.
    """

    cfg_id: int
    rate_hz: int
    acc_range_g: int
    gyr_range_dps: int
    samples_per_packet: int
    stream_mask: int
    placement: Placement | None
    log_mode: int
    acc_scale: float
    gyr_scale_dps: float
    actual_rate_hz: float


@dataclass(frozen=True, slots=True)
class ControlReply:
    """Answer of the control characteristic: which request, how it ended, and data."""

    op: int
    token: int
    status: int
    data: bytes


@dataclass(frozen=True, slots=True)
class SyncReply:
    """Answer of a time exchange: host t1, device t2 (received) and t3 (sent), microseconds."""

    seq: int
    t1_us: int
    t2_us: int
    t3_us: int


def _broken(what: str, where: str) -> ProtocolError:
    return ProtocolError(
        what,
        where=where,
        remedy="Check that the sensor runs firmware for profile version 1; update it if it does not",
    )


def parse_info(payload: bytes) -> Info:
    """Read the Info characteristic.

    Raises:
        ProtocolError: too short, or another major version of the profile.
    """
    where = "Info characteristic"
    if len(payload) < _INFO_HEAD.size:
        raise _broken(f"{len(payload)} bytes, at least {_INFO_HEAD.size} expected", where)
    major, minor, capabilities, board, unique, fw_a, fw_b, fw_c, imus = _INFO_HEAD.unpack_from(
        payload
    )
    if major != PROFILE_MAJOR:
        raise _broken(f"profile version {major}.{minor}, version {PROFILE_MAJOR} expected", where)
    position = _INFO_HEAD.size
    lists: list[tuple[int, ...]] = []
    for _ in range(3):
        if position >= len(payload):
            raise _broken("a list of rates or ranges is missing", where)
        count = payload[position]
        end = position + 1 + 2 * count
        if end > len(payload):
            raise _broken("a list of rates or ranges is cut off", where)
        lists.append(struct.unpack_from(f"<{count}H", payload, position + 1))
        position = end
    if len(payload) < position + _INFO_TAIL.size:
        raise _broken("the memory sizes are cut off", where)
    ring, flash, ppm = _INFO_TAIL.unpack_from(payload, position)
    return Info(
        profile=(major, minor),
        capabilities=capabilities,
        board=board,
        unique_id=unique.hex(),
        firmware=f"{fw_a}.{fw_b}.{fw_c}",
        imu_count=imus,
        rates_hz=lists[0],
        acc_ranges_g=lists[1],
        gyr_ranges_dps=lists[2],
        ring_bytes=ring,
        flash_bytes=flash,
        clock_ppm=ppm,
    )


def parse_config(payload: bytes) -> Config:
    """Read the Config characteristic.

    Raises:
        ProtocolError: too short, or scales and rates that cannot be.
    """
    where = "Config characteristic"
    if len(payload) < _CONFIG.size:
        raise _broken(f"{len(payload)} bytes, at least {_CONFIG.size} expected", where)
    cfg, rate, acc_g, gyr_dps, per_packet, mask, placement, log, acc, gyr, actual = (
        _CONFIG.unpack_from(payload)
    )
    for value, low, high, name in (
        (acc, 1e-6, 1.0, "accelerometer scale"),
        (gyr, 1e-6, 10.0, "gyroscope scale"),
        (actual, 1.0, 10_000.0, "actual rate"),
    ):
        if not (math.isfinite(value) and low <= value <= high):
            raise _broken(f"{name} is {value}", where)
    if rate == 0 or acc_g == 0 or gyr_dps == 0:
        raise _broken("a rate or range is zero", where)
    return Config(
        cfg_id=cfg,
        rate_hz=rate,
        acc_range_g=acc_g,
        gyr_range_dps=gyr_dps,
        samples_per_packet=per_packet,
        stream_mask=mask,
        placement=_PLACEMENTS.get(placement),
        log_mode=log,
        acc_scale=acc,
        gyr_scale_dps=gyr,
        actual_rate_hz=actual,
    )


@dataclass(frozen=True, slots=True)
class Event:
    """What a device told by itself: type, device time in µs, and data of the type."""

    type: int
    device_us: int
    data: bytes


def parse_event(payload: bytes) -> Event:
    """Read a notification of Event.

    Raises:
        ProtocolError: too short.
    """
    if len(payload) < 8:
        raise _broken(f"{len(payload)} bytes, at least 8 expected", "Event characteristic")
    return Event(payload[0], int.from_bytes(payload[2:8], "little"), bytes(payload[8:]))


def config_request(
    current: bytes, *, rate_hz: int, samples_per_packet: int, log_mode: int | None = None
) -> bytes:
    """Bytes to write to Config: the current ones with another rate, packet size and log mode.

    Args:
        current: Config as read.
        rate_hz: sampling rate to ask for.
        samples_per_packet: samples in each packet, 0 fills the MTU.
        log_mode: when to log; as it is when None.

    Raises:
        ProtocolError: the current bytes are too short.
    """
    if len(current) < _CONFIG_WRITE.size:
        raise _broken(f"{len(current)} bytes, at least {_CONFIG_WRITE.size} expected", "Config")
    cfg, _, acc_g, gyr_dps, _, mask, placement, log = _CONFIG_WRITE.unpack_from(current)
    log = log if log_mode is None else log_mode
    mask |= STREAM_ACC_GYR
    return _CONFIG_WRITE.pack(
        cfg, rate_hz, acc_g, gyr_dps, samples_per_packet, mask, placement, log
    )


def control_request(op: Op, token: int, args: bytes = b"") -> bytes:
    """Bytes to write to Control."""
    return bytes((op, token)) + args


def parse_control_reply(payload: bytes) -> ControlReply:
    """Read an indication of Control.

    Raises:
        ProtocolError: too short, or not a reply.
    """
    if len(payload) < 3 or not payload[0] & 0x80:
        raise _broken(f"not a reply: {payload[:8].hex()}", "Control characteristic")
    return ControlReply(payload[0] & 0x7F, payload[1], payload[2], bytes(payload[3:]))


def sync_request(seq: int, t1_us: int) -> bytes:
    """Bytes to write to Sync."""
    return _SYNC.pack(PROFILE_MAJOR, 0, seq & 0xFFFF, t1_us)


def parse_sync_reply(payload: bytes) -> SyncReply:
    """Read a notification of Sync.

    Raises:
        ProtocolError: too short, another version, or not a reply.
    """
    if len(payload) != _SYNC_REPLY.size:
        raise _broken(f"{len(payload)} bytes, {_SYNC_REPLY.size} expected", "Sync characteristic")
    version, op, seq, t1, t2, t3 = _SYNC_REPLY.unpack(payload)
    if version != PROFILE_MAJOR or op != 1:
        raise _broken(f"not a reply of version 1: {payload[:2].hex()}", "Sync characteristic")
    if t3 < t2:
        raise _broken("the answer was sent before the request came", "Sync characteristic")
    return SyncReply(seq, t1, t2, t3)
