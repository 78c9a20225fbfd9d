"""Something that listens on a port of this computer, and stands between a client and a server."""

from __future__ import annotations

import socket
import threading
from abc import ABC, abstractmethod
from contextlib import suppress
from types import TracebackType
from typing import Self


class Relay(ABC):
    """Takes connections while its context lasts; each is relayed in a thread of its own.

    Attributes:
        port: where it listens.
    """

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with suppress(OSError):  # not every system shuts down a socket that listens
            self._listener.shutdown(socket.SHUT_RDWR)  # closing alone wakes nobody on Linux
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self.relay, args=(client,), daemon=True).start()

    @abstractmethod
    def relay(self, client: socket.socket) -> None:
        """Relay one connection until it ends, and close it."""
