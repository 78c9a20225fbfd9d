"""Activities in XML: GPX (with Garmin's extension for heart rate and cadence) and TCX."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import TimeError
from pipeline.importers.activity import Activity, ActivityColumn, ActivityPoints, finish_activity
from pipeline.importers.safe_xml import xml_events

_HEART_RATE = "HeartRateBpm"
_TAGS: dict[str, ActivityColumn] = {
    _HEART_RATE: "heart_rate_bpm",
    "heartrate": "heart_rate_bpm",
    "cadence": "cadence_spm",
    "ele": "altitude_m",
    "hr": "heart_rate_bpm",
    "cad": "cadence_spm",
    "speed": "speed_m_s",
    "AltitudeMeters": "altitude_m",
    "DistanceMeters": "distance_m",
    "LatitudeDegrees": "latitude_deg",
    "LongitudeDegrees": "longitude_deg",
    "Cadence": "cadence_spm",
    "RunCadence": "cadence_spm",
    "Speed": "speed_m_s",
}
_PLACE: dict[str, ActivityColumn] = {"lat": "latitude_deg", "lon": "longitude_deg"}
_TIMES = frozenset({"time", "Time"})
_TEXTS = frozenset({*_TAGS, *_TIMES, "Value"})
_POINTS = frozenset({"trkpt", "Trackpoint"})


def read_activity_xml(path: Path) -> Activity:
    """Read a GPX or TCX file.

    Times without a zone are taken for UTC, as both formats say.

    Raises:
        InputError: no sound XML, entities, no points of use.
        TimeError: a time that is none, or times that go back.
    """
    points = ActivityPoints(path)
    values: dict[ActivityColumn, float] = {}
    when: float | None = None
    inside = in_heart_rate = False
    zoned: bool | None = None
    for event in xml_events(path, _TEXTS):
        if event.kind == "start":
            if event.tag in _POINTS:
                inside, values, when = True, {}, None
                for name, column in _PLACE.items():
                    number = _number(event.attributes.get(name, ""))
                    if number is not None:
                        values[column] = number
            in_heart_rate = in_heart_rate or event.tag == _HEART_RATE
            continue
        if event.tag == _HEART_RATE:
            in_heart_rate = False
        elif event.tag in _POINTS:
            inside = False
            if when is not None:
                points.add(when, values)
        elif inside and event.tag in _TIMES:
            moment = _moment(event.text, path, event.line)
            has_zone = moment.tzinfo is not None
            if zoned is not None and zoned != has_zone:
                raise TimeError(
                    "some times have a time zone and others have none",
                    path=path,
                    line=event.line,
                    column=event.tag,
                    remedy="Its time zones are mixed up: export the activity again",
                )
            zoned = has_zone
            when = (moment if has_zone else moment.replace(tzinfo=UTC)).timestamp()
        elif inside:
            tag = _HEART_RATE if event.tag == "Value" and in_heart_rate else event.tag
            number = _number(event.text)
            if tag in _TAGS and number is not None:
                values[_TAGS[tag]] = number
    return finish_activity(points)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _moment(text: str, path: Path, line: int) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
        moment.timestamp()
    except (ValueError, OverflowError, OSError) as error:
        raise TimeError(
            f"{text.strip()[:40]!r} is no time",
            path=path,
            line=line,
            column="time",
            remedy="Export the activity again",
        ) from error
    return moment
