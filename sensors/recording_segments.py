"""A session in several files: read as one.

A recording goes on in another file when a disk fails, or when the program is started again with
the same ``session_uuid``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import merge
from itertools import groupby, repeat
from pathlib import Path
from types import TracebackType
from typing import TypeAlias, TypeVar

from sensors.errors import RecordingError
from sensors.notification import Message
from sensors.recording_health import RecordingHealth
from sensors.recording_reader import RecordingReader
from sensors.recording_samples import SampleSource
from sensors.recording_schema import LinkEvent, Marker, StatusEntry
from sensors.session_info import SensorInfo, SessionInfo

_REMEMBERED_NS = 5_000_000_000
"""In files of one run, so far apart may the same message stand by their other messages' times."""
_Known: TypeAlias = tuple[int, str, str, bytes]
"""Time, sensor, characteristic and payload of a message."""

Event = TypeVar("Event", Marker, LinkEvent, StatusEntry)


@dataclass(frozen=True, slots=True)
class _Segment:
    reader: RecordingReader
    shift_ns: int
    """Added to its times: how much later than the first its session time zero is."""


def segments_of(path: Path | str, *folders: Path | str) -> tuple[Path, ...]:
    """The files of a session, of which one is known.

    Args:
        path: the first file.
        folders: where to look for others, in addition to its own folder.

    Returns:
        ``path``, then files named like it with a number (``run-001.mcap`` for ``run.mcap``) that
        belong to the same session, by name.

    Raises:
        RecordingError: the first file cannot be read.
    """
    first = Path(path)
    with RecordingReader(first) as reader:
        session_uuid = reader.session.session_uuid
    found: list[Path] = []
    for folder in dict.fromkeys((first.parent, *map(Path, folders))):
        for other in sorted(folder.glob(f"{first.stem}-*{first.suffix}")):
            try:
                with RecordingReader(other) as reader:
                    if session_uuid and reader.session.session_uuid == session_uuid:
                        found.append(other)
            except RecordingError:
                continue  # not of this session, as far as anybody can say
    return (first, *found)


def _given_once(
    files: Sequence[Iterator[tuple[str, Message]]],
) -> Iterator[tuple[str, Message]]:
    """Messages of files that one run of the program wrote, in order of time; what several have once.

    A disk that fails may lose what lies before something that it kept, so that it takes each message to know
    whether another file has it.
    """
    if len(files) == 1:
        yield from files[0]
        return
    numbered = [zip(repeat(number), messages) for number, messages in enumerate(files)]
    given: Counter[_Known] = Counter()
    seen = [Counter[_Known]() for _ in files]
    forget_ns = 0
    for number, message in merge(*numbered, key=lambda each: each[1][1][2]):
        sensor_id, (characteristic, payload, time_ns) = message
        known = (time_ns, sensor_id, characteristic, payload)
        seen[number][known] += 1
        if seen[number][known] > given[known]:
            given[known] += 1
            yield message
        if time_ns > forget_ns + 2 * _REMEMBERED_NS:
            forget_ns = time_ns - _REMEMBERED_NS
            for counts in (given, *seen):
                for old in [each for each in counts if each[0] < forget_ns]:
                    del counts[old]


