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
_FEWEST_IN_STEP = 16
"""Fewer chunks are gone through faster one after another."""


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
        """The messages ``[first, last)``, as of one chunk; at least one."""
        rows = slice(first, last)
        start, stop = self.start[rows], self.stop[rows]
        at = start[0].item()
        return MessageColumns(
            self.content[at : stop[-1].item()],
            self.channel[rows],
            self.time_ns[rows],
            start - at,
            stop - at,
            [last - first],
        )


def columns_of_chunks(chunks: Sequence[bytes]) -> MessageColumns | None:
    """Messages of chunks that hold nothing else.

    Args:
        chunks: their records, at least one chunk.

    Returns:
        None when one of them holds another record, or one that is not whole.
    """
    content = b"".join(chunks)
    end = np.cumsum([len(records) for records in chunks], dtype=np.int64)
    start = _record_starts(content, end)
    if start is None:
        return None
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
        np.searchsorted(start, end).tolist(),
    )


def _record_starts(content: bytes, end: IntArray) -> IntArray | None:
    """Where records start that may be messages, in order.

    All chunks are gone through in step: the first record of each, then the second of each.

    Args:
        content: some chunks, one after another.
        end: where each of them ends, shape (c,).

    Returns:
        None when the records do not fill their chunks, or one is too short for a message.
    """
    at = np.concatenate(([0], end[:-1]))
    # the number in eight bytes, from every place on
    numbers = np.ndarray((max(0, len(content) - 7),), "<u8", buffer=content, strides=(1,))
    found: list[IntArray] = []
    while len(at) >= _FEWEST_IN_STEP:
        whole = at + _MESSAGE.itemsize <= end
        if not whole.all():
            if (at != end)[~whole].any():
                return None
            at, end = at[whole], end[whole]
        found.append(at)
        length = np.minimum(numbers[at + 1], len(content)).astype(np.int64)
        at = at + length + RECORD_HEAD_BYTES
    rest: list[int] = []
    for position, last in zip(at.tolist(), end.tolist(), strict=True):
        while position + _MESSAGE.itemsize <= last:
            rest.append(position)
            position += _LENGTH.unpack_from(content, position)[0] + RECORD_HEAD_BYTES
        if position != last:
            return None
    return np.sort(np.concatenate((*found, np.array(rest, np.int64))))


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
