"""A relay between a sender and a server that cuts connections."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self


class CuttingProxy:
    """Relays to a port of this computer; its first connections are cut after so many bytes.

    Args:
        port: of the server.
        cuts: bytes from the sender after which each of the first connections is reset.
    """

    def __init__(self, port: int, cuts: list[int]) -> None:
        self._port = port
        self._cuts = list(cuts)
        self.cut = 0
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
                left = self._cuts.pop(0) if self._cuts else None
                threading.Thread(target=self._relay, args=(client, left), daemon=True).start()

    def _relay(self, client: socket.socket, left: int | None) -> None:
        with client, suppress(OSError):
            server = socket.create_connection(("127.0.0.1", self._port))
            self._between(client, server, left)

    def _between(self, client: socket.socket, server: socket.socket, left: int | None) -> None:
        with server:
            back = threading.Thread(target=_copy, args=(server, client), daemon=True)
            back.start()
            with suppress(OSError):
                while data := client.recv(65_536):
                    if left is not None and len(data) >= left:
                        server.sendall(data[:left])
                        self.cut += 1
                        for end in (client, server):
                            # a reset, as when the network goes away: no orderly end
                            end.setsockopt(
                                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                            )
                        client.shutdown(socket.SHUT_RDWR)
                        server.shutdown(socket.SHUT_RDWR)
                        return
                    left = None if left is None else left - len(data)
                    server.sendall(data)
            with suppress(OSError):
                server.shutdown(socket.SHUT_WR)
            back.join(30)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
