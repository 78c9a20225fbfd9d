"""Sign-in behind a proxy with TLS, and with the server's own TLS."""

from __future__ import annotations

import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from dashboard.accounts.rate_limit import TRIES
from dashboard.app import create_app
from dashboard.errors import CertificateUnusable
from dashboard.server import Reach, serve
from tests.accounts.clinic import NAMES, PASSWORD, Clinic, make_clinic
from tests.accounts.tls_proxy import TlsProxy, make_certificate

pytestmark = pytest.mark.real_time


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@contextmanager
def served(clinic: Clinic, reach: Reach) -> Iterator[str]:
    """The practice as ``levelstride dashboard`` serves it; gives the address."""
    listening, stop, addresses = threading.Event(), threading.Event(), []

    def ready(address: str) -> None:
        addresses.append(address)
        listening.set()

    app = create_app(store=clinic.store, accounts=clinic.settings)
    thread = threading.Thread(
        target=lambda: serve(app, port=0, reach=reach, ready=ready, stop_event=stop)
    )
    thread.start()
    try:
        assert listening.wait(120)
        yield addresses[0]
    finally:
        stop.set()
        thread.join(100)


def browser(port: int, certificate: Path) -> httpx.Client:
    """Trusts this certificate only, and keeps cookies as a browser does."""
    return httpx.Client(
        base_url=f"https://localhost:{port}",
        verify=ssl.create_default_context(cafile=str(certificate)),
        headers={"Origin": f"https://localhost:{port}"},
        timeout=60,
    )


def sign_in(client: httpx.Client, name: str, password: str) -> httpx.Response:
    page = client.get("/sign-in")
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', page.text)
    assert token is not None
    fields = {"form_token": token[1], "name": name, "password": password, "next": "/runners"}
    return client.post("/sign-in", data=fields)


def test_signing_in_through_a_proxy_with_tls(
    tmp_path: Path, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TRIES, "pair", 2)
    clinic = make_clinic(tmp_path / "library")
    clinic.store.accounts.people.set_password("tom", PASSWORD)
    clinic.settings = replace(clinic.settings, secure=True, public_url="https://localhost")
    with (
        served(clinic, Reach(proxies="127.0.0.1")) as address,
        TlsProxy(int(address.rsplit(":", 1)[1]), *certificate) as proxy,
        browser(proxy.port, certificate[0]) as client,
        browser(proxy.port, certificate[0]) as stranger,
    ):
        page = client.get("/sessions")
        assert (page.status_code, page.headers["location"]) == (303, "/sign-in?next=/sessions")
        entered = sign_in(client, "tom", PASSWORD)
        assert (entered.status_code, entered.headers["location"]) == (303, "/runners")
        (line,) = [c for c in entered.headers.get_list("set-cookie") if "-session=" in c]
        name, _, rest = line.partition("=")
        assert name == "__Host-levelstride-session"
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(rest.split("; "))
        assert "Domain" not in rest
        assert entered.headers["strict-transport-security"] == "max-age=31536000"
        assert client.get("/runners").status_code == 200
        # the cookie without its prefix, as another host of the same domain could set it, is none
        value = client.cookies["__Host-levelstride-session"]
        plain = {"Cookie": f"levelstride-session={value}"}
        assert stranger.get("/account", headers=plain).status_code == 303
        # the proxy's word is taken for who asks: tries count by the browser's address
        statuses = [sign_in(stranger, "tom", "wrong password").status_code for _ in range(3)]
        assert statuses == [403, 403, 429]
        proxy.asks = "192.0.2.8"
        assert sign_in(stranger, "tom", PASSWORD).status_code == 303
        assert NAMES["bert"] in stranger.get("/account").text
    clinic.store.close()


def test_the_servers_own_tls(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    clinic = make_clinic(tmp_path / "library")
    clinic.settings = replace(clinic.settings, secure=True)
    with served(clinic, Reach(*certificate)) as address:
        assert address.startswith("https://")
        port = int(address.rsplit(":", 1)[1])
        with browser(port, certificate[0]) as client:
            page = client.get("/sign-in")
            assert page.status_code == 200
            assert "Secure" in page.headers["set-cookie"]
        with pytest.raises(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=60)
    clinic.store.close()


def test_a_certificate_that_is_none_is_named(
    tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    """Bytes that are no certificate, another one's key, a key with a password, a missing file."""
    from cryptography.hazmat.primitives import serialization

    other = make_certificate(tmp_path)
    noise, locked = tmp_path / "noise.pem", tmp_path / "locked.pem"
    noise.write_bytes(bytes(range(256)))
    key = serialization.load_pem_private_key(certificate[1].read_bytes(), None)
    locked.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    pairs = [
        (noise, certificate[1]),
        (certificate[0], other[1]),
        (certificate[0], locked),
        (tmp_path / "gone.pem", certificate[1]),
    ]
    for pair in pairs:
        with pytest.raises(CertificateUnusable, match=pair[0].name) as refused:
            serve(FastAPI(), port=0, reach=Reach(*pair))
        assert pair[1].name in str(refused.value)
