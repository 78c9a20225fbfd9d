"""The files of the sessions of a library.

::

    strides/<id>.parquet      stride table
    curves/<id>.parquet       mean stance curves
    repetitions/<id>.parquet  single-leg squats and step-downs, where there are some
    recordings/<id>.mcap      the recording
    signals/<id>/             its samples in a form to draw, made from it when needed

They are named by the session's UUID and by nothing else: names of people never reach a path.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from pipeline.errors import StoreError
from pipeline.table_file import replacing, write_table
from pipeline.tasks.repetition import Repetition
from pipeline.tasks.repetition_table import repetitions_to_frame

TABLES = ("strides", "curves", "repetitions")


class SessionFiles:
    """Files by session id.

    Args:
        folder: folder of the library.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def make_folders(self) -> None:
        """Make the folders that are missing."""
        for name in (*TABLES, "recordings"):
            (self._folder / name).mkdir(exist_ok=True)

    def canonical(self, session_id: str) -> str:
        """A session id as it stands in names of files.

        Raises:
            StoreError: it is no UUID.
        """
        try:
            return str(uuid.UUID(session_id))
        except (ValueError, AttributeError, TypeError) as error:
            raise StoreError(
                f"{str(session_id)[:64]!r} is no session id",
                where=str(self._folder),
                remedy="A session id is a UUID, such as the list of sessions shows",
            ) from error

    def recording_path(self, session_id: str) -> Path:
        """Where the recording lies, or would lie.

        Raises:
            StoreError: the id is no UUID.
        """
        return self._folder / "recordings" / f"{self.canonical(session_id)}.mcap"

    def signal_folder(self, session_id: str) -> Path:
        """Where the samples lie in a form to draw, or would lie.

        Raises:
            StoreError: the id is no UUID.
        """
        return self._folder / "signals" / self.canonical(session_id)

    def take_recording(self, source: Path, session_id: str, *, move: bool) -> None:
        """Copy or move a recording to its place; one that lies there already stays.

        Raises:
            StoreError: it is missing.
            OSError: it cannot be written.
        """
        target = self.recording_path(session_id)
        if not source.is_file():
            raise StoreError(
                "the recording to store is not there",
                where=str(source),
                remedy="Give the path of a recording file",
            )
        if target.exists() and source.samefile(target):
            return
        if move:
            try:
                source.replace(target)
            except OSError:  # another file system: copy, and remove what was copied
                pass
            else:
                return
        with replacing(target) as temporary:
            shutil.copyfile(source, temporary)
        if move:
            source.unlink()

    def write(self, frame: pd.DataFrame, kind: str, session_id: str) -> None:
        """Write one of the ``TABLES``."""
        write_table(frame, self._table(kind, session_id))

    def write_repetitions(self, repetitions: Sequence[Repetition], session_id: str) -> None:
        """Write the table; none is no file, as in libraries of earlier versions."""
        if repetitions:
            self.write(repetitions_to_frame(repetitions), "repetitions", session_id)
        else:
            self._table("repetitions", session_id).unlink(missing_ok=True)

    def read(self, kind: str, session_id: str) -> pd.DataFrame:
        """Read one of the ``TABLES``.

        Raises:
            StoreError: it is missing or damaged.
        """
        path = self._table(kind, session_id)
        try:
            return pd.read_parquet(path, engine="pyarrow")
        except (OSError, ValueError) as error:  # ArrowInvalid is a ValueError
            raise StoreError(
                f"the file of {kind} cannot be read ({type(error).__name__})",
                where=str(path),
                remedy="Analyse the recording again to write it anew",
            ) from error

    def read_repetitions(self, session_id: str) -> pd.DataFrame:
        """Repetitions of a session; an empty table where it has none."""
        if not self._table("repetitions", session_id).is_file():
            return repetitions_to_frame([])
        return self.read("repetitions", session_id)

    def remove(self, session_id: str) -> None:
        """Remove all files of a session."""
        for kind in TABLES:
            self._table(kind, session_id).unlink(missing_ok=True)
        self.recording_path(session_id).unlink(missing_ok=True)
        shutil.rmtree(self.signal_folder(session_id), ignore_errors=True)

    def _table(self, kind: str, session_id: str) -> Path:
        return self._folder / kind / f"{session_id}.parquet"
