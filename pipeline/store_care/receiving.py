"""Taking a whole library in: files first, then all rows in one transaction."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, inspect, select, text

from pipeline.catalogue.database import HEAD, WRITE, alembic_config, open_engine
from pipeline.errors import StoreError
from pipeline.file_place import FolderPlace
from pipeline.session_files import SessionFiles, file_digest
from pipeline.store_care.table_rows import VERSION_TABLE, add_lines, tables_of
from pipeline.store_care.transfer import copy_stream
from pipeline.store_place import StorePlace
from pipeline.stored_file import StoredFile


class Receiver:
    """A library that is empty and takes another's content; nothing is there until ``finish``.

    Files that an interrupted attempt has written into a folder are taken as they are if their digest
    is right.

    Args:
        place: where it is to be.
        revision: version of the schema that the rows have.

    Raises:
        StoreError: it is not empty, or the version is not known.
    """

    def __init__(self, place: StorePlace, revision: str) -> None:
        self._place, self._revision = place, revision
        self._stack = ExitStack()
        place.make_folders()
        self._files = SessionFiles(place)
        engine = open_engine(place.url)
        self._stack.callback(engine.dispose)
        writer = engine.execution_options(**WRITE)
        self._connection = self._stack.enter_context(writer.connect())
        self._scratch = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        try:
            self._prepare()
        except BaseException:
            self._stack.close()
            raise
        self._tables = {table.name: table for table in tables_of(self._connection)}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()  # what is not committed is rolled back

    def put(self, name: str, source: BinaryIO, sha256: str) -> StoredFile:
        """Take a file."""
        place = self._files.place
        if isinstance(place, FolderPlace) and (there := place.fetch(name)) is not None:
            known = file_digest(there)
            if known.sha256 == sha256:
                return StoredFile(name, known.size, known.sha256)
        path = self._scratch / "file"
        with path.open("wb") as file:
            taken = copy_stream(source, file.write)
        place.put(path, name, move=False)
        path.unlink()
        return StoredFile(name, taken.size, taken.sha256)

    def rows(self, table: str, lines: Iterator[str]) -> int:
        """Take the rows of a table; how many.

        Raises:
            ValueError: there is no such table, or a line is no row of it.
        """
        if table not in self._tables:
            raise ValueError(f"there is no table {table!r}")
        return add_lines(self._connection, self._tables[table], lines)

    def finish(self) -> None:
        """Make it so."""
        if self._revision != HEAD:
            command.upgrade(alembic_config(self._connection), "head")
        self._connection.commit()

    def _prepare(self) -> None:
        connection = self._connection
        config = alembic_config(connection)
        known = {s.revision for s in ScriptDirectory.from_config(config).walk_revisions()}
        if self._revision not in known:
            raise StoreError(
                f"the content is of a later version of levelstride (schema {self._revision})",
                where=self._place.where,
                remedy="Update levelstride",
            )
        if inspect(connection).has_table(VERSION_TABLE):
            _refuse_full(connection, self._place.where)
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            if found != self._revision:
                command.downgrade(config, "base")
                command.upgrade(config, self._revision)
        else:
            command.upgrade(config, self._revision)


def _refuse_full(connection: Connection, where: str) -> None:
    for table in tables_of(connection):
        if connection.execute(select(func.count()).select_from(table)).scalar():
            raise StoreError(
                f"the library is not empty (there are {table.name})",
                where=where,
                remedy="Restore or copy into a new one; nothing was changed",
            )
