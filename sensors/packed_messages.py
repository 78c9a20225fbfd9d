"""Notifications of one sensor that lie together in one piece of memory, as a recording holds them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
import numpy.typing as npt

from sensors.notification import Message

IntArray = npt.NDArray[np.int64]
RowArray = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class PackedMessages(Sequence[Message]):
    """Notifications of one sensor, in the order of the recording.

    Whoever goes through them gets one :data:`~sensors.notification.Message` after another; a
    decoder that can take many at once reads the columns.

    Attributes:
        content: holds the payloads, and other things between them.
        characteristics: UUIDs, in no order.
        which: number of each message's characteristic among these, shape (n,).
        time_ns: arrival of each, shape (n,), nanoseconds of session time.
        start: where its payload starts in ``content``, shape (n,).
        stop: where it ends, shape (n,), not before ``start`` and not after the end of ``content``.
    """

    content: bytes
    characteristics: tuple[str, ...]
    which: npt.NDArray[np.intp]
    time_ns: npt.NDArray[np.uint64]
    start: IntArray
    stop: IntArray

    def __len__(self) -> int:
        """Number of messages."""
        return len(self.start)

    @overload
    def __getitem__(self, position: int) -> Message: ...
    @overload
    def __getitem__(self, position: slice) -> PackedMessages: ...
    def __getitem__(self, position: int | slice) -> Message | PackedMessages:
        """One message, or some of them."""
        if isinstance(position, slice):
            return self.chosen(position)
        return (
            self.characteristics[self.which[position]],
            self.content[self.start[position] : self.stop[position]],
            self.time_ns[position].item(),
        )

    def __iter__(self) -> Iterator[Message]:
        """One message after another."""
        names, content = self.characteristics, self.content
        columns = (self.which, self.start, self.stop, self.time_ns)
        for which, start, stop, time_ns in zip(*(each.tolist() for each in columns), strict=True):
            yield names[which], content[start:stop], time_ns

    def chosen(self, which: slice | npt.NDArray[np.intp]) -> PackedMessages:
        """Some of the messages."""
        return PackedMessages(
            self.content,
            self.characteristics,
            self.which[which],
            self.time_ns[which],
            self.start[which],
            self.stop[which],
        )

    def positions_of(self, *characteristics: str) -> npt.NDArray[np.intp]:
        """Where the messages of these characteristics stand, in order."""
        mine = np.array([name in characteristics for name in self.characteristics], np.bool_)
        return np.flatnonzero(mine[self.which])


def payload_rows(content: bytes, start: IntArray, size: int) -> RowArray:
    """So many bytes from each of some places in one piece of memory, shape (n, size).

    Args:
        content: the memory.
        start: the places, shape (n,), each at least ``size`` before the end.
        size: at least 1.
    """
    if not len(start):
        return np.empty((0, size), np.uint8)
    rows = np.ndarray(
        (len(content) - size + 1,), np.dtype((np.void, size)), buffer=content, strides=(1,)
    )
    return rows[start].view(np.uint8).reshape(-1, size)
