"""Imported samples as a recording, so that foreign data take the same way as our own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from pipeline.importers.imported_samples import ImportedSamples, SensorSamples, to_blocks
from pipeline.side_channels import ACTIVITY_CONDITION, ACTIVITY_ID, SideChannels, SideSeries
from sensors.drivers.imported_samples import SampleEncoder, imported_sensor, in_log_order
from sensors.notification import Notification
from sensors.placement import Placement
from sensors.recording_writer import RecordingWriter
from sensors.session_info import SensorInfo, SessionInfo

CHUNK_S = 10.0
UNDATED_UTC = datetime(2000, 1, 1, tzinfo=UTC)
"""Start of a recording whose source does not say when it was made."""


def write_imported(
    imported: ImportedSamples,
    path: Path,
    session: SessionInfo,
    progress: Callable[[float], None] | None = None,
) -> float:
    """Write samples as a recording, whole or not at all; reading gives them back bit for bit.

    Args:
        imported: what an importer has read.
        path: recording to make; an existing file is refused.
        session: what the recording is about; its start is taken from the samples.
        progress: told the share that is done.

    Returns:
        Seconds that were added to all times, so that none is negative; usually 0.

    Raises:
        RecordingError: the file exists, or cannot be written.
        SensorError: a sample cannot be written.
    """
    shift_s = max(0.0, -min(float(s.time_s[0]) for s in imported.sensors.values()))
    moved = replace(
        imported,
        sensors={p: _shifted(s, shift_s) for p, s in imported.sensors.items()},
        side={
            quantity: SideSeries(series.time_s + shift_s, series.values)
            for quantity, series in imported.side.items()
        },
    )
    infos = {
        placement: imported_sensor(
            sensor.sensor_id or placement.value,
            placement,
            sensor.rate_hz,
            name=imported.format,
            lacks=sensor.lacks,
            computed=sensor.computed,
        )
        for placement, sensor in moved.sensors.items()
    }
    conditions = dict(session.conditions)
    if moved.side:
        conditions[ACTIVITY_CONDITION] = moved.activity
    info = replace(session, started_utc=imported.started_utc or UNDATED_UTC, conditions=conditions)
    writer = RecordingWriter(path, session=info, sensors=list(infos.values()), paced=False)
    try:
        with writer:
            _write(writer, moved, infos, progress)
    except BaseException:
        path.unlink(missing_ok=True)  # part of an import is of no use
        raise
    return shift_s


def _write(
    writer: RecordingWriter,
    imported: ImportedSamples,
    infos: Mapping[Placement, SensorInfo],
    progress: Callable[[float], None] | None,
) -> None:
    streams = []
    for placement, sensor_info in infos.items():
        one = replace(imported, sensors={placement: imported.sensors[placement]})
        streams.append(_messages(one, SampleEncoder(sensor_info)))
    for warning in imported.warnings:
        writer.marker(0, warning, "import")
    end_ns = imported.duration_s * 1e9
    readings = _readings(imported.side)
    for n, notification in enumerate(in_log_order(*streams)):
        while readings and readings[0][0] <= notification.arrival_ns:
            writer.status(readings[0][0], ACTIVITY_ID, readings.popleft()[1])
        writer.notification(notification)
        if progress is not None and n % 500 == 0:
            progress(min(1.0, notification.arrival_ns / max(end_ns, 1.0)))


def _readings(side: SideChannels) -> deque[tuple[int, dict[str, float]]]:
    """What a watch told, by time in nanoseconds; what came before the session is left out."""
    found: dict[int, dict[str, float]] = {}
    for quantity, series in side.items():
        for time_s, value in zip(series.time_s.tolist(), series.values.tolist(), strict=True):
            if time_s >= 0:
                found.setdefault(round(time_s * 1e9), {})[quantity] = value
    return deque(sorted(found.items(), key=lambda pair: pair[0]))


def _messages(imported: ImportedSamples, encoder: SampleEncoder) -> Iterator[Notification]:
    for block in to_blocks(imported, CHUNK_S):
        yield from encoder.encode(block)


def _shifted(sensor: SensorSamples, shift_s: float) -> SensorSamples:
    """Times later by ``shift_s``; indices from zero, where the file's own begin below."""
    first = min(0, int(sensor.index[0]))
    if shift_s == 0.0 and first == 0:
        return sensor
    return replace(
        sensor,
        time_s=sensor.time_s + shift_s,
        index=np.asarray(sensor.index - first, dtype=np.int64),
    )
