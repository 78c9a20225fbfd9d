"""A thread of the server that has another process draw, from its start to its end."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod

from dashboard.accounts.drawing_worker import DrawingWorker
from pipeline.store import StorePlace


class DrawingThread(ABC):
    """``start`` begins, ``close`` ends.

    Args:
        place: the whole library, which the process opens for itself.
        niceness: of the process, added to that of the server.
        name: of the thread.
    """

    def __init__(self, place: StorePlace, niceness: int, name: str) -> None:
        self._worker = DrawingWorker(place, niceness)
        self._changed = threading.Condition()
        self._closed = False
        self._name = name
        self._thread: threading.Thread | None = None

    @property
    def process_id(self) -> int | None:
        """Of the process, while there is one."""
        return self._worker.process_id

    def start(self) -> None:
        """Begin; nothing happens the second time, or after the end."""
        if self._thread is None and not self._closed:
            self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End the process at once; whoever waits is let go, and what is left is drawn another time."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._worker.stop()
        if self._thread is not None:
            self._thread.join()
        self._worker.end()

    @abstractmethod
    def _work(self) -> None:
        """What the thread does; it returns soon after ``close`` has begun."""
