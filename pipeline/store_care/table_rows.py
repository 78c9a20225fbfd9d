"""Rows of any table of the catalogue as lines of JSON, the same for every database."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Date, DateTime, LargeBinary, MetaData, Table, select

_AT_ONCE = 500
VERSION_TABLE = "alembic_version"


def tables_of(connection: Connection) -> list[Table]:
    """All tables of a catalogue as the database has them, those that others point to first."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != VERSION_TABLE]


def lines_of(connection: Connection, table: Table, *where: Any) -> Iterator[str]:
    """Rows of a table, one line each."""
    query = select(table).where(*where)
    result = connection.execution_options(stream_results=True, yield_per=_AT_ONCE).execute(query)
    for row in result.mappings():
        plain = {key: _plain(value) for key, value in row.items()}
        yield json.dumps(plain, ensure_ascii=False, separators=(",", ":")) + "\n"


def add_lines(connection: Connection, table: Table, lines: Iterable[str]) -> int:
    """Insert rows; how many.

    Raises:
        ValueError: a line is no row of this table.
    """
    count = 0
    waiting: list[dict[str, object]] = []

    def write() -> None:
        nonlocal count
        if waiting:
            connection.execute(table.insert(), waiting)
            count += len(waiting)
            waiting.clear()

    for line in lines:
        row = json.loads(line)
        if not isinstance(row, dict) or not set(row) <= set(table.columns.keys()):
            raise ValueError(f"a line of {table.name} is no row of it")
        waiting.append(_row(connection, table, row))
        if len(waiting) == _AT_ONCE:
            write()
    write()
    return count


def _plain(value: object) -> object:
    match value:
        case datetime():
            moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
            return moment.isoformat()
        case date():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value).decode()
    return value


def _row(connection: Connection, table: Table, row: Mapping[str, Any]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in row.items():
        kind = table.columns[key].type
        if value is None:
            found[key] = None
        elif isinstance(kind, DateTime):
            moment = datetime.fromisoformat(value).astimezone(UTC)
            zoned = connection.dialect.name != "sqlite"
            found[key] = moment if zoned else moment.replace(tzinfo=None)
        elif isinstance(kind, Date):
            found[key] = date.fromisoformat(value)
        elif isinstance(kind, LargeBinary):
            found[key] = base64.b64decode(value)
        else:
            found[key] = value
    return found
