"""Who and what a recording is about: the session, and its sensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

from sensors.placement import Placement


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """The session that a recording, or a segment of one, belongs to.

    Attributes:
        session_uuid: the same in all segments of a session.
        started_utc: wall clock time of session time zero, with time zone.
        software: name and version of the program that wrote the recording.
        runner: name or key of the runner; empty when unknown.
        source: ``live``, ``simulated`` or ``imported``.
        conditions: shoe, insole, surface, task and the like, by name.
    """

    session_uuid: str = field(default_factory=lambda: str(uuid4()))
    started_utc: datetime = field(default_factory=lambda: datetime.now(UTC))
    software: str = "levelstride"
    runner: str = ""
    source: str = "live"
    conditions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SensorInfo:
    """One sensor as it was configured. Another configuration is another ``SensorInfo``.

    Attributes:
        sensor_id: the sensor's own serial, the same on every platform.
        kind: key of the driver that reads its bytes.
        name: advertised name.
        serial: serial number as the device gives it.
        firmware: version of its firmware.
        placement: where it is worn; None when not assigned.
        rate_hz: sampling rate that the device states.
        acc_scale: m/s² per count.
        gyr_scale: rad/s per count.
        acc_range: full scale of the accelerometer, m/s².
        gyr_range: full scale of the gyroscope, rad/s.
        info: the device's description of itself, as read.
        config: the device's configuration, as read.
    """

    sensor_id: str
    kind: str
    name: str = ""
    serial: str = ""
    firmware: str = ""
    placement: Placement | None = None
    rate_hz: float = 0.0
    acc_scale: float = 0.0
    gyr_scale: float = 0.0
    acc_range: float = 0.0
    gyr_range: float = 0.0
    info: bytes = b""
    config: bytes = b""
