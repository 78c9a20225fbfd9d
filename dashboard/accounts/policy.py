"""Who may ask for what: the one table of a dashboard with accounts.

A request whose address, page or callback is not in the table is refused. The table says who may
knock; which runners and sessions are behind the door is decided where they are read
(``pipeline.accounts.scoped_store``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from starlette.routing import compile_path

from dashboard import routes
from dashboard.accounts import routes as own
from dashboard.operations import routes as operations

Asker = Literal["anonymous", "share", "runner", "therapist", "admin", "device", "monitor"]
ASKERS: tuple[Asker, ...] = (
    "anonymous",
    "share",
    "runner",
    "therapist",
    "admin",
    "device",
    "monitor",
)
Who = frozenset[Asker]

EVERYBODY: Who = frozenset(ASKERS)
NOBODY: Who = frozenset()
SIGNED_IN: Who = frozenset({"runner", "therapist", "admin"})
VIEWERS: Who = SIGNED_IN | {"share"}
CARERS: Who = frozenset({"therapist", "admin"})
ADMIN: Who = frozenset({"admin"})
DEVICE: Who = frozenset({"device"})

ENDPOINTS: Mapping[str, Who] = {
    # no data of people
    f"GET {routes.HEALTH}": EVERYBODY,
    f"GET {operations.READY}": EVERYBODY,
    f"GET {operations.FIGURES}": frozenset({"admin", "monitor"}),
    "GET /assets/{path:path}": EVERYBODY,
    "GET /_dash-component-suites/{package_name}/{fingerprinted_path:path}": EVERYBODY,
    "GET /_favicon.ico": EVERYBODY,
    # signing in and out
    f"GET {own.SIGN_IN}": EVERYBODY,
    f"POST {own.SIGN_IN}": EVERYBODY,
    f"GET {own.PROVIDER}": EVERYBODY,
    f"GET {own.PROVIDER_RETURN}": EVERYBODY,
    f"GET {own.WELCOME}": EVERYBODY,
    f"POST {own.WELCOME}": EVERYBODY,
    f"GET {own.SHARED}": EVERYBODY,
    f"POST {own.SIGN_OUT}": VIEWERS,
    # one's own account
    f"GET {own.ACCOUNT}": SIGNED_IN,
    f"POST {own.PASSWORD}": SIGNED_IN,
    f"GET {own.SHARES}": SIGNED_IN,
    f"POST {own.SHARES}": SIGNED_IN,
    f"POST {own.SHARE_REVOKE}": SIGNED_IN,
    f"POST {own.DEVICES}": SIGNED_IN,
    f"POST {own.DEVICE_REVOKE}": SIGNED_IN,
    # administration
    f"GET {own.PEOPLE}": ADMIN,
    f"POST {own.PEOPLE_CHANGE}": ADMIN,
    f"GET {own.AUDIT}": ADMIN,
    # the frame of the pages; what is in it comes by callbacks
    "GET /_dash-layout": VIEWERS,
    "GET /_dash-dependencies": VIEWERS,
    "POST /_dash-update-component": VIEWERS,
    "GET /_reload-hash": NOBODY,
    "WS /_dash-ws-callback": NOBODY,
    # one session
    f"GET {routes.STRIDES_CSV}": VIEWERS,
    f"GET {routes.SESSION_REPORT}": VIEWERS,
    f"POST {routes.SESSION_DESCRIBE}": CARERS,
    f"POST {routes.SESSION_DELETE}": CARERS,
    # one runner
    f"POST {routes.RUNNER_JOURNAL}": SIGNED_IN,
    f"POST {routes.RUNNER_SCORES}": SIGNED_IN,
    f"POST {routes.RUNNER_GOALS}": SIGNED_IN,
    f"POST {routes.RUNNER_GOAL_REACHED}": SIGNED_IN,
    f"POST {routes.RUNNER_REMOVE}": SIGNED_IN,
    f"POST {routes.RUNNER_PLAN}": CARERS,
    f"POST {routes.RUNNER_DELETE}": CARERS,
    f"GET {routes.RUNNER_EXPORT}": SIGNED_IN,
    # files that are handed over in the browser
    f"POST {routes.UPLOADS}": SIGNED_IN,
    f"POST {routes.IMPORTS}": SIGNED_IN,
    f"GET {routes.IMPORTS}": SIGNED_IN,
    f"POST {routes.IMPORT_ANSWERS}": SIGNED_IN,
    # a live session at this computer
    f"WS {routes.LIVE_SOCKET}": CARERS,
    f"GET {routes.LIVE_SNAPSHOT}": CARERS,
    f"POST {routes.LIVE_START}": CARERS,
    f"POST {routes.LIVE_STOP}": CARERS,
    f"POST {routes.LIVE_MARK}": CARERS,
    f"POST {routes.LIVE_FEEDBACK}": CARERS,
    f"GET {routes.SETUP_STATE}": CARERS,
    f"POST {routes.SETUP_FIND}": CARERS,
    f"POST {routes.SETUP_BLINK}": CARERS,
    f"POST {routes.SETUP_ASSIGN}": CARERS,
    # programs that send
    f"GET {own.API_DOCUMENT}": EVERYBODY,
    f"GET {own.API_ME}": DEVICE,
    f"POST {own.API_UPLOADS}": DEVICE,
    f"GET {own.API_UPLOAD}": DEVICE,
    f"PATCH {own.API_UPLOAD}": DEVICE,
    f"DELETE {own.API_UPLOAD}": DEVICE,
    f"POST {own.API_COMPLETE}": DEVICE,
}
"""Method (``WS`` for a socket) and pattern of the address, to who may ask."""

PAGES: Mapping[str, Who] = {
    "/": SIGNED_IN,
    routes.SESSIONS: SIGNED_IN,
    f"{routes.SESSIONS}/{{session_id}}": VIEWERS,
    routes.RUNNERS: SIGNED_IN,
    f"{routes.RUNNERS}/{{runner_id}}": SIGNED_IN,
    routes.COMPARE: SIGNED_IN,
    f"{routes.COMPARE}/{{session_ids}}": SIGNED_IN,
    routes.METRICS: VIEWERS,
    routes.HELP_RUNNER: VIEWERS,
    routes.HELP_THERAPIST: VIEWERS,
    routes.LIVE: CARERS,
    routes.SETUP: CARERS,
}
"""Pages that Dash draws. The address of a page is asked for twice: as such, and by the callback
that fills the frame; both look here."""

CALLBACKS: Mapping[str, Who] = {
    "..page-content.children...page-title.data...page-problem.children..": VIEWERS,
    "trend-box.children": VIEWERS,
    "recorded-box.children": VIEWERS,
    "stride-grid.children": VIEWERS,
    "raw-box.children": VIEWERS,
    "raw-graph.data-lines": VIEWERS,
    "library-box.children": SIGNED_IN,
    "..compare-sessions.children...compare-baseline.children...compare-chosen.data..": SIGNED_IN,
    "compare-box.children": SIGNED_IN,
}
"""Outputs of callbacks that run on the server."""

IN_THE_BROWSER = frozenset({"main.data-title"})
"""Outputs of callbacks that run in the browser: the server has nothing for them."""


class Rule:
    """What the table says of an address.

    Attributes:
        name: method and pattern; free of ids.
        who: who may ask.
        is_page: whether it is a page, so that somebody unknown is asked to sign in.
    """

    def __init__(self, name: str, who: Who, *, is_page: bool) -> None:
        self.name = name
        self.who = who
        self.is_page = is_page


_PLAIN_PAGES = frozenset(f"GET {path}" for path in (own.ACCOUNT, own.SHARES, own.PEOPLE, own.AUDIT))
_ENDPOINT_RULES = [
    (
        name.partition(" ")[0],
        compile_path(name.partition(" ")[2])[0],
        Rule(name, who, is_page=name in _PLAIN_PAGES),
    )
    for name, who in ENDPOINTS.items()
]
_PAGE_RULES = [
    (compile_path(pattern)[0], Rule(f"GET {pattern}", who, is_page=True))
    for pattern, who in PAGES.items()
]


def rule_for(method: str, path: str) -> Rule | None:
    """What the table says; None when the address is not in it.

    Args:
        method: of the request, ``WS`` for a socket.
        path: of the address, from outside and so not to be trusted.
    """
    method = "GET" if method == "HEAD" else method
    for wanted, pattern, rule in _ENDPOINT_RULES:
        if wanted == method and pattern.match(path):
            return rule
    return page_rule(path) if method == "GET" else None


def page_rule(path: str) -> Rule | None:
    """What the table says of a page; None when there is no such page."""
    path = path.rstrip("/") or "/"
    return next((rule for pattern, rule in _PAGE_RULES if pattern.match(path)), None)
