"""From files that somebody hands over to a session in the library."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid5

from pipeline.analyse_file import analyse_recording
from pipeline.importers.read_files import read_files
from pipeline.importers.recognise import recognise
from pipeline.importers.to_recording import UNDATED_UTC, write_imported
from pipeline.recording_facts import recording_facts
from pipeline.session import Session
from pipeline.signal_file import open_signal_file
from pipeline.store import Store
from sensors.session_info import SessionInfo

NAMESPACE = UUID("f1a3c2de-52b4-4f0e-9a3e-6cf5a8e1f7b0")
_DIGEST_CHUNK = 1 << 20
ONE_FILE_EACH = frozenset({"recording", "csv", "parquet", "xsens-mvnx", "motion-bids"})
"""Kinds of which every file is a session of its own; the others have a file per sensor."""

Step = Callable[[float], None]


def group_files(paths: Sequence[Path]) -> list[list[Path]]:
    """Sort files that came together into sessions, by what they hold.

    Args:
        paths: the files.

    Raises:
        InputError: a file is of no known kind.
    """
    groups: list[list[Path]] = []
    shared: dict[str, list[Path]] = {}
    for path in paths:
        kind = str(recognise(path))
        if kind in ONE_FILE_EACH:
            groups.append([path])
        elif kind in shared:
            shared[kind].append(path)
        else:
            shared[kind] = [path]
            groups.append(shared[kind])
    return groups


def import_session(
    store: Store,
    paths: Sequence[Path],
    *,
    runner: str = "",
    conditions: Mapping[str, str] | None = None,
    progress: Step | None = None,
) -> str:
    """Analyse the files of one session and store it; the same files again replace it.

    Args:
        store: library.
        paths: a recording, or foreign files that belong together.
        runner: name or code; empty takes the recording's.
        conditions: shoe, insole and the like; added to the recording's.
        progress: told the share that is done.

    Returns:
        The session's id.

    Raises:
        InputError: a file cannot be used.
        RecordingError: a recording cannot be read.
        StoreError: the library cannot take it.
    """
    files = [Path(path) for path in paths]

    def part(start: float, share: float) -> Step:
        return lambda done: progress(start + share * done) if progress is not None else None

    with TemporaryDirectory(dir=store.folder, prefix=".import-") as scratch:
        if recognise(files[0]) == "recording" and len(files) == 1:
            recording, moves = files[0], False
            analysing = part(0.0, 0.85)
            session = analyse_recording(recording, progress=lambda _, done: analysing(done))
        else:
            recording, moves = Path(scratch) / "imported.mcap", True
            session = _imported(files, recording, part(0.0, 0.4), part(0.4, 0.45))
        session = replace(
            session,
            runner=runner or session.runner,
            conditions={**session.conditions, **(conditions or {})},
            source=Path(files[0].name),
        )
        session_id = store.add_session(session, recording, move=moves)
    stored, folder = store.recording_path(session_id), store.signal_folder(session_id)
    open_signal_file(stored, folder, part(0.85, 0.15))
    recording_facts(stored, folder, wait=True)
    return session_id


def _imported(files: list[Path], recording: Path, reading: Step, analysing: Step) -> Session:
    imported = read_files(files)
    info = SessionInfo(session_uuid=str(uuid5(NAMESPACE, _digest(files))), source="imported")
    write_imported(imported, recording, info, reading)
    session = analyse_recording(recording, progress=lambda _, done: analysing(done))
    return replace(
        session,
        started_utc=None if session.started_utc == UNDATED_UTC else session.started_utc,
        notes=(*imported.warnings, *session.notes),
        provenance={
            **session.provenance,
            "format": imported.format,
            "files": [path.name for path in files],
        },
    )


def _digest(files: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files, key=lambda path: path.name):
        with path.open("rb") as file:
            while chunk := file.read(_DIGEST_CHUNK):
                digest.update(chunk)
    return digest.hexdigest()
