"""Errors of the dashboard's server."""

from __future__ import annotations

from pathlib import Path

from sensors.errors import LevelstrideError


class DashboardError(LevelstrideError):
    """The dashboard cannot be served."""


class PortInUse(DashboardError):
    """Another program listens on the wanted port.

    Attributes:
        port: the port.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        super().__init__(
            f"port {port} is in use by another program",
            where="dashboard",
            remedy=f"Choose another one, for example --port {port + 1 if port < 65535 else 8050}",
        )


class NotLoopback(DashboardError):
    """The wanted address can be reached from other computers.

    Attributes:
        host: the address.
    """

    def __init__(self, host: str) -> None:
        self.host = host
        super().__init__(
            f"{host!r} can be reached from other computers, and the dashboard has no accounts",
            where="dashboard",
            remedy="Use --host 127.0.0.1, or add an account: levelstride users add NAME --role admin",
        )


class AddressUnusable(DashboardError):
    """The operating system refuses to listen on the wanted address.

    Attributes:
        host: the address.
        port: the port.
    """

    def __init__(self, host: str, port: int, reason: str) -> None:
        self.host = host
        self.port = port
        super().__init__(
            f"cannot listen on {host} port {port}: {reason}",
            where="dashboard",
            remedy="Choose another --port, above 1023",
        )


class CertificateUnusable(DashboardError):
    """The server's own TLS cannot be set up.

    Attributes:
        certificate: file with the certificate.
        key: file with its key.
    """

    def __init__(self, certificate: Path, key: Path, reason: str) -> None:
        self.certificate = certificate
        self.key = key
        super().__init__(
            f"{certificate} with {key} cannot be used for TLS: {reason}",
            where="dashboard",
            remedy="Give a certificate and its key as PEM files, the key without a password",
        )


class UploadRefused(DashboardError):
    """A file that was handed over cannot be taken.

    Attributes:
        name: its name in the browser.
    """

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        super().__init__(f"the file was not taken: {reason}", where=name[:100])


class PdfUnavailable(DashboardError):
    """A PDF cannot be made on this computer."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"a PDF cannot be made here ({reason})",
            where="report",
            remedy=(
                "Install the system library Pango (apt install libpango-1.0-0 libpangoft2-1.0-0), "
                "or make the report as HTML and print that"
            ),
        )
