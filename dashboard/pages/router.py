"""Which page belongs to an address. Rendering reads files: call it on a worker thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dashboard import routes
from dashboard.drawn_session import drawn_session_page
from dashboard.finished import finished
from dashboard.language import tr
from dashboard.pages.compare import compare_page
from dashboard.pages.help import help_page
from dashboard.pages.live import live_page, no_live_page
from dashboard.pages.metrics import metrics_page
from dashboard.pages.runner import runner_page, unknown_runner_page
from dashboard.pages.runners import runners_page
from dashboard.pages.session import unknown_session_page
from dashboard.pages.sessions import PAGE_ROWS, sessions_page
from dashboard.pages.setup import no_setup_page, setup_page
from dashboard.parts.notice import notice
from dashboard.runner_view import runner_view
from dashboard.text import APP_NAME
from pipeline.errors import SessionNotFound
from pipeline.session_search import SessionFilter
from pipeline.store import Store

_FIXED = frozenset(
    {
        "/",
        routes.LIVE,
        routes.SETUP,
        routes.SESSIONS,
        routes.METRICS,
        routes.RUNNERS,
        routes.HELP_RUNNER,
        routes.HELP_THERAPIST,
    }
)


@dataclass(frozen=True, slots=True)
class Page:
    """A rendered page.

    Attributes:
        title: for the browser's title bar.
        content: the component.
    """

    title: str
    content: Any


def is_page(path: str) -> bool:
    """Whether an address has a page; a review page's session may still be unknown."""
    path = path.rstrip("/") or "/"
    return path in _FIXED or any(
        part(path) is not None
        for part in (routes.session_id_of, routes.runner_id_of, routes.compared_ids)
    )


def page_for(path: str, *, store: Store, live: bool, setup: bool = False) -> Page:
    """Page for an address.

    Args:
        path: path of the address, from the browser and so not to be trusted.
        store: library of sessions.
        live: whether a live session can be watched.
        setup: whether sensors can be set up.

    Raises:
        StoreError: the library cannot be read.
    """
    path = path.rstrip("/") or "/"
    if path == routes.LIVE or (path == "/" and live):
        return _titled(tr("Live"), live_page(setup=setup) if live else no_live_page())
    if path == routes.SETUP:
        return _titled(tr("Set-up"), setup_page() if setup else no_setup_page())
    if path in {"/", routes.SESSIONS}:
        found = store.search(SessionFilter(), limit=PAGE_ROWS)
        return _titled(tr("Sessions"), finished(sessions_page(found, live=live)))
    if path == routes.METRICS:
        return _titled(tr("Metrics"), finished(metrics_page()))
    if path == routes.RUNNERS:
        return _titled(tr("Runners"), finished(runners_page(store.journal.runners())))
    if path in {routes.HELP_RUNNER, routes.HELP_THERAPIST}:
        return _titled(tr("Help"), finished(help_page(for_runner=path == routes.HELP_RUNNER)))
    runner_id = routes.runner_id_of(path)
    if runner_id is not None:
        if not store.journal.has_runner(runner_id):
            return _titled(tr("Unknown runner"), unknown_runner_page())
        return _titled(tr("Runner"), finished(runner_page(runner_view(store, runner_id))))
    compared = routes.compared_ids(path)
    if compared is not None:
        return _titled(tr("Compare"), finished(compare_page(store, compared)))
    session_id = routes.session_id_of(path)
    if session_id is not None:
        try:
            content = drawn_session_page(store, session_id)
        except SessionNotFound:
            return _titled(tr("Unknown session"), unknown_session_page())
        return _titled(tr("Session"), content)
    missing = notice(
        tr("No such page"),
        tr("The address may be misspelt or out of date."),
        links=((tr("Go to the sessions"), routes.SESSIONS),),
    )
    return _titled(tr("No such page"), missing)


def titled(title: str) -> str:
    """What stands in the browser's title bar.

    Args:
        title: of the page.
    """
    return f"{title} · {APP_NAME}"


def _titled(title: str, content: Any) -> Page:
    return Page(titled(title), content)
