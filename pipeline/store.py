"""The library: a folder with a catalogue, stride tables, mean curves and recordings.

::

    catalogue.sqlite        runners, sessions, summaries (or a database by URL)
    strides/<id>.parquet    stride table
    curves/<id>.parquet     mean stance curves
    repetitions/<id>.parquet  single-leg squats and step-downs, where there are some
    recordings/<id>.mcap    the recording
    signals/<id>/           its samples in a form to draw, made from it when needed

Files are named by the session's UUID and by nothing else: names of people never reach a path.
A session's files are written before its row, and its row is deleted before its files, so a row
always has its files, and a crash leaves at most a file without a row.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from platformdirs import user_data_path
from sqlalchemy import URL, Engine, delete, func, select
from sqlalchemy.orm import Session as Transaction

from pipeline.accounts.accounts import Accounts
from pipeline.catalogue.database import WRITE, bring_up_to_date, open_engine
from pipeline.catalogue.journal_models import RemarkRow
from pipeline.catalogue.models import RunnerRow, SessionRow
from pipeline.catalogue.session_rows import fill_row, summary_of_row
from pipeline.errors import SessionNotFound, StoreError
from pipeline.journal_store import Journal
from pipeline.mean_curves import mean_curves
from pipeline.runner_name import runner_name
from pipeline.session import Session
from pipeline.session_files import SessionFiles
from pipeline.session_search import SearchResult, SessionFilter, search_sessions
from pipeline.store_trouble import speaking_plainly
from pipeline.stored_session import RunnerSummary, SessionSummary, StoredSession
from pipeline.stride_table import strides_to_frame, with_all_columns
from pipeline.table_file import replacing

STORE_VARIABLE = "LEVELSTRIDE_STORE"
"""Environment variable that names the folder of the library."""


def default_folder() -> Path:
    """Folder of the library when none is given: ``LEVELSTRIDE_STORE`` or the user's data folder."""
    named = os.environ.get(STORE_VARIABLE, "").strip()
    return Path(named).expanduser() if named else user_data_path("levelstride", appauthor=False)


