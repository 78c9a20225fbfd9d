"""The Bulk characteristic: streams of chunks, one at a time.

A chunk is stream id u8, flags u8, chunk number u16, position u32, data; the last chunk of a stream ends with
the CRC-32 of the data of all its chunks. The position is the byte offset of the data, or, in a RESEND
stream, the index of the first sample of the packet that is the data.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterator
from enum import IntFlag
from typing import NamedTuple

from firmware_sim.profile.checksums import crc32
from firmware_sim.profile.packets import ATT_HEADER_BYTES

_HEADER = struct.Struct("<BBHI")
CHUNK_HEADER_BYTES = _HEADER.size
CRC_BYTES = 4
MOST_STREAMS = 4
"""Streams that wait or run at the same time; one more is refused as busy."""


class ChunkFlag(IntFlag):
    """Flags of a chunk. Bits 4 to 7 tell the kind of stream: 0 resend, 1 log, 2 list of logs."""

    LAST = 1 << 0
    """Last chunk; its data end with the CRC-32."""


class StreamKind(IntFlag):
    """Kinds of stream, bits 4 to 7 of the flags."""

    RESEND = 0 << 4
    LOG = 1 << 4
    LOG_LIST = 2 << 4


def chunk_data_bytes(mtu: int) -> int:
    """Data bytes that every chunk can carry, the last one with its CRC included."""
    return mtu - ATT_HEADER_BYTES - CHUNK_HEADER_BYTES - CRC_BYTES


class Piece(NamedTuple):
    """Data of one chunk and its position."""

    position: int
    data: bytes


class _Stream(NamedTuple):
    number: int
    kind: StreamKind
    pieces: Iterator[Piece]


class BulkSender:
    """Streams in the order of their requests, cut into chunks."""

    def __init__(self) -> None:
        self._waiting: deque[_Stream] = deque()
        self._number = 0
        self._chunk = 0
        self._crc = 0
        self._next: Piece | None = None

    @property
    def busy(self) -> bool:
        """Whether no further stream can be taken."""
        return len(self._waiting) >= MOST_STREAMS

    @property
    def active(self) -> bool:
        """Whether something is left to send."""
        return bool(self._waiting)

    def clear(self) -> None:
        """Drop all streams."""
        self._waiting.clear()
        self._next = None

    def add(self, kind: StreamKind, pieces: Iterator[Piece]) -> int:
        """Queue a stream; returns its id (1 to 255, then 1 again)."""
        self._number = self._number % 255 + 1
        self._waiting.append(_Stream(self._number, kind, pieces))
        if len(self._waiting) == 1:
            self._begin()
        return self._number

    def _begin(self) -> None:
        self._chunk = self._crc = 0
        self._next = next(self._waiting[0].pieces, None) if self._waiting else None

    def chunk(self) -> bytes:
        """The next chunk; to be asked only while :attr:`active`."""
        stream = self._waiting[0]
        piece = self._next or Piece(0, b"")
        following = next(stream.pieces, None)
        flags = int(stream.kind)
        self._crc = crc32(piece.data, self._crc)
        tail = b""
        if following is None:
            flags |= ChunkFlag.LAST
            tail = self._crc.to_bytes(CRC_BYTES, "little")
        head = _HEADER.pack(stream.number, flags, self._chunk & 0xFFFF, piece.position & 0xFFFFFFFF)
        self._chunk += 1
        self._next = following
        if following is None:
            self._waiting.popleft()
            self._begin()
        return head + piece.data + tail
