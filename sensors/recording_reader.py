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
from sensors.mcap_records import BrokenRecordError, chunk_content
from sensors.mcap_scan import Buffer, Damage, walk
from sensors.mcap_summary import last_log_time_ns
from sensors.notification import Notification
from sensors.placement import Placement
from sensors.recording_head import RecordingHead
from sensors.recording_health import RecordingHealth
from sensors.recording_replay import Group, Replay
from sensors.recording_schema import (
    COPIES_TOPIC,
    LINKS_TOPIC,
    MARKERS_TOPIC,
    LinkEvent,
    Marker,
)
from sensors.sample_block import SampleBlock
from sensors.sample_counts import SampleCounts
from sensors.sensor_stream import Message
from sensors.session_info import SensorInfo, SessionInfo


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

    def _chunks(self) -> Iterator[list[tuple[int, int, bytes]]]:
        """The messages of each chunk, in file order; at the end the health is known."""
        damage = Damage()
        count, last_ns, stated = 0, 0, -1
        channels = self._head.channels
        for record in walk(self._data, damage):
            if record.opcode == Opcode.STATISTICS and len(record.body) >= 8:
                stated = int.from_bytes(record.body[:8], "little")
            if record.opcode != Opcode.CHUNK:
                continue
            content = chunk_content(record.body)
            try:
                for body in content.channels:
                    self._head.take_channel(body)
            except BrokenRecordError as error:
                damage.chunks += 1
                damage.note(f"{error}, at byte {record.offset}")
                continue
            count += len(content.messages)
            for number, time_ns, _ in content.messages:
                if time_ns > last_ns and number in channels:
                    last_ns = time_ns
            yield content.messages
            if not content.whole:
                damage.chunks += 1
                damage.note(f"a record overruns its chunk, at byte {record.offset}")
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

    def _messages(self) -> Iterator[tuple[int, int, bytes]]:
        """All messages: channel, log time in nanoseconds, content; in file order."""
        for messages in self._chunks():
            yield from messages

    @property
    def end_s(self) -> float | None:
        """Session time of the last message of any kind, as the file's summary has it.

        Costs no pass over the file. None when the recording was not closed or its summary is
        damaged.
        """
        last_ns = last_log_time_ns(self._data)
        return None if last_ns is None else last_ns * 1e-9

    @property
    def health(self) -> RecordingHealth:
        """How much of the file can be read; the first call may read all of it."""
        if self._health is None:
            for _ in self._chunks():
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
        replay = Replay(self._placed(), lambda: self._groups(chunk_s), online=online)
        self.counts = replay.counts
        yield from replay.blocks()

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

    def _groups(self, chunk_s: float) -> Iterator[Group]:
        """Notifications of about ``chunk_s`` seconds, by sensor."""
        channels = self._head.channels
        group: dict[str, list[Message]] = {}
        step_ns = max(1, round(chunk_s * 1e9))
        until_ns = -1
        for messages in self._chunks():
            for number, time_ns, content in messages:
                key = channels.get(number)
                if key is None:
                    continue
                if time_ns >= until_ns:
                    if group:
                        yield group
                    group = {}
                    until_ns = time_ns + step_ns
                sensor_id, characteristic = key
                if sensor_id in group:
                    group[sensor_id].append((characteristic, content, time_ns))
                else:
                    group[sensor_id] = [(characteristic, content, time_ns)]
        if group:
            yield group
