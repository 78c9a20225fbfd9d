"""Control requests and replies, and the time exchange, as bytes.

Requests are ``op u8, token u8, arguments``; replies ``op | 0x80, token, status u8, data``.
"""

from __future__ import annotations

import struct
from enum import IntEnum

ATT_INVALID_LENGTH = 0x0D
ATT_VALUE_NOT_ALLOWED = 0x13
ATT_WRITE_REJECTED = 0xFC

_SYNC_REQUEST = struct.Struct("<BBHQ")
_SYNC_REPLY = struct.Struct("<BBHQQQ")
SYNC_VERSION = 1
KEY_BYTES = 4
ALL_LOGS = 0xFFFF


class Op(IntEnum):
    """Control requests of the profile."""

    START = 0x01
    STOP = 0x02
    IDENTIFY = 0x03
    GET_STATUS = 0x04
    SET_TIME = 0x05
    RESEND = 0x06
    LOG_START = 0x07
    LOG_STOP = 0x08
    LOG_LIST = 0x09
    LOG_READ = 0x0A
    LOG_ERASE = 0x0B
    GYRO_BIAS = 0x0C
    POWER_OFF = 0x0D
    REBOOT = 0x0E


class Status(IntEnum):
    """Outcome of a control request."""

    OK = 0
    UNKNOWN_OP = 1
    BAD_ARGUMENT = 2
    BAD_STATE = 3
    BUSY = 4
    NOT_AVAILABLE = 5
    OUT_OF_RANGE = 6


ARGUMENT_BYTES: dict[Op, int] = {
    Op.START: 6,
    Op.STOP: 0,
    Op.IDENTIFY: 1,
    Op.GET_STATUS: 0,
    Op.SET_TIME: 8,
    Op.RESEND: 6,
    Op.LOG_START: 0,
    Op.LOG_STOP: 0,
    Op.LOG_LIST: 0,
    Op.LOG_READ: 10,
    Op.LOG_ERASE: KEY_BYTES + 2,
    Op.GYRO_BIAS: 1,
    Op.POWER_OFF: KEY_BYTES,
    Op.REBOOT: 1,
}
"""Length of the arguments of each request."""

STATE_STREAMING = 1 << 0
STATE_LOGGING = 1 << 1
STATE_BULK = 1 << 2
STATE_MEASURING_BIAS = 1 << 3


def encode_status(
    state: int, battery_percent: int, packets_lost: int, samples: int, device_time_us: int
) -> bytes:
    """Data of the reply to GET_STATUS, 16 bytes."""
    head = struct.pack(
        "<BBII", state, battery_percent, packets_lost & 0xFFFFFFFF, samples & 0xFFFFFFFF
    )
    return head + device_time_us.to_bytes(6, "little")


def sync_reply(request: bytes, received_us: int, sent_us: int) -> bytes | None:
    """Answer a time exchange.

    Args:
        request: version u8, op 0, sequence u16, host time t1 u64.
        received_us: Device time of arrival, t2.
        sent_us: Device time of sending, t3.

    Returns:
        Reply of 28 bytes with t1, t2 and t3, or None for what is no request (a write without response
        cannot be refused).
    """
    if len(request) != _SYNC_REQUEST.size:
        return None
    version, op, sequence, t1 = _SYNC_REQUEST.unpack(request)
    if version != SYNC_VERSION or op != 0:
        return None
    return _SYNC_REPLY.pack(SYNC_VERSION, 1, sequence, t1, received_us, sent_us)
