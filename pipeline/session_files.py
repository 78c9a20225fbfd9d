"""The files of a session in the library, named by its id."""

from __future__ import annotations

import hashlib
import io
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from pipeline.errors import StoreError
from pipeline.file_place import FilePlace, FolderPlace
from pipeline.store_place import KINDS, StorePlace
from pipeline.stored_file import StoredFile
from pipeline.table_check import WrongTable, checked_table
from pipeline.table_file import Columns, write_parquet
from pipeline.tasks.repetition import Repetition
from pipeline.tasks.repetition_table import repetitions_to_frame

_UNREADABLE = (
    OSError,
    ValueError,
    TypeError,
    KeyError,
    RuntimeError,
    OverflowError,
    MemoryError,
)
"""What a damaged file of tables raises: all errors of Arrow are one of these."""


def table_name(kind: str, session_id: str, result: str = "") -> str:
    """Name of a table of a session; the id is in canonical form here and below.

    Args:
        kind: ``strides``, ``curves`` or ``repetitions``.
        session_id: the session.
        result: which of its results, ``SessionRow.result``.
    """
    return f"{kind}/{session_id}{'.' if result else ''}{result}.parquet"


def recording_name(session_id: str) -> str:
    """Name of a session's recording."""
    return f"recordings/{session_id}.mcap"


def file_digest(path: Path) -> StoredFile:
    """Size and digest of a file, under its own name."""
    with path.open("rb") as file:
        return StoredFile(
            path.name, path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()
        )


