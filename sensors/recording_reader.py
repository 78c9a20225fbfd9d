"""Reads a recording: what it is about, its notifications, and the samples in them."""

from __future__ import annotations

import json
import mmap
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from mcap.opcode import Opcode

from sensors.errors import (
    CorruptRecording,
    NotARecording,
    RecordingError,
)
from sensors.mcap_messages import (
    MessageColumns,
    columns_of_chunks,
    columns_of_messages,
    joined,
)
from sensors.mcap_records import BrokenRecordError, chunk_content
from sensors.mcap_scan import Buffer, Damage, Record, let_go, unpacked_chunks, walk
from sensors.mcap_summary import last_log_time_ns
from sensors.notification import Message
from sensors.packed_messages import PackedMessages
from sensors.recording_head import RecordingHead
from sensors.recording_health import RecordingHealth
from sensors.recording_replay import Group
from sensors.recording_samples import HELD_BYTES, SampleSource
from sensors.recording_schema import (
    COPIES_TOPIC,
    LINKS_TOPIC,
    MARKERS_TOPIC,
    STATUS_TOPIC,
    LinkEvent,
    Marker,
    StatusEntry,
)
from sensors.session_info import SessionInfo

_TOGETHER_BYTES = 2**19
"""Chunks that are taken apart together hold about so much."""


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


