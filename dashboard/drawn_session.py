"""The review page of a session and its trend charts, drawn once for all who look at them.

What was drawn is kept packed in memory and, without what people wrote, in a file of the session.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.drawn import Drawn, as_text, pack, unpack
from dashboard.drawn_files import keep_drawing, kept_drawing
from dashboard.language import language
from dashboard.pages.session import ANSWERED_IDS, session_page
from dashboard.parts.session_heading import valid_counts, written_parts
from dashboard.parts.stride_grid import stride_page
from dashboard.parts.trend_section import trend_box
from dashboard.recorded_marks import NOTHING, Recorded, recorded
from dashboard.runner_history import baseline_ids, others_of
from dashboard.session_view import known_metrics, session_view, strides_of_gait
from dashboard.sides import Side
from dashboard.still import still
from dashboard.stride_rows import StrideQuery, stride_rows
from pipeline.errors import StoreError
from pipeline.journal_entry import Remark
from pipeline.store import Store
from pipeline.stored_session import SessionSummary

DRAWN = Drawn()
"""Everything that this process has drawn."""
_TABLES: OrderedDict[tuple[object, ...], tuple[pd.DataFrame, int]] = OrderedDict()
_TABLE_BYTES = 64_000_000
_LOCK = threading.Lock()


class _NotYet(Exception):
    """What was drawn lacks what could not be read, or not yet, and may look otherwise next time."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__()


@dataclass(frozen=True, slots=True)
class Text:
    """What was drawn.

    Attributes:
        packed: its JSON, packed.
        settled: whether it stays as it is while nothing of the session changes.
    """

    packed: bytes
    settled: bool = True


Frame = tuple[str, str]
"""Text before and after what is drawn, so that all of it is packed once."""
BARE: Frame = ("", "")


def framed(text: str, frame: Frame) -> str:
    """A text within its frame."""
    return f"{frame[0]}{text}{frame[1]}"


class _Unknown(Exception):
    """The session does not know what is asked for."""


def _drawn(key: Hashable, draw: Callable[[], str]) -> Text:
    try:
        return Text(DRAWN.get(key, draw))
    except _NotYet as drawn:
        return Text(pack(drawn.text), settled=False)


def _stamp(store: Store, summary: SessionSummary) -> str:
    try:
        return store.results_stamp(summary)
    except StoreError:  # its tables are gone, so it has no part in the page
        return ""


def _session_key(store: Store, summary: SessionSummary) -> tuple[object, ...]:
    return (summary.session_id, _stamp(store, summary), language())


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
    """The review page, as plain values; see ``session_text``."""
    return json.loads(unpack(session_text(store, session_id).packed))


def session_text(store: Store, session_id: str, frame: Frame = BARE) -> Text:
    """The review page.

    Args:
        store: library, as the caller may see it.
        session_id: id out of an address, so not to be trusted.
        frame: what stands around it.

    Raises:
        SessionNotFound: no session has this id.
        StoreError: the session cannot be read.
    """
    summary = store.summary(session_id, metrics=False)
    others = others_of(store, summary)
    baseline = baseline_ids(others)
    held_against = tuple(
        (other.session_id, str(other.started_utc), _stamp(store, other))
        for other in others
        if other.session_id in baseline
    )
    remark = store.journal.remark(summary.session_id)
    # what the page shows but for what people wrote
    results = (
        *_session_key(store, summary),
        str(summary.added_utc),
        str(summary.started_utc),
        summary.has_recording,
        held_against,
    )

    def draw() -> str:
        kept = kept_drawing(store, summary.session_id, f"{language()}-page", results)
        if kept is not None:
            parts = written_parts(summary, remark, kept["valid"])
            written = {key: still(part, ANSWERED_IDS) for key, part in parts.items()}
            children = [written[c["written"]] if "written" in c else c for c in kept["children"]]
            props = {**kept["page"]["props"], "children": children}
            return framed(as_text({**kept["page"], "props": props}), frame)
        view = session_view(store, session_id)
        page = still(session_page(view), ANSWERED_IDS)
        text = as_text(page)
        if view.recorded is None or view.recorded.problem or view.stored.unread:
            raise _NotYet(framed(text, frame))
        valid = valid_counts(summary, view.shown, view.strides_unread)
        _keep_page(store, summary, results, json.loads(text), valid)
        return framed(text, frame)

    key = ("page", frame, str(store.folder), results, repr(summary), repr(remark))
    return _drawn(key, draw)


def _keep_page(
    store: Store,
    summary: SessionSummary,
    results: Hashable,
    page: dict[str, Any],
    valid: Mapping[Side, int],
) -> None:
    """Keep a page without the parts that people wrote."""
    names = written_parts(summary, Remark(), valid)
    children = [
        {"written": part["props"]["id"]} if part["props"].get("id") in names else part
        for part in page["props"].pop("children")
    ]
    kept = {"page": page, "children": children, "valid": valid}
    keep_drawing(store, summary.session_id, f"{language()}-page", results, json.dumps(kept))


def drawn_trend(store: Store, session_id: str, metric: str) -> Any:
    """The trend chart of a metric, as plain values or None; see ``trend_text``."""
    text = trend_text(store, session_id, metric)
    return None if text is None else json.loads(unpack(text.packed))


def trend_text(store: Store, session_id: str, metric: str, frame: Frame = BARE) -> Text | None:
    """The trend chart of a metric; None when the session does not know it.

    Args:
        store: library, as the caller may see it.
        session_id: should be the id of a stored session.
        metric: key of a metric.
        frame: what stands around it.

    Raises:
        SessionNotFound: no session has this id.
        StoreError: the session cannot be read.
    """
    summary = store.summary(session_id, metrics=False)
    key = (*_session_key(store, summary), summary.gait, summary.has_recording, metric)
    name = f"{language()}-{metric.replace('_', '-')}"

    def draw() -> str:
        kept = kept_drawing(store, summary.session_id, name, key)
        if kept is not None:
            return framed(json.dumps(kept), frame)
        shown = strides_of_gait(session_strides(store, summary), summary.gait)
        if metric not in known_metrics(shown):
            raise _Unknown
        found: Recorded | None = NOTHING
        if summary.has_recording:
            found = recorded(store, store.session(session_id, whole=False), wait=False)
        text = as_text(still(trend_box(shown, metric, found or NOTHING)))
        if found is None or found.problem:
            raise _NotYet(framed(text, frame))
        keep_drawing(store, summary.session_id, name, key, text)
        return framed(text, frame)

    try:
        return _drawn(("trend", frame, str(store.folder), *key), draw)
    except _Unknown:
        return None


def rows_text(store: Store, session_id: str, query: StrideQuery, frame: Frame = BARE) -> bytes:
    """A page of the stride table, packed.

    Args:
        store: library, as the caller may see it.
        session_id: should be the id of a stored session.
        query: what is asked for.
        frame: what stands around it.

    Raises:
        SessionNotFound: no session has this id.
        StoreError: the session cannot be read.
    """
    summary = store.summary(session_id, metrics=False)

    def draw() -> str:
        strides = session_strides(store, summary)
        return framed(as_text(still(stride_page(stride_rows(strides, query), query))), frame)

    key = _session_key(store, summary)
    if not key[1]:  # without its table there is nothing to know it by
        return pack(draw())
    return DRAWN.get(("rows", frame, str(store.folder), *key, query), draw)
