"""Reads the inside of MCAP records, of which every byte may be wrong.

Format: https://mcap.dev/spec. Chunks are known compressed with zstd, or not at all.
"""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple

import zstandard
from mcap.opcode import Opcode

RECORD_HEAD = struct.Struct("<BQ")
"""Start of a record: opcode, length of what follows."""
RECORD_HEAD_BYTES = RECORD_HEAD.size
CHUNK_FIXED = struct.Struct("<QQQI")
"""Start of a chunk: first and last log time, uncompressed size, checksum."""
_LARGEST_CHUNK = 64 * 2**20
_MESSAGE = struct.Struct("<BQHIQQ")
"""Start of a message record: opcode, length, channel, sequence, log time, publish time."""


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


def unpack_chunk(body: bytes, decompressor: zstandard.ZstdDecompressor) -> bytes:
    """Check and decompress a chunk.

    Args:
        body: the chunk record without its head.
        decompressor: may be used again for the next chunk, but by one thread only.

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
            records = decompressor.decompress(packed)
        except zstandard.ZstdError as error:
            raise BrokenRecordError("a chunk cannot be decompressed") from error
    else:
        raise BrokenRecordError(f"a chunk is compressed with {compression!r}, which is not known")
    if len(records) != size or (checksum and zlib.crc32(records) != checksum):
        raise BrokenRecordError("the checksum of a chunk does not fit")
    return records


class ChunkContent(NamedTuple):
    """What an unpacked chunk holds.

    Attributes:
        channels: bodies of its channel records.
        messages: its messages: channel, log time in nanoseconds, content.
        whole: False when a record overruns the chunk; what stands before it is given.
    """

    channels: list[bytes]
    messages: list[tuple[int, int, bytes]]
    whole: bool


def chunk_content(records: bytes) -> ChunkContent:
    """Take an unpacked chunk apart.

    Args:
        records: its content, whose checksum was checked.
    """
    channels: list[bytes] = []
    messages: list[tuple[int, int, bytes]] = []
    position, end = 0, len(records)
    unpack, is_message, is_channel = _MESSAGE.unpack_from, int(Opcode.MESSAGE), int(Opcode.CHANNEL)
    fixed = _MESSAGE.size
    last = end - fixed
    while position <= last:
        opcode, length, number, _, log_time, _ = unpack(records, position)
        following = position + RECORD_HEAD_BYTES + length
        if following > end:
            return ChunkContent(channels, messages, whole=False)
        if opcode == is_message:
            messages.append((number, log_time, records[position + fixed : following]))
        elif opcode == is_channel:
            channels.append(records[position + RECORD_HEAD_BYTES : following])
        position = following
    while position + RECORD_HEAD_BYTES <= end:  # too short for a message
        opcode, length = RECORD_HEAD.unpack_from(records, position)
        following = position + RECORD_HEAD_BYTES + length
        if following > end:
            break
        if opcode == is_channel:
            channels.append(records[position + RECORD_HEAD_BYTES : following])
        position = following
    return ChunkContent(channels, messages, whole=True)
