"""Taking a whole library out of its place, while it is in use, into an archive or another library."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

from pipeline.store_care.snapshot import SessionNames, Snapshot, take_snapshot
from pipeline.store_parts import StoreParts
from pipeline.stored_file import StoredFile

CHUNK = 1 << 20
ROUNDS = 5
"""So often sessions are looked at again that changed while they were copied."""

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

    A session that is changed or deleted while its files are copied is taken as it is then.

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
        snapshots: list[Snapshot] = []
        owner: dict[str, int] = {}  # session to the snapshot whose rows are taken
        wanted: set[str] | None = None
        for number in range(ROUNDS):
            folder = Path(scratch) / str(number)
            folder.mkdir()
            snapshot = take_snapshot(parts, folder, wanted)
            snapshots.append(snapshot)
            sessions = list(snapshot.sessions())
            owner.update(dict.fromkeys(wanted or (), number))  # also those that are gone
            owner.update({one.session_id: number for one in sessions})
            wanted = set()
            last_round = number == ROUNDS - 1
            for count, one in enumerate(sessions):
                if tell is not None:
                    tell("Copying files", count / max(1, len(sessions)))
                missing = _copy(parts, sink, one, done)
                if missing and last_round:
                    done.problems.append(f"{missing} is missing")
                elif missing:
                    wanted.add(one.session_id)
            if not wanted:
                break
            if number and _same(snapshots[-2], snapshot, wanted):
                done.problems += [
                    f"{name} is missing"
                    for one in snapshot.sessions()
                    if one.session_id in wanted
                    for name in one.needed
                    if name not in done.files
                ]
                break
        first = snapshots[0]
        done.revision = first.revision
        for table in first.tables:
            done.rows[table] = 0
            sink.rows(table, _counted(_lines(snapshots, owner, table), table, done.rows))
    return done


def _copy(parts: StoreParts, sink: Sink, one: SessionNames, done: Transferred) -> str:
    """Copy a session's files; the name of one that is not there."""
    for name in (*one.needed, *one.possible):
        if name in done.files:
            continue
        try:
            with parts.files.place.open(name) as source:
                taken = sink.put(name, source, one.sha256.get(name, ""))
        except FileNotFoundError:
            if name in one.needed:
                return name
            continue
        done.files[name] = taken
        expected = one.sha256.get(name)
        if expected is not None and expected != taken.sha256:
            done.problems.append(f"{name} is damaged: its content is not what was stored")
    return ""


def _same(before: Snapshot, after: Snapshot, session_ids: set[str]) -> bool:
    """Whether sessions name the same files in both: then what is missing is missing for good."""
    earlier, later = (
        {one.session_id: one.needed for one in snapshot.sessions()} for snapshot in (before, after)
    )
    return all(earlier.get(key) == later.get(key) for key in session_ids)


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
