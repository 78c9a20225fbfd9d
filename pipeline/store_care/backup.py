"""Back-up of a library into one ZIP file, and the way back.

The archive holds ``files/<name>`` as they are, ``catalogue/<table>.jsonl`` and, last,
``manifest.json`` with the digest of every entry. It does not depend on the kind of database, so a
back-up of a folder can be restored into PostgreSQL and the other way round.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO, cast

from pipeline.catalogue.database import HEAD
from pipeline.errors import StoreError
from pipeline.store_care.receiving import Receiver
from pipeline.store_care.transfer import Tell, Transferred, copy_stream, transfer
from pipeline.store_parts import StoreParts
from pipeline.store_place import StorePlace
from pipeline.store_trouble import speaking_plainly
from pipeline.stored_file import StoredFile
from pipeline.table_file import replacing

FORMAT = 1
_FILE = re.compile(r"(strides|curves|repetitions|recordings)/[0-9a-f-]{36}(\.[0-9a-z]+)?\.\w+")
_TABLE = re.compile(r"\w{1,63}")
_DAMAGED = "Restore from another back-up; nothing was changed"


class _ZipSink:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.entries: dict[str, dict[str, object]] = {}

    def put(self, name: str, source: BinaryIO, sha256: str) -> StoredFile:
        del sha256
        info = zipfile.ZipInfo(f"files/{name}", datetime.now().timetuple()[:6])  # noqa: DTZ005 - ZIP has local time
        # A recording that was replaced meanwhile is taken again: the later entry counts.
        self._archive.NameToInfo.pop(info.filename, None)
        with self._archive.open(info, "w", force_zip64=True) as entry:  # compressed already
            taken = copy_stream(source, entry.write)
        self.entries[info.filename] = {"size": taken.size, "sha256": taken.sha256}
        return StoredFile(name, taken.size, taken.sha256)

    def rows(self, table: str, lines: Iterator[str]) -> None:
        name, digest, size = f"catalogue/{table}.jsonl", hashlib.sha256(), 0
        info = zipfile.ZipInfo(name, datetime.now().timetuple()[:6])  # noqa: DTZ005
        info.compress_type = zipfile.ZIP_DEFLATED
        with self._archive.open(info, "w", force_zip64=True) as entry:
            for line in lines:
                data = line.encode("utf-8")
                digest.update(data)
                size += len(data)
                entry.write(data)
        self.entries[name] = {"size": size, "sha256": digest.hexdigest()}


def back_up(parts: StoreParts, out: Path, tell: Tell | None = None) -> Transferred:
    """Write a library into an archive, while it is in use.

    Args:
        parts: the library.
        out: ZIP file to write; it is there when it is whole.
        tell: told how far the work is.

    Raises:
        StoreError: the library cannot be read, or the archive not be written.
    """
    with (
        speaking_plainly(parts.where),
        replacing(out) as temporary,
        zipfile.ZipFile(temporary, "w") as archive,
    ):
        sink = _ZipSink(archive)
        done = transfer(parts, sink, tell)
        manifest = {
            "format": FORMAT,
            "levelstride": version("levelstride"),
            "written_utc": datetime.now(UTC).isoformat(timespec="seconds"),
            "schema": done.revision,
            "rows": done.rows,
            "problems": done.problems,
            "tables": list(done.rows),
            "entries": sink.entries,
        }
        archive.writestr("manifest.json", json.dumps(manifest, indent=1))
    return done


def restore(archive_path: Path, place: StorePlace, tell: Tell | None = None) -> Transferred:
    """Put a back-up into a library that is empty.

    Every entry is held against the manifest; rows are written last, all or none.

    Args:
        archive_path: the ZIP file.
        place: where the library is to be.
        tell: told how far the work is.

    Raises:
        StoreError: the archive is damaged or of a later version, or the library is not empty.
    """
    try:
        archive = zipfile.ZipFile(archive_path)
    except (zipfile.BadZipFile, OSError) as error:
        raise StoreError(
            "the back-up cannot be read", where=str(archive_path), remedy="Is it the right file?"
        ) from error
    with archive, speaking_plainly(place.where):
        try:
            return _restore(archive, place, tell)
        except (zipfile.BadZipFile, ValueError, KeyError, TypeError, EOFError) as error:
            raise StoreError(
                f"the back-up is damaged ({type(error).__name__})",
                where=str(archive_path),
                remedy=_DAMAGED,
            ) from error


def _restore(archive: zipfile.ZipFile, place: StorePlace, tell: Tell | None) -> Transferred:
    manifest = json.loads(archive.read("manifest.json"))
    if manifest["format"] > FORMAT:
        raise StoreError(
            "the back-up is of a later version of levelstride",
            where=str(archive.filename),
            remedy="Update levelstride to restore it",
        )
    entries = cast("dict[str, dict[str, object]]", manifest["entries"])
    done = Transferred(revision=str(manifest["schema"]), problems=list(manifest["problems"]))
    tables = [str(name) for name in manifest["tables"]]
    if not all(_TABLE.fullmatch(name) for name in tables):
        raise ValueError("a name that is none of a table")
    for number, (entry, facts) in enumerate(entries.items()):
        if tell is not None:
            tell("Checking the back-up", number / len(entries))
        with archive.open(entry) as source:
            found = copy_stream(cast("BinaryIO", source), lambda _: None)
        if found.sha256 != facts["sha256"]:
            raise StoreError(
                "the back-up is damaged: an entry is not what its manifest says",
                where=f"{archive.filename}, {entry}",
                remedy=_DAMAGED,
            )
    with Receiver(place, done.revision) as receiver:
        names = [entry for entry in entries if entry.startswith("files/")]
        for number, entry in enumerate(names):
            if tell is not None:
                tell("Writing files", number / len(names))
            name = entry.removeprefix("files/")
            if not _FILE.fullmatch(name):
                raise ValueError("a name that is none of a session's file")
            with archive.open(entry) as source:
                taken = receiver.put(name, cast("BinaryIO", source), str(entries[entry]["sha256"]))
            done.files[name] = taken
        for table in tables:
            with archive.open(f"catalogue/{table}.jsonl") as file:
                lines = (line.decode("utf-8") for line in file)
                done.rows[table] = receiver.rows(table, lines)
        receiver.finish()
    return done


def copy_library(parts: StoreParts, place: StorePlace, tell: Tell | None = None) -> Transferred:
    """Copy a library, while it is in use, into another place that is empty.

    Args:
        parts: the library.
        place: where the copy is to be.
        tell: told how far the work is.

    Raises:
        StoreError: one of the two cannot be used, or the other is not empty.
    """
    with speaking_plainly(place.where), Receiver(place, HEAD) as receiver:
        done = transfer(parts, receiver, tell)
        receiver.finish()
    return done
