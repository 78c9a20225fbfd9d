"""Callbacks of the library. What comes from the browser is checked before it is used."""

from __future__ import annotations

import asyncio
from typing import Any

from dash import Input, Output, ctx, dcc, html

from dashboard.pages.sessions import (
    BOX_ID,
    FILTERS,
    PAGE_ROWS,
    QUERY_ID,
    WORDS_ID,
    found_box,
)
from dashboard.still import still
from pipeline.session_search import QUALITIES, QualityChoice, SessionFilter
from pipeline.store import Store

MAX_PAGE = 100_000


def filter_of(*values: object) -> SessionFilter:
    """A filter from values that came from a browser; what makes no sense is left open.

    Args:
        values: words, runner's id, condition, tag, gait, quality.
    """
    words, runner, condition, tag, gait, quality = (
        value[:300] if isinstance(value, str) else "" for value in values
    )
    chosen: QualityChoice = quality if quality in QUALITIES else ""
    return SessionFilter(words, runner, condition, tag, gait, chosen)


def find(store: Store, wanted: SessionFilter, page: object) -> list[Any]:
    """The list for a filter and a page number.

    Raises:
        StoreError: the library cannot be read.
    """
    number = int(page) if isinstance(page, str) and page.isdecimal() and len(page) < 8 else 1
    number = min(max(number, 1), MAX_PAGE)
    found = store.search(wanted, limit=PAGE_ROWS, offset=(number - 1) * PAGE_ROWS)
    if not found.sessions and found.matching:
        number = 1
        found = store.search(wanted, limit=PAGE_ROWS)
    return list(still(found_box(found, number)))


def library_skeleton() -> Any:
    """Components that the callbacks name, so that Dash can check them before the page exists."""
    return html.Div(
        [
            dcc.Input(id=WORDS_ID),
            dcc.Store(id=QUERY_ID),
            html.Div(id=BOX_ID),
        ]
    )


def add_library_callbacks(dash_app: Any, store: Store) -> None:
    """Add the library's callbacks.

    Args:
        dash_app: the Dash application whose pages hold the components.
        store: library of sessions.
    """

    async def search(words: object, query: object) -> Any:
        asked = query if isinstance(query, dict) else {}
        page = asked.get("page") if ctx.triggered_id == QUERY_ID else None
        wanted = filter_of(words, *[asked.get(name) for name in FILTERS])
        return await asyncio.to_thread(find, store, wanted, page)

    dash_app.callback(
        Output(BOX_ID, "children"),
        Input(WORDS_ID, "value"),
        Input(QUERY_ID, "data"),
        prevent_initial_call=True,
    )(search)
