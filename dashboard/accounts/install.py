"""Puts accounts around the dashboard's application."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html
from fastapi import FastAPI

from dashboard import routes as pages
from dashboard.accounts import routes as own
from dashboard.accounts.account_pages import AccountPages
from dashboard.accounts.admin_pages import AdminPages
from dashboard.accounts.asked_drawings import AskedDrawings
from dashboard.accounts.doorkeeper import Doorkeeper
from dashboard.accounts.drawn_ahead import DrawnAhead
from dashboard.accounts.drawn_first import draw_newest
from dashboard.accounts.import_process import ImportProcess
from dashboard.accounts.policy import page_rule
from dashboard.accounts.provider_pages import ProviderPages
from dashboard.accounts.settings import AccountSettings
from dashboard.accounts.sign_in_pages import SignInPages
from dashboard.api.sending import Sending
from dashboard.import_jobs import ImportJobs
from dashboard.language import tr
from dashboard.parts.notice import notice
from pipeline.accounts.accounts import Accounts
from pipeline.accounts.caller import PERSONS, caller
from pipeline.accounts.scoped_store import scoped
from pipeline.store import Store


class AccountsOfApp:
    """Accounts of one application.

    Args:
        store: the whole library.
        settings: how the dashboard is run.
    """

    def __init__(self, store: Store, settings: AccountSettings) -> None:
        self._accounts: Accounts = store.accounts
        self._settings = settings
        self.drawings = AskedDrawings(store.place)
        """Draws what somebody waits for."""
        self._whole = store
        self._ahead = DrawnAhead(store)
        self._importer = ImportProcess(store, self._ahead.stored)
        self.store = scoped(store)
        """The library as whoever asks may see it."""
        self.jobs = ImportJobs(self.store, self._importer)
        self._sending = Sending(self._accounts, self.jobs, store.folder, settings)

    def add_endpoints(self, app: FastAPI) -> None:
        """Add pages of accounts and the interface for programs."""
        signing_in = SignInPages(self._accounts, self._settings)
        signing_in.add(app)
        provider = self._settings.provider
        if provider is not None:
            ProviderPages(self._accounts, self._settings, provider, signing_in).add(app)
        AccountPages(self.store, self._accounts, self._settings).add(app)
        AdminPages(self._accounts, self._settings).add(app)
        self._sending.add(app)
        app.router.on_startup.append(self._sending.go_on)
        app.router.on_startup.append(self._begin_drawing)

    async def _begin_drawing(self) -> None:
        self.drawings.start()
        await draw_newest(self._whole, self.drawings)
        self._ahead.start()

    def close(self) -> None:
        """End the processes that draw and import; after the jobs."""
        self.drawings.close()
        self._ahead.close()
        self._importer.close()

    def add_door(self, app: FastAPI) -> None:
        """Let every request pass the doorkeeper."""
        app.add_middleware(Doorkeeper, accounts=self._accounts, settings=self._settings)

    def gauges(self) -> Mapping[str, float]:
        """Figures of this moment."""
        counts = self._accounts.uploads.counts()
        return {
            "imports_waiting": float(self.jobs.waiting),
            **{f'uploads{{state="{state}"}}': float(n) for state, n in sorted(counts.items())},
        }


def refused_page(path: str) -> Any:
    """What stands in place of a page that the caller may not open; None when it may be opened.

    Args:
        path: address of the page, as the browser names it to the callback.
    """
    who = caller()
    if who is None:
        return None
    rule = page_rule(path)
    if rule is None or who.kind in rule.who:
        return None
    return notice(tr("Not for this account"), tr("Your account does not open this page."))


def share_bar(path: str) -> Any:
    """A link with which a session's page can be shared; None where it cannot."""
    who = caller()
    session_id = pages.session_id_of(path)
    if who is None or session_id is None or who.kind not in PERSONS:
        return None
    address = f"{own.SHARES}?session={session_id}"
    return html.P(html.A(tr("Share this session"), href=address), className="ls-share-bar")
