"""Activities in FIT, the format of Garmin and most other watches."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from pathlib import Path

import fitdecode

from pipeline.errors import InputError
from pipeline.importers.activity import Activity, ActivityColumn, ActivityPoints, finish_activity
from pipeline.importers.text_table import unreadable

MAX_BYTES = 64 << 20
_SEMICIRCLE_DEG = 180.0 / 2**31
_FIELDS: dict[str, tuple[ActivityColumn, float]] = {
    "altitude": ("altitude_m", 1.0),
    "enhanced_altitude": ("altitude_m", 1.0),
    "distance": ("distance_m", 1.0),
    "speed": ("speed_m_s", 1.0),
    "enhanced_speed": ("speed_m_s", 1.0),
    "heart_rate": ("heart_rate_bpm", 1.0),
    "cadence": ("cadence_spm", 1.0),
    "position_lat": ("latitude_deg", _SEMICIRCLE_DEG),
    "position_long": ("longitude_deg", _SEMICIRCLE_DEG),
}


def read_activity_fit(path: Path) -> Activity:
    """Read the records of a FIT file.

    Raises:
        InputError: the file is damaged, cut short or too large, or has no records of use.
        TimeError: times go back.
    """
    points = ActivityPoints(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError("this is too large for an activity", path=path)
        with fitdecode.FitReader(
            path.read_bytes(),
            check_crc=fitdecode.CrcCheck.RAISE,
            error_handling=fitdecode.ErrorHandling.RAISE,
        ) as reader:
            for frame in reader:
                if isinstance(frame, fitdecode.FitDataMessage) and frame.name == "record":
                    _add(points, frame)
    except (
        fitdecode.FitError,
        struct.error,
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        AttributeError,
        ArithmeticError,
        AssertionError,
        UnicodeError,
    ) as error:
        raise InputError(
            f"the FIT file is damaged or cut short ({type(error).__name__})",
            path=path,
            remedy="Copy it from the watch again",
        ) from error
    except OSError as error:
        raise unreadable(path, error) from error
    return finish_activity(points)


def _add(points: ActivityPoints, frame: fitdecode.FitDataMessage) -> None:
    values: dict[ActivityColumn, float] = {}
    when: datetime | None = None
    fraction = 0.0
    for field in frame.fields:
        value = field.value
        if field.name == "timestamp" and isinstance(value, datetime):
            when = value
        elif isinstance(value, int | float) and not isinstance(value, bool):
            if field.name == "fractional_cadence":
                fraction = float(value)
            elif field.name in _FIELDS:
                column, factor = _FIELDS[field.name]
                values[column] = float(value) * factor
    if when is None:
        return
    if "cadence_spm" in values:
        values["cadence_spm"] += fraction
    zoned = when if when.tzinfo is not None else when.replace(tzinfo=UTC)
    points.add(zoned.timestamp(), values)
