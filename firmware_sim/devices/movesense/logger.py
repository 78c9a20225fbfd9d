"""The on-board log of a Movesense: what was recorded without a host."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from firmware_sim.devices.movesense.resources import Measured

MEMORY_BYTES = 384 * 1024
HEADER = b"SBEM0109"

Recorded = Callable[["Measured", float, float], Iterable[bytes]]


class Logger:
    """Logs of one sensor, numbered from 1.

    A log holds the packets of its resources one resource after the other behind the vendor's eight-byte
    mark; the vendor's own container is not modelled. The oldest data stay when the memory is full.

    Attributes:
        resources: What the next log will hold.
        logs: Finished logs.
    """

    def __init__(self) -> None:
        self.resources: list[Measured] = []
        self.logs: dict[int, bytes] = {}
        self._start_s: float | None = None

    @property
    def running(self) -> bool:
        """Whether a log is being written."""
        return self._start_s is not None

    def start(self, session_s: float) -> None:
        """Begin a log."""
        self._start_s = session_s

    def stop(self, session_s: float, recorded: Recorded) -> None:
        """End the log; ``recorded`` gives the packets of a resource over a span."""
        start_s, self._start_s = self._start_s, None
        if start_s is None:
            return
        room = MEMORY_BYTES - sum(map(len, self.logs.values()))
        data = bytearray(HEADER)
        for resource in self.resources:
            for packet in recorded(resource, start_s, session_s):
                if len(data) + len(packet) > room:
                    break
                data += packet
        self.logs[len(self.logs) + 1] = bytes(data)

    def clear(self) -> None:
        """Erase all logs."""
        self.logs.clear()

    def interrupted(self) -> None:
        """Power was lost: what was being written is gone."""
        self._start_s = None
