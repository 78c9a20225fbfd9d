"""Writes MCAP files of any length with memory that does not grow.

The writer that comes with ``mcap`` keeps an object for every chunk until the end, 12 MB for each
hour of chunks short enough for us. Here the index waits, packed, in a nameless file beside the
recording. Format: https://mcap.dev/spec

A chunk may be put into the file before it is full, and grow there: its content is one stored block
of zstd, which needs no more than a new size in front when something is added. So what was committed
is readable at every moment, and there need not be a chunk for each notification. Stored block:
RFC 8878, section 3.1.1.2.
"""

from __future__ import annotations

import struct
import tempfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import zstandard
from mcap.opcode import Opcode

from sensors.mcap_records import CHUNK_FIXED, RECORD_HEAD, RECORD_HEAD_BYTES
from sensors.mcap_scan import MAGIC

_MESSAGE = struct.Struct("<BQHIQQ")
_MESSAGE_FIXED = _MESSAGE.size - RECORD_HEAD_BYTES
_INDEX_ENTRY = struct.Struct("<QQ")
_COMPRESSION = "zstd"
_STORED_HEAD = struct.Struct("<IBI")
"""Start of a zstd frame: magic, what follows, size of the content."""
_STORED_FRAME = (0xFD2FB528, 0xA0)
"""Magic, and: one segment, no checksum, size of the content in four bytes."""
_LARGEST_STORED = 2**17
"""Largest block that zstd allows."""
_COPIED_AT_ONCE = 2**20


def _text(text: str) -> bytes:
    raw = text.encode("utf-8", "replace")
    return struct.pack("<I", len(raw)) + raw


def _map(fields: Mapping[str, str]) -> bytes:
    raw = b"".join(_text(key) + _text(value) for key, value in fields.items())
    return struct.pack("<I", len(raw)) + raw


def _counts(numbers: Mapping[int, int]) -> bytes:
    raw = b"".join(struct.pack("<HQ", key, value) for key, value in numbers.items())
    return struct.pack("<I", len(raw)) + raw


def _record(opcode: int, body: bytes) -> bytes:
    return RECORD_HEAD.pack(opcode, len(body)) + body


