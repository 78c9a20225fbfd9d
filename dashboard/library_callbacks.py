"""Callbacks of the library. What comes from the browser is checked before it is used."""

from __future__ import annotations

import asyncio
from typing import Any

import dash_mantine_components as dmc
from dash import Input, Output, dcc, html

from dashboard.pages.sessions import (
    BOX_ID,
    CONDITION_ID,
    GAIT_ID,
    PAGE_ID,
    PAGE_ROWS,
    QUALITY_ID,
    RUNNER_ID,
    TAG_ID,
    WORDS_ID,
    found_box,
)
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
    number = page if isinstance(page, int) and 1 <= page <= MAX_PAGE else 1
    found = store.search(wanted, limit=PAGE_ROWS, offset=(number - 1) * PAGE_ROWS)
    if not found.sessions and found.matching:
        number = 1
        found = store.search(wanted, limit=PAGE_ROWS)
    return found_box(found, number)


def library_skeleton() -> Any:
    """Components that the callbacks name, so that Dash can check them before the page exists."""
    return html.Div(
        [
            dcc.Input(id=WORDS_ID),
            *[dmc.Select(id=key) for key in (RUNNER_ID, CONDITION_ID, TAG_ID, GAIT_ID, QUALITY_ID)],
            html.Div(id=BOX_ID),
            dmc.Pagination(id=PAGE_ID, total=1),
        ]
    )


def add_library_callbacks(dash_app: Any, store: Store) -> None:
    """Add the library's callbacks.

    Args:
        dash_app: the Dash application whose pages hold the components.
        store: library of sessions.
    """

    async def search(*values: object) -> Any:
        return await asyncio.to_thread(find, store, filter_of(*values[:6]), values[6])

    inputs = (WORDS_ID, RUNNER_ID, CONDITION_ID, TAG_ID, GAIT_ID, QUALITY_ID, PAGE_ID)
    dash_app.callback(
        Output(BOX_ID, "children"),
        *[Input(key, "value") for key in inputs],
        prevent_initial_call=True,
    )(search)
