"""Counts every answer, and writes a line of log for it: by rule, never by address or person."""

from __future__ import annotations

import json
import logging
import time
from datetime import UTC, datetime
from typing import TextIO

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.operations.figures import FIGURES

REQUESTS = logging.getLogger("levelstride.requests")
RULE_KEY = "levelstride.rule"
_KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "PUT"})


class Observe:
    """ASGI middleware.

    Args:
        app: what answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and note what came of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            seconds = time.perf_counter() - began
            rule = scope.get(RULE_KEY) or _rule_of_route(scope)
            FIGURES.took(seconds)
            FIGURES.count("requests", rule=rule, status=f"{status // 100}xx")
            REQUESTS.info(
                "request",
                extra={"fields": {"rule": rule, "status": status, "ms": round(1000 * seconds)}},
            )


def _rule_of_route(scope: Scope) -> str:
    route = getattr(scope.get("route"), "path", None)
    method = scope["method"] if scope["method"] in _KNOWN_METHODS else "OTHER"
    return f"{method} {route}" if route else f"{method} unknown"


class JsonLines(logging.Formatter):
    """One JSON object a line; what an error holds is told by its kind and place, not its words.

    Words of errors may hold names of files or people; kinds and places are ours.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        fields: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "event": str(record.msg),  # the constant text, without what is filled in
        }
        more = getattr(record, "fields", None)
        if isinstance(more, dict):
            fields.update(more)
        if record.exc_info and record.exc_info[0] is not None:
            fields["error"] = record.exc_info[0].__name__
            trace = record.exc_info[2]
            while trace is not None and trace.tb_next is not None:
                trace = trace.tb_next
            if trace is not None:
                code = trace.tb_frame.f_code
                fields["place"] = f"{code.co_qualname}:{trace.tb_lineno}"
        return json.dumps(fields, ensure_ascii=True)


def log_as_json(stream: TextIO) -> None:
    """Write all logs of this process as JSON lines.

    Args:
        stream: where to.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    REQUESTS.setLevel(logging.INFO)
    for name in ("uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
