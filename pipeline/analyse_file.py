"""From files to a session: recordings, and whatever the importers read."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.analysis import (
    Mode,
    Progress,
    analyse_blocks,
    provenance_of,
    whole_sensors,
)
from pipeline.errors import InputError
from pipeline.importers.import_format import ImportFormat
from pipeline.importers.recognise import ACTIVITY_KINDS, FileKind, recognise
from pipeline.partial_sensors import quantity_sentences
from pipeline.session import Session
from pipeline.side_channels import recorded_channels, with_side_channels
from sensors.drivers.imported_samples import computed_of, lacks_of
from sensors.errors import CorruptRecording
from sensors.placement import Placement
from sensors.recording_reader import open_recording
from sensors.recording_segments import open_session

if TYPE_CHECKING:
    from pipeline.importers.imported_samples import ImportedSamples

CHUNK_S = 60.0
"""Session time that is read at once."""


def analyse(
    paths: Sequence[Path],
    *,
    mode: Mode = "offline",
    file_format: ImportFormat = "auto",
    placements: Mapping[str, Placement] | None = None,
    sensor_map: Path | None = None,
    rate_hz: float | None = None,
    progress: Progress | None = None,
) -> Session:
    """Analyse one session: a recording in one or more files, a neutral table, or an Xsens export.

    Args:
        paths: the files; with them a watch's activity (FIT, GPX, TCX), if there is one.
        mode: ``online`` or ``offline``.
        file_format: what foreign files are; ``auto`` looks at their content.
        placements: placement by sensor id, in place of what the files say.
        sensor_map: file with such pairs, for exports with a file per sensor.
        rate_hz: sampling rate, for exports that do not tell theirs.
        progress: told how far the work is.

    Raises:
        InputError: a file cannot be used.
        RecordingError: a recording cannot be read.
    """
    kinds = {path: recognise(path) for path in paths}
    watches = [path for path in paths if kinds[path] in ACTIVITY_KINDS]
    others = [path for path in paths if kinds[path] != "recording" and path not in watches]
    if others and any(kind == "recording" for kind in kinds.values()):
        raise InputError(
            "this file is no recording, and another one is",
            path=others[0],
            remedy="Analyse recordings and foreign files one after the other",
        )
    recordings = [path for path in paths if kinds[path] == "recording"]
    if recordings:
        _refuse_unused(
            recordings[0], file_format=file_format, sensor_map=sensor_map, rate_hz=rate_hz
        )
        session = analyse_recording(
            *recordings, mode=mode, placements=placements, progress=progress
        )
        for watch in watches:
            session = with_activity(session, watch, kinds[watch])
        return session
    from pipeline.importers.read_files import read_files  # a recording has no use for it

    imported = read_files(
        paths,
        file_format=file_format,
        placements={key: place.value for key, place in (placements or {}).items()} or None,
        sensor_map=sensor_map,
        rate_hz=rate_hz,
    )
    return analyse_imported(imported, mode=mode, progress=progress)


def analyse_recording(
    path: Path,
    *more: Path,
    mode: Mode = "offline",
    placements: Mapping[str, Placement] | None = None,
    progress: Progress | None = None,
) -> Session:
    """Analyse a recording; a damaged or cut one as far as it goes.

    Args:
        path: the file.
        more: further files of the same session.
        mode: ``online`` or ``offline``.
        placements: placement by sensor id, in place of what the file says.
        progress: told how far the work is.

    Raises:
        RecordingError: it cannot be read at all.
        InputError: no placed sensor of it can show strides: a shank, or offline the pelvis.
    """
    with open_session((path, *more)) if more else open_recording(path) as recording:
        if placements:
            known = [sensor.sensor_id for sensor in recording.sensors]
            unknown = sorted(set(placements) - set(known))
            if unknown:
                raise InputError(
                    f"the recording has no sensor {unknown[0]!r}",
                    path=path,
                    remedy=f"Its sensors are {', '.join(known)}",
                )
            recording.place(dict(placements))
        lacks = {s.placement: lacks_of(s) for s in recording.sensors if s.placement is not None}
        worn = whole_sensors(lacks, path, mode)
        computed = [
            sentence
            for s in recording.sensors
            if s.placement is not None
            for sentence in quantity_sentences(s.placement, 0, computed_of(s))
        ]
        try:
            result = analyse_blocks(
                recording.blocks(online=mode == "online", chunk_s=CHUNK_S),
                worn,
                mode=mode,
                end_s=recording.end_s or 0.0,
                progress=progress,
            )
        except ValueError as error:
            raise CorruptRecording(
                f"the recording cannot be analysed: {error}",
                path=path,
                remedy="It may have ended before the first samples arrived",
            ) from error
        damaged = sum(count.damaged for count in recording.counts.values())
        problems = list(recording.health.problems)
        if damaged:
            problems.append(f"{damaged} packets are damaged and were left out")
        return Session(
            session_id=recording.session.session_uuid or str(uuid.uuid4()),
            runner=recording.session.runner,
            started_utc=recording.session.started_utc,
            duration_s=result.last_s - result.first_s,
            strides=with_side_channels(result.strides, recorded_channels(recording)),
            repetitions=result.repetitions,
            conditions=dict(recording.session.conditions),
            quality=result.quality,
            problems=(*problems, *result.problems),
            notes=(*computed, *result.notes),
            provenance=provenance_of(
                mode,
                path,
                format="recording",
                recorded_by=recording.session.software,
                # what the file does not say is needed to analyse it again
                **(
                    {"placements": {k: p.value for k, p in placements.items()}}
                    if placements
                    else {}
                ),
            ),
            source=path,
        )


def with_activity(session: Session, path: Path, kind: FileKind) -> Session:
    """Give the strides of a session the speed, slope and heart rate of a watch's file.

    Args:
        session: an analysed session.
        path: the watch's file.
        kind: ``fit``, ``gpx`` or ``tcx``.

    Raises:
        InputError: the file cannot be read.
    """
    from pipeline.importers.activity_alignment import (
        align,
        cadence_of_strides,
        placed,
        read_activity,
    )

    activity = read_activity(path, kind)
    cadence = cadence_of_strides(session.strides, session.duration_s)
    found = align(activity, cadence, session.started_utc)
    notes = (*session.notes, found.said)
    if found.offset_s is None:
        return replace(session, notes=notes)
    strides = with_side_channels(session.strides, placed(activity, found.offset_s))
    return replace(session, strides=strides, notes=notes)


def _refuse_unused(
    path: Path, *, file_format: ImportFormat, sensor_map: Path | None, rate_hz: float | None
) -> None:
    """Refuse options that a recording makes no use of, rather than ignore them."""
    given = {
        "--format": file_format != "auto",
        "--sensor-map": sensor_map is not None,
        "--rate": rate_hz is not None,
    }
    for option, is_given in given.items():
        if is_given:
            raise InputError(
                f"{option} has no meaning for a recording", path=path, remedy="Leave it out"
            )


def analyse_imported(
    imported: ImportedSamples, *, mode: Mode = "offline", progress: Progress | None = None
) -> Session:
    """Analyse samples that an importer has read."""
    from pipeline.importers.imported_samples import to_blocks

    worn = whole_sensors({p: s.lacks for p, s in imported.sensors.items()}, imported.files[0], mode)
    end_s = max(float(s.time_s[-1]) for s in imported.sensors.values())
    result = analyse_blocks(
        to_blocks(imported, CHUNK_S), worn, mode=mode, end_s=end_s, progress=progress
    )
    return Session(
        session_id=str(uuid.uuid4()),
        runner="",
        started_utc=imported.started_utc,
        duration_s=imported.duration_s,
        strides=with_side_channels(result.strides, imported.side),
        repetitions=result.repetitions,
        quality=result.quality,
        problems=result.problems,
        notes=tuple(dict.fromkeys((*imported.warnings, *result.notes))),
        provenance=provenance_of(
            mode,
            imported.files[0],
            format=imported.format,
            files=[path.name for path in imported.files],
        ),
        source=imported.files[0],
    )
