"""Taking a whole library out of its place, while it is in use, into an archive or another library."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

from pipeline.catalogue.locks import holding
from pipeline.store_care.snapshot import SessionNames, Snapshot, take_snapshot
from pipeline.store_parts import StoreParts
from pipeline.stored_file import StoredFile

CHUNK = 1 << 20
AT_ONCE = 8
"""Sessions that are held at once, while their rows are read and their files copied."""

Tell = Callable[[str, float], None]


class Sink(Protocol):
    """Takes files first, and then the rows that name them."""

    def put(self, name: str, source: BinaryIO, sha256: str) -> StoredFile:
        """Take a file; the digest is empty when it is not known before."""

    def rows(self, table: str, lines: Iterator[str]) -> object:
        """Take the rows of a table; tables that others point to come first."""


@dataclass(slots=True)
class Transferred:
    """What was taken.

    Attributes:
        files: by name.
        problems: sentences about what is damaged or missing.
        rows: number of rows by table.
        revision: version of the schema.
    """

    files: dict[str, StoredFile] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    revision: str = ""


def transfer(parts: StoreParts, sink: Sink, tell: Tell | None = None) -> Transferred:
    """Give everything a library holds to a sink: the catalogue of one moment, and the files it names.

    A session that is changed or deleted while its files are copied is looked at again, once while
    others go on writing, and then, if need be, while nobody may change it; so each is taken whole,
    as it is at some moment. What is missing or damaged then is so in the library.

    Args:
        parts: the library.
        sink: takes it.
        tell: told how far the work is.

    Raises:
        OSError: something cannot be read or written.
        SQLAlchemyError: the catalogue cannot be read.
    """
    done = Transferred()
    with tempfile.TemporaryDirectory(prefix="levelstride-") as scratch:
        rounds = _Rounds(parts, sink, Path(scratch), done)
        wanted = rounds.take(None, tell)
        if wanted:
            wanted = rounds.take(wanted)
        for begin in range(0, len(wanted), AT_ONCE):
            ids = wanted[begin : begin + AT_ONCE]
            with holding(parts.writer, *ids):
                rounds.take(ids, last=True)
        first = rounds.snapshots[0]
        done.revision = first.revision
        for table in first.tables:
            done.rows[table] = 0
            lines = _lines(rounds.snapshots, rounds.owner, table)
            sink.rows(table, _counted(lines, table, done.rows))
    return done


class _Rounds:
    """Sessions are looked at in rounds; of each, the rows of its last round are taken.

    Attributes:
        snapshots: of all rounds.
        owner: session to the number of the snapshot whose rows are taken.
    """

    def __init__(self, parts: StoreParts, sink: Sink, scratch: Path, done: Transferred) -> None:
        self._parts, self._sink, self._scratch, self._done = parts, sink, scratch, done
        self.snapshots: list[Snapshot] = []
        self.owner: dict[str, int] = {}

    def take(
        self, session_ids: list[str] | None, tell: Tell | None = None, *, last: bool = False
    ) -> list[str]:
        """Copy what sessions name; those of which something was not there, or not as it should be.

        Args:
            session_ids: which; None for all.
            tell: told how far the work is.
            last: what is not right now is a fault of the library, and is told.
        """
        number = len(self.snapshots)
        folder = self._scratch / str(number)
        folder.mkdir()
        snapshot = take_snapshot(self._parts, folder, session_ids)
        self.snapshots.append(snapshot)
        sessions = list(snapshot.sessions())
        self.owner.update(dict.fromkeys(session_ids or (), number))  # also those that are gone
        self.owner.update({one.session_id: number for one in sessions})
        wrong = []
        for count, one in enumerate(sessions):
            if tell is not None:
                tell("Copying files", count / max(1, len(sessions)))
            problems = self._copy(one)
            if problems and last:
                self._done.problems += problems
            elif problems:
                wrong.append(one.session_id)
        return wrong

    def _copy(self, one: SessionNames) -> list[str]:
        """Copy a session's files that were not copied as they are now; what is wrong with them."""
        problems = []
        for name in (*one.needed, *one.possible):
            expected = one.sha256.get(name)
            taken = self._done.files.get(name)
            if taken is None or expected not in (None, taken.sha256):
                try:
                    with self._parts.files.place.open(name) as source:
                        taken = self._sink.put(name, source, expected or "")
                except FileNotFoundError:
                    if name in one.needed:
                        problems.append(f"{name} is missing")
                    continue
                self._done.files[name] = taken
            if expected not in (None, taken.sha256):
                problems.append(f"{name} is damaged: its content is not what was stored")
        return problems


def _lines(snapshots: list[Snapshot], owner: dict[str, int], table: str) -> Iterator[str]:
    """Rows of a table: each session's from its snapshot, new runners from later ones, too."""
    known: set[str] = set()
    for number, snapshot in enumerate(snapshots):
        if table not in snapshot.tables:
            continue
        for line in snapshot.lines(table):
            row = json.loads(line)
            session_id = row.get("session_id")
            if session_id is not None and owner.get(session_id, number) != number:
                continue
            if table == "runners":
                if row["runner_id"] in known:
                    continue
                known.add(row["runner_id"])
            yield line


def _counted(lines: Iterator[str], table: str, rows: dict[str, int]) -> Iterator[str]:
    for line in lines:
        rows[table] += 1
        yield line


def copy_stream(source: BinaryIO, write: Callable[[bytes], object]) -> StoredFile:
    """Copy a stream in parts; its size and digest, without a name."""
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
        write(chunk)
    return StoredFile("", size, digest.hexdigest())
