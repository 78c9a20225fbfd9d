"""Which page belongs to an address. Rendering reads files: call it on a worker thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dashboard import routes
from dashboard.pages.live import live_page, no_live_page
from dashboard.pages.metrics import metrics_page
from dashboard.pages.session import session_page, unknown_session_page
from dashboard.pages.sessions import sessions_page
from dashboard.pages.setup import no_setup_page, setup_page
from dashboard.parts.notice import notice
from dashboard.recorded_marks import marks_and_cues
from dashboard.text import APP_NAME
from pipeline.errors import SessionNotFound
from pipeline.store import Store


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
    fixed = {"/", routes.LIVE, routes.SETUP, routes.SESSIONS, routes.METRICS}
    return path in fixed or routes.session_id_of(path) is not None


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
        return Page(f"Live · {APP_NAME}", live_page(setup=setup) if live else no_live_page())
    if path == routes.SETUP:
        return Page(f"Set-up · {APP_NAME}", setup_page() if setup else no_setup_page())
    if path in {"/", routes.SESSIONS}:
        return Page(f"Sessions · {APP_NAME}", sessions_page(store.sessions(), live=live))
    if path == routes.METRICS:
        return Page(f"Metrics · {APP_NAME}", metrics_page())
    session_id = routes.session_id_of(path)
    if session_id is not None:
        try:
            stored = store.session(session_id)
        except SessionNotFound:
            return Page(f"Unknown session · {APP_NAME}", unknown_session_page())
        return Page(f"Session · {APP_NAME}", session_page(stored, *marks_and_cues(stored)))
    missing = notice(
        "No such page",
        "The address may be misspelt or out of date.",
        links=(("Go to the sessions", routes.SESSIONS),),
    )
    return Page(f"No such page · {APP_NAME}", missing)
