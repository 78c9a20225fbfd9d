"""The review page of a session and its trend charts, drawn once for all who look at them.

What was drawn is kept packed in memory and, without what people wrote, in a file of the session.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.drawing_elsewhere import PAGE, Piece, draw_here
from dashboard.drawn import Drawn, as_text
from dashboard.drawn_files import (
    drawing_is_kept,
    keep_drawing,
    kept_drawing,
    shares_drawings,
)
from dashboard.finished import finished
from dashboard.kept_tables import results_stamp, session_strides, session_with_tables, shown_strides
from dashboard.language import language
from dashboard.packing import pack, unpack
from dashboard.pages.session import session_page
from dashboard.parts.session_heading import valid_counts, written_parts
from dashboard.parts.stride_grid import stride_page
from dashboard.parts.trend_section import trend_box
from dashboard.recorded_marks import NOTHING, recorded
from dashboard.runner_history import baseline_ids, others_of
from dashboard.session_view import known_metrics, session_view
from dashboard.sides import Side
from dashboard.stride_rows import StrideQuery, stride_rows
from pipeline.journal_entry import Remark
from pipeline.store import Store
from pipeline.stored_session import SessionSummary

DRAWN = Drawn()
"""Everything that this process has drawn."""


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


def _session_key(store: Store, summary: SessionSummary) -> tuple[object, ...]:
    return (summary.session_id, results_stamp(store, summary), language())


def _page_name() -> str:
    return f"{language()}-page"


def _page_made_from(store: Store, summary: SessionSummary) -> tuple[object, ...]:
    """What a page shows but for what people wrote."""
    others = others_of(store, summary)
    baseline = baseline_ids(others)
    held_against = tuple(
        (other.session_id, str(other.started_utc), results_stamp(store, other))
        for other in others
        if other.session_id in baseline
    )
    return (
        *_session_key(store, summary),
        str(summary.added_utc),
        str(summary.started_utc),
        summary.has_recording,
        held_against,
    )


def _trend_name(metric: str) -> str:
    return f"{language()}-{metric.replace('_', '-')}"


def _trend_made_from(store: Store, summary: SessionSummary, metric: str) -> tuple[object, ...]:
    return (*_session_key(store, summary), summary.gait, summary.has_recording, metric)


def page_is_kept(store: Store, summary: SessionSummary) -> bool:
    """Whether the review page of a session is in its file, as it would be drawn now."""
    key = _page_made_from(store, summary)
    return drawing_is_kept(store, summary.session_id, _page_name(), key)


def trend_is_kept(store: Store, summary: SessionSummary, metric: str) -> bool:
    """Whether the trend of a metric is in its file, as it would be drawn now."""
    key = _trend_made_from(store, summary, metric)
    return drawing_is_kept(store, summary.session_id, _trend_name(metric), key)


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
    remark = store.journal.remark(summary.session_id)
    results = _page_made_from(store, summary)
    name = _page_name()

    def draw() -> str:
        kept = kept_drawing(store, summary.session_id, name, results)
        if kept is not None:
            written = written_parts(summary, remark, kept["valid"])
            children = [
                finished(written[c["written"]]) if "written" in c else c for c in kept["children"]
            ]
            props = {**kept["page"]["props"], "children": children}
            return framed(as_text({**kept["page"], "props": props}), frame)
        if shares_drawings():
            draw_here(Piece(summary.session_id, PAGE, language()), results)
        view = session_view(store, session_id)
        page = session_page(view)
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
    keep_drawing(store, summary.session_id, _page_name(), results, json.dumps(kept))


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
    key = _trend_made_from(store, summary, metric)
    name = _trend_name(metric)

    def draw() -> str:
        kept = kept_drawing(store, summary.session_id, name, key)
        if kept is not None:
            return framed(json.dumps(kept), frame)
        if shares_drawings():
            draw_here(Piece(summary.session_id, metric, language()), key)
        # first, as all its tables are read in one go then
        stored = session_with_tables(store, session_id) if summary.has_recording else None
        shown = shown_strides(store, summary)
        if metric not in known_metrics(shown):
            raise _Unknown
        found = NOTHING if stored is None else recorded(store, stored, wait=False)
        text = as_text(trend_box(shown, metric, found or NOTHING))
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
        return framed(as_text(stride_page(stride_rows(strides, query), query)), frame)

    key = _session_key(store, summary)
    if not key[1]:  # without its table there is nothing to know it by
        return pack(draw())
    return DRAWN.get(("rows", frame, str(store.folder), *key, query), draw)
