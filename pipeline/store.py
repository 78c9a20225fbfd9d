"""The library: a catalogue, stride tables, mean curves and recordings, in one folder or elsewhere.

::

    catalogue.sqlite        runners, sessions, summaries (or a database of PostgreSQL by URL)
    strides/<id>.parquet    stride table (<id>.<result>.parquet when it was analysed again)
    curves/<id>.parquet     mean stance curves
    repetitions/<id>.parquet  single-leg squats and step-downs, where there are some
    recordings/<id>.mcap    the recording
    signals/<id>/           its samples in a form to draw, made from it when needed

Files are named by the session's UUID and by nothing else: names of people never reach a path.
A session's files are written before its row, and its row is deleted before its files, so a row
always has its files, and a crash leaves at most a file without a row. New results get names of
their own, and the row changes from the old to the new ones at once.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Self

import pandas as pd
from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session as Transaction

from pipeline.accounts.accounts import Accounts
from pipeline.catalogue.database import WRITE, bring_up_to_date, empty_journal, open_engine
from pipeline.catalogue.journal_models import RemarkRow
from pipeline.catalogue.locks import hold
from pipeline.catalogue.models import RunnerRow, SessionRow
from pipeline.catalogue.result_models import SearchRow
from pipeline.catalogue.session_rows import read_summaries, runner_row, write_search_row
from pipeline.errors import SessionNotFound, StoreError
from pipeline.journal_store import Journal
from pipeline.left_files import remove_left_files
from pipeline.runner_name import runner_name
from pipeline.session import Session
from pipeline.session_files import SessionFiles
from pipeline.session_reading import read_session
from pipeline.session_search import SearchResult, SessionFilter, search_sessions
from pipeline.session_storing import put_session
from pipeline.store_parts import StoreParts
from pipeline.store_place import FILES_VARIABLE, STORE_VARIABLE, StorePlace, default_folder
from pipeline.store_trouble import speaking_plainly
from pipeline.stored_session import RunnerSummary, SessionSummary, StoredSession
from pipeline.stride_table import with_all_columns
from pipeline.table_file import replacing
from pipeline.upload_folder import remove_upload, uploads_of

__all__ = ["FILES_VARIABLE", "STORE_VARIABLE", "Store", "StorePlace", "default_folder"]


class Store:
    """A library of sessions; open it with :meth:`open`. Safe to use from several threads.

    Several processes may have the same library open; one writes at a time, the others wait.
    """

    def __init__(self, place: StorePlace, files: SessionFiles, engine: Engine) -> None:
        self._place = place
        self._where = place.where
        self._files = files
        self._engine = engine
        self._parts = StoreParts(self._where, files, engine)
        self._writer = engine.execution_options(**WRITE)

    @classmethod
    def open(
        cls,
        place: StorePlace | Path | str | None = None,
        *,
        catalogue_url: str | None = None,
        files_url: str | None = None,
    ) -> Self:
        """Open a library; it is made if there is none, and brought up to date if it is older.

        Args:
            place: where it is; a folder, the URL of a database, or None, as
                :meth:`StorePlace.named` takes it.
            catalogue_url: URL of a catalogue elsewhere, for a library in a folder.
            files_url: folder or URL of the files, where they are not in the folder.

        Raises:
            StoreError: the library cannot be made, reached or used, the catalogue is damaged, or a
                later version of levelstride has written it.
        """
        if not isinstance(place, StorePlace):
            place = StorePlace.named(place, files_url)
        if catalogue_url is not None:
            there = place.files_url or f"file://{place.folder}"
            elsewhere = StorePlace.named(catalogue_url, there)
            place = StorePlace(place.folder, elsewhere.catalogue_url, place.files_url)
        with speaking_plainly(place.where):
            place.make_folders()
            files = SessionFiles(place)
            engine = open_engine(place.url)
            try:
                bring_up_to_date(engine, place.where)
            except BaseException:
                engine.dispose()
                raise
        return cls(place, files, engine)

    @property
    def place(self) -> StorePlace:
        """Where the library is."""
        return self._place

    @property
    def folder(self) -> Path:
        """Folder of a library in a folder; else this computer's folder for temporary files."""
        return self._place.folder

    @property
    def parts(self) -> StoreParts:
        """Catalogue and files, for modules of the pipeline."""
        return self._parts

    @property
    def journal(self) -> Journal:
        """What people write about runners and sessions."""
        return Journal(self._engine, self._where)

    @property
    def accounts(self) -> Accounts:
        """Who may see whom, and who did."""
        return Accounts(self._engine, self._where)

    def close(self) -> None:
        """Close the catalogue; the library can be opened again."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def add_session(
        self, session: Session, recording: Path | None = None, *, move: bool = False
    ) -> str:
        """Store a session; one with the same id is replaced.

        Args:
            session: the analysed session.
            recording: its recording, copied into the library; None keeps the recording that a
                replaced session had.
            move: take the recording away from where it is. One that already lies in its place in
                the library (:meth:`recording_path`) is left there in both cases.

        Returns:
            The session's id, in canonical form.

        Raises:
            StoreError: the id is no UUID, the runner's name is unusable, a value cannot be stored,
                the recording is missing, or the disk is full.
        """
        session_id = self._canonical(session.session_id)
        with speaking_plainly(self._where):
            put_session(self._parts, session, session_id, recording, move=move)
        return session_id

    def recording_path(self, session_id: str) -> Path:
        """Where the recording of a session is to be written that is made for the library.

        In a library in a folder it lies there, too; see :meth:`recording` for reading.

        Raises:
            StoreError: the id is no UUID.
        """
        return self._files.recording_path(self._canonical(session_id))

    def recording(self, session_id: str) -> Path | None:
        """The recording of a session on this computer, fetched if need be; None if there is none.

        Raises:
            StoreError: the id is no UUID, or it cannot be fetched.
        """
        with speaking_plainly(self._where):
            return self._files.recording(self._canonical(session_id))

    def strides(self, summary: SessionSummary) -> pd.DataFrame:
        """The stride table of a session alone.

        Raises:
            StoreError: it is missing or damaged.
        """
        return with_all_columns(self._files.read("strides", summary.session_id, summary.result))

    def results_stamp(self, summary: SessionSummary) -> str:
        """A text that changes when the tables of a session do.

        Raises:
            StoreError: they are missing.
        """
        with speaking_plainly(self._where):
            return self._files.stamp(summary.session_id, summary.result)

    def signal_folder(self, session_id: str) -> Path:
        """Where the samples of a session lie in a form to draw, or would lie; see ``signal_file``.

        Raises:
            StoreError: the id is no UUID.
        """
        return self._files.signals(self._canonical(session_id))

    def sessions(self, runner: str | None = None) -> list[SessionSummary]:
        """Summaries of all sessions, or of one runner's, newest first."""
        query = select(SearchRow.session_id).order_by(
            SearchRow.listed_utc.desc(), SearchRow.session_id
        )
        if runner is not None:
            query = query.join(RunnerRow, RunnerRow.runner_id == SearchRow.runner_id).where(
                RunnerRow.name == runner
            )
        with speaking_plainly(self._where), Transaction(self._engine) as catalogue:
            return read_summaries(catalogue, list(catalogue.scalars(query)))

    def search(
        self,
        wanted: SessionFilter,
        *,
        limit: int,
        offset: int = 0,
        choices: bool = True,
        metrics: bool = True,
    ) -> SearchResult:
        """Sessions that match a filter, newest first; see ``search_sessions``."""
        with speaking_plainly(self._where), Transaction(self._engine) as catalogue:
            return search_sessions(
                catalogue, wanted, limit=limit, offset=offset, choices=choices, metrics=metrics
            )

    def describe_session(
        self, session_id: str, *, runner: str, conditions: Mapping[str, str]
    ) -> None:
        """Change whose session it is, and under which conditions; the numbers stay.

        Raises:
            SessionNotFound: no session has this id.
            StoreError: the runner's name is unusable.
        """
        canonical = self._known(session_id)
        name = runner_name(runner, self._where)
        with (
            speaking_plainly(self._where),
            Transaction(self._writer) as catalogue,
            catalogue.begin(),
        ):
            hold(catalogue, canonical)
            row = catalogue.get(SessionRow, canonical)
            if row is None:
                raise SessionNotFound(session_id, where=self._where)
            row.runner = runner_row(catalogue, name)
            row.conditions = dict(conditions)
            write_search_row(catalogue, row)

    def summary(self, session_id: str, *, metrics: bool = True) -> SessionSummary:
        """A session as it stands in a list.

        Args:
            session_id: its id.
            metrics: also read the summaries of its metrics.

        Raises:
            SessionNotFound: no session has this id.
        """
        canonical = self._known(session_id)
        with speaking_plainly(self._where), Transaction(self._engine) as catalogue:
            found = read_summaries(catalogue, [canonical], metrics=metrics)
        if not found:
            raise SessionNotFound(session_id, where=self._where)
        return found[0]

    def session_id(self, session_id: str) -> str:
        """A session's id in the form in which the library writes it.

        Raises:
            SessionNotFound: it is no id.
        """
        return self._known(session_id)

    def session(self, session_id: str, *, whole: bool = True, tables: bool = True) -> StoredSession:
        """A whole session.

        Args:
            session_id: its id.
            whole: refuse one whose tables are missing or damaged; else such a table is empty, and
                ``StoredSession.unread`` says so.
            tables: also read its tables; else they are empty.

        Raises:
            SessionNotFound: no session has this id.
            StoreError: its files are missing or damaged, or the catalogue cannot be read.
        """
        canonical = self._known(session_id)
        return read_session(self._parts, canonical, whole=whole, tables=tables)

    def delete_session(self, session_id: str) -> None:
        """Delete a session with its files.

        Raises:
            SessionNotFound: no session has this id.
            StoreError: a file cannot be removed.
        """
        canonical = self._known(session_id)
        with speaking_plainly(self._where):
            with Transaction(self._writer) as catalogue, catalogue.begin():
                hold(catalogue, canonical)
                found = catalogue.execute(
                    delete(SessionRow).where(SessionRow.session_id == canonical)
                )
                if not found.rowcount:  # type: ignore[attr-defined]
                    raise SessionNotFound(session_id, where=self._where)
                catalogue.execute(delete(RemarkRow).where(RemarkRow.session_id == canonical))
            remove_left_files(self._parts, canonical)
            empty_journal(self._engine)

    def runners(self) -> list[RunnerSummary]:
        """Runners that have sessions, by name."""
        query = (
            select(
                RunnerRow.name,
                func.count(SearchRow.session_id),
                func.max(SearchRow.listed_utc, type_=SearchRow.listed_utc.type),
                RunnerRow.runner_id,
            )
            .join(SearchRow, SearchRow.runner_id == RunnerRow.runner_id)
            .group_by(RunnerRow.runner_id, RunnerRow.name)
            .order_by(RunnerRow.name)
        )
        with speaking_plainly(self._where), Transaction(self._engine) as catalogue:
            return [RunnerSummary(*row) for row in catalogue.execute(query)]

    def export_runner(self, runner: str, zip_path: Path) -> int:
        """Write everything the library holds of a runner into a ZIP file.

        Returns:
            Number of sessions in it.

        Raises:
            StoreError: there is no such runner, or the file cannot be written.
        """
        from pipeline.runner_export import write_runner_zip

        zip_path = Path(zip_path)
        summaries = self.sessions(runner)
        runner_id = self.journal.runner_id(runner)
        if runner_id is None:
            raise self._no_runner(runner)
        written = self.journal.runner_file(runner_id)
        remarks = {s.session_id: self.journal.remark(s.session_id) for s in summaries}
        with speaking_plainly(str(zip_path)), replacing(zip_path) as temporary:
            write_runner_zip(
                temporary,
                runner,
                (self.session(summary.session_id, whole=False) for summary in summaries),
                {**asdict(written), "remarks": {k: asdict(v) for k, v in remarks.items()}},
            )
        return len(summaries)

    def delete_runner(self, runner: str) -> int:
        """Delete a runner with all sessions and files.

        Returns:
            Number of sessions that were deleted.

        Raises:
            StoreError: there is no such runner, or a file cannot be removed.
        """
        with speaking_plainly(self._where):
            with Transaction(self._writer) as catalogue, catalogue.begin():
                row = catalogue.scalar(select(RunnerRow).where(RunnerRow.name == runner))
                if row is None:
                    raise self._no_runner(runner)
                owned = SessionRow.runner_id == row.runner_id
                session_ids = list(catalogue.scalars(select(SessionRow.session_id).where(owned)))
                upload_ids = uploads_of(catalogue, row.runner_id)
                hold(catalogue, *session_ids)
                own = select(SessionRow.session_id).where(owned)
                catalogue.execute(
                    delete(RemarkRow)
                    .where(RemarkRow.session_id.in_(own))
                    .execution_options(synchronize_session=False)
                )
                catalogue.execute(delete(SessionRow).where(owned))
                catalogue.delete(row)
            for session_id in session_ids:
                remove_left_files(self._parts, session_id)
            for upload_id in upload_ids:
                remove_upload(self.folder, upload_id)
            empty_journal(self._engine)
        return len(session_ids)

    def _canonical(self, session_id: str) -> str:
        try:
            return str(uuid.UUID(session_id))
        except (ValueError, AttributeError, TypeError) as error:
            raise StoreError(
                f"{str(session_id)[:64]!r} is no session id",
                where=self._where,
                remedy="A session id is a UUID, such as the list of sessions shows",
            ) from error

    def _known(self, session_id: str) -> str:
        try:
            return self._canonical(session_id)
        except StoreError as error:
            raise SessionNotFound(str(session_id), where=self._where) from error

    def _no_runner(self, runner: str) -> StoreError:
        return StoreError(
            f"there is no runner {runner[:64]!r}",
            where=self._where,
            remedy="List the runners to see their names",
        )
