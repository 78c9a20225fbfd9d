"""The messages of many chunks in columns: the same that `mcap_records.chunk_content` takes one by one."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import numpy.typing as npt
from mcap.opcode import Opcode

from sensors.mcap_records import RECORD_HEAD_BYTES
from sensors.packed_messages import IntArray, payload_rows

_MESSAGE = np.dtype(
    [
        ("opcode", "u1"),
        ("length", "<u8"),
        ("channel", "<u2"),
        ("sequence", "<u4"),
        ("log_time", "<u8"),
        ("publish_time", "<u8"),
    ]
)
"""Start of a message record."""
_LENGTH = struct.Struct("<xQ")
_SHORTEST = _MESSAGE.itemsize - RECORD_HEAD_BYTES


@dataclass(frozen=True, slots=True)
class MessageColumns:
    """Messages of consecutive chunks, in file order.

    Attributes:
        content: the chunks' records.
        channel: number of each message's channel, shape (n,).
        time_ns: its log time, shape (n,).
        start: where its content starts, shape (n,).
        stop: where it ends, shape (n,).
        ends: number of messages up to the end of each chunk.
    """

    content: bytes
    channel: npt.NDArray[np.uint16]
    time_ns: npt.NDArray[np.uint64]
    start: IntArray
    stop: IntArray
    ends: list[int]

    def __len__(self) -> int:
        """Number of messages."""
        return len(self.start)

    def part(self, first: int, last: int) -> MessageColumns:
        """The messages ``[first, last)``, as of one chunk."""
        rows = slice(first, last)
        return MessageColumns(
            self.content,
            self.channel[rows],
            self.time_ns[rows],
            self.start[rows],
            self.stop[rows],
            [last - first],
        )


def columns_of_chunks(chunks: Sequence[bytes]) -> MessageColumns | None:
    """Messages of chunks that hold nothing else.

    Args:
        chunks: their records, at least one chunk.

    Returns:
        None when one of them holds another record, or one that is not whole.
    """
    positions: list[int] = []
    ends: list[int] = []
    unpack = _LENGTH.unpack_from
    offset = 0
    for records in chunks:
        position, end = 0, len(records)
        last = end - _MESSAGE.itemsize
        while position <= last:
            positions.append(offset + position)
            position += unpack(records, position)[0] + RECORD_HEAD_BYTES
        if position != end:
            return None
        offset += end
        ends.append(len(positions))
    content = b"".join(chunks)
    start = np.array(positions, np.int64)
    head = payload_rows(content, start, _MESSAGE.itemsize).view(_MESSAGE)[:, 0]
    length = head["length"].astype(np.int64)
    if (head["opcode"] != Opcode.MESSAGE).any() or (length < _SHORTEST).any():
        return None
    return MessageColumns(
        content,
        head["channel"],
        head["log_time"],
        start + _MESSAGE.itemsize,
        start + RECORD_HEAD_BYTES + length,
        ends,
    )


def columns_of_messages(messages: Sequence[tuple[int, int, bytes]]) -> MessageColumns:
    """The same of messages that were taken out of one chunk one by one: channel, log time, content."""
    stop = np.cumsum([len(content) for _, _, content in messages], dtype=np.int64)
    start = np.concatenate([[0], stop[:-1]]).astype(np.int64) if len(messages) else stop
    return MessageColumns(
        b"".join(content for _, _, content in messages),
        np.array([number for number, _, _ in messages], np.uint16),
        np.array([time_ns for _, time_ns, _ in messages], np.uint64),
        start,
        stop,
        [len(messages)],
    )


def joined(parts: Sequence[MessageColumns]) -> MessageColumns:
    """Messages of several pieces of memory, in one; at least one piece."""
    if len(parts) == 1:
        return parts[0]
    offsets = list(accumulate((len(part.content) for part in parts), initial=0))
    return MessageColumns(
        b"".join(part.content for part in parts),
        np.concatenate([part.channel for part in parts]),
        np.concatenate([part.time_ns for part in parts]),
        np.concatenate([part.start + at for part, at in zip(parts, offsets, strict=False)]),
        np.concatenate([part.stop + at for part, at in zip(parts, offsets, strict=False)]),
        list(accumulate(len(part) for part in parts)),
    )
