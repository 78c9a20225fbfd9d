"""Reads a recording: what it is about, its notifications, and the samples in them."""

from __future__ import annotations

import json
import mmap
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from mcap.opcode import Opcode

from sensors.drivers.registry import kinds
from sensors.errors import (
    CorruptRecording,
    NotARecording,
    ProtocolError,
    RecordingError,
)
from sensors.mcap_records import (
    BrokenRecordError,
    declarations,
    messages,
)
from sensors.mcap_scan import Buffer, Damage, walk
from sensors.notification import Notification
from sensors.packet_batch import SyncPoint
from sensors.placement import Placement
from sensors.recording_head import RecordingHead
from sensors.recording_health import RecordingHealth
from sensors.recording_schema import (
    COPIES_TOPIC,
    LINKS_TOPIC,
    MARKERS_TOPIC,
    LinkEvent,
    Marker,
)
from sensors.sample_assembler import SampleCounts
from sensors.sample_block import SampleBlock
from sensors.sensor_stream import PacketReader, SensorStream, second_pass
from sensors.session_clock import SessionClock
from sensors.session_info import SensorInfo, SessionInfo

Group = dict[str, list[Notification]]


def open_recording(path: Path | str) -> RecordingReader:
    """Open a recording; the file is never changed.

    Args:
        path: the file.

    Raises:
        NotARecording: it is something else, or empty.
        NewerSchema: a later version of levelstride wrote it.
        CorruptRecording: it is a recording, but nothing in it can be read.
        RecordingError: it cannot be opened.
    """
    return RecordingReader(path)


