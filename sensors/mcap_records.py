"""Reads the inside of MCAP records, of which every byte may be wrong.

Format: https://mcap.dev/spec. Chunks are known compressed with zstd, or not at all.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import zstandard
from mcap.opcode import Opcode

RECORD_HEAD_BYTES = 9
CHUNK_FIXED = struct.Struct("<QQQI")
"""Start of a chunk: first and last log time, uncompressed size, checksum."""
_LARGEST_CHUNK = 64 * 2**20
_MESSAGE = struct.Struct("<BQHIQQ")
_MESSAGE_FIXED = 22


class BrokenRecordError(ValueError):
    """The bytes do not have the form of a record."""


def strings(body: bytes, position: int, end: int) -> dict[str, str]:
    """Read a map of strings.

    Raises:
        BrokenRecordError: the lengths do not fit.
    """
    found: dict[str, str] = {}
    while position < end:
        key, position = string(body, position)
        found[key], position = string(body, position)
    if position != end:
        raise BrokenRecordError("a map of strings overruns its end")
    return found


def string(body: bytes, position: int) -> tuple[str, int]:
    """Read a string; returns it and the position after it.

    Raises:
        BrokenRecordError: the length does not fit, or it is no UTF-8.
    """
    if position + 4 > len(body):
        raise BrokenRecordError("a string has no length")
    (length,) = struct.unpack_from("<I", body, position)
    end = position + 4 + length
    if end > len(body):
        raise BrokenRecordError("a string overruns its record")
    try:
        return body[position + 4 : end].decode(), end
    except UnicodeDecodeError as error:
        raise BrokenRecordError("a string is no UTF-8") from error


def metadata(body: bytes) -> tuple[str, dict[str, str]]:
    """Read a metadata record: name and fields.

    Raises:
        BrokenRecordError: it has another form.
    """
    name, position = string(body, 0)
    if position + 4 > len(body):
        raise BrokenRecordError("metadata has no map")
    (length,) = struct.unpack_from("<I", body, position)
    if position + 4 + length != len(body):
        raise BrokenRecordError("the map of metadata has another length than its record")
    return name, strings(body, position + 4, len(body))


def channel(body: bytes) -> tuple[int, str, dict[str, str]]:
    """Read a channel record: id, topic and metadata.

    Raises:
        BrokenRecordError: it has another form.
    """
    if len(body) < 4:
        raise BrokenRecordError("a channel has no id")
    (number,) = struct.unpack_from("<H", body, 0)
    topic, position = string(body, 4)
    _, position = string(body, position)
    if position + 4 > len(body):
        raise BrokenRecordError("a channel has no map")
    (length,) = struct.unpack_from("<I", body, position)
    return number, topic, strings(body, position + 4, min(len(body), position + 4 + length))


def unpack_chunk(body: bytes) -> bytes:
    """Check and decompress a chunk.

    Raises:
        BrokenRecordError: its form, its compression or its checksum is wrong.
    """
    _, _, size, checksum = CHUNK_FIXED.unpack_from(body)
    compression, position = string(body, CHUNK_FIXED.size)
    packed = body[position + 8 :]
    if size > _LARGEST_CHUNK:
        raise BrokenRecordError("a chunk states an absurd size")
    if compression == "":
        records = packed
    elif compression == "zstd":
        try:
            if zstandard.frame_content_size(packed) != size:
                raise BrokenRecordError("a chunk states another size than its content has")
            records = zstandard.decompress(packed)
        except zstandard.ZstdError as error:
            raise BrokenRecordError("a chunk cannot be decompressed") from error
    else:
        raise BrokenRecordError(f"a chunk is compressed with {compression!r}, which is not known")
    if len(records) != size or (checksum and zlib.crc32(records) != checksum):
        raise BrokenRecordError("the checksum of a chunk does not fit")
    return records


def messages(records: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Messages of an unpacked chunk: channel, log time in nanoseconds, content.

    Raises:
        BrokenRecordError: a record overruns the chunk.
    """
    position, end = 0, len(records)
    unpack, code = _MESSAGE.unpack_from, int(Opcode.MESSAGE)
    fixed = RECORD_HEAD_BYTES + _MESSAGE_FIXED
    while position + fixed <= end:
        opcode, length, number, _, log_time, _ = unpack(records, position)
        following = position + RECORD_HEAD_BYTES + length
        if following > end:
            raise BrokenRecordError("a record overruns its chunk")
        if opcode == code:
            yield number, log_time, records[position + fixed : following]
        position = following


def declarations(records: bytes) -> Iterator[bytes]:
    """Bodies of the channel records of an unpacked chunk."""
    position, end = 0, len(records)
    while position + RECORD_HEAD_BYTES <= end:
        opcode, length = struct.unpack_from("<BQ", records, position)
        following = position + RECORD_HEAD_BYTES + length
        if following > end:
            return
        if opcode == Opcode.CHANNEL:
            yield records[position + RECORD_HEAD_BYTES : following]
        position = following
