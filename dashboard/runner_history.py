"""A runner's sessions held against the runner's own baseline.

Which sessions are the baseline: those that carry the tag ``baseline``; without one, the first
three of the same gait. A session is never part of the baseline that it is held against.
"""

from __future__ import annotations

import json
import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import asdict

import pandas as pd

from dashboard.drawing_elsewhere import ESTIMATES, Piece, draw_here
from dashboard.drawn_files import keep_drawing, kept_drawing, shares_drawings
from dashboard.kept_tables import strides_or_raise
from dashboard.language import tr
from dashboard.number_text import date_text
from pipeline.errors import StoreError
from pipeline.session_search import SessionFilter
from pipeline.statistics.estimate import Estimate, estimate_leg
from pipeline.statistics.session_series import SessionPoint, SessionSeries, session_series
from pipeline.store import Store
from pipeline.stored_session import SessionSummary
from pipeline.stride import SIDES, Gait, Side

BASELINE_TAG = "baseline"
BASELINE_SESSIONS = 3
LOOKED_AT = 40
"""Newest sessions of a runner that are looked at; older ones count only as baseline."""
HISTORY_METRICS = ("cpd_peak_deg", "tir_exc_deg", "cpd_exc_deg")
_LOG = logging.getLogger(__name__)

Estimates = dict[tuple[Side, str], Estimate]


def estimates_of(strides: pd.DataFrame, gait: Gait | None) -> Estimates:
    """Estimates of both legs in the metrics of ``HISTORY_METRICS``; unknown ones are absent."""
    found: Estimates = {}
    for side in SIDES:
        for key in HISTORY_METRICS:
            estimate = estimate_leg(strides, side, key, gait) if key in strides else None
            if estimate is not None:
                found[side, key] = estimate
    return found


_KEPT: OrderedDict[tuple[str, str, str, Gait | None], Estimates] = OrderedDict()
_KEPT_AT_MOST = 512
_LOCK = threading.Lock()


def session_estimates(store: Store, summary: SessionSummary) -> Estimates:
    """Estimates of a stored session; none when its table cannot be read.

    Args:
        store: library.
        summary: the session.
    """
    return _estimates(store, summary) or {}


def _estimates(store: Store, summary: SessionSummary) -> Estimates | None:
    try:
        stamp = store.results_stamp(summary)
        key = (str(store.folder), summary.session_id, stamp, summary.gait)
        with _LOCK:
            known = _KEPT.get(key)
        if known is None:
            known = _kept_estimates(store, summary, stamp)
            with _LOCK:
                _KEPT[key] = known
                while len(_KEPT) > _KEPT_AT_MOST:
                    _KEPT.popitem(last=False)
    except (StoreError, ValueError, KeyError) as error:
        _LOG.warning("the strides of %s cannot be read: %s", summary.session_id, error)
        return None
    return known


def _kept_estimates(store: Store, summary: SessionSummary, stamp: str) -> Estimates:
    """Estimates out of their file, or computed now and kept there."""
    made_from = (stamp, summary.gait)
    kept = kept_drawing(store, summary.session_id, ESTIMATES, made_from)
    if kept is not None:
        return {(side, key): Estimate(**values) for side, key, values in kept}
    if shares_drawings():
        draw_here(Piece(summary.session_id, ESTIMATES), made_from)
    found = estimates_of(strides_or_raise(store, summary), summary.gait)
    text = json.dumps([[side, key, asdict(one)] for (side, key), one in found.items()])
    keep_drawing(store, summary.session_id, ESTIMATES, made_from, text)
    return found


def unread_text(store: Store, sessions: Sequence[SessionSummary]) -> str:
    """Sessions whose strides cannot be read although they have some, in a sentence; empty if none.

    Args:
        store: library.
        sessions: those that are looked at.
    """
    unread = [
        date_text(s.started_utc)
        for s in sessions[:LOOKED_AT]
        if s.strides_left + s.strides_right and _estimates(store, s) is None
    ]
    if not unread:
        return ""
    dates = ", ".join(unread)
    if len(unread) == 1:
        return tr("1 session cannot be read and is left out: {dates}.", dates=dates)
    return tr(
        "{count} sessions cannot be read and are left out: {dates}.", count=len(unread), dates=dates
    )


def baseline_ids(sessions: Sequence[SessionSummary]) -> frozenset[str]:
    """Sessions that are the baseline.

    Args:
        sessions: a runner's sessions of one gait, newest first.
    """
    tagged = [s for s in sessions if BASELINE_TAG in {tag.casefold() for tag in s.tags}]
    chosen = tagged or [s for s in reversed(sessions) if s.strides_left + s.strides_right]
    return frozenset(s.session_id for s in (tagged or chosen[:BASELINE_SESSIONS]))


def runner_sessions(
    store: Store, runner_id: str, gait: Gait | None = None, *, metrics: bool = True
) -> list[SessionSummary]:
    """A runner's sessions, newest first, with tags.

    Args:
        store: library.
        runner_id: the runner.
        gait: only sessions of this gait.
        metrics: also read the summaries of metrics.

    Raises:
        StoreError: the library cannot be read.
    """
    wanted = SessionFilter(runner_id=runner_id, gait=gait or "")
    return list(store.search(wanted, limit=1_000, choices=False, metrics=metrics).sessions)


def history(
    store: Store,
    sessions: Sequence[SessionSummary],
    key: str,
    side: Side,
    *,
    baseline: frozenset[str] | None = None,
    name: str = "",
) -> SessionSeries:
    """A leg's sessions against the baseline, oldest first.

    Args:
        store: library.
        sessions: a runner's sessions of one gait, newest first.
        key: metric.
        side: leg.
        baseline: ids of the baseline's sessions; None takes ``baseline_ids``.
        name: what sentences call the value.
    """
    chosen = baseline_ids(sessions) if baseline is None else baseline
    looked_at = {s.session_id for s in sessions[:LOOKED_AT]} | chosen
    points = []
    for summary in reversed(sessions):
        if summary.session_id not in looked_at:
            continue
        estimate = session_estimates(store, summary).get((side, key))
        if estimate is not None:
            points.append(
                SessionPoint(
                    summary.session_id,
                    summary.started_utc,
                    estimate,
                    summary.session_id in chosen,
                )
            )
    return session_series(key, points, name=name)


def others_of(store: Store, summary: SessionSummary) -> list[SessionSummary]:
    """The runner's other sessions of the same gait, newest first; none without a runner's name.

    They come without summaries of metrics.

    Args:
        store: library.
        summary: the session.
    """
    if not summary.runner or summary.gait is None:
        return []
    try:
        sessions = runner_sessions(store, summary.runner_id, summary.gait, metrics=False)
    except StoreError as error:
        _LOG.warning("no history of %s: %s", summary.session_id, error)
        return []
    return [s for s in sessions if s.session_id != summary.session_id]


def against_baseline(
    store: Store, summary: SessionSummary, others: Sequence[SessionSummary], key: str, side: Side
) -> SessionSeries | None:
    """One session held against the baseline of the others; None when there is none.

    Args:
        store: library.
        summary: the session.
        others: the runner's other sessions of the same gait, newest first.
        key: metric.
        side: leg.
    """
    baseline = baseline_ids(others)
    if not baseline:
        return None
    kept = [summary, *(s for s in others if s.session_id in baseline)]
    return history(store, kept, key, side, baseline=baseline)