class Store:
    """A library of sessions; open it with :meth:`open`. Safe to use from several threads.

    Several processes may have the same library open; one writes at a time, the others wait.
    """

    def __init__(self, folder: Path, engine: Engine) -> None:
        self._folder = folder
        self._files = SessionFiles(folder)
        self._engine = engine
        self._writer = engine.execution_options(**WRITE)

    @classmethod
    def open(cls, folder: Path | None = None, *, catalogue_url: str | None = None) -> Self:
        """Open a library; it is made if there is none, and brought up to date if it is older.

        Args:
            folder: folder of the library; None takes :func:`default_folder`.
            catalogue_url: SQLAlchemy URL of a catalogue elsewhere, such as a PostgreSQL database;
                None keeps it in the folder.

        Raises:
            StoreError: the folder cannot be made or used, the catalogue is damaged, or a later
                version of levelstride has written it.
        """
        folder = (default_folder() if folder is None else Path(folder)).absolute()
        with speaking_plainly(str(folder)):
            # Movement data of people: a new library is for its owner alone.
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name in ("strides", "curves", "repetitions", "recordings"):
                (folder / name).mkdir(exist_ok=True)
            in_folder = URL.create("sqlite", database=str(folder / "catalogue.sqlite"))
            engine = open_engine(catalogue_url or in_folder)
            try:
                bring_up_to_date(engine, str(folder))
            except BaseException:
                engine.dispose()
                raise
        return cls(folder, engine)

    @property
    def folder(self) -> Path:
        """Folder of the library."""
        return self._folder

    @property
    def journal(self) -> Journal:
        """What people write about runners and sessions."""
        return Journal(self._engine, str(self._folder))

    @property
    def accounts(self) -> Accounts:
        """Who may see whom, and who did."""
        return Accounts(self._engine, str(self._folder))

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
        runner = runner_name(session.runner, str(self._folder))
        with speaking_plainly(str(self._folder)):
            # Everything that can be wrong with the session is found before a file is touched.
            row = fill_row(
                SessionRow(session_id=session_id), session, where=f"session {session_id}"
            )
            strides = strides_to_frame(session.strides)
            curves = mean_curves(session.strides)
            if recording is not None:
                self._files.take_recording(Path(recording), session_id, move=move)
            self._files.write(strides, "strides", session_id)
            self._files.write(curves, "curves", session_id)
            self._files.write_repetitions(session.repetitions, session_id)
            with Transaction(self._writer) as catalogue, catalogue.begin():
                row.has_recording = self.recording_path(session_id).is_file()
                replaced = catalogue.get(SessionRow, session_id)
                if replaced is not None:
                    row.added_utc = replaced.added_utc
                    row.listed_utc = row.started_utc or row.added_utc
                    catalogue.delete(replaced)
                    catalogue.flush()
                row.runner = self._runner_row(catalogue, runner)
                catalogue.add(row)
        return session_id

    def recording_path(self, session_id: str) -> Path:
        """Where the recording of a session lies, or would lie, in the library.

        Raises:
            StoreError: the id is no UUID.
        """
        return self._files.recording(self._canonical(session_id))

    def signal_folder(self, session_id: str) -> Path:
        """Where the samples of a session lie in a form to draw, or would lie; see ``signal_file``.

        Raises:
            StoreError: the id is no UUID.
        """
        return self._files.signals(self._canonical(session_id))

    def sessions(self, runner: str | None = None) -> list[SessionSummary]:
        """Summaries of all sessions, or of one runner's, newest first."""
        query = select(SessionRow).order_by(SessionRow.listed_utc.desc(), SessionRow.session_id)
        if runner is not None:
            query = query.join(RunnerRow).where(RunnerRow.name == runner)
        with speaking_plainly(str(self._folder)), Transaction(self._engine) as catalogue:
            return [summary_of_row(row) for row in catalogue.scalars(query).unique()]

    def search(self, wanted: SessionFilter, *, limit: int, offset: int = 0) -> SearchResult:
        """Sessions that match a filter, newest first; see ``search_sessions``."""
        with speaking_plainly(str(self._folder)), Transaction(self._engine) as catalogue:
            return search_sessions(catalogue, wanted, limit=limit, offset=offset)

    def describe_session(
        self, session_id: str, *, runner: str, conditions: Mapping[str, str]
    ) -> None:
        """Change whose session it is, and under which conditions; the numbers stay.

        Raises:
            SessionNotFound: no session has this id.
            StoreError: the runner's name is unusable.
        """
        canonical = self._known(session_id)
        name = runner_name(runner, str(self._folder))
        with (
            speaking_plainly(str(self._folder)),
            Transaction(self._writer) as catalogue,
            catalogue.begin(),
        ):
            row = catalogue.get(SessionRow, canonical)
            if row is None:
                raise SessionNotFound(session_id, where=str(self._folder))
            row.runner = self._runner_row(catalogue, name)
            row.conditions = dict(conditions)

    def summary(self, session_id: str) -> SessionSummary:
        """A session as it stands in a list.

        Raises:
            SessionNotFound: no session has this id.
        """
        canonical = self._known(session_id)
        with speaking_plainly(str(self._folder)), Transaction(self._engine) as catalogue:
            row = catalogue.get(SessionRow, canonical)
            if row is None:
                raise SessionNotFound(session_id, where=str(self._folder))
            return summary_of_row(row)

    def session_id(self, session_id: str) -> str:
        """A session's id in the form in which the library writes it.

        Raises:
            SessionNotFound: it is no id.
        """
        return self._known(session_id)

    def session(self, session_id: str) -> StoredSession:
        """A whole session.

        Raises:
            SessionNotFound: no session has this id.
            StoreError: its files are missing or damaged.
        """
        canonical = self._known(session_id)
        with speaking_plainly(str(self._folder)), Transaction(self._engine) as catalogue:
            row = catalogue.get(SessionRow, canonical)
            if row is None:
                raise SessionNotFound(session_id, where=str(self._folder))
            recording = self.recording_path(canonical)
            return StoredSession(
                summary=summary_of_row(row),
                strides=with_all_columns(self._files.read("strides", canonical)),
                curves=self._files.read("curves", canonical),
                repetitions=self._files.read_repetitions(canonical),
                quality=row.quality,
                problems=tuple(row.problems),
                notes=tuple(row.notes),
                provenance=row.provenance,
                recording=recording if recording.is_file() else None,
                source=row.source,
            )

    def delete_session(self, session_id: str) -> None:
        """Delete a session with its files.

        Raises:
            SessionNotFound: no session has this id.
            StoreError: a file cannot be removed.
        """
        canonical = self._known(session_id)
        with speaking_plainly(str(self._folder)):
            with Transaction(self._writer) as catalogue, catalogue.begin():
                row = catalogue.get(SessionRow, canonical)
                if row is None:
                    raise SessionNotFound(session_id, where=str(self._folder))
                catalogue.delete(row)
                catalogue.execute(delete(RemarkRow).where(RemarkRow.session_id == canonical))
            self._files.remove(canonical)
            self._empty_journal()

    def runners(self) -> list[RunnerSummary]:
        """Runners that have sessions, by name."""
        query = (
            select(
                RunnerRow.name,
                func.count(SessionRow.session_id),
                func.max(SessionRow.listed_utc, type_=SessionRow.listed_utc.type),
                RunnerRow.runner_id,
            )
            .join(SessionRow)
            .group_by(RunnerRow.runner_id, RunnerRow.name)
            .order_by(RunnerRow.name)
        )
        with speaking_plainly(str(self._folder)), Transaction(self._engine) as catalogue:
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
                (self.session(summary.session_id) for summary in summaries),
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
        with speaking_plainly(str(self._folder)):
            with Transaction(self._writer) as catalogue, catalogue.begin():
                row = catalogue.scalar(select(RunnerRow).where(RunnerRow.name == runner))
                if row is None:
                    raise self._no_runner(runner)
                owned = catalogue.scalars(
                    select(SessionRow).where(SessionRow.runner_id == row.runner_id)
                ).all()
                session_ids = [session.session_id for session in owned]
                for session in owned:
                    catalogue.delete(session)
                catalogue.execute(delete(RemarkRow).where(RemarkRow.session_id.in_(session_ids)))
                catalogue.flush()
                catalogue.delete(row)
            for session_id in session_ids:
                self._files.remove(session_id)
            self._empty_journal()
        return len(session_ids)

    def _runner_row(self, catalogue: Transaction, name: str) -> RunnerRow:
        row = catalogue.scalar(select(RunnerRow).where(RunnerRow.name == name))
        if row is None:
            row = RunnerRow(runner_id=str(uuid.uuid4()), name=name, added_utc=datetime.now(UTC))
            catalogue.add(row)
        return row

    def _empty_journal(self) -> None:
        """Write SQLite's journal back and cut it, so that deleted rows are gone from the disk."""
        if self._engine.dialect.name == "sqlite":
            with self._engine.connect() as connection:
                raw = connection.connection.cursor()
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                raw.close()

    def _canonical(self, session_id: str) -> str:
        try:
            return str(uuid.UUID(session_id))
        except (ValueError, AttributeError, TypeError) as error:
            raise StoreError(
                f"{str(session_id)[:64]!r} is no session id",
                where=str(self._folder),
                remedy="A session id is a UUID, such as the list of sessions shows",
            ) from error

    def _known(self, session_id: str) -> str:
        try:
            return self._canonical(session_id)
        except StoreError as error:
            raise SessionNotFound(str(session_id), where=str(self._folder)) from error

    def _no_runner(self, runner: str) -> StoreError:
        return StoreError(
            f"there is no runner {runner[:64]!r}",
            where=str(self._folder),
            remedy="List the runners to see their names",
        )
