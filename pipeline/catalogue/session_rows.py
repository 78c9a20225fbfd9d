"""Sessions to rows of the catalogue and back."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import cast

from pipeline.catalogue.models import SessionRow, SideSummaryRow
from pipeline.catalogue.plain_json import to_plain
from pipeline.errors import StoreError
from pipeline.session import Session
from pipeline.stored_session import SessionSummary
from pipeline.stride import SIDES, Gait, Side
from pipeline.synopsis import MetricSummary, main_gait, summarise_sides

GAITS: tuple[Gait, Gait] = ("run", "walk")


def fill_row(row: SessionRow, session: Session, where: str) -> SessionRow:
    """Fill a new row with a session's facts and summaries; its runner is left open.

    Raises:
        StoreError: a value that cannot be stored.
    """
    if session.started_utc is not None and session.started_utc.tzinfo is None:
        raise StoreError(
            "the start of the session has no time zone",
            where=where,
            remedy="Give the start as a time with a time zone, such as UTC",
        )
    row.started_utc = session.started_utc
    row.added_utc = datetime.now(UTC)
    row.listed_utc = session.started_utc or row.added_utc
    row.duration_s = float(session.duration_s)
    row.gait = main_gait(session.strides)
    row.strides_total = len(session.strides)
    row.strides_left = len(session.valid_strides("left"))
    row.strides_right = len(session.valid_strides("right"))
    row.conditions = _mapping(session.conditions, where)
    row.quality = _mapping(session.quality, where)
    row.provenance = _mapping(session.provenance, where)
    row.problems = [str(problem) for problem in session.problems]
    row.notes = [str(note) for note in session.notes]
    # A path may hold bytes that are no text; the catalogue keeps text.
    row.source = str(session.source or "").encode("utf-8", "replace").decode("utf-8")
    row.summaries = [
        SideSummaryRow(
            session_id=row.session_id,
            gait=gait,
            side=side,
            metric=key,
            median=summary.median,
            robust_sd=summary.robust_sd if math.isfinite(summary.robust_sd) else None,
            q25=summary.q25,
            q75=summary.q75,
            n=summary.n,
        )
        for gait in GAITS
        for side, summaries in summarise_sides(session.strides, gait).items()
        for key, summary in summaries.items()
    ]
    return row


def summary_of_row(row: SessionRow) -> SessionSummary:
    """A session as it stands in a list, from its row."""
    metrics: dict[Side, dict[str, MetricSummary]] = {side: {} for side in SIDES}
    for summary in row.summaries:
        if summary.gait == row.gait:
            metrics[cast("Side", summary.side)][summary.metric] = MetricSummary(
                median=summary.median,
                robust_sd=float("nan") if summary.robust_sd is None else summary.robust_sd,
                q25=summary.q25,
                q75=summary.q75,
                n=summary.n,
            )
    return SessionSummary(
        session_id=row.session_id,
        runner=row.runner.name,
        started_utc=row.started_utc,
        added_utc=row.added_utc,
        duration_s=row.duration_s,
        conditions={key: str(value) for key, value in row.conditions.items()},
        gait=cast("Gait | None", row.gait),
        strides_total=row.strides_total,
        strides_left=row.strides_left,
        strides_right=row.strides_right,
        metrics=metrics,
        problems=tuple(row.problems),
        has_recording=row.has_recording,
        runner_id=row.runner_id,
    )


def _mapping(value: object, where: str) -> dict[str, object]:
    plain = to_plain(value, where)
    if not isinstance(plain, dict):
        raise StoreError("conditions, quality and provenance must be mappings", where=where)
    return plain
