"""Cookies of a dashboard with accounts, and the token of its forms."""

from __future__ import annotations

import hashlib
import hmac

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import Response

SESSION = "levelstride-session"
SHARE = "levelstride-share"
FORM = "levelstride-form"
PROVIDER = "levelstride-provider"
_LONGEST = 2000


def cookie(headers: Headers, name: str, *, secure: bool) -> str:
    """Value of a cookie; empty when there is none.

    Args:
        headers: of the request; not to be trusted.
        name: its name, without prefix.
        secure: whether the dashboard is reached by TLS.
    """
    # The standard library's parser gives up at the first odd cookie of another application.
    found = cookie_parser(headers.get("cookie", "")[:8000])
    return found.get(full_name(name, secure=secure), "")[:_LONGEST]


def full_name(name: str, *, secure: bool) -> str:
    """Name with the prefix by which browsers bind it to TLS and this host."""
    return f"__Host-{name}" if secure else name


def set_cookie(
    response: Response, name: str, value: str, *, secure: bool, max_age: int | None = None
) -> None:
    """Set a cookie that scripts cannot read and other sites' forms do not send."""
    response.set_cookie(
        full_name(name, secure=secure),
        value,
        max_age=max_age,
        path="/",
        secure=secure,
        httponly=True,
        samesite="lax",
    )


def drop_cookie(response: Response, name: str, *, secure: bool) -> None:
    """Take a cookie back."""
    response.delete_cookie(
        full_name(name, secure=secure), path="/", secure=secure, httponly=True, samesite="lax"
    )


def form_token(secret: str) -> str:
    """What a form must send along, made from a cookie that only this browser has."""
    return hmac.digest(secret.encode(), b"levelstride form", hashlib.sha256).hex()


def form_token_fits(secret: str, given: str) -> bool:
    """Whether a form came from this browser's own page."""
    return bool(secret) and hmac.compare_digest(
        form_token(secret).encode(), given.encode("utf-8", "replace")
    )
