"""Names and versions of the recording format. The layout is told in ``docs/recording-format.md``."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sensors.placement import Placement
from sensors.session_info import SensorInfo, SessionInfo

PROFILE = "levelstride"
"""Profile in the MCAP header."""
SCHEMA_VERSION = 1
"""Version of the layout that this program writes, and the newest that it reads."""

METADATA_PREFIX = "levelstride."
SESSION_RECORD = METADATA_PREFIX + "session"
SENSOR_RECORD = METADATA_PREFIX + "sensor"
CHANNEL_RECORD = METADATA_PREFIX + "channel"

COPIES_TOPIC = "/records"
MARKERS_TOPIC = "/markers"
LINKS_TOPIC = "/links"
STATUS_TOPIC = "/status"

NOTIFICATION_ENCODING = "levelstride.notification"
NOTIFICATION_SCHEMA = (
    "One message is one Bluetooth notification, the bytes as they arrived. log_time: host"
    " monotonic clock, ns since the session's zero. publish_time: the same instant, ns since the"
    " Unix epoch. Channel metadata: sensor_id and characteristic (UUID). Layout of the bytes:"
    " docs/recording-format.md, section for the sensor's kind."
)

CHECKSUM = "crc32"
"""Field of a metadata record with the checksum of its name and other fields."""


@dataclass(frozen=True, slots=True)
class Marker:
    """A note of the runner, the user or the program.

    Attributes:
        time_s: session time.
        text: what is noted.
        kind: ``note``, ``lap``, ``calibration`` or the like.
    """

    time_s: float
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class LinkEvent:
    """A change in the connection to a sensor.

    Attributes:
        time_s: session time.
        sensor_id: the sensor.
        event: a state of :class:`sensors.sensor_status.SensorState`.
        text: in words.
    """

    time_s: float
    sensor_id: str
    event: str
    text: str


@dataclass(frozen=True, slots=True)
class StatusEntry:
    """How a sensor was at a moment.

    Attributes:
        time_s: session time.
        sensor_id: the sensor.
        numbers: what was known, by name with unit: ``battery_percent``, ``rssi_dbm``, ``rate_hz``,
            ``samples``, ``lost``, ``clipped``, ``temperature_c``, ``clock_uncertainty_ms`` and
            the like.
    """

    time_s: float
    sensor_id: str
    numbers: Mapping[str, float]


def _checksum(name: str, fields: Mapping[str, str]) -> str:
    named = [name, sorted(fields.items())]
    text = json.dumps(named, ensure_ascii=True, separators=(",", ":"))
    return f"{zlib.crc32(text.encode()):08x}"


def sealed(name: str, fields: Mapping[str, str]) -> dict[str, str]:
    """Fields of a metadata record with a checksum: MCAP has one for chunks, but not for metadata.

    Args:
        name: the record's name; the checksum is over name and fields.
        fields: its fields.
    """
    return {**fields, CHECKSUM: _checksum(name, fields)}


def unsealed(name: str, fields: Mapping[str, str]) -> dict[str, str] | None:
    """Fields without their checksum; None when it does not fit."""
    rest = {key: value for key, value in fields.items() if key != CHECKSUM}
    return rest if fields.get(CHECKSUM) == _checksum(name, rest) else None


def session_fields(session: SessionInfo) -> dict[str, str]:
    """A session as the fields of its metadata record."""
    return {
        "schema_version": str(SCHEMA_VERSION),
        "session_uuid": session.session_uuid,
        "started_utc": session.started_utc.astimezone(UTC).isoformat(),
        "software": session.software,
        "runner": session.runner,
        "source": session.source,
        "conditions": json.dumps(dict(session.conditions), ensure_ascii=False, sort_keys=True),
    }


def session_from_fields(fields: Mapping[str, str]) -> SessionInfo:
    """Undo :func:`session_fields`.

    Raises:
        ValueError: a field is missing or cannot be read.
    """
    try:
        started = datetime.fromisoformat(fields["started_utc"])
        conditions: Any = json.loads(fields["conditions"])
        if started.tzinfo is None or not isinstance(conditions, dict):
            raise ValueError("a field of the session has another form than it should")
        return SessionInfo(
            session_uuid=fields["session_uuid"],
            started_utc=started,
            software=fields["software"],
            runner=fields["runner"],
            source=fields["source"],
            conditions={str(key): str(value) for key, value in conditions.items()},
        )
    except KeyError as error:
        raise ValueError(f"the session has no field {error}") from None


_NUMBERS = ("rate_hz", "acc_scale", "gyr_scale", "acc_range", "gyr_range")


def sensor_fields(sensor: SensorInfo) -> dict[str, str]:
    """A sensor as the fields of its metadata record."""
    return {
        "sensor_id": sensor.sensor_id,
        "kind": sensor.kind,
        "name": sensor.name,
        "serial": sensor.serial,
        "firmware": sensor.firmware,
        "placement": sensor.placement.value if sensor.placement is not None else "",
        **{name: repr(float(getattr(sensor, name))) for name in _NUMBERS},
        "info": sensor.info.hex(),
        "config": sensor.config.hex(),
    }


def sensor_from_fields(fields: Mapping[str, str]) -> SensorInfo:
    """Undo :func:`sensor_fields`.

    Raises:
        ValueError: a field is missing or cannot be read.
    """
    try:
        return SensorInfo(
            sensor_id=fields["sensor_id"],
            kind=fields["kind"],
            name=fields["name"],
            serial=fields["serial"],
            firmware=fields["firmware"],
            placement=Placement(fields["placement"]) if fields["placement"] else None,
            info=bytes.fromhex(fields["info"]),
            config=bytes.fromhex(fields["config"]),
            **{name: float(fields[name]) for name in _NUMBERS},
        )
    except KeyError as error:
        raise ValueError(f"a sensor has no field {error}") from None
