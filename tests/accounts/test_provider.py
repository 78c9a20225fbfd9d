"""Sign-in with an identity provider that runs as a process of its own."""

from __future__ import annotations

import base64
import hashlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from dashboard.accounts import cookies
from dashboard.accounts.provider import Provider, ProviderFailed
from dashboard.accounts.provider_settings import ProviderSettings
from tests.accounts.clinic import HERE, Clinic, make_clinic
from tests.accounts.test_signing_in import cookie_of

pytestmark = pytest.mark.real_time


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """Address of the provider."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        address = f"http://127.0.0.1:{port}"
        try:
            for _ in range(2000):
                try:
                    httpx.get(f"{address}/.well-known/openid-configuration")
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield address
        finally:
            process.terminate()


@pytest.fixture
def with_provider(issuer: str, tmp_path: Path) -> Iterator[Clinic]:
    """A practice with this provider."""
    provider = ProviderSettings(issuer, "levelstride", "shared secret")
    clinic = make_clinic(tmp_path / "library", provider=provider)
    clinic.open()
    yield clinic
    clinic.store.close()


def leave(clinic: Clinic) -> tuple[str, str]:
    """Where the browser is sent, and its cookie."""
    left = clinic.ask("anonymous", "/sign-in/provider")
    assert left.status_code == 303
    return left.headers["location"], cookie_of(left, cookies.PROVIDER)


def consent(where: str, subject: str) -> str:
    """What the person does at the provider: path and query with which the browser comes back."""
    answer = httpx.post(where, data={"sub": subject}, follow_redirects=False, timeout=60)
    assert answer.status_code in {302, 303}, answer.text
    back = urlsplit(answer.headers["location"])
    assert f"{back.scheme}://{back.netloc}" == HERE
    return f"{back.path}?{back.query}"


def come_back(clinic: Clinic, path: str, cookie: str) -> httpx.Response:
    return clinic.ask("anonymous", path, headers={"Cookie": f"{cookies.PROVIDER}={cookie}"})


def test_a_person_whom_the_provider_names_is_signed_in(with_provider: Clinic) -> None:
    clinic = with_provider
    assert "/sign-in/provider" in clinic.ask("anonymous", "/sign-in").text
    where, cookie = leave(clinic)
    asked = parse_qs(urlsplit(where).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["response_type"] == ["code"]
    unknown = come_back(clinic, consent(where, "tom@practice"), cookie)
    assert unknown.status_code == 403
    assert "tom@practice" in unknown.text
    clinic.store.accounts.people.set_subject("tom", "tom@practice")
    where, cookie = leave(clinic)
    path = consent(where, "tom@practice")
    known = come_back(clinic, path, cookie)
    assert known.status_code == 303
    clinic.tokens["therapist"] = cookie_of(known, cookies.SESSION)
    assert clinic.ask("therapist", "/runners").status_code == 200
    # a code is good once
    assert come_back(clinic, path, cookie).status_code == 403
    clinic.store.accounts.people.set_disabled("tom", True)
    where, cookie = leave(clinic)
    assert come_back(clinic, consent(where, "tom@practice"), cookie).status_code == 403


def test_a_code_of_another_browser_or_with_another_secret_is_refused(
    with_provider: Clinic,
) -> None:
    clinic = with_provider
    clinic.store.accounts.people.set_subject("tom", "tom@practice")
    where, cookie = leave(clinic)
    path = consent(where, "tom@practice")
    _, other = leave(clinic)
    state, nonce, verifier = cookie.split(".")
    # The provider of this test looks at no verifier; that ours is the one whose hash was sent:
    challenge = parse_qs(urlsplit(where).query)["code_challenge"][0]
    hashed = hashlib.sha256(verifier.encode()).digest()
    assert challenge == base64.urlsafe_b64encode(hashed).rstrip(b"=").decode()
    assert (nonce in where, verifier in where) == (True, False)
    for wrong in ("", "..", other, f"{state}.another.{verifier}"):
        answer = come_back(clinic, path, wrong)
        assert answer.status_code == 403
        assert not cookie_of(answer, cookies.SESSION)
    assert come_back(clinic, "/sign-in/provider/return?error=denied", cookie).status_code == 403


def test_tokens_that_do_not_fit_are_not_believed(issuer: str) -> None:
    """Signed by others, for others, too old, or not at all."""
    from joserfc import jwt
    from joserfc.jwk import KeySet, OctKey, RSAKey

    key, stranger = (RSAKey.generate_key(2048, {"kid": "1"}) for _ in range(2))
    keys = KeySet([key]).as_dict(private=False)
    provider = Provider(ProviderSettings(issuer, "levelstride", "shared secret"))
    now = int(time.time())
    good = {
        "iss": issuer,
        "aud": "levelstride",
        "sub": "tom",
        "nonce": "n",
        "iat": now,
        "exp": now + 60,
    }

    def token(claims: dict[str, object], signer: RSAKey = key) -> str:
        return str(jwt.encode({"alg": "RS256", "kid": "1"}, claims, signer))

    assert provider._believed(token(good), keys, "n") == "tom"
    secret = OctKey.import_key("shared secret that is long enough to be one")
    head, body, _ = token(good).split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    unsigned = f"{none}.{body}."
    wrong = [
        f"{head}.{body}.",
        token({**good, "iss": "https://evil.example"}),
        token({**good, "aud": "another"}),
        token({**good, "nonce": "another"}),
        token({**good, "exp": now - 600}),
        token({**good, "iat": now + 3600}),
        token({**good, "exp": "never"}),
        token({**good, "sub": 5}),
        token({**good, "aud": []}),
        token({**good, "azp": "another"}),
        token({k: v for k, v in good.items() if k != "nonce"}),
        token({k: v for k, v in good.items() if k != "sub"}),
        token(good, stranger),
        str(jwt.encode({"alg": "HS256", "kid": "1"}, good, secret)),
        "eyJhbGciOiJub25lIn0.e30.",
        unsigned,
        f"{unsigned}AAAA",
        "rubbish",
    ]
    for text in wrong:
        with pytest.raises(ProviderFailed):
            provider._believed(text, keys, "n")


def test_a_provider_that_does_not_answer_is_said_so(tmp_path: Path) -> None:
    provider = ProviderSettings("http://127.0.0.1:9", "levelstride", "x")
    clinic = make_clinic(tmp_path / "library", provider=provider)
    clinic.open()
    answer = clinic.ask("anonymous", "/sign-in/provider")
    assert answer.status_code == 502
    assert "password" in answer.text
    clinic.store.close()


@pytest.mark.parametrize(
    "keys", [{}, {"keys": None}, {"keys": [1]}, {"keys": ["x"]}, {"keys": [{}]}, {"keys": {}}]
)
def test_keys_that_are_none_believe_nobody(issuer: str, keys: dict[str, object]) -> None:
    provider = Provider(ProviderSettings(issuer, "levelstride", "shared secret"))
    with pytest.raises(ProviderFailed):
        provider._believed("eyJhbGciOiJSUzI1NiJ9.e30.AAAA", keys, "n")
