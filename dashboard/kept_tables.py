"""Stride tables of sessions, kept for whoever asks next; not to be changed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import replace

import pandas as pd

from dashboard.remembered import remember
from pipeline.errors import StoreError
from pipeline.store import Store
from pipeline.stored_session import SessionSummary, StoredSession

_MOST_BYTES = 64_000_000
_KEPT: OrderedDict[tuple[object, ...], tuple[pd.DataFrame, int]] = OrderedDict()
_LOCK = threading.Lock()


def results_stamp(store: Store, summary: SessionSummary) -> str:
    """A text that changes when the tables of a session do; empty when they are gone."""
    try:
        return store.results_stamp(summary)
    except StoreError:
        return ""


def session_strides(store: Store, summary: SessionSummary) -> pd.DataFrame:
    """The stride table of a session, kept for whoever asks next; not to be changed.

    Empty when it is missing or damaged.

    Args:
        store: library, as the caller may see it.
        summary: the session.

    Raises:
        StoreError: the catalogue cannot be read.
    """
    try:
        return strides_or_raise(store, summary)
    except StoreError:
        # analysed again at this moment, missing or damaged
        return store.session(summary.session_id, whole=False).strides


def strides_or_raise(store: Store, summary: SessionSummary) -> pd.DataFrame:
    """The stride table of a session, kept for whoever asks next; not to be changed.

    Args:
        store: library, as the caller may see it.
        summary: the session.

    Raises:
        StoreError: it is missing or damaged.
    """
    key = (str(store.folder), summary.session_id, store.results_stamp(summary))
    table = _known(key)
    if table is None:
        table = store.strides(summary)
        _keep(key, table)
    return table


def session_with_tables(store: Store, session_id: str) -> StoredSession:
    """A session with its tables, kept for whoever asks next and not to be changed.

    Of a damaged one, what can still be read; ``StoredSession.unread`` says so.

    Args:
        store: library, as the caller may see it.
        session_id: id out of an address, so not to be trusted.

    Raises:
        SessionNotFound: no session has this id.
        StoreError: the catalogue cannot be read.
    """
    stored = store.session(session_id, whole=False, tables=False)
    summary = stored.summary
    stamp = results_stamp(store, summary)
    key = (str(store.folder), summary.session_id, stamp)
    tables = [_known(one) for one in (key, (*key, "curves"), (*key, "repetitions"))]
    strides, curves, repetitions = tables
    if stamp and strides is not None and curves is not None and repetitions is not None:
        return replace(stored, strides=strides, curves=curves, repetitions=repetitions)
    stored = store.session(session_id, whole=False)
    if stamp and not stored.unread and stored.summary.result == summary.result:
        _keep(key, stored.strides)
        _keep((*key, "curves"), stored.curves)
        _keep((*key, "repetitions"), stored.repetitions)
    return stored


def strides_of_gait(strides: pd.DataFrame, gait: str | None) -> pd.DataFrame:
    """Rows of one gait, in order of time; all rows when ``gait`` is None."""
    rows = strides if gait is None else strides[strides["gait"] == gait]
    # Sides and gaits are asked for over and over; as categories they are compared by number.
    rows = rows.sort_values("foot_strike_s").astype({"side": "category", "gait": "category"})
    # Columns are asked for by name hundreds of times, and names that Arrow keeps are slow to read.
    rows.columns = rows.columns.astype(object)
    return rows


def shown_strides(store: Store, summary: SessionSummary) -> pd.DataFrame:
    """``strides_of_gait`` of a session's table and gait, kept, with what is computed of it.

    Args:
        store: library, as the caller may see it.
        summary: the session.

    Raises:
        StoreError: the catalogue cannot be read.
    """
    stamp = results_stamp(store, summary)
    key = (str(store.folder), summary.session_id, stamp, summary.gait)
    known = _known(key) if stamp else None
    if known is not None:
        return known
    shown = strides_of_gait(session_strides(store, summary), summary.gait)
    if stamp:
        remember(shown)
        _keep(key, shown)
    return shown


def _known(key: tuple[object, ...]) -> pd.DataFrame | None:
    with _LOCK:
        known = _KEPT.get(key)
        if known is None:
            return None
        _KEPT.move_to_end(key)
        return known[0]


def _keep(key: tuple[object, ...], table: pd.DataFrame) -> None:
    size = 8 * table.size  # near enough, and known without looking at each column
    with _LOCK:
        _KEPT[key] = (table, size)
        total = sum(one[1] for one in _KEPT.values())
        while total > _MOST_BYTES:
            total -= _KEPT.popitem(last=False)[1][1]