class McapWriter:
    """One MCAP file being written: chunks compressed with zstd, checksums and indexes.

    Every method may raise ``OSError`` when the disk does not take what it is given.

    Args:
        file: buffered, at its start.
        folder: where the index waits.
        profile: profile in the header.
        library: program in the header.
    """

    def __init__(self, file: BinaryIO, folder: Path, *, profile: str, library: str) -> None:
        self._file = file
        self._index = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by `close`
        self._compressor = zstandard.ZstdCompressor()
        self._position = 0
        self._schemas: list[bytes] = []
        self._channels: list[bytes] = []
        self._metadata: list[bytes] = []
        self._chunks = 0
        self._messages: dict[int, int] = {}
        self._first_ns: int | None = None
        self._last_ns = 0
        self._parts: list[bytes] = []  # of the chunk that is being filled, not in the file yet
        self._size = 0  # of that chunk, what is in the file included
        self._growing_at: int | None = None  # where it stands in the file
        self._growing_crc = 0
        self._offsets: dict[int, list[bytes]] = {}
        self._chunk_first_ns = 0
        self._chunk_last_ns = 0
        self._put(MAGIC)
        self._put(_record(Opcode.HEADER, _text(profile) + _text(library)))

    @property
    def bytes_written(self) -> int:
        """Length of the file so far, what is in buffers included."""
        return self._position

    def add_schema(self, name: str, encoding: str, data: bytes) -> int:
        """Declare a schema; returns its number."""
        number = len(self._schemas) + 1
        body = struct.pack("<H", number) + _text(name) + _text(encoding)
        self._schemas.append(_record(Opcode.SCHEMA, body + struct.pack("<I", len(data)) + data))
        self._add(self._schemas[-1])
        return number

    def add_channel(
        self, topic: str, encoding: str, schema: int, fields: Mapping[str, str] | None = None
    ) -> int:
        """Declare a channel; returns its number."""
        number = len(self._channels) + 1
        body = struct.pack("<HH", number, schema) + _text(topic) + _text(encoding)
        self._channels.append(_record(Opcode.CHANNEL, body + _map(fields or {})))
        self._add(self._channels[-1])
        return number

    def add_metadata(self, name: str, fields: Mapping[str, str]) -> None:
        """Write a metadata record: before the chunk that is being filled, or after one that grows."""
        if self._growing_at is not None:
            self._write_chunk()
        record = _record(Opcode.METADATA, _text(name) + _map(fields))
        index = struct.pack("<QQ", self._position, len(record)) + _text(name)
        self._put(record)
        self._metadata.append(_record(Opcode.METADATA_INDEX, index))

    def add_message(
        self, channel: int, log_ns: int, payload: bytes, publish_ns: int, sequence: int
    ) -> None:
        """Put a message into the chunk that is being filled."""
        grown = self._size + _MESSAGE.size + len(payload)
        if self._growing_at is not None and grown > _LARGEST_STORED:
            self._write_chunk()
        if not self._offsets:
            self._chunk_first_ns = self._chunk_last_ns = log_ns
        elif log_ns > self._chunk_last_ns:
            self._chunk_last_ns = log_ns
        elif log_ns < self._chunk_first_ns:
            self._chunk_first_ns = log_ns
        entry = _INDEX_ENTRY.pack(log_ns, self._size)
        if channel in self._offsets:
            self._offsets[channel].append(entry)
        else:
            self._offsets[channel] = [entry]
        head = _MESSAGE.pack(
            Opcode.MESSAGE, _MESSAGE_FIXED + len(payload), channel, sequence, log_ns, publish_ns
        )
        self._add(head + payload)

    @property
    def chunk_bytes(self) -> int:
        """Size of the chunk that is being filled, before compression."""
        return self._size

    def flush(self) -> None:
        """Write the chunk, if it has messages, and hand everything to the operating system."""
        if self._offsets:
            self._write_chunk()
        self._file.flush()

    def commit(self) -> None:
        """Hand everything to the operating system, and leave the chunk open for more."""
        if self._offsets:
            if self._growing_at is None and self._size > _LARGEST_STORED:
                self._write_chunk()
            elif self._parts:
                self._grow()
        self._file.flush()

    def _grow(self) -> None:
        """Add what waits to the chunk in the file; it is sound before and after."""
        records = b"".join(self._parts)
        self._parts = []
        self._growing_crc = zlib.crc32(records, self._growing_crc)
        head = self._growing_head()
        if self._growing_at is None:
            self._growing_at = self._position
            self._put(head + records)
            return
        self._put(records)
        self._file.seek(self._growing_at)  # what was put is with the operating system before
        self._file.write(head)
        self._file.seek(self._position)

    def _growing_head(self) -> bytes:
        size = self._size
        frame = _STORED_HEAD.pack(*_STORED_FRAME, size) + (size << 3 | 1).to_bytes(3, "little")
        return self._chunk_head(len(frame) + size, self._growing_crc) + frame

    def _chunk_head(self, packed: int, checksum: int) -> bytes:
        fixed = CHUNK_FIXED.pack(self._chunk_first_ns, self._chunk_last_ns, self._size, checksum)
        head = fixed + _text(_COMPRESSION) + struct.pack("<Q", packed)
        return RECORD_HEAD.pack(Opcode.CHUNK, len(head) + packed) + head

    def _write_chunk(self) -> None:
        size, first_ns, last_ns = self._size, self._chunk_first_ns, self._chunk_last_ns
        if self._growing_at is not None:
            if self._parts:
                self._grow()
            start = self._growing_at
            packed_size = _STORED_HEAD.size + 3 + size
        else:
            records = b"".join(self._parts)
            packed = self._compressor.compress(records)
            start, packed_size = self._position, len(packed)
            self._put(self._chunk_head(packed_size, zlib.crc32(records)) + packed)
        length = self._position - start
        places: dict[int, int] = {}
        for channel, entries in self._offsets.items():
            places[channel] = self._position
            body = struct.pack("<HI", channel, len(entries) * _INDEX_ENTRY.size)
            self._put(_record(Opcode.MESSAGE_INDEX, body + b"".join(entries)))
            self._messages[channel] = self._messages.get(channel, 0) + len(entries)
        index = struct.pack("<QQQQ", first_ns, last_ns, start, length) + _counts(places)
        index += struct.pack("<Q", self._position - start - length) + _text(_COMPRESSION)
        index += struct.pack("<QQ", packed_size, size)
        self._index.write(_record(Opcode.CHUNK_INDEX, index))
        self._chunks += 1
        self._first_ns = first_ns if self._first_ns is None else min(self._first_ns, first_ns)
        self._last_ns = max(self._last_ns, last_ns)
        self._parts, self._size, self._offsets = [], 0, {}
        self._growing_at, self._growing_crc = None, 0

    def finish(self) -> None:
        """Write what is left, the summary and the end."""
        self.flush()
        self._put(_record(Opcode.DATA_END, bytes(4)))
        start = self._position
        checksum = 0
        groups: list[tuple[int, int, int]] = []
        parts = (b"".join(self._schemas), b"".join(self._channels), self._statistics())
        opcodes = (Opcode.SCHEMA, Opcode.CHANNEL, Opcode.STATISTICS)
        for opcode, records in zip(opcodes, parts, strict=True):
            groups.append((opcode, self._position, len(records)))
            checksum = self._put_summed(records, checksum)
        group = self._position
        self._index.seek(0)
        while records := self._index.read(_COPIED_AT_ONCE):
            checksum = self._put_summed(records, checksum)
        groups.append((Opcode.CHUNK_INDEX, group, self._position - group))
        group = self._position
        checksum = self._put_summed(b"".join(self._metadata), checksum)
        groups.append((Opcode.METADATA_INDEX, group, self._position - group))
        offsets = self._position
        for kind, where, length in groups:
            if length:
                body = struct.pack("<BQQ", kind, where, length)
                checksum = self._put_summed(_record(Opcode.SUMMARY_OFFSET, body), checksum)
        footer = struct.pack("<BQQQ", Opcode.FOOTER, 20, start, offsets)
        self._put(footer + struct.pack("<I", zlib.crc32(footer, checksum)) + MAGIC)
        self._file.flush()

    def close(self) -> None:
        """Let go of the waiting index; the file itself stays open."""
        with suppress(OSError):  # nothing of it is needed any more
            self._index.close()

    def _statistics(self) -> bytes:
        body = struct.pack(
            "<QHIIIIQQ",
            sum(self._messages.values()),
            len(self._schemas),
            len(self._channels),
            0,
            len(self._metadata),
            self._chunks,
            self._first_ns or 0,
            self._last_ns,
        )
        return _record(Opcode.STATISTICS, body + _counts(self._messages))

    def _add(self, record: bytes) -> None:
        self._parts.append(record)
        self._size += len(record)

    def _put(self, raw: bytes) -> None:
        self._file.write(raw)
        self._position += len(raw)

    def _put_summed(self, raw: bytes, checksum: int) -> int:
        self._put(raw)
        return zlib.crc32(raw, checksum)
