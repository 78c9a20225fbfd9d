"""What the library gives back: summaries for lists, and whole sessions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd

from pipeline.stride import Gait, Side
from pipeline.synopsis import MetricSummary


@dataclass(frozen=True, slots=True)
class RunnerSummary:
    """A runner of the library.

    Attributes:
        name: name or code; empty for sessions without a runner.
        sessions: number of sessions.
        last_utc: start (or adding, where the start is not known) of the newest session.
        runner_id: id in the library.
    """

    name: str
    sessions: int
    last_utc: datetime | None
    runner_id: str = ""


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A session as it stands in a list.

    Attributes:
        session_id: UUID, text form.
        runner: name or code; empty when not given.
        started_utc: start of the recording; None when the source does not say.
        added_utc: when the session was first stored.
        duration_s: from the first to the last sample.
        conditions: free pairs such as ``shoe``, ``surface``.
        gait: gait of most valid strides, which ``metrics`` belong to; None without valid strides.
        strides_total: strides of both sides, valid or not.
        strides_left: valid strides of the left side, any gait.
        strides_right: valid strides of the right side, any gait.
        metrics: side to metric key to summary, over the valid strides of ``gait``; a metric that
            is not known is absent.
        problems: sentences about lost or doubtful data.
        has_recording: whether the recording is kept in the library.
        runner_id: id of the runner in the library.
        tags: tags given by people; only a search fills them in.
        result: which of the session's results this is; another after a new analysis.
    """

    session_id: str
    runner: str
    started_utc: datetime | None
    added_utc: datetime
    duration_s: float
    conditions: Mapping[str, str]
    gait: Gait | None
    strides_total: int
    strides_left: int
    strides_right: int
    metrics: Mapping[Side, Mapping[str, MetricSummary]]
    problems: tuple[str, ...]
    has_recording: bool
    runner_id: str = ""
    tags: tuple[str, ...] = ()
    result: str = ""


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A whole session of the library.

    Attributes:
        summary: the session as it stands in a list.
        strides: the stride table, ``pipeline.stride_table.STRIDE_COLUMNS``.
        curves: mean stance curves of the main gait, ``pipeline.mean_curves.CURVE_COLUMNS``.
        repetitions: single-leg squats and step-downs,
            ``pipeline.tasks.repetition.REPETITION_COLUMNS``.
        quality: what is known of the data, plain JSON values.
        problems: sentences about lost or doubtful data.
        notes: sentences about what could not be known, or was mended without loss.
        provenance: versions, parameters, digest of the source, plain JSON values.
        source: path of the analysed file when it was stored; empty when not known.
        unread: sentences about tables that cannot be read and are empty here; only where a
            damaged session was asked for, too.
        fetch: gives the file of the recording, None when there is none; True asks for a transfer
            to this computer if it takes one.
    """

    summary: SessionSummary
    strides: pd.DataFrame
    curves: pd.DataFrame
    repetitions: pd.DataFrame
    quality: Mapping[str, object]
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    provenance: Mapping[str, object]
    source: str
    unread: tuple[str, ...] = ()
    fetch: Callable[[bool], Path | None] = lambda _: None

    @property
    def recording(self) -> Path | None:
        """File of the recording; from an object store it is fetched now. None when it is not kept.

        Raises:
            StoreError: it cannot be fetched.
        """
        return self.fetch(True)

    @property
    def recording_at_hand(self) -> Path | None:
        """File of the recording, if it can be had without a transfer."""
        return self.fetch(False)
