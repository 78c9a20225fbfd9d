"""Pages for whoever administers: accounts, assignments, audit.

They name all runners, as they must to be assigned, and show nothing else of them.
"""

from __future__ import annotations

import asyncio
from html import escape

from fastapi import FastAPI, Request
from starlette.responses import Response

from dashboard.accounts import routes as own
from dashboard.accounts.account_pages import changed, user_of
from dashboard.accounts.doorkeeper import visitor_of
from dashboard.accounts.html import card, choice, document, field, form, table
from dashboard.accounts.settings import AccountSettings
from dashboard.language import tr
from pipeline.accounts.accounts import Accounts
from pipeline.accounts.caller import ROLES, as_role
from pipeline.accounts.errors import AccountError
from pipeline.accounts.people import User

AUDIT_ROWS = 300


class AdminPages:
    """Endpoints; add them with ``add``.

    Args:
        accounts: who there is.
        settings: how the dashboard is run.
    """

    def __init__(self, accounts: Accounts, settings: AccountSettings) -> None:
        self._accounts = accounts
        self._settings = settings

    def add(self, app: FastAPI) -> None:
        """Add the endpoints to ``app``."""

        async def people(request: Request) -> Response:
            return await self.show_people(request)

        async def change(request: Request) -> Response:
            return await changed(request, self._change, self.show_people)

        app.add_api_route(own.PEOPLE, people, methods=["GET"])
        app.add_api_route(own.PEOPLE_CHANGE, change, methods=["POST"])
        app.add_api_route(own.AUDIT, self.show_audit, methods=["GET"])

    def _runner_names(self) -> dict[str, str]:
        names = self._accounts.runners.names()
        return {key: name or tr("not given") for key, name in names.items()}

    async def show_people(
        self, request: Request, *, said: str = "", problem: str = "", status: int = 200
    ) -> Response:
        """Accounts, and forms to change them."""
        secret = visitor_of(request.scope).token
        users, names = await asyncio.to_thread(
            lambda: (self._accounts.people.all(), self._runner_names())
        )
        state = {True: tr("closed"), False: tr("open")}
        rows = [
            (
                escape(user.name),
                escape(tr(user.role)),
                escape(state[user.disabled]),
                escape(", ".join(sorted(names.get(key, "?") for key in user.runner_ids))),
            )
            for user in users
        ]
        headings = (tr("Name"), tr("Role"), tr("Account"), tr("Sees"))
        people = [(user.name, user.name) for user in users]
        carers = [(user.name, user.name) for user in users if user.role != "runner"]
        runners = list(names.items())
        parts = [
            card(tr("Accounts"), table(tr("Accounts"), headings, rows)),
            card(
                tr("Add an account"),
                form(
                    own.PEOPLE_CHANGE,
                    secret,
                    field("name", tr("Name"))
                    + choice("f-role", "role", tr("Role"), [(r, tr(r)) for r in ROLES])
                    + choice(
                        "f-own", "runner", tr("Runner (for that role)"), [("", "–"), *runners]
                    ),
                    tr("Add"),
                    hidden={"do": "add"},
                ),
            ),
            card(
                tr("Who sees whom"),
                form(
                    own.PEOPLE_CHANGE,
                    secret,
                    choice("f-carer", "name", tr("Account"), carers)
                    + choice("f-runner", "runner", tr("Runner"), runners)
                    + choice(
                        "f-do",
                        "do",
                        tr("Change"),
                        [("assign", tr("may see")), ("unassign", tr("may no longer see"))],
                    ),
                    tr("Change"),
                ),
            ),
            card(
                tr("Close, open, new password"),
                form(
                    own.PEOPLE_CHANGE,
                    secret,
                    choice("f-person", "name", tr("Account"), people)
                    + choice(
                        "f-act",
                        "do",
                        tr("Change"),
                        [
                            ("link", tr("link for a new password")),
                            ("close", tr("close")),
                            ("open", tr("open again")),
                        ],
                    ),
                    tr("Change"),
                ),
            ),
        ]
        return document(
            request, tr("Accounts"), "".join(parts), said=said, problem=problem, status=status
        )

    def _change(self, admin: User, fields: dict[str, str]) -> str:
        people = self._accounts.people
        do, name, runner_id = (fields.get(key, "") for key in ("do", "name", "runner"))
        said = escape(tr("Done."))
        if do == "add":
            role = fields.get("role", "")
            if role not in ROLES:
                raise AccountError("there is no such role", remedy="Choose one of the list")
            people.add(name, as_role(role), runner_id=runner_id if role == "runner" else "")
            said = self._link(name)
        elif do in {"assign", "unassign"}:
            people.assign(name, runner_id, given=do == "assign")
        elif do == "link":
            said = self._link(name)
        elif do in {"close", "open"}:
            people.set_disabled(name, do == "close")
        else:
            raise AccountError("there is no such change", remedy="Load the page again")
        self._accounts.audit.did(
            admin.user_id,
            admin.role,
            do,
            runner_id=runner_id,
            target_id=people.named(name).user_id,
        )
        return said

    def _link(self, name: str) -> str:
        token = self._accounts.people.password_link(name)
        address = self._settings.public_url + own.WELCOME.format(token=token)
        words = escape(tr("Give this link to {name}; it sets a password once:", name=name))
        return f'{words} <span class="ls-secret" id="link">{escape(address)}</span>'

    async def show_audit(self, request: Request) -> Response:
        """Who saw and did what, newest first."""
        user_of(request)
        entries, people, runners = await asyncio.to_thread(
            lambda: (
                self._accounts.audit.entries(limit=AUDIT_ROWS),
                self._accounts.people.names(),
                self._runner_names(),
            )
        )
        rows = [
            (
                escape(f"{entry.at_utc:%Y-%m-%d %H:%M:%S}"),
                escape(people.get(entry.user_id, entry.user_id)),
                escape(entry.role),
                escape(entry.action),
                escape(runners.get(entry.runner_id, entry.runner_id)),
                escape(entry.session_id[:8]),
                escape(people.get(entry.target_id, entry.target_id[:8])),
            )
            for entry in entries
        ]
        headings = (
            tr("When (UTC)"),
            tr("Who"),
            tr("As"),
            tr("What"),
            tr("Runner"),
            tr("Session"),
            tr("Concerns"),
        )
        words = escape(
            tr("The newest {count} entries; all: levelstride users audit.", count=AUDIT_ROWS)
        )
        return document(request, tr("Audit"), f"<p>{words}</p>{table(tr('Audit'), headings, rows)}")
