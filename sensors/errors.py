"""The error tree of the project, and the errors of sensors and recordings.

::

    LevelstrideError
    ├── SensorError
    │   ├── InvalidSamples
    │   ├── LinkLost
    │   ├── ProtocolError
    │   ├── SensorNotFound
    │   └── UnsupportedDevice
    ├── RecordingError
    │   ├── CorruptRecording
    │   ├── NewerSchema
    │   └── NotARecording
    ├── InputError, CalibrationError, StoreError   (pipeline.errors)
    └── ...

Every error carries typed fields, says what happened and where, and what to do next.
"""

from __future__ import annotations

from pathlib import Path


class LevelstrideError(Exception):
    """Base of every error that a user can meet.

    Attributes:
        what: what happened, in one sentence without a full stop at the end.
        where: file and line, sensor, packet or page; empty when there is no place.
        remedy: what to do next.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        super().__init__(what, where, remedy)

    def __str__(self) -> str:
        """Return one line: where, what, and what to do."""
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head}. {self.remedy}" if self.remedy else f"{head}."

    @property
    def sentences(self) -> str:
        """What happened and what to do, without the place: for readers who do not see the disk."""
        what = f"{self.what[:1].upper()}{self.what[1:]}."
        return f"{what} {self.remedy.removesuffix('.')}." if self.remedy else what


class SensorError(LevelstrideError):
    """A sensor, or the radio to it, did not do what was asked.

    Attributes:
        sensor_id: the sensor's own serial, or its address while the serial is unknown.
    """

    def __init__(
        self, what: str, *, sensor_id: str = "", where: str = "", remedy: str = ""
    ) -> None:
        self.sensor_id = sensor_id
        super().__init__(what, where=where or sensor_id, remedy=remedy)


class LinkLost(SensorError):
    """The Bluetooth link to a sensor ended before it was asked to."""


class SensorNotFound(SensorError):
    """No sensor of the wanted kind, or not the wanted one, answered a scan."""


class UnsupportedDevice(SensorError):
    """The device speaks no protocol, or no version of one, that a driver knows."""


class ProtocolError(SensorError):
    """Bytes from a sensor do not follow its protocol.

    Attributes:
        packet: index of the packet in its stream, or -1 when it has none.
    """

    def __init__(
        self, what: str, *, sensor_id: str = "", packet: int = -1, where: str = "", remedy: str = ""
    ) -> None:
        self.packet = packet
        super().__init__(what, sensor_id=sensor_id, where=where, remedy=remedy)


class InvalidSamples(SensorError):
    """Samples, or the description of their sensor, that a recording cannot hold.

    Attributes:
        sample_index: index of the first such sample, or -1 when it is not one sample.
    """

    def __init__(
        self, what: str, *, sensor_id: str = "", sample_index: int = -1, remedy: str = ""
    ) -> None:
        self.sample_index = sample_index
        place = f"sample {sample_index}" if sample_index >= 0 else ""
        where = ", ".join(part for part in (sensor_id, place) if part)
        super().__init__(what, sensor_id=sensor_id, where=where, remedy=remedy)


class RecordingError(LevelstrideError):
    """A recording cannot be written or read.

    Attributes:
        path: the file.
    """

    def __init__(self, what: str, *, path: Path | str, remedy: str = "") -> None:
        self.path = Path(path)
        super().__init__(what, where=str(path), remedy=remedy)


class NotARecording(RecordingError):
    """The file is not a levelstride recording."""


class CorruptRecording(RecordingError):
    """The file is a recording, but nothing in it can be read."""


class NewerSchema(RecordingError):
    """The recording was written by a later version whose layout is not known here.

    Attributes:
        found: schema version of the file.
        known: newest schema version that this version reads.
    """

    def __init__(self, *, path: Path | str, found: int, known: int) -> None:
        self.found = found
        self.known = known
        super().__init__(
            f"the recording has schema version {found}, this version of levelstride reads up to {known}",
            path=path,
            remedy="Update levelstride to open it; the file was not touched",
        )
