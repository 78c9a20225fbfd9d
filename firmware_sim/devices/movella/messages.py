"""Messages of the DOT: group, length, data, checksum; one written, one read back, some notified."""

from __future__ import annotations

from typing import NamedTuple

RECORDING, SYNC = 0x01, 0x02

# recording requests and answers
ACK = 0x01
GET_STATE = 0x02
ERASE = 0x30
START_RECORDING = 0x40
STOP_RECORDING = 0x41
FILE_INFO = 0x60
FILE_INFO_DONE = 0x62
FILE_DATA = 0x70
SELECT_DATA = 0x74

# synchronisation requests and answers
START_SYNC = 0x01
STOP_SYNC = 0x02
START_SYNC_ACK = 0x03
GET_SYNC_STATUS = 0x08
STOP_SYNC_RESULT = 0x50
SYNC_STATUS = 0x51

OK, INVALID, BUSY, IDLE = 0x00, 0x02, 0x03, 0x06
RECORDING_STATE = 0x40
SYNCED, NOT_SYNCED = 0x04, 0x09
TOO_FEW_SAMPLES, SKEW_TOO_LARGE, START_ERROR, NOT_STARTED = 0x05, 0x07, 0x08, 0x09


class Message(NamedTuple):
    """One message.

    Attributes:
        group: Recording or synchronisation.
        data: Its first byte says which message of the group it is.
    """

    group: int
    data: bytes


def checksum(head: bytes) -> int:
    """The byte that makes the sum of all bytes a multiple of 256."""
    return -sum(head) & 0xFF


def encode_message(group: int, data: bytes) -> bytes:
    """A message with its checksum."""
    head = bytes((group, len(data))) + data
    return head + bytes((checksum(head),))


def parse_message(written: bytes) -> Message | None:
    """The message in what was written; None when length, data or checksum do not fit."""
    if len(written) < 4 or written[1] == 0:
        return None
    end = 2 + written[1]
    if len(written) < end + 1 or checksum(written[:end]) != written[end]:
        return None
    return Message(written[0], written[2:end])


def encode_address(address: str) -> bytes:
    """A Bluetooth address, least significant octet first."""
    return bytes.fromhex(address.replace(":", ""))[::-1]
