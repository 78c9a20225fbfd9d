"""The bytes of the characteristic Bulk of the open profile: samples sent again, and logs.

The layout is in ``docs/open-profile.md``. Any bytes at all give values or a
:class:`~sensors.errors.ProtocolError`.
"""

from __future__ import annotations

import binascii
import struct
from dataclasses import dataclass

from sensors.errors import ProtocolError

KIND_RESEND, KIND_LOG, KIND_LIST = 0, 1, 2
LOG_BY_ITSELF = 2
"""Flag of a log that the device opened because no host was connected."""
_LAST = 1
_HEADER = struct.Struct("<BBHI")
_CRC_BYTES = 4
_ENTRY = struct.Struct("<HBBIHIIIH")
_LOG_HEAD_BYTES = 40
_LOG_MAGIC = b"OGL1"
_LONGEST_RECORD = 512
_STREAMS = 4
"""Most that a device runs at a time."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One notification of Bulk.

    Attributes:
        stream: number of the stream, as in the reply to the request.
        kind: one of ``KIND_*``.
        last: whether it ends the stream.
        number: its number in the stream, modulo 65536.
        position: index of the first sample, or byte offset.
        data: the data.
        crc: of all data of the stream; None but in the last chunk.
    """

    stream: int
    kind: int
    last: bool
    number: int
    position: int
    data: bytes
    crc: int | None


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One log of a device.

    Attributes:
        log: its number.
        flags: ``LOG_*`` bits.
        device_us: device time of its first sample.
        first_index: index of its first sample.
        samples: how many it holds.
        size: its bytes.
        boot: number of the boot in which it was written.
    """

    log: int
    flags: int
    device_us: int
    first_index: int
    samples: int
    size: int
    boot: int


def _broken(what: str) -> ProtocolError:
    return ProtocolError(
        what,
        where="Bulk characteristic",
        remedy="Check that the sensor runs firmware for profile version 1",
    )


def parse_chunk(payload: bytes) -> Chunk:
    """Read a notification of Bulk.

    Raises:
        ProtocolError: too short.
    """
    if len(payload) < _HEADER.size:
        raise _broken(f"{len(payload)} bytes are no chunk")
    stream, flags, number, position = _HEADER.unpack_from(payload)
    data, crc = bytes(payload[_HEADER.size :]), None
    if flags & _LAST:
        if len(data) < _CRC_BYTES:
            raise _broken("the last chunk has no checksum")
        crc = int.from_bytes(data[-_CRC_BYTES:], "little")
        data = data[:-_CRC_BYTES]
    return Chunk(stream, flags >> 4, bool(flags & _LAST), number, position, data, crc)


def parse_entries(data: bytes) -> tuple[LogEntry, ...]:
    """Read a list of logs.

    Raises:
        ProtocolError: an entry is cut off.
    """
    if len(data) % _ENTRY.size:
        raise _broken("the list of logs is cut off")
    return tuple(
        LogEntry(log, flags, low | high << 32, first, samples, size, boot)
        for log, flags, _, low, high, first, samples, size, boot in _ENTRY.iter_unpack(data)
    )


class LogReader:
    """Finds the packets in the chunks of a log, as they come.

    Args:
        position: byte offset at which the log is read from; the head is at 0.
    """

    def __init__(self, position: int = 0) -> None:
        self._at = position
        self._buffer = b""
        self._lost = False
        self.damaged = 0

    def feed(self, position: int, data: bytes) -> list[bytes]:
        """Take a chunk.

        Args:
            position: byte offset of the chunk in the log.
            data: its data.

        Returns:
            The packets that are complete now. After a lost chunk there are none any more: where the
            next record begins cannot be known.
        """
        if self._lost:
            return []
        if position != self._at:
            self._lost, self._buffer = True, b""
            self.damaged += 1
            return []
        self._at += len(data)
        self._buffer += data
        start = self._at - len(self._buffer)
        if start == 0:
            if len(self._buffer) < _LOG_HEAD_BYTES:
                return []
            head, self._buffer = self._buffer[:_LOG_HEAD_BYTES], self._buffer[_LOG_HEAD_BYTES:]
            sound = head.startswith(_LOG_MAGIC) and _crc16(head[:38]) == _u16(head, 38)
            if not sound:
                self._lost, self._buffer = True, b""
                self.damaged += 1
                return []
        return self._records()

    def _records(self) -> list[bytes]:
        found: list[bytes] = []
        buffer, at = self._buffer, 0
        while len(buffer) - at >= 2:
            length = _u16(buffer, at)
            if not 0 < length <= _LONGEST_RECORD:
                self._lost, self._buffer = True, b""
                self.damaged += 1
                return found
            end = at + 2 + length + 2
            if end > len(buffer):
                break
            packet = buffer[at + 2 : end - 2]
            if _crc16(packet) == _u16(buffer, end - 2):
                found.append(packet)
            else:
                self.damaged += 1
            at = end
        self._buffer = buffer[at:]
        return found


class BulkReader:
    """Finds the packets in notifications of Bulk: samples sent again, and samples of logs."""

    def __init__(self) -> None:
        self._logs: dict[int, LogReader] = {}

    def feed(self, payload: bytes) -> tuple[list[bytes], int]:
        """Take a notification.

        Returns:
            Packets as on the data characteristic, and how much was damaged.
        """
        try:
            chunk = parse_chunk(payload)
        except ProtocolError:
            return [], 1
        if chunk.kind == KIND_RESEND:
            return [chunk.data] if chunk.data else [], 0
        if chunk.kind != KIND_LOG:
            return [], 0
        log = self._logs.get(chunk.stream)
        if log is None or chunk.number == 0:
            while len(self._logs) >= _STREAMS:
                del self._logs[next(iter(self._logs))]
            log = self._logs[chunk.stream] = LogReader(chunk.position)
        before = log.damaged
        packets = log.feed(chunk.position, chunk.data)
        if chunk.last:
            del self._logs[chunk.stream]
        return packets, log.damaged - before


class BulkStream:
    """Watches one stream of chunks for its end.

    Args:
        stream: its number.
    """

    def __init__(self, stream: int) -> None:
        self._stream = stream
        self._crc = 0
        self._next = 0
        self._whole = True
        self._parts: list[bytes] = []
        self.ended = False

    def feed(self, payload: bytes) -> bool:
        """Take a notification; whether it was of this stream."""
        try:
            chunk = parse_chunk(payload)
        except ProtocolError:
            return False
        if chunk.stream != self._stream or self.ended:
            return False
        self._whole &= chunk.number == self._next
        self._next = (chunk.number + 1) % 2**16
        self._crc = binascii.crc32(chunk.data, self._crc)
        if chunk.kind == KIND_LIST:
            self._parts.append(chunk.data)
        self.ended = chunk.last
        if chunk.last:
            self._whole &= chunk.crc == self._crc
        return True

    @property
    def sound(self) -> bool:
        """Whether all of it came, with the right checksum."""
        return self.ended and self._whole

    @property
    def data(self) -> bytes:
        """Data of a list of logs."""
        return b"".join(self._parts)


def _u16(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")


def _crc16(data: bytes) -> int:
    """CRC-16 with polynomial 0x1021, start 0xFFFF, neither reflected nor inverted."""
    return binascii.crc_hqx(data, 0xFFFF)
