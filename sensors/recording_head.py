"""The head of a recording: what it is about, gathered from records that may be damaged."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mcap.opcode import Opcode

from sensors.errors import CorruptRecording, NewerSchema, NotARecording
from sensors.mcap_records import BrokenRecordError, channel, metadata, string
from sensors.mcap_scan import MAGIC, Buffer, Damage, walk
from sensors.recording_schema import (
    CHANNEL_RECORD,
    CHECKSUM,
    METADATA_PREFIX,
    PROFILE,
    SCHEMA_VERSION,
    SENSOR_RECORD,
    SESSION_RECORD,
    sensor_from_fields,
    session_from_fields,
    unsealed,
)
from sensors.session_info import SensorInfo, SessionInfo


class RecordingHead:
    """What metadata and channel records say.

    Args:
        path: the file, for messages.

    Attributes:
        configs: configurations of each sensor in file order, by sensor id.
        channels: sensor id and characteristic, by channel number.
        topics: topic, by channel number.
        notes: what is wrong with the records.
        damaged: whether records may be missing, so that their copies should be read.
        chunks: where the chunks are, see :func:`sensors.mcap_scan.walk`; None when the file is
            not one sound record after another, so that it has to be walked through again.
        closed: whether the file has an end.
        messages_stated: messages that it should hold; None when it does not say.
    """

    def __init__(self, path: Path) -> None:
        self.configs: dict[str, list[SensorInfo]] = {}
        self.channels: dict[int, tuple[str, str]] = {}
        self.topics: dict[int, str] = {}
        self.notes: list[str] = []
        self.damaged = False
        self.chunks: array[int] | None = None
        self.closed = False
        self.messages_stated: int | None = None
        self._path = path
        self._sessions: list[SessionInfo] = []

    def read(self, data: Buffer) -> None:
        """Gather the records outside of chunks.

        Args:
            data: the file's bytes.

        Raises:
            NotARecording: they are something else.
            NewerSchema: a later version of levelstride wrote them.
        """
        ours, damage, chunks = False, Damage(), array("Q")
        for record in walk(data, damage, passed_over=chunks):
            try:
                if record.opcode == Opcode.HEADER:
                    ours = ours or string(record.body, 0)[0] == PROFILE
                elif record.opcode == Opcode.METADATA:
                    ours = self._take_metadata(*metadata(record.body)) or ours
                elif record.opcode == Opcode.CHANNEL:
                    self.take_channel(record.body)
                elif record.opcode == Opcode.STATISTICS and len(record.body) >= 8:
                    self.messages_stated = int.from_bytes(record.body[:8], "little")
            except BrokenRecordError as error:
                self.notes.append(f"{error}, at byte {record.offset}")
        start = bytes(data[:64])
        if not ours and not (start.startswith(MAGIC) and PROFILE.encode() in start):
            raise NotARecording(
                "the file is no levelstride recording",
                path=self._path,
                remedy="Use `levelstride import` for files of other programs",
            )
        self.closed = damage.closed
        self.chunks = None if damage.problems else chunks
        self.damaged = bool(self.notes or damage.problems or not self._sessions or not self.configs)

    def take_copies(self, copies: Iterable[Mapping[str, Any]]) -> None:
        """Use the copies of metadata records that are inside the chunks.

        Args:
            copies: fields of each, with the name of the record under ``record``, in file order.

        Raises:
            NewerSchema: a later version of levelstride wrote them.
        """
        sound, self.configs = self.configs, {}
        for copy in copies:
            fields = {str(key): str(value) for key, value in copy.items()}
            self._take_record(fields.pop("record", ""), fields)
        for sensor_id, configs in sound.items():
            known = self.configs.setdefault(sensor_id, [])
            known += [config for config in configs if config not in known]

    def session(self) -> SessionInfo:
        """The session.

        Raises:
            CorruptRecording: neither it nor any sensor could be read.
        """
        if self._sessions:
            return self._sessions[0]
        if not self.configs:
            raise CorruptRecording(
                "nothing in the recording can be read",
                path=self._path,
                remedy="Take another copy of the file if there is one",
            )
        self.notes.append("the description of the session is lost")
        return SessionInfo(session_uuid="", software="", source="")

    def _take_metadata(self, name: str, fields: dict[str, str]) -> bool:
        """Use a metadata record; True when it shows that the recording is ours."""
        if not name.startswith(METADATA_PREFIX) and CHECKSUM not in fields:
            return False  # another program's
        sound = unsealed(name, fields)
        if sound is None:
            self.notes.append(f"the checksum of the record {name!r} does not fit")
            return False
        self._take_record(name, sound)
        return True

    def _take_record(self, name: str, fields: dict[str, str]) -> None:
        try:
            if name == SESSION_RECORD:
                self._check_version(fields)
                self._sessions.append(session_from_fields(fields))
            elif name == SENSOR_RECORD:
                sensor = sensor_from_fields(fields)
                known = self.configs.setdefault(sensor.sensor_id, [])
                if sensor not in known:
                    known.append(sensor)
            elif name == CHANNEL_RECORD:
                key = (fields["sensor_id"], fields["characteristic"])
                self.channels.setdefault(int(fields["id"]), key)
        except (ValueError, KeyError) as error:
            self.notes.append(f"the record {name!r} cannot be read: {error}")

    def _check_version(self, fields: dict[str, str]) -> None:
        found = int(fields["schema_version"])
        if found > SCHEMA_VERSION:
            raise NewerSchema(path=self._path, found=found, known=SCHEMA_VERSION)

    def take_channel(self, body: bytes) -> None:
        """Use a channel record.

        Raises:
            BrokenRecordError: it has another form than it should.
        """
        number, topic, fields = channel(body)
        self.topics[number] = topic
        if "sensor_id" in fields and "characteristic" in fields:
            self.channels.setdefault(number, (fields["sensor_id"], fields["characteristic"]))
