"""The files of a session in the library, named by its id."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from pipeline.errors import StoreError
from pipeline.table_file import replacing, write_table
from pipeline.tasks.repetition import Repetition
from pipeline.tasks.repetition_table import repetitions_to_frame


class SessionFiles:
    """Reads and writes them.

    Args:
        folder: the library.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def recording(self, session_id: str) -> Path:
        """Where a recording lies, or would lie; the id is in canonical form here and below."""
        return self._folder / "recordings" / f"{session_id}.mcap"

    def signals(self, session_id: str) -> Path:
        """Folder of samples in a form to draw."""
        return self._folder / "signals" / session_id

    def take_recording(self, source: Path, session_id: str, *, move: bool) -> None:
        """Copy a recording into its place, or move it; one that lies there is left.

        Raises:
            StoreError: it is not there.
        """
        target = self.recording(session_id)
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
        """Write a table of a kind: ``strides``, ``curves`` or ``repetitions``."""
        write_table(frame, self._folder / kind / f"{session_id}.parquet")

    def write_repetitions(self, repetitions: Sequence[Repetition], session_id: str) -> None:
        """Write the table; none is no file, as in libraries of earlier versions."""
        if repetitions:
            self.write(repetitions_to_frame(repetitions), "repetitions", session_id)
        else:
            (self._folder / "repetitions" / f"{session_id}.parquet").unlink(missing_ok=True)

    def read_repetitions(self, session_id: str) -> pd.DataFrame:
        """Read the table of repetitions; an empty one without a file."""
        if not (self._folder / "repetitions" / f"{session_id}.parquet").is_file():
            return repetitions_to_frame([])
        return self.read("repetitions", session_id)

    def read(self, kind: str, session_id: str) -> pd.DataFrame:
        """Read a table.

        Raises:
            StoreError: it is missing or damaged.
        """
        path = self._folder / kind / f"{session_id}.parquet"
        try:
            return pd.read_parquet(path, engine="pyarrow")
        except (OSError, ValueError) as error:  # ArrowInvalid is a ValueError
            raise StoreError(
                f"the file of {kind} cannot be read ({type(error).__name__})",
                where=str(path),
                remedy="Analyse the recording again to write it anew",
            ) from error

    def remove(self, session_id: str) -> None:
        """Remove every file of a session."""
        for kind in ("strides", "curves", "repetitions"):
            (self._folder / kind / f"{session_id}.parquet").unlink(missing_ok=True)
        self.recording(session_id).unlink(missing_ok=True)
        shutil.rmtree(self.signals(session_id), ignore_errors=True)
