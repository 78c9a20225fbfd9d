"""Addresses of pages and endpoints, in one place."""

from __future__ import annotations

from urllib.parse import quote, unquote

LIVE = "/live"
SESSIONS = "/sessions"
METRICS = "/metrics"
HEALTH = "/healthz"
LIVE_SOCKET = "/ws/live"
LIVE_SNAPSHOT = "/api/live"
LIVE_START = "/api/live/start"
LIVE_STOP = "/api/live/stop"
LIVE_MARK = "/api/live/mark"
LIVE_FEEDBACK = "/api/live/feedback"
SETUP = "/setup"
SETUP_STATE = "/api/setup"
SETUP_FIND = "/api/setup/find"
SETUP_BLINK = "/api/setup/blink"
SETUP_ASSIGN = "/api/setup/assign"
STRIDES_CSV = "/api/sessions/{session_id}/strides.csv"


def session_url(session_id: str) -> str:
    """Address of a session's review page."""
    return f"{SESSIONS}/{quote(session_id, safe='')}"


def session_id_of(path: str) -> str | None:
    """Session id in the path of a review page, or None for another path."""
    head, _, tail = path.partition(f"{SESSIONS}/")
    if head or not tail or "/" in tail.rstrip("/"):
        return None
    return unquote(tail.rstrip("/"))


def strides_csv_url(session_id: str) -> str:
    """Address of a session's stride table as CSV."""
    return STRIDES_CSV.format(session_id=quote(session_id, safe=""))
