"""Writes a recording: append only, readable up to the last flush whatever happens."""

from __future__ import annotations

import json
import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from mcap.writer import CompressionType, Writer

from sensors.errors import RecordingError
from sensors.notification import Notification
from sensors.recording_schema import (
    CHANNEL_RECORD,
    COPIES_TOPIC,
    LINKS_TOPIC,
    MARKERS_TOPIC,
    NOTIFICATION_ENCODING,
    NOTIFICATION_SCHEMA,
    PROFILE,
    SENSOR_RECORD,
    SESSION_RECORD,
    sealed,
    sensor_fields,
    session_fields,
)
from sensors.session_info import SensorInfo, SessionInfo

FLUSH_S = 0.15
"""Longest time from a notification to the operating system, when paced."""
SYNC_S = 1.0
"""Time from one sync to disk to the next, when paced."""
CHUNK_NS = 200_000_000
"""Session time in one chunk, when not paced."""
_LARGEST_CHUNK = 4 * 2**20

_sync = getattr(os, "fdatasync", os.fsync)  # not on Windows


def _sync_folder(folder: Path) -> None:
    """Make sure that a new file's name survives a power cut; not every system can."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class RecordingWriter:
    """One recording file, open for writing.

    Paced (a live recording), the disk work is done by threads of its own, so that a slow disk does
    not hold up the caller; everything handed in is with the operating system at most
    ``FLUSH_S`` later, and on disk at most about ``SYNC_S`` later. Not paced (a simulation, an
    import), the caller's thread writes as fast as it can, in chunks of session time.

    Args:
        path: file to make; its folder must exist.
        session: what the recording is about.
        sensors: sensors known at the start; more may be added.
        paced: whether notifications come in real time.
        overwrite: whether an existing file is replaced.

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
    ) -> None:
        self.path = Path(path)
        self.session = session
        self._file = self._open(overwrite)
        self._start_unix_ns = round(session.started_utc.timestamp() * 1e6) * 1000
        self._mcap = Writer(self._file, chunk_size=_LARGEST_CHUNK, compression=CompressionType.ZSTD)
        self._channels: dict[tuple[str, str], int] = {}
        self._json_channels: dict[str, int] = {}
        self._sequence: dict[int, int] = {}
        self._chunk_start_ns: int | None = None
        self._queue: deque[Callable[[], None] | Notification] = deque()
        self._failure: OSError | None = None
        self._closed = False
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        try:
            self._begin()
            _sync_folder(self.path.parent)
        except OSError as error:
            self._file.close()
            raise self._error("cannot be written", error) from error
        for sensor in sensors:
            self.add_sensor(sensor)
        if paced:
            self._threads = [
                threading.Thread(target=self._write_loop, name="recording", daemon=True),
                threading.Thread(target=self._sync_loop, name="recording sync", daemon=True),
            ]
            for thread in self._threads:
                thread.start()

    def _open(self, overwrite: bool) -> BinaryIO:
        try:
            return self.path.open("wb" if overwrite else "xb")
        except FileExistsError:
            raise RecordingError(
                "the file exists", path=self.path, remedy="Choose another name, or move it away"
            ) from None
        except OSError as error:
            raise self._error("cannot be made", error) from error

    def _error(self, what: str, error: OSError) -> RecordingError:
        return RecordingError(
            f"the recording {what}: {error.strerror or error}",
            path=self.path,
            remedy="Check the folder, the rights to write there and the free space",
        )

    def _begin(self) -> None:
        self._mcap.start(PROFILE, self.session.software)
        self._notification_schema = self._mcap.register_schema(
            NOTIFICATION_ENCODING, "text", NOTIFICATION_SCHEMA.encode()
        )
        self._json_schema = self._mcap.register_schema(
            "levelstride.json", "jsonschema", b'{"type":"object"}'
        )
        for topic in (COPIES_TOPIC, MARKERS_TOPIC, LINKS_TOPIC):
            self._json_channels[topic] = self._mcap.register_channel(
                topic, "json", self._json_schema
            )
        self._record(SESSION_RECORD, session_fields(self.session))
        self._flush()

    # What callers hand in

    def add_sensor(self, sensor: SensorInfo) -> None:
        """Describe a sensor, or its new configuration. Before its first notification.

        Raises:
            RecordingError: writing failed, or the recording is closed.
        """
        self._hand_in(lambda: self._record(SENSOR_RECORD, sensor_fields(sensor)))

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
        self._hand_in(lambda: self._json(MARKERS_TOPIC, time_ns, {"text": text, "kind": kind}))

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
        self._hand_in(lambda: self._json(LINKS_TOPIC, time_ns, fields))

    def close(self) -> None:
        """Write what is left, the index and the end. Harmless when closed already.

        Raises:
            RecordingError: writing failed; what was flushed before is readable.
        """
        if self._closed:
            return
        self._closed = True
        self._stop.set()
        for thread in self._threads:
            thread.join()
        try:
            if self._failure is None:
                self._drain()
                self._mcap.finish()  # type: ignore[no-untyped-call]
                self._file.flush()
                _sync(self._file.fileno())
        except OSError as error:
            self._failure = error
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

    def _hand_in(self, item: Callable[[], None] | Notification) -> None:
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
            return
        try:
            self._write(item)
        except OSError as error:
            self._failure = error
            raise self._error("cannot be written", error) from error

    # What the writing thread, or an unpaced caller, does

    def _write(self, item: Callable[[], None] | Notification) -> None:
        if not isinstance(item, Notification):
            item()
            return
        key = (item.sensor_id, item.characteristic)
        channel = self._channels.get(key)
        if channel is None:
            channel = self._register(*key)
        self._message(channel, item.arrival_ns, item.payload)

    def _register(self, sensor_id: str, characteristic: str) -> int:
        fields = {"sensor_id": sensor_id, "characteristic": characteristic}
        channel = self._mcap.register_channel(
            f"/sensor/{sensor_id}/{characteristic[4:8]}",
            NOTIFICATION_ENCODING,
            self._notification_schema,
            fields,
        )
        self._channels[sensor_id, characteristic] = channel
        # A channel is declared in one chunk only; if that one is damaged, this record is left.
        record = {"id": str(channel), **fields}
        self._mcap.add_metadata(CHANNEL_RECORD, sealed(CHANNEL_RECORD, record))
        return channel

    def _record(self, name: str, fields: dict[str, str]) -> None:
        """Write a metadata record, and a copy of it where chunks' checksums protect it."""
        # Names come from people and from the air; not all of that can be written as UTF-8.
        fields = {key: text.encode("utf-8", "replace").decode() for key, text in fields.items()}
        self._mcap.add_metadata(name, sealed(name, fields))
        self._json(COPIES_TOPIC, self._chunk_start_ns or 0, {"record": name, **fields})

    def _json(self, topic: str, time_ns: int, fields: dict[str, str]) -> None:
        text = json.dumps(fields, separators=(",", ":"))
        self._message(self._json_channels[topic], time_ns, text.encode("ascii"))

    def _message(self, channel: int, time_ns: int, payload: bytes) -> None:
        time_ns = max(0, time_ns)
        if self._chunk_start_ns is None:
            self._chunk_start_ns = time_ns
        elif not self._threads and time_ns - self._chunk_start_ns >= CHUNK_NS:
            self._flush()
            self._chunk_start_ns = time_ns
        sequence = self._sequence.get(channel, 0)
        self._sequence[channel] = sequence + 1
        self._mcap.add_message(
            channel, time_ns, payload, self._start_unix_ns + time_ns, sequence & 0xFFFFFFFF
        )

    def _flush(self) -> None:
        self._mcap.flush()  # type: ignore[no-untyped-call]
        self._chunk_start_ns = None

    def _drain(self) -> None:
        queue = self._queue
        while queue:
            self._write(queue.popleft())

    def _write_loop(self) -> None:
        while not self._stop.wait(FLUSH_S):
            if self._queue:
                try:
                    self._drain()
                    self._flush()
                except OSError as error:
                    self._failure = error
                    return

    def _sync_loop(self) -> None:
        while not self._stop.wait(SYNC_S):
            try:
                _sync(self._file.fileno())
            except OSError as error:
                self._failure = error
                return
