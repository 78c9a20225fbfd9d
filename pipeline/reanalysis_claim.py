"""One analysis of a session at a time, whoever asks: a lock that ends with its process.

One server of a library is guarded in the same way.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from pipeline.catalogue.locks import lock_number
from pipeline.store_parts import StoreParts
from pipeline.store_place import StorePlace

_SPACE = 0x157E
"""First half of these locks' keys on PostgreSQL."""


@contextmanager
def claimed(place: StorePlace, parts: StoreParts, session_id: str) -> Iterator[bool]:
    """Hold a session for analysis; false when another process or thread holds it.

    On PostgreSQL the lock belongs to a connection, in a folder to an open file: a process that is
    killed lets go of both.

    Args:
        place: the library.
        parts: the open library.
        session_id: in canonical form, or another name of what is held.
    """
    if parts.engine.dialect.name == "postgresql":
        key = {"space": _SPACE, "number": lock_number(session_id)}
        with parts.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            held = connection.execute(
                text("SELECT pg_try_advisory_lock(:space, :number)"), key
            ).scalar_one()
            try:
                yield bool(held)
            finally:
                if held:
                    # a connection that is gone has let go already
                    with suppress(OperationalError):
                        connection.execute(text("SELECT pg_advisory_unlock(:space, :number)"), key)
        return
    folder = place.folder / ".claims"
    folder.mkdir(exist_ok=True)
    path = folder / f"{session_id}.lock"
    with path.open("ab") as file:
        if not _lock(file):
            yield False
            return
        # Whoever held it may have removed the file in between; then this one guards nothing.
        if not path.exists() or not os.path.samestat(path.stat(), os.fstat(file.fileno())):
            yield False
            return
        try:
            yield True
        finally:
            path.unlink(missing_ok=True)


def _lock(file: IO[bytes]) -> bool:
    try:
        if os.name == "posix":
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    except OSError:
        return False
    return True
