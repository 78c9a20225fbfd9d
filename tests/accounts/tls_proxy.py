"""A proxy with TLS before a dashboard, and a certificate for it."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.accounts.relay import Relay


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of this computer's own for ``localhost``, and its key, as PEM files."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, private


class TlsProxy(Relay):
    """Does what ``deploy/nginx.conf`` does: ends TLS, and says in headers who asks, and how.

    One request a connection. What the browser says of itself in those headers is dropped.

    Args:
        port: of the dashboard.
        certificate: PEM file.
        key: PEM file.
        asks: address that the proxy says requests come from.
    """

    def __init__(self, port: int, certificate: Path, key: Path, asks: str = "192.0.2.7") -> None:
        super().__init__()
        self.asks = asks
        self._target = port
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)

    def relay(self, client: socket.socket) -> None:
        """Relay one connection."""
        with suppress(OSError), self._context.wrap_socket(client, server_side=True) as asked:
            data = b""
            while b"\r\n\r\n" not in data:
                more = asked.recv(65_536)
                if not more:
                    return
                data += more
            head, _, body = data.partition(b"\r\n\r\n")
            lines = [
                line
                for line in head.split(b"\r\n")
                if not line.lower().startswith((b"x-forwarded-", b"connection:"))
            ]
            lines += [
                f"X-Forwarded-For: {self.asks}".encode(),
                b"X-Forwarded-Proto: https",
                b"Connection: close",
            ]
            length = next(
                (
                    int(ln.split(b":")[1])
                    for ln in lines
                    if ln.lower().startswith(b"content-length")
                ),
                0,
            )
            while len(body) < length:
                body += asked.recv(65_536)
            with socket.create_connection(("127.0.0.1", self._target)) as server:
                server.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + body)
                while answer := server.recv(65_536):
                    asked.sendall(answer)
            with suppress(OSError):
                asked.unwrap()
