"""One writer at a time for what belongs together."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session as Transaction

_SPACE = 0x157D
"""First half of our locks' keys on PostgreSQL."""


def hold(catalogue: Transaction, *keys: str) -> None:
    """Wait until nobody else changes what these keys stand for, up to the end of the transaction.

    SQLite has one writer at a time anyway.

    Args:
        catalogue: open transaction that writes.
        keys: ids of sessions or runners, names of runners.
    """
    if catalogue.get_bind().dialect.name != "postgresql":
        return
    for number in sorted({lock_number(key) for key in keys}):  # one order for all: no deadlock
        catalogue.execute(
            text("SELECT pg_advisory_xact_lock(:space, :number)"),
            {"space": _SPACE, "number": number},
        )


@contextmanager
def holding(writer: Engine, *keys: str) -> Iterator[Transaction]:
    """Let nobody else change what these keys stand for, until the block ends.

    A reader that begins inside of it sees what the last writer has left. In a catalogue of SQLite
    every writer waits meanwhile.

    Args:
        writer: of the catalogue, with the option to write.
        keys: as ``hold`` takes them.
    """
    with Transaction(writer) as catalogue, catalogue.begin():
        catalogue.connection()  # SQLite's lock is taken with it
        hold(catalogue, *keys)
        yield catalogue


def lock_number(key: str) -> int:
    """A key as PostgreSQL wants it, a signed 32-bit number; two keys may share one."""
    return zlib.crc32(key.encode("utf-8", "replace")) - (1 << 31)
