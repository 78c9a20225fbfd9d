"""Reading a whole session out of the library."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pandas as pd
from sqlalchemy.orm import Session as Transaction

from pipeline.catalogue.models import SessionRow
from pipeline.catalogue.session_rows import read_summaries
from pipeline.errors import SessionNotFound, StoreError
from pipeline.mean_curves import mean_curves
from pipeline.store_parts import StoreParts
from pipeline.store_trouble import speaking_plainly
from pipeline.stored_session import SessionSummary, StoredSession
from pipeline.stride_table import strides_to_frame, with_all_columns
from pipeline.tasks.repetition_table import repetitions_to_frame


def read_session(
    parts: StoreParts, session_id: str, *, tables: bool = True, whole: bool = True
) -> StoredSession:
    """A whole session.

    Args:
        parts: the library.
        session_id: in canonical form.
        tables: also read its tables; else they are empty.
        whole: refuse one of which a table cannot be read; else that table is empty, and
            ``StoredSession.unread`` says so.

    Raises:
        SessionNotFound: no session has this id.
        StoreError: its files are missing or damaged.
    """
    failed: str | None = None
    while True:
        with speaking_plainly(parts.where), Transaction(parts.engine) as catalogue:
            row = catalogue.get(SessionRow, session_id)
            found = read_summaries(catalogue, [session_id])
        if row is None or not found:
            raise SessionNotFound(session_id, where=parts.where)
        try:
            return _stored(parts, found[0], row, tables=tables)
        except StoreError:
            if failed == row.result:
                if whole:
                    raise
                return _stored(parts, found[0], row, tables=tables, whole=False)
            # Perhaps analysed again at this moment, and the old tables are gone.
            failed = row.result


@cache
def _empty_tables() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    return strides_to_frame([]), mean_curves([]), repetitions_to_frame([])


def _no_strides() -> pd.DataFrame:
    return _empty_tables()[0].copy()


def _no_curves() -> pd.DataFrame:
    return _empty_tables()[1].copy()


def _no_repetitions() -> pd.DataFrame:
    return _empty_tables()[2].copy()


def _stored(
    parts: StoreParts,
    summary: SessionSummary,
    row: SessionRow,
    *,
    tables: bool,
    whole: bool = True,
) -> StoredSession:
    files, session_id, result = parts.files, row.session_id, row.result
    unread: list[str] = []

    def fetch(transfer: bool) -> Path | None:
        with speaking_plainly(parts.where):
            if transfer:
                return files.recording(session_id)
            return files.recording_at_hand(session_id)

    def table(read: Callable[[], pd.DataFrame], empty: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        if not tables:
            return empty()
        try:
            return read()
        except StoreError as error:
            if whole:
                raise
            unread.append(error.sentences)
            return empty()

    return StoredSession(
        summary=summary,
        strides=table(
            lambda: with_all_columns(files.read("strides", session_id, result)),
            _no_strides,
        ),
        curves=table(
            lambda: files.read("curves", session_id, result),
            _no_curves,
        ),
        repetitions=table(
            lambda: files.read_repetitions(session_id, result),
            _no_repetitions,
        ),
        quality=row.quality,
        problems=tuple(row.problems),
        notes=tuple(row.notes),
        provenance=row.provenance,
        source=row.source,
        unread=tuple(unread),
        fetch=fetch,
    )
