"""How much of a recording could be read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RecordingHealth:
    """What reading a whole recording showed.

    Attributes:
        complete: closed properly, and every byte of it read.
        damaged_chunks: chunks, a fraction of a second each, that could not be read.
        bytes_lost: bytes of the file that could not be read.
        messages: messages that were read, of all kinds.
        duration_s: session time of the last notification.
        chunks: chunks that were read.
        problems: one sentence for each thing that is wrong, in file order.
    """

    complete: bool
    damaged_chunks: int
    bytes_lost: int
    messages: int
    duration_s: float
    chunks: int
    problems: tuple[str, ...]
