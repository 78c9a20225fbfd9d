"""The whole catalogue at one moment, as files of lines; others go on writing meanwhile."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, text

from pipeline.catalogue.database import HEAD
from pipeline.session_files import recording_name, table_name
from pipeline.store_care.table_rows import lines_of, tables_of
from pipeline.store_parts import StoreParts

_TABLES = ("strides", "curves")
_AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class SessionNames:
    """The files that a session's row names.

    Attributes:
        session_id: the session.
        needed: files it must have.
        possible: files it may have.
        sha256: digest by name, where it is known.
    """

    session_id: str
    needed: tuple[str, ...]
    possible: tuple[str, ...]
    sha256: dict[str, str]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A catalogue as files.

    Attributes:
        folder: one file ``<table>.jsonl`` per table.
        tables: names of the tables, those that others point to first.
        revision: version of the schema.
    """

    folder: Path
    tables: tuple[str, ...]
    revision: str

    def lines(self, table: str) -> Iterator[str]:
        """Rows of a table."""
        with (self.folder / f"{table}.jsonl").open(encoding="utf-8") as file:
            yield from file

    def sessions(self) -> Iterator[SessionNames]:
        """Sessions with their files."""
        digests: dict[str, dict[str, str]] = {}
        if "session_files" in self.tables:
            for line in self.lines("session_files"):
                row = json.loads(line)
                digests.setdefault(row["session_id"], {})[row["name"]] = row["sha256"]
        for line in self.lines("sessions"):
            row = json.loads(line)
            key, result = row["session_id"], row.get("result", "")
            needed = [table_name(kind, key, result) for kind in _TABLES]
            if row["has_recording"]:
                needed.append(recording_name(key))
            known = digests.get(key, {})
            possible = () if known else (table_name("repetitions", key, result),)
            needed += sorted(set(known) - set(needed))
            yield SessionNames(key, tuple(needed), possible, known)


def take_snapshot(
    parts: StoreParts, folder: Path, session_ids: Collection[str] | None = None
) -> Snapshot:
    """Write the catalogue as it is at one moment.

    Args:
        parts: the library.
        folder: empty folder to write to.
        session_ids: only these sessions' rows, and those of the runners; None for everything.

    Raises:
        OSError: the folder cannot be written.
        SQLAlchemyError: the catalogue cannot be read.
    """
    with _at_one_moment(parts) as connection:
        tables = tables_of(connection)
        for table in tables:
            clauses = []
            if session_ids is not None and "session_id" in table.columns:
                clauses = [table.columns["session_id"].in_(sorted(session_ids))]
            elif session_ids is not None and table.name != "runners":
                continue
            with (folder / f"{table.name}.jsonl").open("w", encoding="utf-8") as file:
                file.writelines(lines_of(connection, table, *clauses))
        names = [t.name for t in tables if (folder / f"{t.name}.jsonl").exists()]
        return Snapshot(folder, tuple(names), HEAD)


def _at_one_moment(parts: StoreParts) -> Connection:
    """A connection whose reads all see the catalogue as it is now."""
    connection = parts.engine.connect()
    if parts.engine.dialect.name == "postgresql":
        connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    connection.execute(text("SELECT 1 FROM runners LIMIT 1")).all()  # the moment
    return connection
