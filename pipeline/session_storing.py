"""Putting an analysed session into the library."""

from __future__ import annotations

import uuid
from pathlib import Path

from pipeline.analysis_method import method_of
from pipeline.catalogue.locks import holding
from pipeline.catalogue.models import SessionRow
from pipeline.catalogue.result_models import FileRow
from pipeline.catalogue.session_rows import (
    file_of_row,
    file_rows,
    fill_row,
    runner_row,
    write_search_row,
)
from pipeline.left_files import remove_left_files
from pipeline.mean_curves import mean_curves
from pipeline.runner_name import runner_name
from pipeline.session import Session
from pipeline.session_files import SessionFiles, recording_name
from pipeline.store_parts import StoreParts
from pipeline.stored_file import StoredFile
from pipeline.stride_table import stride_parts


def put_session(
    parts: StoreParts, session: Session, session_id: str, recording: Path | None, *, move: bool
) -> None:
    """Store a session; one with the same id is replaced.

    Args:
        parts: the library.
        session: the analysed session.
        session_id: its id in canonical form.
        recording: its recording; None keeps that of a replaced session.
        move: take the recording away from where it is.

    Raises:
        StoreError: the runner's name is unusable, a value cannot be stored, or the recording is
            missing.
        OSError: files cannot be written.
        SQLAlchemyError: the catalogue cannot be used.
    """
    runner = runner_name(session.runner, parts.where)
    # Everything that can be wrong with the session is found before a file is touched.
    row = fill_row(SessionRow(session_id=session_id), session, where=f"session {session_id}")
    row.method = method_of(row.provenance)
    row.result = new_result()
    files = parts.files
    written = []
    if recording is not None:
        written.append(files.take_recording(Path(recording), session_id, move=move))
    tables = write_results(files, session, session_id, row.result)
    with holding(parts.writer, session_id) as catalogue:
        tables = still_there(files, tables, session, session_id, row.result)
        replaced = catalogue.get(SessionRow, session_id)
        if replaced is None:
            tables, row.result = files.take_plain_names(tables, session_id), ""
            row.has_recording = recording is not None or files.place.exists(
                recording_name(session_id)
            )
        else:
            row.added_utc = replaced.added_utc
            row.listed_utc = row.started_utc or row.added_utc
            row.has_recording = recording is not None or replaced.has_recording
            kept = catalogue.get(FileRow, (session_id, recording_name(session_id)))
            if recording is None and kept is not None:
                written.append(file_of_row(kept))
            catalogue.delete(replaced)
            catalogue.flush()
            catalogue.expunge_all()  # its other rows went with it, in the database
        row.runner = runner_row(catalogue, runner)
        catalogue.add(row)
        write_search_row(catalogue, row)
        catalogue.add_all(file_rows(session_id, written + tables))
    if replaced is not None:
        remove_left_files(parts, session_id)


def new_result() -> str:
    """A new value of ``SessionRow.result``."""
    return uuid.uuid4().hex[:12]


def write_results(
    files: SessionFiles, session: Session, session_id: str, result: str
) -> list[StoredFile]:
    """Write the tables of a session under names of their own; no row knows them yet.

    Args:
        files: of the library.
        session: the analysed session.
        session_id: its id in canonical form.
        result: part of the names, ``SessionRow.result``.

    Raises:
        OSError: they cannot be written.
    """
    return [
        files.write_parts(stride_parts(session.strides), "strides", session_id, result),
        files.write(mean_curves(session.strides), "curves", session_id, result),
        *files.write_repetitions(session.repetitions, session_id, result),
    ]


def still_there(
    files: SessionFiles,
    tables: list[StoredFile],
    session: Session,
    session_id: str,
    result: str,
) -> list[StoredFile]:
    """Tables that were written; written again if somebody has removed one that no row named yet.

    To be asked while the session is held. Arguments and errors as ``write_results``.
    """
    if all(files.place.exists(table.name) for table in tables):
        return tables
    return write_results(files, session, session_id, result)