class RecordingReader:
    """An open recording. Close it, or use it as a context manager.

    Args:
        path: the file.

    Attributes:
        path: the file.
        session: what the recording is about.
        sensors: its sensors, each with its last configuration.
        counts: what became of the samples of each sensor, by id; filled by :meth:`blocks`.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self.counts: dict[str, SampleCounts] = {}
        self._data = self._map()
        self._health: RecordingHealth | None = None
        self._head = RecordingHead(self.path)
        try:
            self._head.read(self._data)
            if self._head.damaged:
                self._head.take_copies([fields for _, fields in self._json(COPIES_TOPIC)])
            self.session: SessionInfo = self._head.session()
        except BaseException:
            self.close()
            raise
        self.sensors: tuple[SensorInfo, ...] = self._head.sensors()

    def _map(self) -> Buffer:
        try:
            with self.path.open("rb") as file:
                if file.seek(0, 2) == 0:
                    raise NotARecording(
                        "the file is empty",
                        path=self.path,
                        remedy="If it should hold a run, look for another segment of it",
                    )
                return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            raise RecordingError(
                f"the file cannot be opened: {reason}",
                path=self.path,
                remedy="Check the name and the rights to read it",
            ) from error

    def close(self) -> None:
        """Let go of the file."""
        if isinstance(self._data, mmap.mmap):
            self._data.close()

    def __enter__(self) -> RecordingReader:
        """Nothing to do; the file is open."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    # Messages

    def _messages(self) -> Iterator[tuple[int, int, bytes]]:
        """All messages, in file order; at the end the health is known."""
        damage = Damage()
        count, last_ns, stated = 0, 0, -1
        for record in walk(self._data, damage):
            if record.opcode == Opcode.STATISTICS and len(record.body) >= 8:
                stated = int.from_bytes(record.body[:8], "little")
            if record.opcode != Opcode.CHUNK:
                continue
            try:
                for body in declarations(record.body):
                    self._head.take_channel(body)
                for number, time_ns, content in messages(record.body):
                    count += 1
                    if number in self._head.channels:
                        last_ns = max(last_ns, time_ns)
                    yield number, time_ns, content
            except BrokenRecordError as error:
                damage.chunks += 1
                damage.note(f"{error}, at byte {record.offset}")
        problems = [*self._head.notes, *(damage.problems or ())]
        if not damage.closed:
            problems.append("the recording was not closed; what follows the last flush is missing")
        elif stated > count:
            problems.append(f"{stated - count} of {stated} messages are missing")
        self._health = RecordingHealth(
            complete=not problems,
            damaged_chunks=damage.chunks,
            bytes_lost=damage.bytes_lost,
            messages=count,
            duration_s=last_ns * 1e-9,
            problems=tuple(problems),
        )

    @property
    def health(self) -> RecordingHealth:
        """How much of the file can be read; the first call may read all of it."""
        if self._health is None:
            for _ in self._messages():
                pass
        if self._health is None:
            raise CorruptRecording("the recording was not read to its end", path=self.path)
        return self._health

    def notifications(self) -> Iterator[Notification]:
        """All notifications, in the order in which they were recorded."""
        channels = self._head.channels
        for number, time_ns, content in self._messages():
            key = channels.get(number)
            if key is not None:
                yield Notification(key[0], key[1], content, time_ns)

    def _json(self, topic: str) -> Iterator[tuple[int, dict[str, Any]]]:
        for number, time_ns, content in self._messages():
            if self._head.topics.get(number) != topic:
                continue
            try:
                fields = json.loads(content)
            except ValueError:
                self._head.notes.append(f"a message of {topic} is no JSON")
                continue
            if isinstance(fields, dict):
                yield time_ns, fields

    def markers(self) -> tuple[Marker, ...]:
        """Markers and notes, in order."""
        return tuple(
            Marker(time_ns * 1e-9, str(fields.get("text", "")), str(fields.get("kind", "")))
            for time_ns, fields in self._json(MARKERS_TOPIC)
        )

    def link_events(self) -> tuple[LinkEvent, ...]:
        """Changes in the connections to the sensors, in order."""
        return tuple(
            LinkEvent(
                time_ns * 1e-9,
                str(fields.get("sensor_id", "")),
                str(fields.get("event", "")),
                str(fields.get("text", "")),
            )
            for time_ns, fields in self._json(LINKS_TOPIC)
        )

    # Samples

    def place(self, placements: Mapping[str, Placement]) -> None:
        """Say where sensors were worn, in place of what the recording says.

        Args:
            placements: placement by sensor id; sensors not named keep theirs.
        """
        for sensor_id, placement in placements.items():
            configs = self._head.configs.get(sensor_id, [])
            if configs:
                self._head.configs[sensor_id] = [
                    replace(each, placement=placement) for each in configs
                ]
        self.sensors = self._head.sensors()

    def blocks(self, online: bool = False, chunk_s: float = 10.0) -> Iterator[SampleBlock]:
        """Samples of all placed sensors, in blocks without a gap inside.

        Args:
            online: time stamps as the live path gives them, from the past only; otherwise the
                clocks are fitted to the whole recording, and late packets go to their place.
            chunk_s: session time decoded at once. The samples do not depend on it.

        Yields:
            Blocks; those of one sensor in time order, those of different sensors interleaved.

        Raises:
            ProtocolError: a sensor's configuration cannot be read.
        """
        streams = self._online_streams() if online else self._offline_streams(chunk_s)
        self.counts = {sensor_id: stream.counts for sensor_id, stream in streams.items()}
        for group in self._groups(chunk_s):
            blocks: list[SampleBlock] = []
            for sensor_id, notifications in group.items():
                if sensor_id in streams:
                    blocks += streams[sensor_id].push(notifications)
            yield from sorted(blocks, key=lambda block: float(block.time_s[0]))
        rest = [block for stream in streams.values() for block in stream.finish()]
        yield from sorted(rest, key=lambda block: float(block.time_s[0]))

    def _placed(self) -> dict[str, list[SensorInfo]]:
        """Sensors that samples can be made of, each with all its configurations."""
        taken: dict[Placement, str] = {}
        placed: dict[str, list[SensorInfo]] = {}
        for sensor_id, configs in self._head.configs.items():
            placement, kind = configs[-1].placement, configs[-1].kind
            if placement is None or kind not in kinds():
                continue
            if placement in taken:
                raise ProtocolError(
                    f"sensors {taken[placement]} and {sensor_id} are both on the {placement.label}",
                    sensor_id=sensor_id,
                    remedy="Say where each was worn",
                )
            taken[placement] = sensor_id
            placed[sensor_id] = [replace(config, placement=placement) for config in configs]
        return placed

    def _online_streams(self) -> dict[str, SensorStream]:
        streams: dict[str, SensorStream] = {}
        for sensor_id, configs in self._placed().items():
            streams[sensor_id] = SensorStream(configs[0])
            for config in configs[1:]:
                streams[sensor_id].add_config(config)
        return streams

    def _offline_streams(self, chunk_s: float) -> dict[str, SensorStream]:
        placed = self._placed()
        readers = {sensor_id: PacketReader(configs[0]) for sensor_id, configs in placed.items()}
        clocks = {
            sensor_id: SessionClock(configs[0].rate_hz) for sensor_id, configs in placed.items()
        }
        for sensor_id, configs in placed.items():
            for config in configs[1:]:
                readers[sensor_id].add_config(config)
        for group in self._groups(chunk_s):
            for sensor_id, notifications in group.items():
                if sensor_id not in readers:
                    continue
                for part in readers[sensor_id].read(notifications):
                    if isinstance(part, SyncPoint):
                        clocks[sensor_id].push_sync(part)
                    else:
                        clocks[sensor_id].push(part)
        streams: dict[str, SensorStream] = {}
        for sensor_id, configs in placed.items():
            streams[sensor_id] = second_pass(configs[0], clocks[sensor_id])
            for config in configs[1:]:
                streams[sensor_id].add_config(config)
        return streams

    def _groups(self, chunk_s: float) -> Iterator[Group]:
        """Notifications of about ``chunk_s`` seconds, by sensor."""
        group: Group = {}
        step_ns = max(1, round(chunk_s * 1e9))
        until_ns: int | None = None
        for notification in self.notifications():
            if until_ns is None or notification.arrival_ns >= until_ns:
                if group:
                    yield group
                group = {}
                until_ns = notification.arrival_ns + step_ns
            group.setdefault(notification.sensor_id, []).append(notification)
        if group:
            yield group
