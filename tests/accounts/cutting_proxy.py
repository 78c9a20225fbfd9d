"""A relay between a sender and a server that cuts connections."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress

from tests.accounts.relay import Relay


class CuttingProxy(Relay):
    """Relays to a port of this computer; its first connections are cut after so many bytes.

    Args:
        port: of the server.
        cuts: bytes from the sender after which each of the first connections is reset.
    """

    def __init__(self, port: int, cuts: list[int]) -> None:
        super().__init__()
        self._port = port
        self._cuts = list(cuts)
        self._counting = threading.Lock()
        self.cut = 0

    def relay(self, client: socket.socket) -> None:
        """Relay one connection, or the beginning of it."""
        with self._counting:
            left = self._cuts.pop(0) if self._cuts else None
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
