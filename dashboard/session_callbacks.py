"""Callbacks of the review page. What comes from the browser is checked before it is used."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable
from typing import Any, TypeVar

from dash import Input, Output, State, dcc, html, no_update

from dashboard.drawn_session import drawn_trend
from dashboard.figures.chart import Chart, plain_json
from dashboard.figures.graph import graph
from dashboard.figures.raw_signal import QUANTITIES, raw_signal_figure, stretch
from dashboard.finished import finished
from dashboard.kept_tables import session_strides, strides_of_gait
from dashboard.language import tr
from dashboard.pages.session import (
    RECORDED_BOX_ID,
    SESSION_ID_STORE,
    TREND_BOX_ID,
    TREND_QUERY_ID,
    recorded_parts,
)
from dashboard.parts.raw_section import (
    RAW_BOX_ID,
    RAW_BUTTON_ID,
    RAW_GRAPH_ID,
    RAW_QUERY_ID,
    RAW_WINDOW_ID,
)
from dashboard.parts.stride_grid import (
    GRID_ID,
    QUERY_ID,
    stride_page,
)
from dashboard.recorded_marks import GONE, recorded
from dashboard.said import said
from dashboard.stride_rows import query_of, stride_rows
from pipeline.errors import StoreError
from pipeline.made_files import remove_if_deleted
from pipeline.metrics.registry import METRICS
from pipeline.signal_file import SignalFile, make_signal_file, open_signal_file
from pipeline.store import Store
from sensors.errors import RecordingError
from sensors.placement import Placement

Drawn = TypeVar("Drawn")


def chosen(query: object, name: str) -> object:
    """A field of what was chosen; None when the browser sent none."""
    return query.get(name) if isinstance(query, dict) else None


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
    box = drawn_trend(store, session_id, key)
    return no_update if box is None else box


def recorded_for(store: Store, session_id: object) -> Any:
    """What comes from a large recording, read now; ``no_update`` when it stands there already."""
    if not isinstance(session_id, str):
        return no_update
    stored = store.session(session_id, whole=False)
    if recorded(store, stored, wait=False) is not None:
        return no_update
    found = recorded(store, stored, wait=True)
    shown = strides_of_gait(stored.strides, stored.summary.gait)
    return no_update if found is None else finished(recorded_parts(shown, found))


def rows_of(store: Store, session_id: object, request: object) -> Any:
    """The page of the stride table that is asked for."""
    if not isinstance(session_id, str) or not isinstance(request, dict):
        return no_update
    query = query_of(request)
    strides = session_strides(store, store.summary(session_id))
    return finished(stride_page(stride_rows(strides, query), query))


def signals_of(store: Store, session_id: str, *, anew: bool = False) -> SignalFile | None:
    """Samples of a session in a form to draw; None without a recording.

    Args:
        store: library.
        session_id: id of a stored session.
        anew: make that form anew, since it turned out to be damaged.

    Raises:
        StoreError: the session or its recording cannot be read.
    """
    path = store.recording(session_id)
    if path is None:
        return None
    folder = store.signal_folder(session_id)
    try:
        signals = make_signal_file(path, folder) if anew else open_signal_file(path, folder)
    except RecordingError as error:
        raise StoreError(
            "the raw signals cannot be drawn", where=str(path), remedy=error.sentences
        ) from error
    except OSError as error:
        raise StoreError(
            "the raw signals cannot be drawn",
            where=str(path),
            remedy=f"The files for it cannot be written or read ({error.strerror or error})",
        ) from error
    remove_if_deleted(store, session_id, folder)
    return signals


def drawn(store: Store, session_id: str, draw: Callable[[SignalFile], Drawn]) -> Drawn | None:
    """What is drawn of the raw signals; None without a recording.

    What was made from the recording can be damaged; it is made anew then, once.

    Raises:
        StoreError: the session or its recording cannot be read.
    """
    signals = signals_of(store, session_id)
    if signals is None:
        return None
    try:
        return draw(signals)
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        signals = signals_of(store, session_id, anew=True)
        return None if signals is None else draw(signals)


def raw_for(store: Store, session_id: object, sensor: object, quantity: object) -> Any:
    """Chart of the raw signals of a sensor, or why there is none.

    Raises:
        SessionNotFound: no session has this id.
    """
    if not isinstance(session_id, str) or quantity not in QUANTITIES:
        return no_update
    found = recorded(store, store.session(session_id, whole=False), wait=False)
    marks = [(m.time_s, m.text) for m in found.marks] if found is not None else []

    def draw(signals: SignalFile) -> Chart | None:
        if sensor not in [place.value for place in signals.placements]:
            return None
        return raw_signal_figure(signals, Placement(str(sensor)), str(quantity), marks)

    try:
        figure = drawn(store, session_id, lambda signals: (draw(signals),))
    except StoreError as error:
        return html.P(said(error.sentences), className="ls-remark", role="status")
    if figure is None:
        return html.P(tr(GONE.problem), className="ls-remark", role="status")
    if figure[0] is None:
        return html.P(tr("The recording has no samples of this sensor."), className="ls-dim")
    return [
        graph(figure[0], element_id=RAW_GRAPH_ID, follow=RAW_WINDOW_ID),
        html.P(
            tr("Thinned to the lowest and highest value of each part, so that no peak is lost."),
            className="ls-dim ls-small",
        ),
    ]


def zoomed(
    store: Store, session_id: object, sensor: object, quantity: object, window: object
) -> Any:
    """Lines of the stretch that a zoom shows, as JSON; ``no_update`` for anything else.

    Args:
        store: library.
        session_id: should be the id of a stored session.
        sensor: should name a placement.
        quantity: should be a key of ``QUANTITIES``.
        window: should be the edges of the stretch in minutes.

    Raises:
        StoreError: the session or its recording cannot be read.
    """
    if not isinstance(session_id, str) or not isinstance(window, list) or len(window) != 2:
        return no_update
    if quantity not in QUANTITIES or sensor not in [place.value for place in Placement]:
        return no_update
    edges = [float(edge) for edge in window if isinstance(edge, int | float)]
    if len(edges) != 2 or not all(math.isfinite(edge) for edge in edges):
        return no_update

    def draw(signals: SignalFile) -> list[tuple[Any, Any]]:
        start, end = (60.0 * edge for edge in edges)
        return stretch(signals, Placement(str(sensor)), str(quantity), start, end)

    lines = drawn(store, session_id, draw)
    # The chart takes an answer only for the very stretch that it shows.
    return (
        no_update
        if lines is None
        else f'{{"range":{json.dumps(edges)},"lines":{plain_json(lines)}}}'
    )


def session_skeleton() -> Any:
    """Components that the callbacks name, so that Dash can check them before the page exists."""
    return html.Div(
        [
            dcc.Store(id=SESSION_ID_STORE),
            dcc.Store(id=TREND_QUERY_ID),
            dcc.Store(id=QUERY_ID),
            html.Div(id=TREND_BOX_ID),
            html.Div(id=RECORDED_BOX_ID),
            html.Div(id=GRID_ID),
            dcc.Store(id=RAW_QUERY_ID),
            html.Button(id=RAW_BUTTON_ID),
            html.Div(id=RAW_BOX_ID),
            dcc.Store(id=RAW_WINDOW_ID),
            html.Div(id=RAW_GRAPH_ID),
        ]
    )


def add_session_callbacks(dash_app: Any, store: Store) -> None:
    """Add the review page's callbacks.

    Args:
        dash_app: the Dash application whose pages hold the components.
        store: library of sessions.
    """

    async def show_trend(query: object, session_id: object) -> Any:
        return await asyncio.to_thread(trend_for, store, session_id, chosen(query, "metric"))

    async def show_recorded(session_id: object) -> Any:
        return await asyncio.to_thread(recorded_for, store, session_id)

    async def show_rows(request: object, session_id: object) -> Any:
        return await asyncio.to_thread(rows_of, store, session_id, request)

    async def show_raw(clicks: object, query: object, session_id: object) -> Any:
        if not clicks:
            return no_update
        sensor, quantity = chosen(query, "sensor"), chosen(query, "quantity")
        return await asyncio.to_thread(raw_for, store, session_id, sensor, quantity)

    async def zoom(window: object, session_id: object, query: object) -> Any:
        sensor, quantity = chosen(query, "sensor"), chosen(query, "quantity")
        edges = chosen(window, "range")
        return await asyncio.to_thread(zoomed, store, session_id, sensor, quantity, edges)

    session = State(SESSION_ID_STORE, "data")
    dash_app.callback(
        Output(TREND_BOX_ID, "children"),
        Input(TREND_QUERY_ID, "data"),
        session,
        prevent_initial_call=True,
    )(show_trend)
    dash_app.callback(Output(RECORDED_BOX_ID, "children"), Input(SESSION_ID_STORE, "data"))(
        show_recorded
    )
    dash_app.callback(
        Output(GRID_ID, "children"),
        Input(QUERY_ID, "data"),
        session,
        prevent_initial_call=True,
    )(show_rows)
    dash_app.callback(
        Output(RAW_BOX_ID, "children"),
        Input(RAW_BUTTON_ID, "n_clicks"),
        Input(RAW_QUERY_ID, "data"),
        session,
        prevent_initial_call=True,
    )(show_raw)
    dash_app.callback(
        Output(RAW_GRAPH_ID, "data-lines"),
        Input(RAW_WINDOW_ID, "data"),
        session,
        State(RAW_QUERY_ID, "data"),
        prevent_initial_call=True,
    )(zoom)
