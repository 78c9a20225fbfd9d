"""All samples of a session, whatever it was read from, as an exporter wants them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import numpy as np

from pipeline.analysis import Mode, analyse_blocks, provenance_of, whole_sensors
from pipeline.errors import InputError
from pipeline.importers.import_format import ImportFormat
from pipeline.importers.imported_samples import ImportedSamples, SensorSamples, to_blocks
from pipeline.importers.read_files import read_files
from pipeline.importers.recognise import recognise
from pipeline.session import Session
from pipeline.side_channels import SideChannels, recorded_channels, with_side_channels
from sensors.drivers.imported_samples import computed_of
from sensors.placement import Placement
from sensors.recording_reader import open_recording
from sensors.recording_segments import open_session
from sensors.sample_block import SampleBlock
from sensors.session_info import SensorInfo

CHUNK_S = 60.0
"""Session time that is read at once."""


@dataclass(frozen=True, slots=True)
class SessionSamples:
    """The samples of a session and what is known about it.

    Attributes:
        sensors: placement to its samples, in the order of placements.
        source: the file, or the first of the files.
        runner: name or code; empty when not known.
        started_utc: moment of session time zero; None when the source does not say.
        conditions: free pairs such as ``shoe``.
        devices: placement to its sensor's description; empty for foreign files.
        notes: sentences about what is missing, mended or doubtful in foreign files.
        problems: sentences about lost or damaged data of a recording.
        side: speed, slope and heart rate beside the sensors.
    """

    sensors: Mapping[Placement, SensorSamples]
    source: Path
    runner: str = ""
    started_utc: datetime | None = None
    conditions: Mapping[str, str] = field(default_factory=dict)
    devices: Mapping[Placement, SensorInfo] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    side: SideChannels = field(default_factory=dict)

    def as_imported(self) -> ImportedSamples:
        """The same samples as an importer would give them."""
        return ImportedSamples(
            sensors=self.sensors,
            format="samples",
            source=self.source.name,
            files=(self.source,),
            started_utc=self.started_utc,
            warnings=self.notes,
            side=self.side,
        )

    def analysed(self, mode: Mode = "offline") -> Session:
        """The strides of the session.

        Args:
            mode: ``online``: what a live view would have shown; ``offline``: the session-wide pass.

        Raises:
            InputError: nothing was worn that shows strides.
        """
        worn = whole_sensors({p: s.lacks for p, s in self.sensors.items()}, self.source, mode)
        blocks = to_blocks(self.as_imported(), CHUNK_S)
        result = analyse_blocks(blocks, worn, mode=mode)
        return Session(
            session_id=str(uuid.uuid4()),
            runner=self.runner,
            started_utc=self.started_utc,
            duration_s=result.last_s - result.first_s,
            strides=with_side_channels(result.strides, self.side),
            repetitions=result.repetitions,
            conditions=dict(self.conditions),
            quality=result.quality,
            problems=(*self.problems, *result.problems),
            notes=tuple(dict.fromkeys((*self.notes, *result.notes))),
            provenance=provenance_of(mode, None, format="samples"),
            source=self.source,
        )


def read_session(
    paths: Sequence[Path],
    *,
    file_format: ImportFormat = "auto",
    placements: Mapping[str, Placement] | None = None,
    sensor_map: Path | None = None,
    rate_hz: float | None = None,
) -> SessionSamples:
    """Read the samples of one session: a recording in one or more files, or foreign files.

    Args:
        paths: the files.
        file_format: what foreign files are.
        placements: placement by sensor id, in place of what the files say.
        sensor_map: file with such pairs.
        rate_hz: sampling rate, for exports that do not tell theirs.

    Raises:
        InputError: a file cannot be used, or holds no samples of a placed sensor.
        RecordingError: a recording cannot be read.
    """
    files = [Path(path) for path in paths]
    if not files:
        raise InputError("no files were given", path=".", remedy="Give at least one file")
    kinds = [recognise(path) for path in files]
    if set(kinds) == {"recording"}:
        return _of_recording(files, placements or {})
    if "recording" in kinds:
        raise InputError(
            "this file is no recording, and another one is",
            path=next(path for path, kind in zip(files, kinds, strict=True) if kind != "recording"),
            remedy="Give the files of one session",
        )
    imported = read_files(
        files,
        file_format=file_format,
        placements={key: place.value for key, place in (placements or {}).items()} or None,
        sensor_map=sensor_map,
        rate_hz=rate_hz,
    )
    return SessionSamples(
        sensors=imported.sensors,
        source=files[0],
        started_utc=imported.started_utc,
        notes=imported.warnings,
        side=imported.side,
    )


def _of_recording(files: Sequence[Path], placements: Mapping[str, Placement]) -> SessionSamples:
    with open_session(files) if len(files) > 1 else open_recording(files[0]) as recording:
        known = [sensor.sensor_id for sensor in recording.sensors]
        unknown = sorted(set(placements) - set(known))
        if unknown:
            raise InputError(
                f"the recording has no sensor {unknown[0]!r}",
                path=files[0],
                remedy=f"Its sensors are {', '.join(known)}",
            )
        recording.place(placements)
        devices = {s.placement: s for s in recording.sensors if s.placement is not None}
        sensors = join_blocks(
            recording.blocks(chunk_s=CHUNK_S),
            {placement: device.sensor_id for placement, device in devices.items()},
        )
        sensors = {
            placement: replace(sensor, computed=computed_of(devices[placement]))
            for placement, sensor in sensors.items()
        }
        if not sensors:
            raise InputError(
                "the recording holds no samples of a sensor that was placed on the body",
                path=files[0],
                remedy="Say where the sensors were worn, for example --place ID=shank_left",
            )
        return SessionSamples(
            sensors=sensors,
            source=files[0],
            runner=recording.session.runner,
            started_utc=recording.session.started_utc,
            conditions=dict(recording.session.conditions),
            devices={p: device for p, device in devices.items() if p in sensors},
            problems=recording.health.problems,
            side=recorded_channels(recording),
        )


def join_blocks(
    blocks: Iterable[SampleBlock], sensor_ids: Mapping[Placement, str]
) -> dict[Placement, SensorSamples]:
    """Put the blocks of each sensor together.

    As in an analysis, samples that do not follow the last one in time are left out, and where a
    device began to count anew the time tells how many samples are missing.

    Args:
        blocks: blocks; those of one sensor in order.
        sensor_ids: id of the sensor at each placement.

    Returns:
        Placement to its samples, in the order of placements; sensors without samples are absent.
    """
    parts: dict[Placement, list[SampleBlock]] = {}
    device_next: dict[Placement, int] = {}
    for block in blocks:
        mine = parts.setdefault(block.placement, [])
        first_index, rate_hz = 0, block.rate_hz
        if mine:
            last, rate_hz = mine[-1], mine[0].rate_hz
            last_s = float(last.time_s[-1])
            block = block.slice(int(np.searchsorted(block.time_s, last_s, "right")), len(block))
            if not len(block):
                continue
            missing = block.first_index - device_next[block.placement]
            if missing < 0:
                missing = round((float(block.time_s[0]) - last_s) * rate_hz) - 1
            first_index = last.first_index + len(last) + max(0, missing)
        if len(block):
            device_next[block.placement] = block.first_index + len(block)
            mine.append(replace(block, first_index=first_index, rate_hz=rate_hz))
    return {
        placement: _joined(parts[placement], sensor_ids.get(placement, ""))
        for placement in Placement
        if parts.get(placement)
    }


def _joined(blocks: Sequence[SampleBlock], sensor_id: str) -> SensorSamples:
    return SensorSamples(
        placement=blocks[0].placement,
        sensor_id=sensor_id,
        rate_hz=blocks[0].rate_hz,
        index=np.concatenate(
            [np.arange(b.first_index, b.first_index + len(b), dtype=np.int64) for b in blocks]
        ),
        time_s=np.concatenate([b.time_s for b in blocks]),
        acc=np.concatenate([b.acc for b in blocks]),
        gyr=np.concatenate([b.gyr for b in blocks]),
        flags=np.concatenate([b.flags for b in blocks]),
        lacks=blocks[0].lacks,
    )
