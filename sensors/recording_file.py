"""One file of a recording, being written: what goes in, in the layout of the format."""

from __future__ import annotations

import errno
import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, TypeAlias

from sensors.mcap_writer import McapWriter
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
    STATUS_TOPIC,
    sealed,
    sensor_fields,
    session_fields,
)
from sensors.session_info import SensorInfo, SessionInfo

CHUNK_NS = 200_000_000
"""Session time in one chunk."""
_FORGOTTEN_S = 10.0
"""Age at which a file that was never given its name was left by a program that was killed."""
_MOVES_OPEN_FILES = os.name != "nt"
_LARGEST_CHUNK = 4 * 2**20

_sync = getattr(os, "fdatasync", os.fsync)  # not on Windows


class RecordingFile:
    """One file of a recording. Not for use by several threads at once, but for :meth:`sync`.

    Every method may raise ``OSError``.

    Args:
        path: file to make.
        session: what the recording is about.
        overwrite: whether an existing file is replaced.
    """

    def __init__(self, path: Path, session: SessionInfo, *, overwrite: bool = False) -> None:
        self.path = path
        self._start_unix_ns = round(session.started_utc.timestamp() * 1e6) * 1000
        self._channels: dict[tuple[str, str], int] = {}
        self._json_channels: dict[str, int] = {}
        self._sequence: dict[int, int] = {}
        self._chunk_start_ns: int | None = None
        in_place = (
            not _MOVES_OPEN_FILES or path.is_symlink() or (path.exists() and not path.is_file())
        )
        begun = path if in_place else path.with_name(f".{path.name}.begun")
        if in_place:
            self._file: BinaryIO = begun.open("wb" if overwrite else "xb")
        else:
            self._file = _begin(begun, path, overwrite=overwrite)
        try:
            self._mcap = McapWriter(
                self._file, path.parent, profile=PROFILE, library=session.software
            )
            self._notification_schema = self._mcap.add_schema(
                NOTIFICATION_ENCODING, "text", NOTIFICATION_SCHEMA.encode()
            )
            json_schema = self._mcap.add_schema(
                "levelstride.json", "jsonschema", b'{"type":"object"}'
            )
            for topic in (COPIES_TOPIC, MARKERS_TOPIC, LINKS_TOPIC, STATUS_TOPIC):
                self._json_channels[topic] = self._mcap.add_channel(topic, "json", json_schema)
            self._record(SESSION_RECORD, session_fields(session))
            self._mcap.flush()
            self._mcap.commit()
            if begun != path:
                begun.replace(path)
            _sync_folder(path.parent)
        except OSError:
            with suppress(OSError):  # the first error is the one that counts
                self._file.close()
            if begun != path:
                with suppress(OSError):
                    begun.unlink()
            raise

    @property
    def bytes_written(self) -> int:
        """Length of the file so far."""
        return self._mcap.bytes_written

    def write(self, item: Entry) -> None:
        """Take one entry."""
        if isinstance(item, Notification):
            key = (item.sensor_id, item.characteristic)
            channel = self._channels.get(key)
            if channel is None:
                channel = self._register(*key)
            self._message(channel, item.arrival_ns, item.payload)
        else:
            item(self)

    def sensor(self, sensor: SensorInfo) -> None:
        """Describe a sensor, or its new configuration."""
        self._record(SENSOR_RECORD, sensor_fields(sensor))

    def json(self, topic: str, time_ns: int, fields: dict[str, str]) -> None:
        """Take a message of names and texts."""
        text = json.dumps(fields, separators=(",", ":"))
        self._message(self._json_channels[topic], time_ns, text.encode("ascii"))

    def commit(self) -> None:
        """Hand everything to the operating system; such chunks are not compressed."""
        self._mcap.commit()

    def sync(self) -> None:
        """Have the operating system put everything on disk; may be called by another thread."""
        _sync(self._file.fileno())

    def finish(self) -> None:
        """Write the index and the end, and put everything on disk."""
        self._mcap.finish()
        self.sync()

    def close(self) -> None:
        """Let go of the file."""
        self._mcap.close()
        self._file.close()

    def _register(self, sensor_id: str, characteristic: str) -> int:
        fields = {"sensor_id": sensor_id, "characteristic": characteristic}
        channel = self._mcap.add_channel(
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
        self.json(COPIES_TOPIC, self._chunk_start_ns or 0, {"record": name, **fields})

    def _message(self, channel: int, time_ns: int, payload: bytes) -> None:
        time_ns = max(0, time_ns)
        if self._chunk_start_ns is None:
            self._chunk_start_ns = time_ns
        elif self._mcap.chunk_bytes >= _LARGEST_CHUNK or time_ns - self._chunk_start_ns >= CHUNK_NS:
            self._mcap.flush()
            self._chunk_start_ns = time_ns
        sequence = self._sequence.get(channel, 0)
        self._sequence[channel] = sequence + 1
        self._mcap.add_message(
            channel, time_ns, payload, self._start_unix_ns + time_ns, sequence & 0xFFFFFFFF
        )


Entry: TypeAlias = Notification | Callable[[RecordingFile], None]
"""What a file takes: a notification, or something that knows how to write itself."""


def _begin(begun: Path, path: Path, *, overwrite: bool) -> BinaryIO:
    """Make a file that gets its name when it can be opened: a program killed before leaves none that cannot.

    Only who made it may give it that name, so two programs never write to one name.

    Raises:
        FileExistsError: the name is taken.
    """
    with suppress(OSError):
        if time.time() - begun.stat().st_mtime > _FORGOTTEN_S:
            begun.unlink()
    file = begun.open("xb")
    if not overwrite and path.exists():
        file.close()
        begun.unlink()
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    return file


def _sync_folder(folder: Path) -> None:
    """Make sure that a new file's name survives a power cut; not every system can."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
