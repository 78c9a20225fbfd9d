"""Recognises who asks, and lets each request through or not, by the one table of ``policy``."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from dataclasses import dataclass
from typing import cast
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.accounts import cookies
from dashboard.accounts import routes as own
from dashboard.accounts.policy import CALLBACKS, EVERYBODY, Asker, Rule, rule_for
from dashboard.accounts.settings import AccountSettings
from dashboard.operations import routes as operations
from dashboard.whole_body import again, whole_body
from pipeline.accounts.accounts import Accounts
from pipeline.accounts.caller import Caller, acting_for
from pipeline.accounts.people import User
from pipeline.errors import StoreError

CALLBACK_PATH = "/_dash-update-component"
RULE_KEY = "levelstride.rule"
"""Where the name of the rule stands in the scope, for logs and figures."""
VISITOR_KEY = "levelstride.visitor"
_LOOK_AGAIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks.

    Attributes:
        asker: as what.
        caller: on whose behalf data is read; None for nobody's.
        user: the person who is signed in; None for others.
        token: secret of the browser's session; empty when nobody is signed in.
    """

    asker: Asker
    caller: Caller | None = None
    user: User | None = None
    token: str = ""


ANONYMOUS = Visitor("anonymous")


def visitor_of(scope: Scope) -> Visitor:
    """Who asks, out of a request that the doorkeeper let through."""
    return cast("Visitor", scope.get(VISITOR_KEY, ANONYMOUS))


class Doorkeeper:
    """ASGI middleware.

    Args:
        app: what is behind the door.
        accounts: who there is.
        settings: how the dashboard is run.
    """

    def __init__(self, app: ASGIApp, *, accounts: Accounts, settings: AccountSettings) -> None:
        self._app = app
        self._accounts = accounts
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer it."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        socket = scope["type"] == "websocket"
        rule = rule_for("WS" if socket else scope["method"], scope["path"])
        scope[RULE_KEY] = rule.name if rule is not None else "unknown"
        try:
            visitor = ANONYMOUS
            if rule is None or not _is_plain_file(rule):
                visitor = await asyncio.to_thread(self._recognise, scope)
        except StoreError:
            await _refuse(scope, receive, send, PlainTextResponse("Not available now.", 503))
            return
        refusal = self._refusal(scope, rule, visitor)
        if refusal is None and scope["path"] == CALLBACK_PATH:
            body = await whole_body(receive)
            refusal = _callback_refusal(body, visitor)
            receive = again(body, receive)
        if refusal is not None:
            await _refuse(scope, receive, send, refusal)
            return
        scope[VISITOR_KEY] = visitor
        with acting_for(visitor.caller):
            if socket:
                send = self._while_signed_in(scope, send)
            await self._app(scope, receive, send)

    def _recognise(self, scope: Scope) -> Visitor:
        """Who asks; reads the catalogue."""
        headers = Headers(scope=scope)
        path: str = scope["path"]
        scheme, _, bearer = headers.get("authorization", "")[:500].partition(" ")
        bearer = bearer.strip() if scheme.lower() == "bearer" else ""
        if path.startswith(f"{own.API}/"):
            # Cookies count for nothing here, so no page can make a browser send anything.
            sender = self._accounts.devices.caller(bearer) if bearer else None
            return ANONYMOUS if sender is None else Visitor("device", sender)
        if path == operations.FIGURES and bearer:
            known = self._settings.monitor_token
            fits = bool(known) and hmac.compare_digest(known.encode(), bearer.encode())
            return Visitor("monitor") if fits else ANONYMOUS
        secure = self._settings.secure
        token = cookies.cookie(headers, cookies.SESSION, secure=secure)
        user = self._accounts.people.signed_in(token) if token else None
        if user is not None:
            return Visitor(user.role, user.caller(), user, token)
        shared = cookies.cookie(headers, cookies.SHARE, secure=secure)
        guest = self._accounts.shares.caller(shared) if shared else None
        return ANONYMOUS if guest is None else Visitor("share", guest)

    def _refusal(self, scope: Scope, rule: Rule | None, visitor: Visitor) -> Response | None:
        if rule is not None and visitor.asker in rule.who:
            return None
        if visitor.asker == "anonymous":
            if rule is not None and rule.is_page:
                after = scope["path"]
                where = own.SIGN_IN + (f"?next={quote(after)}" if after != "/" else "")
                return RedirectResponse(where, 303)
            headers = {"WWW-Authenticate": "Bearer"} if scope["path"].startswith(own.API) else {}
            return PlainTextResponse("Sign in first.", 401, headers)
        if rule is None:
            return PlainTextResponse("There is no such address.", 404)
        return PlainTextResponse("Your account may not do this.", 403)

    def _while_signed_in(self, scope: Scope, send: Send) -> Send:
        """Close a socket whose session has ended."""
        looked = time.monotonic()
        ended = False

        async def checked(message: Message) -> None:
            nonlocal looked, ended
            if ended:
                return
            if message["type"] == "websocket.send" and time.monotonic() - looked > _LOOK_AGAIN_S:
                looked = time.monotonic()
                now = await asyncio.to_thread(self._recognise, scope)
                rule = rule_for("WS", scope["path"])
                if rule is None or now.asker not in rule.who:
                    ended = True
                    await send({"type": "websocket.close", "code": 1008, "reason": "Signed out."})
                    return
            await send(message)

        return checked


def _is_plain_file(rule: Rule) -> bool:
    return rule.who == EVERYBODY and rule.name.startswith(
        ("GET /assets/", "GET /_dash-component-suites/", "GET /_favicon")
    )


def _callback_refusal(body: bytes | None, visitor: Visitor) -> Response | None:
    if body is None:
        return PlainTextResponse("The request is too long.", 413)
    try:
        asked = json.loads(body)
        output = asked["output"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return PlainTextResponse("This is no request of a page.", 400)
    allowed = CALLBACKS.get(output) if isinstance(output, str) else None
    if allowed is None:
        return PlainTextResponse("There is no such callback.", 404)
    if visitor.asker not in allowed:
        return PlainTextResponse("Your account may not do this.", 403)
    return None


async def _refuse(scope: Scope, receive: Receive, send: Send, response: Response) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": "Sign in first."})
        return
    await response(scope, receive, send)
