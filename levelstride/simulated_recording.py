"""A simulated session as a recording: the simulator's packets, written as a collector would."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from firmware_sim import SimulatedSession, air_packets
from firmware_sim.fault_log import FaultLog
from pipeline.errors import OutputError
from sensors.drivers.open_gait_imu import OpenGaitImu
from sensors.errors import LevelstrideError
from sensors.notification import Notification
from sensors.placement import Placement
from sensors.recording_reader import open_recording
from sensors.recording_writer import RecordingWriter
from sensors.session_info import SensorInfo, SessionInfo

SIMULATED = "simulated"


def sensor_infos(session: SimulatedSession) -> list[SensorInfo]:
    """The virtual sensors, described from the bytes that they would let a collector read."""
    driver = OpenGaitImu()
    return [
        driver.describe(
            sensor.info_bytes,
            sensor.config_bytes,
            sensor_id=sensor.sensor_id,
            name=sensor.name,
            serial=sensor.serial,
            firmware=sensor.firmware,
            placement=Placement(sensor.label),
        )
        for sensor in session.sensors
    ]


def condition_marks(session: SimulatedSession) -> list[tuple[int, str]]:
    """When the named conditions of a session's walking and running begin and end.

    Returns:
        Session time in nanoseconds and the condition's name, ``end`` after the last of a row; in order.
    """
    marks: list[tuple[int, str]] = []
    named = ""
    for segment in session.script.segments:
        label = segment.label if segment.activity in ("walk", "run") else ""
        if label != named and segment.start_s < session.seconds:
            marks.append((round(segment.start_s * 1e9), label or "end"))
        named = label
    return marks


def write_recording(
    session: SimulatedSession,
    path: Path,
    info: SessionInfo,
    progress: Callable[[float], None] | None = None,
    log: FaultLog | None = None,
) -> int:
    """Write all packets of a session; memory does not grow with its length.

    Args:
        session: what to simulate.
        path: recording to write; a simulated one in its place is replaced.
        info: what the recording says about the session.
        progress: told the share that is done.
        log: where the faults that happen are noted.

    Returns:
        Number of packets.

    Raises:
        RecordingError: the file cannot be written.
        OutputError: there is a file that is not a simulated recording.
    """
    count = 0
    marks = condition_marks(session)
    with RecordingWriter(
        path,
        session=info,
        sensors=sensor_infos(session),
        paced=False,
        overwrite=is_simulated(path),
    ) as writer:
        for packet in air_packets(session, log=log):
            while marks and marks[0][0] <= packet.arrival_ns:
                writer.marker(*marks.pop(0), kind="condition")
            writer.notification(
                Notification(
                    packet.sensor_id, packet.characteristic, packet.payload, packet.arrival_ns
                )
            )
            count += 1
            if progress is not None and count % 600 == 0:
                progress(min(1.0, packet.arrival_ns * 1e-9 / session.seconds))
    return count


def is_simulated(path: Path) -> bool:
    """Whether ``path`` is a simulated recording, which may be made again.

    Raises:
        OutputError: it is something else, which must not be lost.
    """
    if not path.exists():
        return False
    try:
        with open_recording(path) as recording:
            simulated = recording.session.source == SIMULATED
    except LevelstrideError:
        simulated = False
    if not simulated:
        raise OutputError(
            "there is a file already, and it is not a simulated recording",
            path=path,
            remedy="Choose another name, or remove the file yourself",
        )
    return True


def write_truth(
    session: SimulatedSession, folder: Path, log: FaultLog, *, samples: bool = False
) -> None:
    """Write ``strides.csv``, ``events.csv``, ``repetitions.csv``, ``faults.csv`` and ``meta.json``.

    Args:
        session: whose truth.
        folder: where to; made if missing.
        log: the faults noted while the recording was made.
        samples: also write ``samples.parquet``, angles and orientation at every sample.

    Raises:
        OutputError: the folder or a file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in (
            ("strides", session.truth_strides()),
            ("events", session.truth_events()),
            ("repetitions", session.truth_repetitions()),
            ("faults", log.frame(session.seconds)),
        ):
            table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
        (folder / "meta.json").write_text(
            json.dumps(session.meta(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        if samples:
            _write_samples(session, folder / "samples.parquet")
    except OSError as error:
        raise OutputError(
            f"the truth cannot be written ({error.strerror or error})",
            path=folder,
            remedy="Check the rights and the free space, or choose another folder",
        ) from error


def _write_samples(session: SimulatedSession, path: Path) -> None:
    import pyarrow as pa  # slow to import, and only this table needs it
    import pyarrow.parquet as pq

    blocks = session.truth_samples()
    first = pa.Table.from_pandas(next(blocks), preserve_index=False)
    with pq.ParquetWriter(path, first.schema) as writer:
        writer.write_table(first)
        for block in blocks:
            writer.write_table(
                pa.Table.from_pandas(block, schema=first.schema, preserve_index=False)
            )
