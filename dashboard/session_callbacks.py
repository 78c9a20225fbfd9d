"""Callbacks of the review page. What comes from the browser is checked before it is used."""

from __future__ import annotations

import asyncio
from typing import Any

import dash_ag_grid as dag
import dash_mantine_components as dmc
from dash import ClientsideFunction, Input, Output, State, dcc, html, no_update

from dashboard.pages.session import (
    SESSION_ID_STORE,
    TREND_BOX_ID,
    TREND_SELECT_ID,
    VALID_ONLY_ID,
    known_metrics,
    strides_of_gait,
    trend_box,
)
from dashboard.parts.stride_grid import GRID_ID
from pipeline.metrics.registry import METRICS
from pipeline.store import Store


def trend_for(store: Store, session_id: object, key: object) -> Any:
    """Trend chart for values that came from a browser; ``no_update`` when they make no sense.

    Args:
        store: library.
        session_id: should be the id of a stored session.
        key: should be a metric that the session knows.

    Raises:
        StoreError: the session cannot be read.
    """
    if not isinstance(session_id, str) or not isinstance(key, str) or key not in METRICS:
        return no_update
    stored = store.session(session_id)
    shown = strides_of_gait(stored.strides, stored.summary.gait)
    return trend_box(shown, key) if key in known_metrics(shown) else no_update


def session_skeleton() -> Any:
    """Components that the callbacks name, so that Dash can check them before the page exists."""
    return html.Div(
        [
            dcc.Store(id=SESSION_ID_STORE),
            dmc.Select(id=TREND_SELECT_ID),
            dmc.Switch(id=VALID_ONLY_ID),
            html.Div(id=TREND_BOX_ID),
            dag.AgGrid(id=GRID_ID),
        ]
    )


def add_session_callbacks(dash_app: Any, store: Store) -> None:
    """Add the review page's callbacks.

    Args:
        dash_app: the Dash application whose pages hold the components.
        store: library of sessions.
    """

    async def show_trend(key: object, session_id: object) -> Any:
        return await asyncio.to_thread(trend_for, store, session_id, key)

    dash_app.callback(
        Output(TREND_BOX_ID, "children"),
        Input(TREND_SELECT_ID, "value"),
        State(SESSION_ID_STORE, "data"),
        prevent_initial_call=True,
    )(show_trend)
    dash_app.clientside_callback(
        ClientsideFunction("levelstride", "filter_valid"),
        Output(GRID_ID, "filterModel"),
        Input(VALID_ONLY_ID, "checked"),
        prevent_initial_call=True,
    )
