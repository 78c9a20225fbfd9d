"""Guard in front of every request: who may ask, and what the answer may do.

The dashboard listens on this computer only, but any web page open in the same browser can send
requests to it. The guard refuses foreign host names (DNS rebinding), changes and sockets asked
for by foreign pages, and bodies beyond a bound; it adds a content security policy, so that
answers run only the project's own scripts and reach no other host.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALLOWED_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
MAX_BODY_BYTES = 1_000_000
MAX_UPLOAD_BYTES = 4_000_000_000
"""One file that is handed over; it is written to disk piece by piece."""
_UPLOADS = ("/api/uploads", "/api/v1/uploads/")
PROGRAMS = "/api/v1/"
"""Asked by programs with a token and never by a cookie, so no page can misuse a browser for it."""
HSTS = "max-age=31536000"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_CACHED_PREFIXES = ("/assets/", "/_dash-component-suites/")


def content_security_policy(script_hashes: Sequence[str]) -> str:
    """Policy that lets a page use only this host.

    Args:
        script_hashes: quoted hashes (``'sha256-…'``) of the page's inline scripts.
    """
    scripts = " ".join(["'self'", *script_hashes])
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
        "worker-src 'self' blob:; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'; object-src 'none'"
    )


def _hostname(netloc: str) -> str:
    try:
        return urlsplit(f"//{netloc}").hostname or ""
    except ValueError:
        return ""


def _is_address(hostname: str) -> bool:
    try:
        ipaddress.ip_address(hostname)
    except ValueError:
        return False
    return True


def _same_origin(origin: str, host: str) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and parts.netloc == host


def _content_length(headers: Headers) -> int | None:
    text = headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


class Guard:
    """ASGI middleware; the outermost one.

    Refusals: 421 for a foreign Host, 403 for a change or a socket without this page's Origin,
    411 for a body without a length, 413 for one above ``MAX_BODY_BYTES`` (``MAX_UPLOAD_BYTES``
    for a file that is handed over).

    Args:
        app: what is guarded.
        csp: value of the Content-Security-Policy header.
        allowed_hosts: host names, without port, that a request may be addressed to.
        any_address: whether it may be addressed to any address in numbers, too; another page's
            name cannot stand for one.
        secure: whether browsers reach the dashboard by TLS, and shall never do otherwise.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        csp: str,
        allowed_hosts: frozenset[str] = ALLOWED_HOSTS,
        any_address: bool = False,
        secure: bool = False,
    ) -> None:
        self._app = app
        self._csp = csp
        self._allowed_hosts = allowed_hosts
        self._any_address = any_address
        self._secure = secure

    def _knows(self, hostname: str) -> bool:
        return hostname in self._allowed_hosts or (self._any_address and _is_address(hostname))

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._knows(_hostname(host)):
            return 421, "This address does not belong to the dashboard."
        changing = scope["type"] == "websocket" or scope["method"] not in _SAFE_METHODS
        if not changing:
            return None
        origin = headers.get("origin", "")
        by_program = scope["type"] == "http" and scope["path"].startswith(PROGRAMS) and not origin
        if not by_program and not _same_origin(origin, host):
            return 403, "Only the dashboard's own pages may do this."
        if scope["type"] == "http":
            length = _content_length(headers)
            bodiless = scope["method"] == "DELETE" and "transfer-encoding" not in headers
            if length is None and not bodiless:
                return 411, "The request has no length."
            most = MAX_UPLOAD_BYTES if scope["path"].startswith(_UPLOADS) else MAX_BODY_BYTES
            if length is not None and length > most:
                return 413, "The request is too long."
        return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or pass it on and add headers to the answer."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if scope["type"] == "websocket":
            if refusal is None:
                await self._app(scope, receive, send)
            else:
                await receive()
                await send({"type": "websocket.close", "code": 1008, "reason": refusal[1]})
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add_headers(MutableHeaders(scope=message), scope, message["status"])
            await send(message)

        if refusal is None:
            await self._app(scope, receive, send_with_headers)
        else:
            status, text = refusal
            await PlainTextResponse(text, status)(scope, receive, send_with_headers)

    def _add_headers(self, headers: MutableHeaders, scope: Scope, status: int) -> None:
        headers["content-security-policy"] = self._csp
        headers["x-content-type-options"] = "nosniff"
        # "no-referrer" would make browsers send "Origin: null" with forms.
        headers["referrer-policy"] = "same-origin"
        if self._secure:
            headers["strict-transport-security"] = HSTS
        headers["cross-origin-opener-policy"] = "same-origin"
        headers["cross-origin-resource-policy"] = "same-origin"
        if not scope["path"].startswith(_CACHED_PREFIXES):
            headers["cache-control"] = "no-store"
        elif scope["query_string"].startswith(b"m=") and status == 200:
            # Pages name their assets by the time of the last change.
            headers["cache-control"] = "public, max-age=31536000, immutable"
