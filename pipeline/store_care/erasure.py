"""Erasing a person from a library, with a proof that names what was deleted and not who it was."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Connection, MetaData, String, Table, Text, delete, or_, select, text, update
from sqlalchemy import cast as sql_cast
from sqlalchemy.orm import Session as Transaction

from pipeline.catalogue.database import empty_journal
from pipeline.catalogue.locks import hold
from pipeline.catalogue.models import Base, RunnerRow, SessionRow
from pipeline.catalogue.result_models import ErasureRow
from pipeline.errors import StoreError
from pipeline.left_files import remove_left_files
from pipeline.store import Store
from pipeline.store_care.table_rows import tables_of
from pipeline.store_care.transfer import copy_stream
from pipeline.store_place import KINDS
from pipeline.store_trouble import speaking_plainly
from pipeline.upload_folder import UPLOADS, remove_upload, upload_path, uploads_of

KEEP = "keep"
"""Value of ``on_erasure`` in a table's ``info``: rows stay, their ids become ``erased``."""
ERASED = "erased"
_OWNERS = ("session_id", "runner_id")
_SHORTEST_NAME = 4
"""Shorter names are looked for in the catalogue only: in raw bytes they would be found by chance."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased.

    Attributes:
        proof: what ``write_proof`` writes, plain JSON values.
        sessions: number of sessions.
        files: number of files.
        left: places where the ids are still found; empty as it should be.
        mentions: places where the name stands as a word: others may have the same name, or
            somebody wrote it. To be looked at by a person.
    """

    proof: dict[str, object]
    sessions: int
    files: int
    left: tuple[str, ...]
    mentions: tuple[str, ...]


def erase_runner(store: Store, name: str, *, signed_by: str = "") -> Erased:
    """Delete everything a library has of a person, and look for what may be left.

    Rows and journal, files, copies and drawings on this computer, recordings that were sent and wait; then free space of the database is
    given up and everything is searched for the ids and the name.

    Args:
        store: library.
        name: the runner's name.
        signed_by: who answers for it; stands in the proof.

    Raises:
        StoreError: there is no such runner, or the library cannot be changed.
    """
    parts = store.parts
    with speaking_plainly(store.place.where):
        with Transaction(parts.engine) as catalogue:
            runner_id = catalogue.scalar(select(RunnerRow.runner_id).where(RunnerRow.name == name))
            if runner_id is None:
                raise StoreError(
                    f"there is no runner {name[:64]!r}",
                    where=store.place.where,
                    remedy="List the runners to see their names",
                )
            query = select(SessionRow.session_id).where(SessionRow.runner_id == runner_id)
            session_ids = sorted(catalogue.scalars(query))
            upload_ids = uploads_of(catalogue, runner_id)
        files = [_file_facts(store, key) for session_id in session_ids for key in parts.files.names(session_id)]  # fmt: skip
        with Transaction(parts.writer) as catalogue, catalogue.begin():
            hold(catalogue, *session_ids)
            rows = _delete_rows(catalogue.connection(), runner_id, session_ids)
        for session_id in session_ids:
            remove_left_files(parts, session_id)
        for upload_id in upload_ids:
            files += _upload_facts(store, upload_id)
            remove_upload(store.folder, upload_id)
        _give_up_space(store)
        left = _left(store, [runner_id, *session_ids, *upload_ids], name)
        mentions = _mentions(store, name)
        proof: dict[str, object] = {
            "what": "Erasure of a person's data from a levelstride library",
            "erased_utc": datetime.now(UTC).isoformat(timespec="seconds"),
            "levelstride": version("levelstride"),
            "library": store.place.where,
            "signed_by": signed_by,
            "runner_id": runner_id,
            "name_sha256": hashlib.sha256(name.encode("utf-8")).hexdigest(),
            "sessions": session_ids,
            "uploads": upload_ids,
            "rows": rows,
            "files": files,
            "searched": _searched(store),
            "ids_found_after": list(left),
            "name_found_after": list(mentions),
            "not_reached": "Back-ups, exports, copies and recordings that wait on other computers, "
            "logs and write-ahead archives of a database server, earlier versions an object store "
            "keeps.",
        }
        digest = hashlib.sha256(json.dumps(proof, sort_keys=True).encode()).hexdigest()
        proof["proof_sha256"] = digest
        with Transaction(parts.writer) as catalogue, catalogue.begin():
            catalogue.add(
                ErasureRow(
                    erasure_id=str(uuid.uuid4()),
                    erased_utc=datetime.now(UTC),
                    sessions=len(session_ids),
                    files=len(files),
                    proof_sha256=digest,
                )
            )
    return Erased(proof, len(session_ids), len(files), left, mentions)


def _file_facts(store: Store, name: str) -> dict[str, object]:
    with store.parts.files.place.open(name) as source:
        facts = copy_stream(source, lambda _: None)
    return {"name": name, "size": facts.size, "sha256": facts.sha256}


