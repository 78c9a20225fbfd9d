"""Writes a recording: append only, readable up to the last flush whatever happens."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from sensors.errors import RecordingError
from sensors.notification import Notification
from sensors.recording_file import Entry, RecordingFile
from sensors.recording_schema import LINKS_TOPIC, MARKERS_TOPIC, STATUS_TOPIC
from sensors.recording_space import space_notice
from sensors.session_info import SensorInfo, SessionInfo

GATHER_S = 0.005
"""Pause after each write, when paced: what a connection event brings is written together."""
SYNC_S = 1.0
"""Time from one sync to disk to the next, when paced."""
SPACE_S = 5.0
"""Time from one look at the free space to the next, when paced."""


class RecordingWriter:
    """One recording, open for writing.

    Paced (a live recording), the disk work is done by threads of its own, so that a slow disk does
    not hold up the caller; everything handed in is with the operating system as soon as the disk
    takes it, some milliseconds later, and on disk at most about ``SYNC_S`` later. Not paced (a simulation, an
    import), the caller's thread writes as fast as it can, in chunks of session time.

    When the disk takes no more (full, removed, read-only), a paced recording with a fallback goes
    on there, in another file of the same session, with what was not yet safely on disk written
    again; ``notice`` says so.

    Args:
        path: file to make; its folder must exist.
        session: what the recording is about.
        sensors: sensors known at the start; more may be added.
        paced: whether notifications come in real time.
        overwrite: whether an existing file is replaced.
        fallback: folder to go on in, on another disk if possible; made when it is needed.

    Attributes:
        path: the file that is written now.
        paths: all files so far, in order.
        session: what the recording is about.
        notice: what the user should know about the disk, one sentence; empty while all is well.

    Raises:
        RecordingError: the file exists, or cannot be made.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        session: SessionInfo,
        sensors: Sequence[SensorInfo] = (),
        paced: bool = True,
        overwrite: bool = False,
        fallback: Path | str | None = None,
    ) -> None:
        self.path = Path(path)
        self.paths: tuple[Path, ...] = (self.path,)
        self.session = session
        self.notice = ""
        self._fallback = None if fallback is None else Path(fallback)
        self._started = time.monotonic()
        self._sensors: list[SensorInfo] = []
        self._queue: deque[Entry] = deque()
        self._unsynced: deque[Entry] = deque()  # and those of the last sync; only with a fallback
        self._flushed = 0  # how many of them the operating system has
        self._synced = 0  # how many of them the disk should have
        self._failure: OSError | None = None
        self._sync_failure: OSError | None = None
        self._closed = False
        self._stop = threading.Event()
        self._news = threading.Event()
        self._swap = threading.Lock()
        self._threads: list[threading.Thread] = []
        try:
            self._file = RecordingFile(self.path, session, overwrite=overwrite)
        except FileExistsError:
            raise RecordingError(
                "the file exists", path=self.path, remedy="Choose another name, or move it away"
            ) from None
        except OSError as error:
            raise self._error("cannot be made", error) from error
        self._look_at_space()
        for sensor in sensors:
            self.add_sensor(sensor)
        if paced:
            self._threads = [
                threading.Thread(target=self._write_loop, name="recording", daemon=True),
                threading.Thread(target=self._sync_loop, name="recording sync", daemon=True),
            ]
            for thread in self._threads:
                thread.start()

    def _error(self, what: str, error: OSError) -> RecordingError:
        return RecordingError(
            f"the recording {what}: {error.strerror or error}",
            path=self.path,
            remedy="Check the folder, the rights to write there and the free space",
        )

    # What callers hand in

    def add_sensor(self, sensor: SensorInfo) -> None:
        """Describe a sensor, or its new configuration. Before its first notification.

        Raises:
            RecordingError: writing failed, or the recording is closed.
        """
        self._sensors.append(sensor)
        self._hand_in(lambda file: file.sensor(sensor))

    def notification(self, notification: Notification) -> None:
        """Append a notification.

        Raises:
            RecordingError: writing failed, or the recording is closed.
        """
        self._hand_in(notification)

    def marker(self, time_ns: int, text: str, kind: str = "note") -> None:
        """Append a marker or note.

        Args:
            time_ns: session time, nanoseconds.
            text: what to note.
            kind: ``note``, ``lap``, ``calibration`` or the like.

        Raises:
            RecordingError: writing failed, or the recording is closed.
        """
        self._hand_in_json(MARKERS_TOPIC, time_ns, {"text": text, "kind": kind})

    def link_event(self, time_ns: int, sensor_id: str, event: str, text: str = "") -> None:
        """Append a change in the connection to a sensor.

        Args:
            time_ns: session time, nanoseconds.
            sensor_id: the sensor.
            event: its new state.
            text: in words.

        Raises:
            RecordingError: writing failed, or the recording is closed.
        """
        fields = {"sensor_id": sensor_id, "event": event, "text": text}
        self._hand_in_json(LINKS_TOPIC, time_ns, fields)

    def status(self, time_ns: int, sensor_id: str, numbers: Mapping[str, float]) -> None:
        """Append how a sensor is; see :class:`sensors.recording_schema.StatusEntry`.

        Args:
            time_ns: session time, nanoseconds.
            sensor_id: the sensor.
            numbers: what is known, by name with unit.

        Raises:
            RecordingError: writing failed, or the recording is closed.
        """
        texts = {name: format(number, ".6g") for name, number in numbers.items()}
        self._hand_in_json(STATUS_TOPIC, time_ns, {"sensor_id": sensor_id, **texts})

    def close(self) -> None:
        """Write what is left, the index and the end. Harmless when closed already.

        Raises:
            RecordingError: writing failed; what was flushed before is readable.
        """
        if self._closed:
            return
        self._closed = True
        self._stop.set()
        self._news.set()
        for thread in self._threads:
            thread.join()
        try:
            if self._failure is None:
                self._write_all(last=True)
        finally:
            self._abandon_file()
        if self._failure is not None:
            raise self._error("could not be written to its end", self._failure)

    def _abandon_file(self) -> None:
        """Close the file; what it could not write before, it cannot write now."""
        try:
            self._file.close()
        except OSError as error:
            self._failure = self._failure or error

    def __enter__(self) -> RecordingWriter:
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

    def _hand_in_json(self, topic: str, time_ns: int, fields: dict[str, str]) -> None:
        self._hand_in(lambda file: file.json(topic, time_ns, fields))

    def _hand_in(self, item: Entry) -> None:
        if self._closed:
            raise RecordingError(
                "the recording is closed", path=self.path, remedy="Start another one"
            )
        if self._failure is not None:
            raise self._error("cannot be written", self._failure)
        if self._threads:
            if not self._threads[0].is_alive():
                raise RecordingError(
                    "the recording's thread ended by a fault of the program",
                    path=self.path,
                    remedy="What was recorded before is readable; report the fault",
                )
            self._queue.append(item)
            self._news.set()
            return
        try:
            self._file.write(item)
        except OSError as error:
            self._failure = error
            raise self._error("cannot be written", error) from error

    # What the threads do

    def _write_loop(self) -> None:
        while self._failure is None and not self._stop.wait(GATHER_S):
            self._news.wait()
            self._news.clear()
            if self._queue or self._sync_failure is not None:
                self._write_all()

    def _write_all(self, *, last: bool = False) -> None:
        """Write what was handed in; where the disk fails, go on elsewhere or remember why not."""
        queue, unsynced = self._queue, self._unsynced
        try:
            if self._sync_failure is not None:
                raise self._sync_failure
            while queue:
                item = queue.popleft()
                if self._fallback is not None:
                    unsynced.append(item)
                self._file.write(item)
            if last:
                self._file.finish()
            else:
                self._file.commit()
            with self._swap:
                self._flushed = len(unsynced)
        except OSError as error:
            self._go_on_elsewhere(error, last=last)

    def _go_on_elsewhere(self, error: OSError, *, last: bool) -> None:
        if self._fallback is None or not self._threads or len(self.paths) > 1:
            self._failure = error
            return
        first = self.path
        file = None
        try:
            self._fallback.mkdir(parents=True, exist_ok=True)
            path = _free_name(self._fallback, first)
            file = RecordingFile(path, self.session)
            for sensor in self._sensors:
                file.sensor(sensor)
            while self._queue:
                self._unsynced.append(self._queue.popleft())
            with self._swap:  # the other thread takes out what has come to the disk
                held = list(self._unsynced)
            for item in held:
                file.write(item)
            if last:
                file.finish()
            else:
                file.commit()
        except OSError:
            self._failure = error
            if file is not None:
                with suppress(OSError):
                    file.close()
            return
        with self._swap:
            with suppress(OSError):  # it failed already
                self._file.close()
            self._file, self._sync_failure = file, None
            self._unsynced.clear()
            self._flushed = self._synced = 0
        self.path = path
        self.paths = (*self.paths, path)
        why = error.strerror or str(error)
        self.notice = (
            f"{first.name} can no longer be written ({why}); the recording goes on in {path}"
        )

    def _sync_loop(self) -> None:
        look_at = time.monotonic() + SPACE_S
        while self._failure is None and not self._stop.wait(SYNC_S):
            with self._swap:
                file, count = self._file, self._flushed
            try:
                file.sync()
            except (OSError, ValueError) as error:  # a closed file has no number
                with self._swap:
                    if file is self._file and isinstance(error, OSError):
                        self._sync_failure = error
                        self._news.set()
                continue
            with self._swap:
                if file is self._file and self._sync_failure is None:
                    # One sync more: a chunk goes on growing after it, and a disk that fails then loses it
                    # from its beginning; some lose what a sync before has said they have.
                    for _ in range(self._synced):
                        self._unsynced.popleft()
                    self._flushed -= self._synced
                    self._synced = count - self._synced
            if time.monotonic() >= look_at:
                look_at += SPACE_S
                self._look_at_space()

    def _look_at_space(self) -> None:
        if len(self.paths) == 1:
            elapsed_s = time.monotonic() - self._started
            self.notice = space_notice(self.path.parent, self._file.bytes_written, elapsed_s)


def _free_name(folder: Path, path: Path) -> Path:
    """A name in another folder that is not taken."""
    for number in range(1, 1000):
        candidate = folder / f"{path.stem}-{number:03d}{path.suffix}"
        if not candidate.exists():
            return candidate
    return folder / f"{path.stem}-{time.time_ns()}{path.suffix}"
