"""Walks through an MCAP file record by record, over damage.

The reader that comes with ``mcap`` stops at the first broken byte, does not check sums by default
and makes an object of every field; this one goes on at the next sound record and leaves the
messages packed until they are asked for. Only what levelstride writes is known: chunks compressed
with zstd. Format: https://mcap.dev/spec
"""

from __future__ import annotations

import mmap as mmap_module
import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap

import zstandard
from mcap.opcode import Opcode

from sensors.mcap_records import (
    CHUNK_FIXED,
    RECORD_HEAD,
    RECORD_HEAD_BYTES,
    BrokenRecordError,
    unpack_chunk,
)

MAGIC = b"\x89MCAP0\r\n"
_MOST_PROBLEMS = 50
_KEPT_BYTES = 16 * 2**20
"""Bytes of a file that are read before they are taken out of memory."""

_CHUNK_MARK = b"\x04\x00\x00\x00zstd"
_CHUNK_MARK_AT = RECORD_HEAD_BYTES + CHUNK_FIXED.size
_DATA_END_MARK = struct.pack("<BQI", Opcode.DATA_END, 4, 0)
_DATA_SECTION = frozenset(
    {
        Opcode.HEADER,
        Opcode.CHUNK,
        Opcode.MESSAGE_INDEX,
        Opcode.METADATA,
        Opcode.ATTACHMENT,
        Opcode.DATA_END,
    }
)
_SUMMARY_SECTION = frozenset(
    {
        Opcode.SCHEMA,
        Opcode.CHANNEL,
        Opcode.STATISTICS,
        Opcode.CHUNK_INDEX,
        Opcode.ATTACHMENT_INDEX,
        Opcode.METADATA_INDEX,
        Opcode.SUMMARY_OFFSET,
        Opcode.FOOTER,
    }
)
_GIVEN = frozenset({Opcode.HEADER, Opcode.METADATA, Opcode.CHANNEL, Opcode.STATISTICS})

_INDEX_ENTRIES = struct.Struct("<I")
_CHUNK_HEAD = struct.Struct("<QQQII4sQ")
"""Start of a chunk compressed with zstd, up to its data."""

Buffer = bytes | mmap


@dataclass(slots=True)
class Damage:
    """What went wrong during a walk."""

    chunks: int = 0
    bytes_lost: int = 0
    closed: bool = False
    problems: list[str] | None = None

    def note(self, problem: str) -> None:
        """Remember a problem; after the fiftieth, only that there are more."""
        if self.problems is None:
            self.problems = []
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(problem)
        elif len(self.problems) == _MOST_PROBLEMS:
            self.problems.append("more problems follow")


@dataclass(frozen=True, slots=True)
class Record:
    """One sound record outside of chunks, or one whole chunk.

    Attributes:
        opcode: kind of record.
        offset: where it starts in the file.
        body: its content; of a chunk, the packed records inside.
    """

    opcode: int
    offset: int
    body: bytes


def _fits(data: Buffer, opcode: int, start: int, length: int) -> bool:
    """Whether a record's inner lengths agree with its own, so far as that shows damage."""
    if opcode == Opcode.MESSAGE_INDEX:
        return bool(length >= 6 and length == 6 + _INDEX_ENTRIES.unpack_from(data, start + 2)[0])
    if opcode == Opcode.CHUNK:
        fixed = CHUNK_FIXED.size
        if length >= _CHUNK_HEAD.size:
            *_, name, _, packed = _CHUNK_HEAD.unpack_from(data, start)
            if name == 4:
                return bool(length == _CHUNK_HEAD.size + packed)
        if length < fixed + 4:
            return False
        (name,) = struct.unpack_from("<I", data, start + fixed)
        if name > 16 or length < fixed + 4 + name + 8:
            return False
        (packed,) = struct.unpack_from("<Q", data, start + fixed + 4 + name)
        return bool(length == fixed + 4 + name + 8 + packed)
    if opcode in (Opcode.METADATA, Opcode.HEADER):  # a string, then a string or a map
        if length < 8:
            return False
        (first,) = struct.unpack_from("<I", data, start)
        if 8 + first > length:
            return False
        (second,) = struct.unpack_from("<I", data, start + 4 + first)
        return bool(length == 8 + first + second)
    if opcode in (Opcode.DATA_END, Opcode.FOOTER):
        return length == (4 if opcode == Opcode.DATA_END else 20)
    return True


