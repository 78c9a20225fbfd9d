"""Callbacks of the comparison. What comes from the browser is checked before it is used."""

from __future__ import annotations

import asyncio
from typing import Any

from dash import Input, Output, State, dcc, html, no_update

from dashboard.pages.compare import (
    COMPARE_BASELINE_ID,
    COMPARE_BOX_ID,
    COMPARE_CHOSEN_ID,
    COMPARE_QUERY_ID,
    COMPARE_SESSIONS_ID,
    MAX_COMPARED,
    compare_result,
    session_checks,
)
from dashboard.runner_history import runner_sessions
from dashboard.still import still
from pipeline.store import Store

FIRST_CHOICE = 6
"""Newest sessions that are chosen when a runner is."""


def ids_of(value: object) -> list[str]:
    """Session ids that came from a browser."""
    if not isinstance(value, list):
        return []
    return [key for key in value[:MAX_COMPARED] if isinstance(key, str)]


def runner_of(query: object) -> object:
    """The runner that was chosen, as it came from a browser; None without one."""
    return (query.get("runner") or None) if isinstance(query, dict) else None


def choices_of(store: Store, runner_id: object) -> Any:
    """Sessions to choose from and those chosen at first, for a runner.

    Raises:
        StoreError: the library cannot be read.
    """
    if not isinstance(runner_id, str):
        return no_update, no_update, no_update
    sessions = runner_sessions(store, runner_id)
    first = [s.session_id for s in sessions if s.gait == "run"][:FIRST_CHOICE]
    first = first or [s.session_id for s in sessions[:FIRST_CHOICE]]
    return (
        session_checks("sessions", sessions, first),
        session_checks("baseline", sessions, []),
        {"sessions": first, "baseline": []},
    )


def result_of(store: Store, runner_id: object, sessions: object, baseline: object) -> Any:
    """The comparison for values that came from a browser.

    Raises:
        StoreError: the library cannot be read.
    """
    if not isinstance(runner_id, str):
        return no_update
    return still(compare_result(store, runner_id, ids_of(sessions), ids_of(baseline)))


def compare_skeleton() -> Any:
    """Components that the callbacks name, so that Dash can check them before the page exists."""
    return html.Div(
        [
            dcc.Store(id=COMPARE_QUERY_ID),
            dcc.Store(id=COMPARE_CHOSEN_ID),
            html.Div(id=COMPARE_SESSIONS_ID),
            html.Div(id=COMPARE_BASELINE_ID),
            html.Div(id=COMPARE_BOX_ID),
        ]
    )


def add_compare_callbacks(dash_app: Any, store: Store) -> None:
    """Add the comparison's callbacks.

    Args:
        dash_app: the Dash application whose pages hold the components.
        store: library of sessions.
    """

    async def choose_runner(query: object) -> Any:
        return await asyncio.to_thread(choices_of, store, runner_of(query))

    async def compare(chosen: object, query: object) -> Any:
        ticked = chosen if isinstance(chosen, dict) else {}
        return await asyncio.to_thread(
            result_of, store, runner_of(query), ticked.get("sessions"), ticked.get("baseline")
        )

    dash_app.callback(
        Output(COMPARE_SESSIONS_ID, "children"),
        Output(COMPARE_BASELINE_ID, "children"),
        Output(COMPARE_CHOSEN_ID, "data"),
        Input(COMPARE_QUERY_ID, "data"),
        prevent_initial_call=True,
    )(choose_runner)
    dash_app.callback(
        Output(COMPARE_BOX_ID, "children"),
        Input(COMPARE_CHOSEN_ID, "data"),
        State(COMPARE_QUERY_ID, "data"),
        prevent_initial_call=True,
    )(compare)