class RecordingReader(SampleSource):
    """An open recording. Close it, or use it as a context manager.

    Args:
        path: the file.

    Attributes:
        path: the file.
        session: what the recording is about.
        sensors, counts, clocks: see :class:`~sensors.recording_samples.SampleSource`.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
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
        super().__init__(self._head.configs)

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

    def _columns(self) -> Iterator[MessageColumns]:
        """The messages, some chunks at a time, in file order; at the end the health is known."""
        damage = Damage()
        count, chunks, last_ns = 0, 0, 0
        for records in self._chunks(damage):
            for columns in self._taken_apart(records, damage):
                count += len(columns)
                chunks += len(columns.ends)
                last_ns = max(last_ns, self._last_ns(columns))
                yield columns
        problems = [*self._head.notes, *(damage.problems or ())]
        stated = self._head.messages_stated
        if not self._head.closed:
            problems.append("the recording was not closed; what follows the last flush is missing")
        elif stated is not None and stated > count:
            problems.append(f"{stated - count} of {stated} messages are missing")
        let_go(self._data)
        self._health = RecordingHealth(
            complete=not problems,
            damaged_chunks=damage.chunks,
            bytes_lost=damage.bytes_lost,
            messages=count,
            duration_s=last_ns * 1e-9,
            chunks=chunks,
            problems=tuple(problems),
        )

    def _chunks(self, damage: Damage) -> Iterator[list[Record]]:
        """The chunks, some at a time, in file order."""
        waiting: list[Record] = []
        size = 0
        places = self._head.chunks
        if places is not None:
            records = unpacked_chunks(self._data, damage, places)
        else:
            records = walk(self._data, damage)
        for record in records:
            if record.opcode == Opcode.CHUNK:
                waiting.append(record)
                size += len(record.body)
                if size >= _TOGETHER_BYTES:
                    yield waiting
                    waiting, size = [], 0
        if waiting:
            yield waiting

    def _taken_apart(self, chunks: list[Record], damage: Damage) -> Iterator[MessageColumns]:
        """The messages of chunks, at least one: of all in one where they hold nothing else."""
        columns = columns_of_chunks([chunk.body for chunk in chunks])
        if columns is not None:
            yield columns
        elif len(chunks) == 1:
            yield from self._record_by_record(chunks[0], damage)
        else:
            middle = len(chunks) // 2
            yield from self._taken_apart(chunks[:middle], damage)
            yield from self._taken_apart(chunks[middle:], damage)

    def _record_by_record(self, chunk: Record, damage: Damage) -> Iterator[MessageColumns]:
        """The messages of a chunk that holds channels or damage, too; none if a channel is broken."""
        content = chunk_content(chunk.body)
        try:
            for body in content.channels:
                self._head.take_channel(body)
        except BrokenRecordError as error:
            damage.chunks += 1
            damage.note(f"{error}, at byte {chunk.offset}")
            return
        yield columns_of_messages(content.messages)
        if not content.whole:
            damage.chunks += 1
            damage.note(f"a record overruns its chunk, at byte {chunk.offset}")

    def _last_ns(self, columns: MessageColumns) -> int:
        """Latest log time of the messages whose channel is known; 0 without any."""
        known = np.isin(columns.channel, list(self._head.channels))
        times = columns.time_ns if known.all() else columns.time_ns[known]
        return int(times.max()) if len(times) else 0

    def _messages(self) -> Iterator[tuple[int, int, bytes]]:
        """All messages: channel, log time in nanoseconds, content; in file order."""
        for columns in self._columns():
            content = columns.content
            rows = (columns.channel, columns.time_ns, columns.start, columns.stop)
            for number, time_ns, a, b in zip(*(each.tolist() for each in rows), strict=True):
                yield number, time_ns, content[a:b]

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
            for _ in self._columns():
                pass
        if self._health is None:
            raise CorruptRecording("the recording was not read to its end", path=self.path)
        return self._health

    def keyed_messages(self) -> Iterator[tuple[str, Message]]:
        """All notifications, each as the sensor's id and the rest, in recorded order."""
        channels = self._head.channels
        for number, time_ns, content in self._messages():
            key = channels.get(number)
            if key is not None:
                yield key[0], (key[1], content, time_ns)

    def _groups(self, chunk_s: float) -> Iterator[Group]:
        """Notifications of about ``chunk_s`` seconds, by sensor; whole chunks of the file."""
        step_ns = max(1, round(chunk_s * 1e9))
        until_ns, held = -1, 0
        parts: list[MessageColumns] = []
        for columns in self._columns():
            first = begin = 0
            for end in columns.ends:
                if end > begin and columns.time_ns[end - 1].item() >= until_ns:
                    if begin > first:
                        parts.append(columns.part(first, begin))
                    if group := self._by_sensor(parts):
                        yield group
                    parts, held, first = [], 0, begin
                    until_ns = columns.time_ns[begin].item() + step_ns
                begin = end
            if begin > first:
                parts.append(columns.part(first, begin))
                held += len(parts[-1].content)
            if held > HELD_BYTES:  # times that stand still
                if group := self._by_sensor(parts):
                    yield group
                parts, held = [], 0
        if group := self._by_sensor(parts):
            yield group

    def _by_sensor(self, parts: list[MessageColumns]) -> dict[str, PackedMessages]:
        """The notifications among messages, by sensor, in the order in which sensors appear."""
        if not parts:
            return {}
        all_ = joined(parts)
        numbers = np.flatnonzero(np.bincount(all_.channel))
        place = np.empty(numbers[-1] + 1, np.intp)
        place[numbers] = np.arange(len(numbers))
        which = place[all_.channel]
        first = np.full(len(numbers), len(all_))
        np.minimum.at(first, which, np.arange(len(all_)))
        keys = [self._head.channels.get(number) for number in numbers.tolist()]
        by_sensor: dict[str, list[int]] = {}
        for n in np.argsort(first).tolist():
            if (key := keys[n]) is not None:
                by_sensor.setdefault(key[0], []).append(n)
        names = tuple("" if key is None else key[1] for key in keys)
        found = PackedMessages(all_.content, names, which, all_.time_ns, all_.start, all_.stop)
        return {
            sensor_id: found.chosen(np.flatnonzero(np.isin(which, mine)))
            for sensor_id, mine in by_sensor.items()
        }

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

    def statuses(self) -> tuple[StatusEntry, ...]:
        """How the sensors were from time to time, in order."""
        found: list[StatusEntry] = []
        for time_ns, fields in self._json(STATUS_TOPIC):
            sensor_id = str(fields.pop("sensor_id", ""))
            numbers: dict[str, float] = {}
            for name, text in fields.items():
                with suppress(ValueError, TypeError):  # a later version may say more
                    numbers[name] = float(text)
            found.append(StatusEntry(time_ns * 1e-9, sensor_id, numbers))
        return tuple(found)

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