def _next_sound(data: Buffer, position: int) -> int:
    """Start of the next record that can be recognised, or the end of the data."""
    end = len(data)
    found = end
    at = position
    while (mark := data.find(_CHUNK_MARK, at)) >= 0:
        start = mark - _CHUNK_MARK_AT
        if start >= position and data[start] == Opcode.CHUNK:
            (length,) = struct.unpack_from("<Q", data, start + 1)
            body = start + RECORD_HEAD_BYTES
            if body + length <= end and _fits(data, Opcode.CHUNK, body, length):
                found = start
                break
        at = mark + 1
    name = b"levelstride."
    at = position
    while (mark := data.find(name, at, found)) >= 0:
        start = mark - 4 - RECORD_HEAD_BYTES
        if start >= position and data[start] == Opcode.METADATA:
            found = start
            break
        at = mark + 1
    ending = data.find(_DATA_END_MARK, position, found)
    return ending if ending >= 0 else found


def let_go(data: Buffer) -> None:
    """Take what was read of a file out of memory; the system reads it again when it is wanted."""
    if isinstance(data, mmap) and hasattr(mmap_module, "MADV_DONTNEED"):
        data.madvise(mmap_module.MADV_DONTNEED)


def walk(
    data: Buffer, damage: Damage, *, passed_over: array[int] | None = None
) -> Iterator[Record]:
    """All sound records, in file order.

    Args:
        data: the file's bytes.
        damage: filled in on the way.
        passed_over: if given, chunks are not looked into and not given; where the body of each
            starts and how long it is are put here, for :func:`unpacked_chunks`.

    Yields:
        Records outside of chunks, and chunks, checked and decompressed. Indexes are not given.
    """
    position, end, known = len(MAGIC), len(data), _DATA_SECTION
    decompressor = zstandard.ZstdDecompressor()
    read_head, read_entries = RECORD_HEAD.unpack_from, _INDEX_ENTRIES.unpack_from
    is_index = int(Opcode.MESSAGE_INDEX)
    if data[: len(MAGIC)] != MAGIC:
        damage.note("the first bytes of the file are not those of MCAP")
    let_go_at = _KEPT_BYTES
    while position < end:
        if position >= let_go_at:
            let_go(data)
            let_go_at = position + _KEPT_BYTES
        if position + RECORD_HEAD_BYTES <= end:
            opcode, length = read_head(data, position)
            start = position + RECORD_HEAD_BYTES
            if opcode == is_index and opcode in known and length >= 6:  # most records
                following = start + length
                if following <= end and length == 6 + read_entries(data, start + 2)[0]:
                    position = following
                    continue
            if opcode in known and start + length <= end and _fits(data, opcode, start, length):
                position = start + length
                if opcode == Opcode.CHUNK:
                    if passed_over is not None:
                        passed_over.extend((start, length))
                    elif records := _unpacked(data, damage, start, length, decompressor):
                        yield Record(opcode, start - RECORD_HEAD_BYTES, records)
                    continue
                if opcode in _GIVEN:
                    yield Record(opcode, start - RECORD_HEAD_BYTES, data[start:position])
                if opcode == Opcode.DATA_END:
                    known = _SUMMARY_SECTION
                if opcode == Opcode.FOOTER:
                    damage.closed = True
                    if data[position:end] != MAGIC:
                        damage.bytes_lost += abs(end - position - len(MAGIC))
                        damage.note(f"the file does not end as it should, at byte {position}")
                    return
                continue
            cut = opcode in known and start + length > end
            is_chunk = opcode == Opcode.CHUNK
        else:
            cut, is_chunk = True, False
        sound = _next_sound(data, position + 1)
        damage.bytes_lost += sound - position
        if sound == end and cut:
            damage.note(f"the file breaks off in the middle of a record, at byte {position}")
        else:
            damage.chunks += is_chunk
            damage.note(f"{sound - position} bytes from byte {position} are no record")
        position = sound


def unpacked_chunks(data: Buffer, damage: Damage, places: array[int]) -> Iterator[Record]:
    """The chunks that a walk passed over, checked and decompressed; those that are damaged left out.

    Args:
        data: the file's bytes.
        damage: filled in on the way.
        places: start and length of the body of each, as :func:`walk` found them.
    """
    decompressor = zstandard.ZstdDecompressor()
    let_go_at = _KEPT_BYTES
    for start, length in zip(places[::2], places[1::2], strict=True):
        if start >= let_go_at:
            let_go(data)
            let_go_at = start + _KEPT_BYTES
        if records := _unpacked(data, damage, start, length, decompressor):
            yield Record(Opcode.CHUNK, start - RECORD_HEAD_BYTES, records)


def _unpacked(
    data: Buffer,
    damage: Damage,
    start: int,
    length: int,
    decompressor: zstandard.ZstdDecompressor,
) -> bytes | None:
    """Content of the chunk whose body starts at ``start``; None when it is damaged."""
    try:
        return unpack_chunk(data[start : start + length], decompressor)
    except BrokenRecordError as error:
        damage.chunks += 1
        damage.bytes_lost += length + RECORD_HEAD_BYTES
        damage.note(f"{error}, at byte {start - RECORD_HEAD_BYTES}")
        return None
