"""The review page of a session and its trend charts, drawn once for all who look at them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

import pandas as pd

from dashboard.drawn import Drawn
from dashboard.language import language
from dashboard.pages.session import ANSWERED_IDS, session_page
from dashboard.parts.trend_section import trend_box
from dashboard.recorded_marks import NOTHING, Recorded, recorded
from dashboard.runner_history import baseline_ids, others_of
from dashboard.session_view import known_metrics, session_view, strides_of_gait
from dashboard.still import still
from pipeline.errors import StoreError
from pipeline.store import Store
from pipeline.stored_session import SessionSummary

_DRAWN = Drawn()
_TABLES: OrderedDict[tuple[object, ...], tuple[pd.DataFrame, int]] = OrderedDict()
_TABLE_BYTES = 64_000_000
_LOCK = threading.Lock()


class _NotYet(Exception):
    """What was drawn lacks what could not be read, or not yet, and may look otherwise next time."""

    def __init__(self, content: Any) -> None:
        self.content = content
        super().__init__()


def _stamp(store: Store, summary: SessionSummary) -> str:
    try:
        return store.results_stamp(summary)
    except StoreError:  # its tables are gone, so it has no part in the page
        return ""


def _session_key(store: Store, summary: SessionSummary) -> tuple[object, ...]:
    return (str(store.folder), summary.session_id, _stamp(store, summary), language())


def session_strides(store: Store, summary: SessionSummary) -> pd.DataFrame:
    """The stride table of a session, kept for whoever asks next; not to be changed.

    Empty when it is missing or damaged.

    Args:
        store: library, as the caller may see it.
        summary: the session.

    Raises:
        StoreError: the catalogue cannot be read.
    """
    stamp = _stamp(store, summary)
    if not stamp:
        return store.session(summary.session_id, whole=False).strides
    key = (str(store.folder), summary.session_id, stamp)
    with _LOCK:
        known = _TABLES.get(key)
        if known is not None:
            _TABLES.move_to_end(key)
            return known[0]
    try:
        table = store.strides(summary)
    except StoreError:
        # analysed again at this moment, or damaged
        return store.session(summary.session_id, whole=False).strides
    with _LOCK:
        _TABLES[key] = (table, int(table.memory_usage(deep=True).sum()))
        size = sum(one[1] for one in _TABLES.values())
        while size > _TABLE_BYTES:
            size -= _TABLES.popitem(last=False)[1][1]
    return table


def drawn_session_page(store: Store, session_id: str) -> Any:
    """The review page.

    Args:
        store: library, as the caller may see it.
        session_id: id out of an address, so not to be trusted.

    Raises:
        SessionNotFound: no session has this id.
        StoreError: the session cannot be read.
    """
    summary = store.summary(session_id)
    others = others_of(store, summary)
    baseline = baseline_ids(others)
    held_against = tuple(
        (repr(other), _stamp(store, other)) for other in others if other.session_id in baseline
    )
    remark = repr(store.journal.remark(summary.session_id))
    key = (*_session_key(store, summary), repr(summary), remark, held_against)

    def draw() -> Any:
        view = session_view(store, session_id)
        page = still(session_page(view), ANSWERED_IDS)
        if view.recorded is None or view.recorded.problem or view.stored.unread:
            raise _NotYet(page)
        return page

    try:
        return _DRAWN.get(("page", *key), draw)
    except _NotYet as drawn:
        return drawn.content


def drawn_trend(store: Store, session_id: str, metric: str) -> Any:
    """The trend chart of a metric; None when the session does not know it.

    Args:
        store: library, as the caller may see it.
        session_id: should be the id of a stored session.
        metric: key of a metric.

    Raises:
        SessionNotFound: no session has this id.
        StoreError: the session cannot be read.
    """
    summary = store.summary(session_id)
    key = ("trend", *_session_key(store, summary), summary.gait, summary.has_recording, metric)

    def draw() -> Any:
        shown = strides_of_gait(session_strides(store, summary), summary.gait)
        if metric not in known_metrics(shown):
            return None
        found: Recorded | None = NOTHING
        if summary.has_recording:
            found = recorded(store, store.session(session_id, whole=False), wait=False)
        box = still(trend_box(shown, metric, found or NOTHING))
        if found is None or found.problem:
            raise _NotYet(box)
        return box

    try:
        return _DRAWN.get(key, draw)
    except _NotYet as drawn:
        return drawn.content