def _upload_facts(store: Store, upload_id: str) -> list[dict[str, object]]:
    """What has arrived of a recording that is not in the library yet; nothing when it is done."""
    try:
        with upload_path(store.folder, upload_id).open("rb") as source:
            facts = copy_stream(source, lambda _: None)
    except FileNotFoundError:
        return []
    name = f"{UPLOADS}/{upload_id}/recording.mcap"
    return [{"name": name, "size": facts.size, "sha256": facts.sha256}]


def _delete_rows(connection: Connection, runner_id: str, session_ids: list[str]) -> dict[str, int]:
    """Delete or clear the rows of every table that says whose they are; how many by table."""
    counts: dict[str, int] = {}
    for table in reversed(_tables(connection)):
        columns = [table.columns[key] for key in _OWNERS if key in table.columns]
        if not columns:
            continue
        values = {"runner_id": [runner_id], "session_id": session_ids}
        keeps = Base.metadata.tables.get(table.name)
        if keeps is not None and keeps.info.get("on_erasure") == KEEP:
            for column in columns:
                found = connection.execute(
                    update(table)
                    .where(column.in_(values[column.name]))
                    .values({column.name: ERASED})
                )
                counts[f"{table.name} (kept without ids)"] = found.rowcount
            continue
        owned = [column.in_(values[column.name]) for column in columns]
        counts[table.name] = connection.execute(delete(table).where(or_(*owned))).rowcount
    return {name: count for name, count in sorted(counts.items()) if count}


def _tables(connection: Connection) -> list[Table]:
    metadata = MetaData()
    metadata.reflect(connection)
    return metadata.sorted_tables


def _give_up_space(store: Store) -> None:
    """Make the database write itself anew, without what was deleted."""
    with store.parts.engine.connect() as plain:
        connection = plain.execution_options(isolation_level="AUTOCOMMIT")
        if connection.dialect.name == "sqlite":
            raw = connection.connection.cursor()
            raw.execute("VACUUM")
            raw.close()
        else:
            for table in _tables(connection):
                quoted = connection.dialect.identifier_preparer.quote(table.name)
                connection.execute(text(f"VACUUM (FULL) {quoted}"))
    empty_journal(store.parts.engine)


def _left(store: Store, ids: list[str], name: str) -> tuple[str, ...]:
    """Places where an id is found: rows, names of files, and bytes of the folder."""
    left = [
        f"table {table}, column {column}"
        for table, column, value in _texts(store, ids)
        if any(key in value for key in ids)
    ]
    found = [file.name for kind in KINDS for file in store.parts.files.place.find(f"{kind}/")]
    left += [file for file in found if any(key in file for key in ids)]
    wanted = [key.encode() for key in ids]
    if len(name) >= _SHORTEST_NAME and not list(_texts(store, [name])):
        # Nobody else has it in a row, so in the database's own file it would be a rest.
        wanted.append(name.encode("utf-8"))
    for path in sorted(store.folder.rglob("*")):
        if any(key in str(path.relative_to(store.folder)) for key in ids):
            left.append(f"file {path.name}")
        elif path.is_file() and path.suffix != ".mcap" and _holds(path, wanted):
            left.append(f"inside {path.name}")
    return tuple(dict.fromkeys(left))


def _holds(path: Path, wanted: Iterable[bytes]) -> bool:
    keys, rest = list(wanted), b""
    longest = max(map(len, keys))
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                data = rest + chunk
                if any(key in data for key in keys):
                    return True
                rest = data[-longest:]
    except FileNotFoundError:
        return False  # the database's journal may end at any time
    return False


def _mentions(store: Store, name: str) -> tuple[str, ...]:
    """Texts of the catalogue in which the name stands as a word."""
    if not name:
        return ()
    word = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
    return tuple(
        dict.fromkeys(
            f"table {table}, column {column}"
            for table, column, value in _texts(store, [name])
            if word.search(value)
        )
    )


def _texts(store: Store, words: list[str]) -> Iterable[tuple[str, str, str]]:
    """Table, column and value of texts that may hold one of some words, in any case."""
    with store.parts.engine.connect() as connection:
        for table in tables_of(connection):
            for column in table.columns:
                if not isinstance(column.type, String | Text) and "JSON" not in str(column.type):
                    continue
                plain = sql_cast(column, Text)
                query = select(plain).where(plain.is_not(None))
                if len(words) == 1:
                    # in JSON other scripts may stand as \uXXXX
                    forms = {words[0], json.dumps(words[0])[1:-1]}
                    query = query.where(or_(*(plain.icontains(w, autoescape=True) for w in forms)))
                query = query.execution_options(yield_per=1000)
                for value in connection.execute(query).scalars():
                    yield table.name, column.name, _unescaped(str(value))


def _unescaped(value: str) -> str:
    if "\\u" not in value:
        return value
    try:
        return json.dumps(json.loads(value), ensure_ascii=False)
    except ValueError:
        return value


def _searched(store: Store) -> list[str]:
    return [
        "every text of every table of the catalogue",
        f"names of all files in {store.parts.files.place.where}",
        f"names and bytes of all files in {store.folder}, but bytes of other people's recordings",
    ]
