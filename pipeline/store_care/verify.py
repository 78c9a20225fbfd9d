"""Holding a library's rows, files and digests against each other."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable

from sqlalchemy import select, text
from sqlalchemy.orm import Session as Transaction

from pipeline.catalogue.models import SessionRow
from pipeline.catalogue.result_models import FileRow, SearchRow
from pipeline.catalogue.session_rows import write_search_row
from pipeline.session_files import recording_name, table_name
from pipeline.store_care.transfer import copy_stream
from pipeline.store_care.verified import Verified
from pipeline.store_care.verify_uploads import check_uploads
from pipeline.store_parts import StoreParts
from pipeline.store_place import KINDS
from pipeline.store_trouble import speaking_plainly

ORPHAN_AGE_S = 86_400.0
"""A file that no row names may be about to get one; after a day it is left over."""

Tell = Callable[[str, float], None]


def verify(
    parts: StoreParts, *, contents: bool = True, mend: bool = False, tell: Tell | None = None
) -> Verified:
    """Look at every row and every file.

    Args:
        parts: the library.
        contents: read every file and hold it against its digest; else only its size.
        mend: remove files that no row has named for a day, write digests that are missing, and
            rows for searches that are.
        tell: told how far the work is.

    Raises:
        StoreError: the library cannot be read.
    """
    found = Verified()
    with speaking_plainly(parts.where):
        _check_catalogue(parts, found, mend=mend)
        # Files first: one that is written in between has no row yet, and is no orphan below.
        sizes = {
            file.name: (file.size, file.modified_s)
            for kind in KINDS
            for file in parts.files.place.find(f"{kind}/")
        }
        with Transaction(parts.engine) as catalogue:
            rows = catalogue.execute(
                select(SessionRow.session_id, SessionRow.result, SessionRow.has_recording)
            ).all()
            known: dict[str, dict[str, tuple[int, str]]] = {}
            for file in catalogue.execute(
                select(FileRow.session_id, FileRow.name, FileRow.size, FileRow.sha256)
            ):
                known.setdefault(file.session_id, {})[file.name] = (file.size, file.sha256)
        named: set[str] = set()
        found.sessions = len(rows)
        for number, row in enumerate(rows):
            if tell is not None:
                tell("Checking files", number / len(rows))
            files = known.get(row.session_id, {})
            needed = {table_name(kind, row.session_id, row.result) for kind in KINDS[:2]}
            if row.has_recording:
                needed.add(recording_name(row.session_id))
            repetitions = table_name("repetitions", row.session_id, row.result)
            named |= needed | files.keys() | {repetitions}
            for name in sorted(needed | files.keys() | ({repetitions} & sizes.keys())):
                if name in sizes:
                    _check_file(
                        parts, found, row.session_id, name, sizes[name][0], files.get(name),
                        contents=contents, mend=mend,
                    )  # fmt: skip
                elif not _replaced(parts, row.session_id, row.result):
                    found.missing.append(name)
        limit = time.time() - ORPHAN_AGE_S
        for name in sorted(sizes.keys() - named):
            if _has_row(parts, name):
                continue
            if mend and sizes[name][1] < limit:
                parts.files.place.remove(name)
                found.mended.append(f"{name}: removed, no session names it")
            else:
                found.orphans.append(name)
        check_uploads(parts, found, mend=mend, older_than_s=limit)
    return found


def _check_file(
    parts: StoreParts,
    found: Verified,
    session_id: str,
    name: str,
    size: int,
    expected: tuple[int, str] | None,
    *,
    contents: bool,
    mend: bool,
) -> None:
    found.files += 1
    found.bytes += size
    if expected is not None and size != expected[0]:
        found.damaged.append(name)
        return
    if not contents and not (mend and expected is None):
        if expected is None:
            found.without_digest.append(name)
        return
    digest = hashlib.sha256()
    try:
        with parts.files.place.open(name) as source:
            facts = copy_stream(source, digest.update)
    except FileNotFoundError:
        return  # removed at this moment
    if expected is None:
        if mend:
            with Transaction(parts.writer) as catalogue, catalogue.begin():
                if catalogue.get(SessionRow, session_id) is not None:
                    catalogue.merge(
                        FileRow(
                            session_id=session_id, name=name, size=facts.size, sha256=facts.sha256
                        )
                    )
            found.mended.append(f"{name}: its digest is known now")
        else:
            found.without_digest.append(name)
    elif facts.sha256 != expected[1]:
        with Transaction(parts.engine) as catalogue:
            now = catalogue.get(FileRow, (session_id, name))
        if now is not None and now.sha256 != facts.sha256:
            found.damaged.append(name)


def _replaced(parts: StoreParts, session_id: str, result: str) -> bool:
    """Whether a session was deleted or analysed again since its row was read."""
    with Transaction(parts.engine) as catalogue:
        row = catalogue.get(SessionRow, session_id)
        return row is None or row.result != result


def _has_row(parts: StoreParts, name: str) -> bool:
    """Whether a row names a file by now."""
    kind, _, rest = name.partition("/")
    session_id, result = rest[:36], rest[36:].removesuffix(".parquet").removeprefix(".")
    with Transaction(parts.engine) as catalogue:
        row = catalogue.get(SessionRow, session_id)
        if row is None or rest.startswith("."):
            return False
        return row.has_recording if kind == "recordings" else row.result == result


def _check_catalogue(parts: StoreParts, found: Verified, *, mend: bool) -> None:
    with parts.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            for line in connection.execute(text("PRAGMA integrity_check(20)")).scalars():
                if line != "ok":
                    found.catalogue.append(f"the database is damaged: {line}")
            for row in connection.execute(text("PRAGMA foreign_key_check")):
                found.catalogue.append(f"a row of {row[0]} belongs to none of {row[2]}")
    query = (
        select(SessionRow.session_id)
        .outerjoin(SearchRow, SearchRow.session_id == SessionRow.session_id)
        .where(SearchRow.session_id.is_(None))
    )
    with Transaction(parts.engine) as catalogue:
        unlisted = list(catalogue.scalars(query))
    for session_id in unlisted:
        if not mend:
            found.catalogue.append(f"session {session_id} is in no list")
            continue
        with Transaction(parts.writer) as catalogue, catalogue.begin():
            session = catalogue.get(SessionRow, session_id)
            if session is not None:
                write_search_row(catalogue, session)
                found.mended.append(f"session {session_id}: listed again")
