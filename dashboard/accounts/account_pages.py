"""Pages of one's own account: password, devices that send, links that share a session."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from html import escape

from fastapi import FastAPI, Request
from starlette.responses import RedirectResponse, Response

from dashboard import routes
from dashboard.accounts import cookies
from dashboard.accounts import routes as own
from dashboard.accounts.doorkeeper import visitor_of
from dashboard.accounts.html import (
    card,
    choice,
    document,
    field,
    form,
    form_of,
    new_password,
    table,
)
from dashboard.accounts.settings import AccountSettings
from dashboard.language import moment_text, tr
from pipeline.accounts.access import canonical
from pipeline.accounts.accounts import Accounts
from pipeline.accounts.errors import AccountError
from pipeline.accounts.people import User
from pipeline.accounts.shares import MOST_DAYS
from pipeline.errors import FieldError, StoreError
from pipeline.session_search import SessionFilter
from pipeline.store import Store

SESSIONS_SHOWN = 200
Change = Callable[[User, dict[str, str]], str]


def user_of(request: Request) -> User:
    """The person who is signed in.

    Raises:
        AccountError: nobody is; the doorkeeper lets nobody else through.
    """
    user = visitor_of(request.scope).user
    if user is None:
        raise AccountError("nobody is signed in", remedy="Sign in")
    return user


async def changed(
    request: Request,
    change: Change,
    show: Callable[..., Awaitable[Response]],
) -> Response:
    """Do what a form asks for, and show its page again with what came of it.

    Args:
        request: the form.
        change: does it; gives back what is said, as HTML.
        show: makes the page; takes ``said``, ``problem`` and ``status``.
    """
    try:
        user = user_of(request)
        fields = await form_of(request, visitor_of(request.scope).token)
        said = await asyncio.to_thread(change, user, fields)
    except (AccountError, FieldError, StoreError) as error:
        return await show(request, problem=str(error), status=409)
    return await show(request, said=said)


def _link(address: str, words: str) -> str:
    return f'<a href="{escape(address)}">{escape(words)}</a>'


class AccountPages:
    """Endpoints; add them with ``add``.

    Args:
        store: the library as the caller may see it.
        accounts: who there is.
        settings: how the dashboard is run.
    """

    def __init__(self, store: Store, accounts: Accounts, settings: AccountSettings) -> None:
        self._store = store
        self._accounts = accounts
        self._settings = settings

    def add(self, app: FastAPI) -> None:
        """Add the endpoints to ``app``."""

        def post(route: str, change: Change, show: Callable[..., Awaitable[Response]]) -> None:
            async def answer(request: Request) -> Response:
                return await changed(request, change, show)

            app.add_api_route(route, answer, methods=["POST"])

        async def account(request: Request) -> Response:
            return await self.show_account(request)

        async def shares(request: Request) -> Response:
            return await self.show_shares(request)

        app.add_api_route(own.ACCOUNT, account, methods=["GET"])
        app.add_api_route(own.SHARES, shares, methods=["GET"])
        app.add_api_route(own.PASSWORD, self.change_password, methods=["POST"])
        post(own.DEVICES, self._add_device, self.show_account)
        post(own.DEVICE_REVOKE, self._revoke_device, self.show_account)
        post(own.SHARES, self._share, self.show_shares)
        post(own.SHARE_REVOKE, self._revoke_share, self.show_shares)

    async def change_password(self, request: Request) -> Response:
        """Change the password; every browser is signed out, this one signs in anew."""
        people = self._accounts.people

        def change(user: User, fields: dict[str, str]) -> str:
            people.sign_in(user.name, fields.get("old", ""))
            people.set_password(user.name, new_password(fields))
            self._accounts.audit.did(user.user_id, user.role, "password", target_id=user.user_id)
            return people.begin(user.user_id)

        try:
            user = user_of(request)
            fields = await form_of(request, visitor_of(request.scope).token)
            token = await asyncio.to_thread(change, user, fields)
        except (AccountError, FieldError) as error:
            return await self.show_account(request, problem=str(error), status=409)
        response = RedirectResponse(own.ACCOUNT, 303)
        cookies.set_cookie(response, cookies.SESSION, token, secure=self._settings.secure)
        return response

    async def show_account(
        self, request: Request, *, said: str = "", problem: str = "", status: int = 200
    ) -> Response:
        """Password and devices."""
        user, secret = user_of(request), visitor_of(request.scope).token
        everybody, devices = await asyncio.to_thread(
            lambda: (self._accounts.runners.names(), self._accounts.devices.of_user(user.user_id))
        )
        names = {key: name for key, name in everybody.items() if key in user.runner_ids}
        parts = [
            card(tr("Signed in"), f"<p>{escape(user.name)} ({escape(tr(user.role))})</p>"),
            card(
                tr("Change the password"),
                form(
                    own.PASSWORD,
                    secret,
                    field("old", tr("Password"), kind="password", autocomplete="current-password")
                    + field(
                        "password", tr("New password"), kind="password", autocomplete="new-password"
                    )
                    + field("again", tr("Once more"), kind="password", autocomplete="new-password"),
                    tr("Change the password"),
                ),
            ),
        ]
        rows = [
            (
                escape(device.name),
                escape(names.get(device.runner_id, tr("another runner"))),
                escape(moment_text(device.seen_utc) if device.seen_utc else tr("never")),
                tr("revoked")
                if device.revoked
                else form(
                    own.DEVICE_REVOKE,
                    secret,
                    "",
                    tr("Revoke"),
                    hidden={"device": device.device_id},
                ),
            )
            for device in devices
        ]
        headings = (tr("Device"), tr("Runner"), tr("Last sent"), "")
        inner = (
            f"<p>{escape(tr('A device sends recordings of one runner, by levelstride push.'))}</p>"
        )
        if rows:
            inner += table(tr("Devices that send"), headings, rows)
        if names:
            inner += form(
                own.DEVICES,
                secret,
                field("name", tr("Name of the device"))
                + choice("f-runner", "runner", tr("Runner"), names.items()),
                tr("Make a token"),
            )
        parts.append(card(tr("Devices that send"), inner))
        return document(
            request, tr("Account"), "".join(parts), said=said, problem=problem, status=status
        )

    async def show_shares(
        self, request: Request, *, said: str = "", problem: str = "", status: int = 200
    ) -> Response:
        """Links that were given, and a form for a new one."""
        user, secret = user_of(request), visitor_of(request.scope).token
        wanted = canonical(request.query_params.get("session", "")[:40])
        found, given = await asyncio.to_thread(
            lambda: (
                self._store.search(SessionFilter(), limit=SESSIONS_SHOWN).sessions,
                self._accounts.shares.given_by(user.user_id),
            )
        )
        labels = {
            s.session_id: f"{s.runner or tr('not given')} · {moment_text(s.started_utc or s.added_utc)}"
            for s in found
        }
        inner = f"<p>{escape(tr('Whoever has the link sees this one session, and can change nothing.'))}</p>"
        if labels:
            inner += form(
                own.SHARES,
                secret,
                choice("f-session", "session", tr("Session"), labels.items(), wanted)
                + field("note", tr("For whom"))
                + field(
                    "days",
                    tr("Days until it ends (1 to {most})", most=MOST_DAYS),
                    kind="number",
                    value="7",
                    more=f'min="1" max="{MOST_DAYS}"',
                ),
                tr("Make a link"),
            )
        rows = [
            (
                _link(routes.session_url(s.session_id), labels.get(s.session_id, s.session_id[:8])),
                escape(s.note),
                escape(moment_text(s.expires_utc)),
                tr("ended")
                if s.ended
                else form(
                    own.SHARE_REVOKE, secret, "", tr("Take back"), hidden={"share": s.share_id}
                ),
            )
            for s in given
        ]
        parts = [card(tr("Share a session"), inner)]
        if rows:
            headings = (tr("Session"), tr("For whom"), tr("Ends"), "")
            parts.append(card(tr("Links"), table(tr("Links"), headings, rows)))
        return document(
            request, tr("Share"), "".join(parts), said=said, problem=problem, status=status
        )

    def _add_device(self, user: User, fields: dict[str, str]) -> str:
        device, token = self._accounts.devices.register(
            user.user_id, fields.get("name", ""), fields.get("runner", "")
        )
        self._accounts.audit.did(
            user.user_id,
            user.role,
            "device",
            runner_id=device.runner_id,
            target_id=device.device_id,
        )
        words = escape(tr("The token of {name}; it is shown only now:", name=device.name))
        return f'{words} <code class="ls-secret" id="token">{token}</code>'

    def _revoke_device(self, user: User, fields: dict[str, str]) -> str:
        device = self._accounts.devices.revoke(fields.get("device", ""), user_id=user.user_id)
        self._accounts.audit.did(user.user_id, user.role, "device-end", target_id=device.device_id)
        return escape(tr("The device can send nothing any more."))

    def _share(self, user: User, fields: dict[str, str]) -> str:
        summary = self._store.summary(fields.get("session", ""))
        days = fields.get("days", "")
        share, token = self._accounts.shares.give(
            user.user_id,
            summary.session_id,
            summary.runner_id,
            days=int(days) if days.isascii() and days.isdigit() and len(days) < 5 else 0,
            note=fields.get("note", ""),
        )
        self._accounts.audit.did(
            user.user_id,
            user.role,
            "share",
            runner_id=share.runner_id,
            session_id=share.session_id,
            target_id=share.share_id,
        )
        address = self._settings.public_url + own.SHARED.format(token=token)
        words = escape(tr("The link; it is shown only now:"))
        return (
            f'{words} <a class="ls-secret" id="link" href="{escape(address)}">{escape(address)}</a>'
        )

    def _revoke_share(self, user: User, fields: dict[str, str]) -> str:
        share = self._accounts.shares.revoke(user.user_id, fields.get("share", ""))
        self._accounts.audit.did(
            user.user_id,
            user.role,
            "share-end",
            runner_id=share.runner_id,
            session_id=share.session_id,
            target_id=share.share_id,
        )
        return escape(tr("The link has ended."))
