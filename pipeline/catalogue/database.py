"""Opening the catalogue: engine, settings of SQLite, and bringing old catalogues up to date."""

from __future__ import annotations

import sqlite3
import time
from importlib.resources import files
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text

from pipeline.errors import StoreError

HEAD = "0004"
"""Newest migration; a test holds it against ``migrations/versions``."""

BUSY_TIMEOUT_MS = 15_000
WRITE = {"levelstride_write": True}
"""Execution options of a connection that is going to write."""

_POSTGRES_LOCK = 0x1E7E_157D


def open_engine(url: str | URL) -> Engine:
    """Make an engine for the catalogue; no connection is opened yet.

    SQLite runs in WAL mode, so that the dashboard reads while a session is stored, and takes its
    write lock at the start of a transaction that says it will write.

    Args:
        url: SQLAlchemy URL.
    """
    in_file = str(url).startswith("sqlite")
    # A process of a cluster does one thing at a time; the pages' threads may take a few more.
    pool = {} if in_file else {"pool_size": 2, "max_overflow": 8, "pool_pre_ping": True}
    try:
        engine = create_engine(url, **pool)
    except ImportError as error:
        raise StoreError(
            f"a catalogue in PostgreSQL needs a package that is not installed ({error.name})",
            where=make_url(url).render_as_string(),
            remedy="Install the extra: uv sync --extra postgres",
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def bring_up_to_date(engine: Engine, where: str) -> None:
    """Create the tables, or run the migrations that the catalogue does not have yet.

    Raises:
        StoreError: a later version of levelstride has changed the catalogue.
    """
    with engine.connect() as connection:
        if _revision(connection) == HEAD:
            return
    with engine.execution_options(**WRITE).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _POSTGRES_LOCK})
        revision = _revision(connection)
        if revision != HEAD:
            _migrate(connection, revision, where)


def empty_journal(engine: Engine) -> None:
    """Write SQLite's journal back and cut it, so that deleted rows are gone from the disk."""
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            raw = connection.connection.cursor()
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            raw.close()


def alembic_config(connection: Connection | None = None) -> Any:
    """Alembic's configuration of the migrations inside this package."""
    from alembic.config import Config

    config = Config()
    folder = files("pipeline.catalogue") / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _migrate(connection: Connection, revision: str | None, where: str) -> None:
    # Alembic takes a noticeable time to import; an up-to-date catalogue never needs it.
    from alembic import command
    from alembic.script import ScriptDirectory

    config = alembic_config(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is not None and revision not in known:
        raise StoreError(
            f"the library was changed by a later version of levelstride (schema {revision})",
            where=where,
            remedy="Update levelstride to open it; nothing was touched",
        )
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if revision is None else str(revision)


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The sqlite3 module would begin transactions by itself, and not before DDL or reads.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    _use_wal(cursor)
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    # Deleted people must not stay readable in free pages.
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _use_wal(cursor: sqlite3.Cursor) -> None:
    # SQLite does not wait for others that switch the same new catalogue at the same moment.
    until = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.005)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("levelstride_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
