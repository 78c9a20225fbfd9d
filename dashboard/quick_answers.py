"""Answers what pages ask for most out of what was drawn before, without going through Dash.

Dash makes components, turns them to JSON and lets them be packed anew for everybody. Here the
packed bytes are kept, and only what they depend on is looked up, through the same checked library.
What is not known here, refused, or fails is left to Dash, which answers it as ever.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Protocol

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard import routes
from dashboard.accounts.install import refused_page, share_bar
from dashboard.drawing_elsewhere import NotDrawn, Piece, drawing_elsewhere
from dashboard.drawn import as_text
from dashboard.drawn_session import DRAWN, Frame, Text, framed, rows_text, session_text, trend_text
from dashboard.language import language, tr
from dashboard.packing import pack, unpack
from dashboard.pages.router import page_for, titled
from dashboard.pages.session import RECORDED_BOX_ID, SESSION_ID_STORE, TREND_BOX_ID, TREND_QUERY_ID
from dashboard.pages.sessions import PAGE_ROWS
from dashboard.pages.shell import CONTENT_ID, PROBLEM_ID, TITLE_ID, URL_ID
from dashboard.parts.stride_grid import GRID_ID, QUERY_ID
from dashboard.runner_view import runner_state
from dashboard.stride_rows import query_of
from dashboard.whole_body import again, whole_body
from pipeline.accounts.caller import in_one_request
from pipeline.metrics.registry import METRICS
from pipeline.session_search import SessionFilter
from pipeline.store import Store
from sensors.errors import LevelstrideError

CALLBACK_PATH = "/_dash-update-component"
NO_CHANGE = pack('{"multi":true,"response":{}}')
_LOG = logging.getLogger(__name__)

Values = Mapping[str, object]


class Drawings(Protocol):
    """Draws in another process."""

    async def drawn(self, piece: Piece, made_from: Hashable) -> None:
        """Wait until a piece is drawn, or until there is no point in waiting."""
        ...


class QuickAnswers:
    """ASGI middleware.

    Args:
        app: what answers everything else.
        store: library, as whoever asks may see it.
        live: whether a live session can be watched.
        drawings: draws elsewhere what nobody has seen yet; None to draw it here.
    """

    def __init__(
        self, app: ASGIApp, *, store: Store, live: bool, drawings: Drawings | None = None
    ) -> None:
        self._drawings = drawings
        self._app = app
        self._store = store
        self._live = live
        self._known: Mapping[str, Callable[[Values], bytes | None]] = {
            f"..{CONTENT_ID}.children...{TITLE_ID}.data...{PROBLEM_ID}.children..": self._page,
            f"{TREND_BOX_ID}.children": self._trend,
            f"{RECORDED_BOX_ID}.children": self._recorded,
            f"{GRID_ID}.children": self._rows,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the request on."""
        if scope["type"] != "http" or scope["path"] != CALLBACK_PATH or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        body = await whole_body(receive)
        packed = None if body is None else await self._answered(body)
        if packed is None:
            await self._app(scope, again(body, receive), send)
            return
        headers = {"Vary": "Accept-Encoding"}
        if "gzip" in Headers(scope=scope).get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
        else:
            packed = unpack(packed).encode("utf-8")
        await Response(packed, 200, headers, "application/json")(scope, receive, send)

    async def _answered(self, body: bytes) -> bytes | None:
        """The answer; while something has to be drawn for it elsewhere, no thread is held."""
        if self._drawings is not None:
            try:
                return await asyncio.to_thread(self._answer_of_kept, body)
            except NotDrawn as lacking:
                await self._drawings.drawn(lacking.piece, lacking.made_from)
        return await asyncio.to_thread(self._answer, body)

    def _answer_of_kept(self, body: bytes) -> bytes | None:
        with drawing_elsewhere():
            return self._answer(body)

    def _answer(self, body: bytes) -> bytes | None:
        try:
            asked = json.loads(body)
            answer = self._known.get(asked["output"])
            given = [*asked.get("inputs", []), *asked.get("state", [])]
            values = {f"{one['id']}.{one['property']}": one.get("value") for one in given}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None
        if answer is None:
            return None
        try:
            with in_one_request():
                return answer(values)
        except LevelstrideError:
            return None
        except NotDrawn:
            raise
        except Exception:  # noqa: BLE001 - Dash makes it again, and tells the reader that it cannot
            _LOG.exception("a page could not be answered from what is kept")
            return None

    def _page(self, values: Values) -> bytes | None:
        asked = values.get(f"{URL_ID}.pathname")
        if not isinstance(asked, str) or refused_page(asked) is not None:
            return None
        path = asked.rstrip("/") or "/"
        session_id = routes.session_id_of(path)
        if session_id is not None:
            return self._session(session_id).packed
        if path == routes.SESSIONS or (path == "/" and not self._live):
            return self._list()
        runner_id = routes.runner_id_of(path)
        return None if runner_id is None else self._runner(path, runner_id)

    def _session(self, session_id: str) -> Text:
        bar = share_bar(routes.session_url(session_id))
        return session_text(self._store, session_id, page_frame(titled(tr("Session")), bar))

    def _list(self) -> bytes:
        found = self._store.search(SessionFilter(), limit=PAGE_ROWS, metrics=False)
        return self._drawn_page(routes.SESSIONS, repr(found))

    def _runner(self, path: str, runner_id: str) -> bytes | None:
        store = self._store
        if not store.journal.has_runner(runner_id):
            return None
        return self._drawn_page(path, runner_state(store, runner_id))

    def _drawn_page(self, path: str, state: Hashable) -> bytes:
        """A page of the router, kept while what it shows is in the same state."""

        def draw() -> str:
            page = page_for(path, store=self._store, live=self._live)
            return framed(as_text(page.content), page_frame(page.title))

        key = ("page at", path, str(self._store.folder), language(), self._live, state)
        return DRAWN.get(key, draw)

    def _trend(self, values: Values) -> bytes | None:
        query = values.get(f"{TREND_QUERY_ID}.data")
        session_id = values.get(f"{SESSION_ID_STORE}.data")
        metric = query.get("metric") if isinstance(query, dict) else None
        if not isinstance(session_id, str) or not isinstance(metric, str) or metric not in METRICS:
            return None
        text = trend_text(self._store, session_id, metric, part_frame(TREND_BOX_ID))
        return None if text is None else text.packed

    def _recorded(self, values: Values) -> bytes | None:
        session_id = values.get(f"{SESSION_ID_STORE}.data")
        if not isinstance(session_id, str):
            return None
        # a page that is settled holds what the recording says
        return NO_CHANGE if self._session(session_id).settled else None

    def _rows(self, values: Values) -> bytes | None:
        session_id, asked = values.get(f"{SESSION_ID_STORE}.data"), values.get(f"{QUERY_ID}.data")
        if not isinstance(session_id, str) or not isinstance(asked, dict):
            return None
        return rows_text(self._store, session_id, query_of(asked), part_frame(GRID_ID))


def page_frame(title: str, bar: Any = None) -> Frame:
    """What stands around a page in the answer to the browser.

    Args:
        title: for the browser's title bar, whole.
        bar: component above the page; None for none.
    """
    name = json.dumps(title)
    before, after = ("", "") if bar is None else (f"[{as_text(bar)},", "]")
    return (
        f'{{"multi":true,"response":{{"{CONTENT_ID}":{{"children":{before}',
        f'{after}}},"{TITLE_ID}":{{"data":{name}}},"{PROBLEM_ID}":{{"children":null}}}}}}',
    )


def part_frame(element_id: str) -> Frame:
    """What stands around the children of one element in the answer to the browser."""
    return f'{{"multi":true,"response":{{"{element_id}":{{"children":', "}}}"
