"""Gathers what a session's page shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from dashboard.kept_tables import session_with_tables, shown_strides, strides_of_gait
from dashboard.leg_numbers import column_of
from dashboard.recorded_marks import NOTHING, Recorded, recorded
from dashboard.remembered import remembered
from dashboard.runner_history import HISTORY_METRICS, against_baseline, others_of
from dashboard.sides import Side
from pipeline.journal_entry import Remark
from pipeline.metrics.registry import METRICS
from pipeline.statistics.session_series import SessionChange, SessionSeries
from pipeline.store import Store
from pipeline.stored_session import StoredSession
from pipeline.stride import SIDES


@dataclass(frozen=True, slots=True)
class AgainstBaseline:
    """A value of this session against the runner's own baseline.

    Attributes:
        change: the change with its interval.
        series: the baseline, and what change is beyond error.
    """

    change: SessionChange
    series: SessionSeries


@dataclass(frozen=True, slots=True)
class SessionView:
    """What a session's page shows.

    Attributes:
        stored: the session.
        shown: strides of the gait of most valid strides, in order of time; not to be changed.
        recorded: marks, cues and conditions; None while the recording is not read yet.
        remark: tags and note.
        changes: by leg and metric; absent without other sessions of the runner.
    """

    stored: StoredSession
    shown: pd.DataFrame
    recorded: Recorded | None = NOTHING
    remark: Remark = field(default_factory=Remark)
    changes: Mapping[tuple[Side, str], AgainstBaseline] = field(default_factory=dict)

    @property
    def strides_unread(self) -> bool:
        """Whether the stride table cannot be read, although the session has strides."""
        stored = self.stored
        return bool(stored.unread and stored.summary.strides_total) and not len(stored.strides)


def known_metrics(strides: pd.DataFrame) -> list[str]:
    """Metrics that some valid stride knows, in the order of the registry."""
    return remembered(strides, "known metrics", lambda: _known_metrics(strides))


def _known_metrics(strides: pd.DataFrame) -> list[str]:
    valid = strides["valid"].to_numpy(bool)
    return [
        key
        for key in METRICS
        if key in strides and (~np.isnan(column_of(strides, key)[valid])).any()
    ]


def session_view(store: Store, session_id: str, *, wait: bool = False) -> SessionView:
    """What the page of a session shows; of a damaged one, what can still be read.

    Args:
        store: library.
        session_id: id out of an address, so not to be trusted.
        wait: read a large recording for its marks, too.

    Raises:
        SessionNotFound: no session has this id.
        StoreError: the catalogue cannot be read.
    """
    stored = session_with_tables(store, session_id)
    summary = stored.summary
    changes: dict[tuple[Side, str], AgainstBaseline] = {}
    others = others_of(store, summary)
    for key in HISTORY_METRICS if others else ():
        for side in SIDES:
            series = against_baseline(store, summary, others, key, side)
            for row in series.sessions if series is not None else ():
                if row.point.session_id == summary.session_id and series is not None:
                    changes[side, key] = AgainstBaseline(row, series)
    shown = (
        strides_of_gait(stored.strides, summary.gait)
        if stored.unread
        else shown_strides(store, summary)
    )
    return SessionView(
        stored=stored,
        shown=shown,
        recorded=recorded(store, stored, wait=wait),
        remark=store.journal.remark(summary.session_id),
        changes=changes,
    )
