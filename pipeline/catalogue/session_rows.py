"""Sessions to rows of the catalogue and back."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session as Transaction

from pipeline.catalogue.journal_models import RemarkRow
from pipeline.catalogue.locks import hold
from pipeline.catalogue.models import RunnerRow, SessionRow, SideSummaryRow
from pipeline.catalogue.plain_json import to_plain
from pipeline.catalogue.result_models import FileRow, SearchRow
from pipeline.catalogue.session_words import search_values
from pipeline.errors import StoreError
from pipeline.session import Session
from pipeline.stored_file import StoredFile
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


_SUMMARY = (
    SessionRow.session_id,
    SessionRow.runner_id,
    RunnerRow.name,
    SessionRow.started_utc,
    SessionRow.added_utc,
    SessionRow.listed_utc,
    SessionRow.duration_s,
    SessionRow.conditions,
    SessionRow.gait,
    SessionRow.strides_total,
    SessionRow.strides_left,
    SessionRow.strides_right,
    SessionRow.problems,
    SessionRow.has_recording,
    SessionRow.result,
)
_AT_ONCE = 400
"""Ids in one question to the database."""


def read_summaries(
    catalogue: Transaction, session_ids: Sequence[str], *, metrics: bool = True
) -> list[SessionSummary]:
    """Sessions as they stand in a list, in the order of their ids; unknown ones are left out.

    Plain columns and no objects of the tables: a list of 50 sessions has thousands of values.

    Args:
        catalogue: open transaction.
        session_ids: which.
        metrics: also read the summaries of metrics, which is most of the work.
    """
    found: dict[str, SessionSummary] = {}
    for begin in range(0, len(session_ids), _AT_ONCE):
        ids = session_ids[begin : begin + _AT_ONCE]
        query = select(*_SUMMARY).join(RunnerRow).where(SessionRow.session_id.in_(ids))
        rows = catalogue.execute(query).all()
        values: dict[str, dict[Side, dict[str, MetricSummary]]] = {}
        for gait in GAITS if metrics else ():
            own = [row.session_id for row in rows if row.gait == gait]
            values |= _metrics_of(catalogue, own, gait) if own else {}
        for row in rows:
            found[row.session_id] = SessionSummary(
                session_id=row.session_id,
                runner=row.name,
                started_utc=row.started_utc,
                added_utc=row.added_utc,
                duration_s=row.duration_s,
                conditions={key: str(value) for key, value in row.conditions.items()},
                gait=cast("Gait | None", row.gait),
                strides_total=row.strides_total,
                strides_left=row.strides_left,
                strides_right=row.strides_right,
                metrics=values.get(row.session_id) or {side: {} for side in SIDES},
                problems=tuple(row.problems),
                has_recording=row.has_recording,
                runner_id=row.runner_id,
                result=row.result,
            )
    return [found[key] for key in session_ids if key in found]


def _metrics_of(
    catalogue: Transaction, session_ids: Sequence[str], gait: Gait
) -> dict[str, dict[Side, dict[str, MetricSummary]]]:
    # By the beginning of the primary key alone; with a join PostgreSQL starts parallel workers.
    query = select(
        SideSummaryRow.session_id,
        SideSummaryRow.side,
        SideSummaryRow.metric,
        SideSummaryRow.median,
        SideSummaryRow.robust_sd,
        SideSummaryRow.q25,
        SideSummaryRow.q75,
        SideSummaryRow.n,
    ).where(SideSummaryRow.session_id.in_(session_ids), SideSummaryRow.gait == gait)
    metrics: dict[str, dict[Side, dict[str, MetricSummary]]] = {}
    for key, side, metric, median, robust_sd, q25, q75, n in catalogue.execute(query):
        sides = metrics.setdefault(key, {side: {} for side in SIDES})
        sides[cast("Side", side)][metric] = MetricSummary(
            median=median,
            robust_sd=float("nan") if robust_sd is None else robust_sd,
            q25=q25,
            q75=q75,
            n=n,
        )
    return metrics


def runner_row(catalogue: Transaction, name: str) -> RunnerRow:
    """The runner of a name; a new one if there is none yet."""
    query = select(RunnerRow).where(RunnerRow.name == name)
    row = catalogue.scalar(query)
    if row is None:
        hold(catalogue, f"runner {name}")  # two sessions of a new runner may come at once
        row = catalogue.scalar(query)
    if row is None:
        row = RunnerRow(runner_id=str(uuid.uuid4()), name=name, added_utc=datetime.now(UTC))
        catalogue.add(row)
    return row


def write_search_row(catalogue: Transaction, row: SessionRow) -> None:
    """Bring what searches read of a session in step with its row and its tags.

    Args:
        catalogue: open transaction that writes.
        row: the session, with its runner.
    """
    catalogue.flush()
    remark = catalogue.get(RemarkRow, row.session_id)
    catalogue.merge(
        SearchRow(
            session_id=row.session_id,
            runner_id=row.runner_id,
            listed_utc=row.listed_utc,
            gait=row.gait or "",
            valid=row.strides_left + row.strides_right,
            has_remarks=bool(row.problems),
            **search_values(
                name=row.runner.name,
                listed_utc=row.listed_utc,
                conditions=row.conditions,
                tags=() if remark is None else remark.tags,
            ),
        )
    )


def file_rows(session_id: str, files: Iterable[StoredFile]) -> list[FileRow]:
    """Rows of a session's files."""
    return [
        FileRow(session_id=session_id, name=file.name, size=file.size, sha256=file.sha256)
        for file in files
    ]


def file_of_row(row: FileRow) -> StoredFile:
    """What a row of a file says."""
    return StoredFile(row.name, row.size, row.sha256)


def _mapping(value: object, where: str) -> dict[str, object]:
    plain = to_plain(value, where)
    if not isinstance(plain, dict):
        raise StoreError("conditions, quality and provenance must be mappings", where=where)
    return plain
