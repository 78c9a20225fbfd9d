"""An OpenID Connect provider: where it is, and whom its tokens name."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode, urlsplit

from dashboard.accounts.provider_settings import ProviderSettings
from pipeline.accounts.errors import AccountError

if TYPE_CHECKING:
    import httpx
    from joserfc.jwk import KeySetSerialization

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
"""Signatures that are believed: with the provider's own key; never "none", never a shared secret."""
_KEPT_S = 3600.0
_LEEWAY_S = 60
_MOST_BYTES = 300_000


class ProviderFailed(AccountError):
    """The identity provider does not answer as it should, or its answer is not to be believed."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"sign-in at the provider failed: {what}",
            remedy="Try again, or sign in with a password",
        )


@dataclass(frozen=True, slots=True)
class _Places:
    authorization: str
    token: str
    keys: str


class Provider:
    """Speaks to the provider.

    Args:
        settings: which one.
    """

    def __init__(self, settings: ProviderSettings) -> None:
        self._settings = settings
        self._known: tuple[float, _Places] | None = None

    async def address(self, *, returns: str, state: str, nonce: str, verifier: str) -> str:
        """Where a browser is sent to sign in.

        Args:
            returns: address to which the provider sends it back.
            state: random text that comes back with it.
            nonce: random text that the token will hold.
            verifier: secret of which the hash is sent now and the text later.

        Raises:
            ProviderFailed: the provider does not say where.
        """
        places = await self._places()
        hashed = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": returns,
            "scope": "openid",
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(hashed).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        joint = "&" if urlsplit(places.authorization).query else "?"
        return f"{places.authorization}{joint}{urlencode(asked)}"

    async def subject(self, *, code: str, returns: str, nonce: str, verifier: str) -> str:
        """Whom a code names: the provider's id of the person.

        Raises:
            ProviderFailed: the code or the token is not to be believed.
        """
        import httpx

        places = await self._places()
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": returns,
            "code_verifier": verifier,
        }
        sign = httpx.BasicAuth(self._settings.client_id, self._settings.client_secret)
        answer = await self._ask("POST", places.token, data=asked, auth=sign)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise ProviderFailed("it sent no token")
        return self._believed(token, await self._ask("GET", places.keys), nonce)

    def _believed(self, token: str, keys: Mapping[str, object], nonce: str) -> str:
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        try:
            known = KeySet.import_key_set(cast("KeySetSerialization", keys))
            found = jwt.decode(token, known, algorithms=ALGORITHMS)
            claims = jwt.JWTClaimsRegistry(
                leeway=_LEEWAY_S,
                iss={"essential": True, "value": self._settings.issuer},
                aud={"essential": True, "value": self._settings.client_id},
                exp={"essential": True},
                iat={"essential": True},
                sub={"essential": True},
                nonce={"essential": True, "value": nonce},
            )
            claims.validate(found.claims)
        except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ProviderFailed(
                f"its token is not to be believed ({type(error).__name__})"
            ) from error
        party = found.claims.get("azp", self._settings.client_id)
        subject = found.claims["sub"]
        if party != self._settings.client_id or not isinstance(subject, str) or len(subject) > 255:
            raise ProviderFailed("its token is for somebody else")
        return subject

    async def _places(self) -> _Places:
        if self._known is not None and time.monotonic() - self._known[0] < _KEPT_S:
            return self._known[1]
        issuer = self._settings.issuer
        said = await self._ask("GET", issuer.rstrip("/") + "/.well-known/openid-configuration")
        if said.get("issuer") != issuer:
            raise ProviderFailed("it calls itself by another name than it was given")
        named = [said.get(k) for k in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        texts = [text for text in named if isinstance(text, str)]
        loopback = urlsplit(issuer).hostname in {"127.0.0.1", "localhost"}
        if len(texts) < len(named) or not all(
            text.startswith("https://") or (loopback and text.startswith("http://"))
            for text in texts
        ):
            raise ProviderFailed("it does not say where to sign in by TLS")
        places = _Places(*texts)
        self._known = (time.monotonic(), places)
        return places

    async def _ask(
        self,
        method: str,
        address: str,
        *,
        data: dict[str, str] | None = None,
        auth: httpx.Auth | None = None,
    ) -> dict[str, Any]:
        import httpx

        try:
            async with httpx.AsyncClient(timeout=10, follow_redirects=False) as client:
                answer = await client.request(method, address, data=data, auth=auth)
            said = answer.json() if len(answer.content) < _MOST_BYTES else None
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderFailed(f"it does not answer ({type(error).__name__})") from error
        if answer.status_code != 200 or not isinstance(said, dict):
            raise ProviderFailed(f"it answered {answer.status_code}")
        return said
