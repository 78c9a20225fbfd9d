"""Serve the dashboard until told to stop: on this computer, or with accounts for others."""

from __future__ import annotations

import errno
import ipaddress
import socket
import ssl
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import uvicorn
from fastapi import FastAPI

from dashboard.errors import AddressUnusable, CertificateUnusable, NotLoopback, PortInUse

KEEP_ALIVE_S = 75
"""How long a connection without a request is held, in seconds. Within the few seconds that are
usual, a reader's browser or a proxy may ask again just when the server closes it."""
GRACE_S = 3
"""How long open connections may take to end when the server stops, in seconds."""


class _Server(uvicorn.Server):
    """A uvicorn server that tells when it listens and can be stopped from another thread."""

    def __init__(
        self,
        config: uvicorn.Config,
        url: str,
        ready: Callable[[str], None] | None,
        stop_event: Event | None,
    ) -> None:
        super().__init__(config)
        self._url = url
        self._ready = ready
        self._stop_event = stop_event

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self._ready is not None:
            self._ready(self._url)

    async def on_tick(self, counter: int) -> bool:
        if self._stop_event is not None and self._stop_event.is_set():
            return True
        return await super().on_tick(counter)


def loopback_address(host: str) -> str:
    """Address to listen on for a host name.

    Args:
        host: ``localhost`` or a loopback address.

    Returns:
        The address in numbers.

    Raises:
        NotLoopback: other computers could reach the address.
    """
    if host == "localhost":
        return "127.0.0.1"
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        raise NotLoopback(host) from None
    if not address.is_loopback:
        raise NotLoopback(host)
    return str(address)


def _listen(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    # On Windows the option would let two programs share the port.
    if sys.platform != "win32":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise PortInUse(port) from error
        raise AddressUnusable(address, port, str(error)) from error
    return listener


def _check_certificate(certificate: Path, key: Path) -> None:
    for file in (certificate, key):
        if not file.is_file():
            raise CertificateUnusable(certificate, key, f"there is no file {file.name}")
    try:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key, password=lambda: "")
    except (OSError, ValueError) as error:
        raise CertificateUnusable(certificate, key, str(error)) from error


@dataclass(frozen=True, slots=True)
class Reach:
    """How a dashboard with accounts may be reached from other computers.

    Attributes:
        certificate: file with the certificate of its own TLS; None for a proxy's, or none.
        key: file with its key.
        proxies: addresses of proxies whose word is taken for who asks, comma separated.
    """

    certificate: Path | None = None
    key: Path | None = None
    proxies: str = ""


def any_address(host: str) -> str:
    """Address to listen on for a host name or an address, loopback or not.

    Raises:
        AddressUnusable: there is no such name.
    """
    if host == "localhost":
        return "127.0.0.1"
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM) if host else []
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise AddressUnusable(host, 0, "there is no such host")
    return str(found[0][4][0])


def is_loopback(host: str) -> bool:
    """Whether only this computer can reach a host name or address."""
    try:
        loopback_address(host)
    except NotLoopback:
        return False
    return True


def serve(
    app: FastAPI,
    host: str = "127.0.0.1",
    port: int = 8050,
    *,
    reach: Reach | None = None,
    ready: Callable[[str], None] | None = None,
    stop_event: Event | None = None,
) -> None:
    """Serve ``app`` until ``stop_event`` is set or the process is interrupted.

    Args:
        app: what ``create_app`` returned.
        host: ``localhost`` or a loopback address; any with ``reach``.
        port: TCP port; 0 takes a free one.
        reach: how others may reach it, for an application with accounts; None for not at all.
        ready: called once, with the page's address, when requests are answered. It runs on
            the server's event loop and must return quickly.
        stop_event: ends the server within about 0.1 s plus the grace for open connections.

    Raises:
        NotLoopback: other computers could reach the address.
        PortInUse: another program listens there.
        AddressUnusable: the operating system refuses the address or port.
        CertificateUnusable: the files of ``reach`` are no certificate with its key.
        KeyboardInterrupt: interrupted from the keyboard while running in the main thread.
    """
    address = loopback_address(host) if reach is None else any_address(host)
    reach = reach or Reach()
    if reach.certificate is not None and reach.key is not None:
        _check_certificate(reach.certificate, reach.key)
    with _listen(address, port) as listener:
        actual_port = listener.getsockname()[1]
        shown = f"[{address}]" if ":" in address else address
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            ws_max_size=4096,
            timeout_graceful_shutdown=GRACE_S,
            timeout_keep_alive=KEEP_ALIVE_S,
            proxy_headers=bool(reach.proxies),
            forwarded_allow_ips=reach.proxies or None,
            ssl_certfile=reach.certificate,
            ssl_keyfile=reach.key,
        )
        scheme = "https" if reach.certificate else "http"
        _Server(config, f"{scheme}://{shown}:{actual_port}", ready, stop_event).run(
            sockets=[listener]
        )