class SessionReader(SampleSource):
    """An open session of one or more files. Close it, or use it as a context manager.

    Session time is that of the first file. Between files that were written by different runs of
    the program it rests on the computer's clock. What two files both hold is given once.

    Args:
        paths: the files, in any order.

    Attributes:
        session: what the session is about.

    Raises:
        NotARecording, NewerSchema, CorruptRecording, RecordingError: as :func:`open_recording`.
        RecordingError: files of different sessions, or no file.
    """

    def __init__(self, paths: Sequence[Path | str]) -> None:
        if not paths:
            raise RecordingError("no file was given", path="", remedy="Name at least one")
        self._readers: list[RecordingReader] = []
        try:
            for path in paths:
                self._readers.append(RecordingReader(path))
            self._check_one_session()
        except BaseException:
            self.close()
            raise
        self._readers.sort(key=_beginning)
        self.session: SessionInfo = self._readers[0].session
        zero = self.session.started_utc
        self._segments = [
            _Segment(each, round((each.session.started_utc - zero).total_seconds() * 1e9))
            for each in self._readers
        ]
        configs: dict[str, list[SensorInfo]] = {}
        for segment in self._segments:
            for sensor_id, known in segment.reader.configs.items():
                mine = configs.setdefault(sensor_id, [])
                mine += [config for config in known if config not in mine]
        super().__init__(configs)

    def _check_one_session(self) -> None:
        first = self._readers[0]
        for other in self._readers[1:]:
            if other.session.session_uuid != first.session.session_uuid:
                raise RecordingError(
                    f"the file belongs to another session than {first.path.name}",
                    path=other.path,
                    remedy="Give only files of one session",
                )

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files, in the order of time."""
        return tuple(segment.reader.path for segment in self._segments)

    def close(self) -> None:
        """Let go of the files."""
        for reader in self._readers:
            reader.close()

    def __enter__(self) -> SessionReader:
        """Nothing to do; the files are open."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    def keyed_messages(self) -> Iterator[tuple[str, Message]]:
        """All notifications, each as the sensor's id and the rest, in recorded order."""
        before: dict[tuple[str, str], int] = {}
        for shift_ns, run in groupby(self._segments, key=lambda segment: segment.shift_ns):
            latest = dict(before)
            for sensor_id, (characteristic, payload, time_ns) in _given_once(
                [segment.reader.keyed_messages() for segment in run]
            ):
                at_ns = time_ns + shift_ns
                key = (sensor_id, characteristic)
                if at_ns <= before.get(key, -1):
                    continue  # by the computer's clock an earlier run of the program has it
                latest[key] = at_ns
                yield sensor_id, (characteristic, payload, at_ns)
            before = latest

    def markers(self) -> tuple[Marker, ...]:
        """Markers and notes, in order."""
        return self._events(RecordingReader.markers)

    def link_events(self) -> tuple[LinkEvent, ...]:
        """Changes in the connections to the sensors, in order."""
        return self._events(RecordingReader.link_events)

    def statuses(self) -> tuple[StatusEntry, ...]:
        """How the sensors were from time to time, in order."""
        return self._events(RecordingReader.statuses)

    def _events(self, read: Callable[[RecordingReader], tuple[Event, ...]]) -> tuple[Event, ...]:
        found: list[Event] = []
        for segment in self._segments:
            shift_s = segment.shift_ns * 1e-9
            for event in read(segment.reader):
                moved = replace(event, time_s=event.time_s + shift_s)
                if moved not in found[-200:]:  # what a failing disk made the program write again
                    found.append(moved)
        # a later file may have what an earlier one lost before something that it kept
        return tuple(sorted(found, key=lambda event: event.time_s))

    @property
    def end_s(self) -> float | None:
        """Session time of the last message of any kind, as the last file's summary has it."""
        last = self._segments[-1]
        end_s = last.reader.end_s
        return None if end_s is None else end_s + last.shift_ns * 1e-9

    @property
    def health(self) -> RecordingHealth:
        """How much of the files can be read; the first call may read all of them."""
        every = [segment.reader.health for segment in self._segments]
        several = len(every) > 1
        named = [
            f"{path.name}: {text}" if several else text
            for path, one in zip(self.paths, every, strict=True)
            for text in one.problems
        ]
        return RecordingHealth(
            complete=all(each.complete for each in every),
            damaged_chunks=sum(each.damaged_chunks for each in every),
            bytes_lost=sum(each.bytes_lost for each in every),
            messages=sum(each.messages for each in every),
            duration_s=every[-1].duration_s + self._segments[-1].shift_ns * 1e-9,
            chunks=sum(each.chunks for each in every),
            problems=tuple(named),
        )


def _beginning(reader: RecordingReader) -> tuple[float, int]:
    """Start of the run that wrote a file, and the arrival of the file's first notification."""
    first = next(reader.keyed_messages(), None)
    return reader.session.started_utc.timestamp(), first[1][2] if first is not None else 0


def open_session(paths: Sequence[Path | str]) -> SessionReader:
    """Open a session of one or more files; they are never changed. See :class:`SessionReader`."""
    return SessionReader(paths)
