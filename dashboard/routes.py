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
RUNNERS = "/runners"
COMPARE = "/compare"
HELP_RUNNER = "/help/runner"
HELP_THERAPIST = "/help/therapist"
UPLOADS = "/api/uploads"
IMPORTS = "/api/imports"
IMPORT_ANSWERS = "/api/imports/answers"
RUNNER_JOURNAL = "/api/runners/{runner_id}/journal"
RUNNER_SCORES = "/api/runners/{runner_id}/scores"
RUNNER_GOALS = "/api/runners/{runner_id}/goals"
RUNNER_GOAL_REACHED = "/api/runners/{runner_id}/goals/reached"
RUNNER_PLAN = "/api/runners/{runner_id}/plan"
RUNNER_REMOVE = "/api/runners/{runner_id}/remove"
RUNNER_DELETE = "/api/runners/{runner_id}/delete"
RUNNER_EXPORT = "/api/runners/{runner_id}/export.zip"
SESSION_DESCRIBE = "/api/sessions/{session_id}/describe"
SESSION_DELETE = "/api/sessions/{session_id}/delete"
SESSION_REPORT = "/api/sessions/{session_id}/report.{kind}"
STRIDES_CSV = "/api/sessions/{session_id}/strides.csv"


def session_url(session_id: str) -> str:
    """Address of a session's review page."""
    return f"{SESSIONS}/{quote(session_id, safe='')}"


def session_id_of(path: str) -> str | None:
    """Session id in the path of a review page, or None for another path."""
    return _last_part(path, SESSIONS)


def runner_url(runner_id: str) -> str:
    """Address of a runner's page."""
    return f"{RUNNERS}/{quote(runner_id, safe='')}"


def runner_id_of(path: str) -> str | None:
    """Runner's id in the path of a runner's page, or None for another path."""
    return _last_part(path, RUNNERS)


def compare_url(*session_ids: str) -> str:
    """Address of the comparison of sessions."""
    return f"{COMPARE}/{','.join(quote(part, safe='') for part in session_ids)}"


def compared_ids(path: str) -> list[str] | None:
    """Session ids in the path of a comparison, or None for another path."""
    if path.rstrip("/") == COMPARE:
        return []
    last = _last_part(path, COMPARE)
    return None if last is None else [part for part in last.split(",") if part]


def filled(route: str, **parts: str) -> str:
    """An endpoint's address with its parts filled in."""
    return route.format(**{name: quote(part, safe="") for name, part in parts.items()})


def _last_part(path: str, parent: str) -> str | None:
    head, _, tail = path.partition(f"{parent}/")
    if head or not tail or "/" in tail.rstrip("/"):
        return None
    # databases take neither NUL nor half a letter
    return "".join(c if c.isprintable() else "\ufffd" for c in unquote(tail.rstrip("/")))


def strides_csv_url(session_id: str) -> str:
    """Address of a session's stride table as CSV."""
    return STRIDES_CSV.format(session_id=quote(session_id, safe=""))