class SessionFiles:
    """Reads and writes them.

    Args:
        place: the library.

    Attributes:
        place: where the files are.
        folder: the library's folder, or this computer's for a library elsewhere.
    """

    def __init__(self, place: StorePlace) -> None:
        self.place: FilePlace = place.open_files()
        self.folder = place.folder
        self._copies = place.copies

    def recording_path(self, session_id: str) -> Path:
        """Where a recording is to be written that is made for the library."""
        if isinstance(self.place, FolderPlace):
            return self.place.path(recording_name(session_id))
        return self.folder / recording_name(session_id)

    def recording(self, session_id: str) -> Path | None:
        """The recording on this computer, fetched if need be; None if there is none."""
        return self.place.fetch(recording_name(session_id))

    def recording_at_hand(self, session_id: str) -> Path | None:
        """The recording if it can be had without a transfer."""
        return self.place.at_hand(recording_name(session_id))

    def signals(self, session_id: str) -> Path:
        """Folder of samples in a form to draw; on this computer."""
        return self._copies / "signals" / session_id

    def take_recording(self, source: Path, session_id: str, *, move: bool) -> StoredFile:
        """Copy a recording into its place, or move it; one that lies there is left.

        Raises:
            StoreError: it is not there.
        """
        if not source.is_file():
            raise StoreError(
                "the recording to store is not there",
                where=str(source),
                remedy="Give the path of a recording file",
            )
        facts = file_digest(source)
        own = source == self.recording_path(session_id)
        self.place.put(source, recording_name(session_id), move=move or own)
        return StoredFile(recording_name(session_id), facts.size, facts.sha256)

    def write(
        self, frame: pd.DataFrame, kind: str, session_id: str, result: str = ""
    ) -> StoredFile:
        """Write a table of a kind: ``strides``, ``curves`` or ``repetitions``."""
        buffer = io.BytesIO()
        frame.to_parquet(buffer, engine="pyarrow", index=False, compression="zstd")
        return self._put(buffer.getvalue(), kind, session_id, result)

    def write_parts(
        self, parts: Iterable[Columns], kind: str, session_id: str, result: str = ""
    ) -> StoredFile:
        """The same of a table in parts; see `pipeline.table_file.write_parquet`."""
        buffer = io.BytesIO()
        write_parquet(parts, buffer)
        return self._put(buffer.getvalue(), kind, session_id, result)

    def _put(self, data: bytes, kind: str, session_id: str, result: str) -> StoredFile:
        name = table_name(kind, session_id, result)
        self.place.write(name, data)
        return StoredFile(name, len(data), hashlib.sha256(data).hexdigest())

    def write_repetitions(
        self, repetitions: Sequence[Repetition], session_id: str, result: str = ""
    ) -> list[StoredFile]:
        """Write the table; none is no file, as in libraries of earlier versions."""
        if repetitions:
            return [
                self.write(repetitions_to_frame(repetitions), "repetitions", session_id, result)
            ]
        self.place.remove(table_name("repetitions", session_id, result))
        return []

    def take_plain_names(self, tables: Sequence[StoredFile], session_id: str) -> list[StoredFile]:
        """Give the first tables of a session names without a result; older files of these names go.

        To be asked while the session is held: two who add it at once must not mix their tables.
        """
        plain = {table.name: table_name(table.name.split("/")[0], session_id) for table in tables}
        for old, new in plain.items():
            self.place.rename(old, new)
        for name in {table_name(kind, session_id) for kind in KINDS} - set(plain.values()):
            if not name.startswith("recordings/"):
                self.place.remove(name)
        return [StoredFile(plain[table.name], table.size, table.sha256) for table in tables]

    def read_repetitions(self, session_id: str, result: str = "") -> pd.DataFrame:
        """Read the table of repetitions; an empty one without a file."""
        try:
            return self._read("repetitions", session_id, result)
        except FileNotFoundError:
            return repetitions_to_frame([])
        except _UNREADABLE as error:
            raise self._unreadable("repetitions", session_id, result, error) from error

    def read(self, kind: str, session_id: str, result: str = "") -> pd.DataFrame:
        """Read a table.

        Raises:
            StoreError: it is missing or damaged.
        """
        try:
            return self._read(kind, session_id, result)
        except _UNREADABLE as error:
            raise self._unreadable(kind, session_id, result, error) from error

    def stamp(self, session_id: str, result: str) -> str:
        """What changes when the tables of a session do, as far as this is seen without reading."""
        if isinstance(self.place, FolderPlace):
            facts = self.place.path(table_name("strides", session_id, result)).stat()
            return f"{result} {facts.st_mtime_ns}"
        return result

    def names(self, session_id: str) -> list[str]:
        """Names of all files there are of a session, of all results."""
        return [file.name for kind in KINDS for file in self.place.find(f"{kind}/{session_id}")]

    def remove(self, session_id: str) -> list[str]:
        """Remove every file of a session; returns the names of those in the place of files."""
        names = self.names(session_id)
        # The recording goes last: what is left of an interrupted removal can still be read.
        for name in names:
            self.place.remove(name)
        self.recording_path(session_id).unlink(missing_ok=True)
        self.place.remove(recording_name(session_id))  # and its copy
        self.remove_signals(session_id)
        return names

    def remove_signals(self, session_id: str) -> None:
        """Remove what was made from the recording, to draw it."""
        shutil.rmtree(self.signals(session_id), ignore_errors=True)

    def remove_results_but(self, session_id: str, result: str) -> None:
        """Remove tables of all results but one."""
        wanted = {table_name(kind, session_id, result) for kind in KINDS}
        for name in self.names(session_id):
            if name not in wanted and not name.startswith("recordings/"):
                self.place.remove(name)

    def _read(self, kind: str, session_id: str, result: str) -> pd.DataFrame:
        data = self.place.read(table_name(kind, session_id, result))
        return checked_table(kind, pd.read_parquet(io.BytesIO(data), engine="pyarrow"))

    def _unreadable(self, kind: str, session_id: str, result: str, error: Exception) -> StoreError:
        missing = isinstance(error, FileNotFoundError)
        reason = str(error) if isinstance(error, WrongTable) else type(error).__name__
        return StoreError(
            f"the file of {kind} is missing"
            if missing
            else f"the file of {kind} cannot be read ({reason})",
            where=f"{self.place.where}/{table_name(kind, session_id, result)}",
            remedy="Analyse the recording again to write it anew",
        )
