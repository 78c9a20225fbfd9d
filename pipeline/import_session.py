"""From files that somebody hands over to a session in the library."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID, uuid5

from pipeline.analyse_file import analyse_recording, with_activity
from pipeline.errors import DetailsMissing, InputError, PlacementError, RateError
from pipeline.importers.imported_samples import ImportedSamples
from pipeline.importers.read_files import read_files
from pipeline.importers.recognise import ACTIVITY_KINDS, recognise
from pipeline.importers.to_recording import UNDATED_UTC, write_imported
from pipeline.made_files import remove_if_deleted
from pipeline.recording_facts import keep_facts, profiles_of_strides, recording_facts
from pipeline.session import Session
from pipeline.signal_file import open_signal_file
from pipeline.store import Store
from sensors.placement import Placement
from sensors.recording_repair import repair
from sensors.session_info import SessionInfo

NAMESPACE = UUID("f1a3c2de-52b4-4f0e-9a3e-6cf5a8e1f7b0")
_DIGEST_CHUNK = 1 << 20
ONE_FILE_EACH = frozenset({"recording", "csv", "parquet", "xsens-mvnx", "motion-bids", "zip"})
"""Kinds of which every file is a session of its own; the others have a file per sensor."""

Step = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Details:
    """What a person said of files that do not tell it.

    Attributes:
        places: by name of the sensor, as ``DetailsMissing`` has it; None leaves it out.
        rate_hz: sampling rate; None when it was not asked.
    """

    places: Mapping[str, Placement | None] = field(default_factory=dict)
    rate_hz: float | None = None


def group_files(paths: Sequence[Path]) -> list[list[Path]]:
    """Sort files that came together into sessions, by what they hold.

    A watch's activity goes with the session it came with; with several it cannot be told whose it is.

    Args:
        paths: the files.

    Raises:
        InputError: a file is of no known kind, or an activity has no session to go with.
    """
    groups: list[list[Path]] = []
    shared: dict[str, list[Path]] = {}
    watches: list[Path] = []
    for path in paths:
        kind = str(recognise(path))
        if kind in ACTIVITY_KINDS:
            watches.append(path)
        elif kind in ONE_FILE_EACH:
            groups.append([path])
        elif kind in shared:
            shared[kind].append(path)
        else:
            shared[kind] = [path]
            groups.append(shared[kind])
    if watches and len(groups) != 1:
        raise InputError(
            "a watch's activity goes with one session's motion",
            path=watches[0],
            remedy="Hand it over together with the files of that session, and no others",
        )
    for group in groups:
        group += watches
    return groups


def import_session(
    store: Store,
    paths: Sequence[Path],
    *,
    runner: str = "",
    conditions: Mapping[str, str] | None = None,
    progress: Step | None = None,
    details: Details | None = None,
) -> str:
    """Analyse the files of one session and store it; the same files again replace it.

    Args:
        store: library.
        paths: a recording, or foreign files that belong together.
        runner: name or code; empty takes the recording's.
        conditions: shoe, insole and the like; added to the recording's.
        progress: told the share that is done.
        details: what a person said of foreign files; None when nobody can be asked: sensors of
            unknown place are left out then.

    Returns:
        The session's id.

    Raises:
        DetailsMissing: ``details`` are not enough to read the files.
        InputError: a file cannot be used.
        RecordingError: a recording cannot be read.
        StoreError: the library cannot take it.
    """
    files = [Path(path) for path in paths]

    def part(start: float, share: float) -> Step:
        return lambda done: progress(start + share * done) if progress is not None else None

    with TemporaryDirectory(dir=store.folder, prefix=".import-") as scratch:
        kinds = {path: recognise(path) for path in files}
        recordings = [path for path in files if kinds[path] == "recording"]
        watches = [path for path in files if kinds[path] in ACTIVITY_KINDS]
        if recordings and len(recordings) + len(watches) == len(files):
            recording, moves = recordings[0], False
            if len(recordings) > 1:
                recording, moves = Path(scratch) / "joined.mcap", True
                repair(recordings, recording)
            analysing = part(0.0, 0.85)
            session = analyse_recording(recording, progress=lambda _, done: analysing(done))
            for watch in watches:
                session = with_activity(session, watch, kinds[watch])
        else:
            recording, moves = Path(scratch) / "imported.mcap", True
            session = _imported(files, recording, part(0.0, 0.4), part(0.4, 0.45), details)
        session = replace(
            session,
            runner=runner or session.runner,
            conditions={**session.conditions, **(conditions or {})},
            source=Path(files[0].name),
        )
        session_id = store.add_session(session, recording, move=moves)
    stored, folder = store.recording(session_id), store.signal_folder(session_id)
    if stored is None:
        return session_id  # taken away at this moment
    open_signal_file(stored, folder, part(0.85, 0.15))
    facts = recording_facts(stored, folder, wait=True)
    if watches and facts is not None:
        known = {**profiles_of_strides(session.strides), **facts.profiles}
        keep_facts(stored, folder, replace(facts, profiles=known))
    remove_if_deleted(store, session_id, folder)
    return session_id


def _read(files: list[Path], details: Details | None) -> ImportedSamples:
    if details is None:
        return read_files(files)
    asked: list[str] = []

    def ask(sensor: str, free: Sequence[Placement]) -> Placement | None:
        del free  # two sensors at one place are refused by whoever asks
        if sensor not in details.places:
            asked.append(sensor)
        return details.places.get(sensor)

    try:
        imported = read_files(files, rate_hz=details.rate_hz, ask=ask)
    except RateError as error:
        raise DetailsMissing(error.path, asked, lacks_rate=True) from error
    except PlacementError as error:
        if not asked:
            raise
        raise DetailsMissing(error.path, asked, lacks_rate=False) from error
    if asked:
        raise DetailsMissing(files[0], asked, lacks_rate=False)
    return imported


def _imported(
    files: list[Path], recording: Path, reading: Step, analysing: Step, details: Details | None
) -> Session:
    imported = _read(files, details)
    info = SessionInfo(session_uuid=str(uuid5(NAMESPACE, _digest(files))), source="imported")
    write_imported(imported, recording, info, reading)
    session = analyse_recording(recording, progress=lambda _, done: analysing(done))
    return replace(
        session,
        started_utc=None if session.started_utc == UNDATED_UTC else session.started_utc,
        notes=tuple(dict.fromkeys((*imported.warnings, *session.notes))),
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
