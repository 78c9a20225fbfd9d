"""Makes a sound recording of what can be read of a damaged one, in a new file."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sensors.errors import RecordingError
from sensors.recording_reader import RecordingReader
from sensors.recording_segments import SessionReader
from sensors.recording_writer import RecordingWriter


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What a repair did.

    Attributes:
        path: the new file.
        notifications: notifications in it: all that could be read.
        events: markers, link events and statuses in it.
        left_out: one sentence for each thing that could not be read, as of the original's health.
    """

    path: Path
    notifications: int
    events: int
    left_out: tuple[str, ...]

    def lines(self) -> list[str]:
        """The report as plain lines."""
        head = f"{self.path.name}: {self.notifications} notifications and {self.events} events"
        return [head, *(f"left out: {text}" for text in self.left_out)]


def repair(source: Path | str | Sequence[Path | str], target: Path | str) -> RepairReport:
    """Write what can be read of a recording to a new, properly closed file.

    Nothing is made up and nothing is mended inside a message; the originals are only read. Several
    files of one session become one.

    Args:
        source: the recording, or the files of a session.
        target: file to make; must not exist.

    Returns:
        What is in the new file, which was read again to make sure.

    Raises:
        NotARecording, NewerSchema, CorruptRecording: the recording cannot be read at all.
        RecordingError: the new file exists, cannot be written, or does not read as it should.
    """
    paths = [source] if isinstance(source, str | Path) else list(source)
    target = Path(target)
    with SessionReader(paths) as reader:
        sensors = [config for configs in reader.configs.values() for config in configs]
        with RecordingWriter(
            target, session=reader.session, sensors=sensors, paced=False
        ) as writer:
            notifications, events = _copy(reader, writer)
        left_out = reader.health.problems
    with RecordingReader(target) as copy:
        health = copy.health
        found = sum(1 for _ in copy.keyed_messages())
    if not health.complete or found != notifications:
        raise RecordingError(
            "the new file does not hold what was written to it",
            path=target,
            remedy="Check the disk, and repair to another one; the original was not touched",
        )
    return RepairReport(target, notifications, events, left_out)


def _copy(reader: SessionReader, writer: RecordingWriter) -> tuple[int, int]:
    """Copy everything, events between the notifications; returns how many of each."""
    events = _events(reader, writer)
    waiting = deque(events)
    count = 0
    for notification in reader.notifications():
        while waiting and waiting[0][0] <= notification.arrival_ns:
            waiting.popleft()[1]()
        writer.notification(notification)
        count += 1
    for _, write in waiting:
        write()
    return count, len(events)


def _events(reader: SessionReader, writer: RecordingWriter) -> list[tuple[int, Callable[[], None]]]:
    """Session time and what to do, for each event, in order of time."""
    found: list[tuple[int, Callable[[], None]]] = []
    for mark in reader.markers():
        at_ns = _ns(mark.time_s)
        found.append((at_ns, partial(writer.marker, at_ns, mark.text, mark.kind)))
    for link in reader.link_events():
        at_ns = _ns(link.time_s)
        write = partial(writer.link_event, at_ns, link.sensor_id, link.event, link.text)
        found.append((at_ns, write))
    for entry in reader.statuses():
        at_ns = _ns(entry.time_s)
        found.append((at_ns, partial(writer.status, at_ns, entry.sensor_id, entry.numbers)))
    return sorted(found, key=lambda event: event[0])


def _ns(time_s: float) -> int:
    return round(time_s * 1e9)
