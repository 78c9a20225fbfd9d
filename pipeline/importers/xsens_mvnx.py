"""Xsens MVN: the XML export ``.mvnx``, all sensors of a body in one file.

Versions 3 and 4. Per frame there are lists of numbers, one after another for all sensors (or all
segments): ``sensorOrientation`` (quaternion w x y z, sensor to global, z up),
``sensorFreeAcceleration`` (m/s², global, without gravity; since MVN 2018), before that
``sensorAcceleration`` and ``sensorAngularVelocity`` in sensor axes (rad/s). Without sensor data the
segments' ``orientation``, ``angularVelocity`` and ``acceleration`` (global) are used, and it is
said that these come from a body model. Source: MVN User Manual MV0319P, section 15.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from pipeline.errors import ColumnError, InputError, PlacementError, TimeError
from pipeline.importers.assemble import Place, RawSensor, assemble, not_there
from pipeline.importers.derived_motion import angular_rate, rotation_of, specific_force
from pipeline.importers.found_sensors import FoundSensor, PlaceSources, choose_places
from pipeline.importers.imported_samples import ImportedSamples
from pipeline.importers.safe_xml import xml_events
from sensors.placement import Placement
from sensors.sample_block import LACKS_ACC, LACKS_GYR, FloatArray

_WIDTHS = {
    "orientation": 4,
    "acceleration": 3,
    "angularVelocity": 3,
    "sensorOrientation": 4,
    "sensorFreeAcceleration": 3,
    "sensorAcceleration": 3,
    "sensorAngularVelocity": 3,
}
_LISTS = frozenset(_WIDTHS)
_MAX_SENSORS = 200
_NIL_M_S2 = 0.6
_EARLIEST_MS = 946_684_800_000  # the year 2000


@dataclass
class _Body:
    rate_hz: float | None = None
    segments: list[str] = field(default_factory=list)
    sensors: list[str] = field(default_factory=list)
    started_ms: float | None = None
    line: list[int] = field(default_factory=list)
    index: list[int] = field(default_factory=list)
    lists: dict[str, list[FloatArray]] = field(default_factory=dict)


def read_xsens_mvnx(paths: Sequence[Path], sources: PlaceSources) -> ImportedSamples:
    """Read an ``.mvnx`` file: pelvis and lower legs; other sensors are left out.

    Args:
        paths: the file; exactly one.
        sources: what tells where the sensors were worn, in place of their labels.

    Raises:
        InputError: and its kinds, see :func:`pipeline.importers.assemble.assemble`.
    """
    if len(paths) > 1:
        raise InputError(
            f"{len(paths)} .mvnx files were given",
            path=paths[1],
            remedy="Give one at a time; it holds all sensors of a session",
        )
    path = Path(paths[0])
    body = _read_body(path)
    said: list[str] = []
    from_sensors = "sensorOrientation" in body.lists and bool(body.sensors)
    labels = body.sensors if from_sensors else body.segments
    found = [
        FoundSensor(label, (), path, _reader(body, path, column, label, from_sensors=from_sensors))
        for column, label in enumerate(labels)
    ]
    unsaid: list[str] = []
    chosen = choose_places(found, sources, unsaid)  # that a body has other segments needs no word
    if not chosen:
        raise PlacementError("there is no sensor on pelvis or lower legs", path=path)
    if not from_sensors:
        said.append(
            "The file has no sensor data: samples are computed from the body model's segments, "
            "which smooths impacts."
        )
    raw = [sensor.read(place, said) for place, sensor in chosen.items()]
    imported = assemble(
        raw,
        format_name="xsens-mvnx",
        source=f"Xsens MVN, {path.name}",
        warnings=list(dict.fromkeys(said)),
    )
    if body.started_ms is None:
        return imported
    return replace(imported, started_utc=datetime.fromtimestamp(body.started_ms / 1e3, UTC))


def _read_body(path: Path) -> _Body:
    body = _Body()
    inside = ""
    normal = False
    wanted = _LISTS
    for event in xml_events(path, _LISTS):
        if event.kind == "start":
            if event.tag == "subject":
                body.rate_hz = _number(event.attributes.get("frameRate", ""))
            elif event.tag in ("segments", "sensors"):
                inside = event.tag
            elif event.tag in ("segment", "sensor") and inside == f"{event.tag}s":
                labels = body.segments if event.tag == "segment" else body.sensors
                labels.append(event.attributes.get("label", "")[:80])
                if len(labels) > _MAX_SENSORS:
                    raise InputError("the file lists too many sensors", path=path, line=event.line)
            elif event.tag == "frame":
                normal = event.attributes.get("type", "normal") == "normal"
                if normal:
                    _frame(body, event.attributes, path, event.line)
        elif event.tag in ("segments", "sensors"):
            inside = ""
        elif event.tag == "frame" and len(body.index) == 1:
            wanted = _wanted(body)
            body.lists = {name: rows for name, rows in body.lists.items() if name in wanted}
        elif event.tag in wanted and normal and not inside:
            values = _numbers(event.text, path, event.line, event.tag)
            body.lists.setdefault(event.tag, []).append(values)
    if not body.index:
        raise InputError(
            "the file has no frames", path=path, remedy="Export the recording again from MVN"
        )
    return body


def _wanted(body: _Body) -> frozenset[str]:
    """The lists that are used, by the first frame: an hour of all would fill the memory."""
    of_sensors = frozenset(name for name in _LISTS if name.startswith("sensor"))
    told = {"sensorFreeAcceleration", "sensorAcceleration"}.intersection(body.lists)
    # segments help only where they tell the acceleration that the sensors lack
    usable = told or not {"orientation", "acceleration"}.issubset(body.lists)
    if body.sensors and "sensorOrientation" in body.lists and usable:
        return of_sensors
    return _LISTS - of_sensors


def _frame(body: _Body, attributes: object, path: Path, line: int) -> None:
    told = attributes if isinstance(attributes, dict) else {}
    index = _number(told.get("index", ""))
    body.index.append(len(body.index) if index is None else int(index))
    body.line.append(line)
    if body.started_ms is None:
        clock = _number(told.get("ms", ""))
        if clock is not None and _EARLIEST_MS < clock < 5 * _EARLIEST_MS:
            body.started_ms = clock
    if len(body.index) > 1 and body.index[-1] <= body.index[-2]:
        raise TimeError(
            f"frame {body.index[-1]} follows frame {body.index[-2]}",
            path=path,
            line=line,
            column="index",
            remedy="Export the recording again from MVN",
        )


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) and abs(value) < 1e15 else None


def _numbers(text: str, path: Path, line: int, column: str) -> FloatArray:
    try:
        return np.array(text.split(), dtype=np.float64)
    except ValueError as error:
        raise ColumnError(
            "the element holds text that is no number",
            path=path,
            line=line,
            column=column,
            remedy="Export the recording again from MVN",
        ) from error


def _reader(
    body: _Body, path: Path, column: int, label: str, *, from_sensors: bool
) -> Callable[[Placement, list[str]], RawSensor]:
    def read(placement: Placement, _said: list[str]) -> RawSensor:
        if body.rate_hz is None or body.rate_hz <= 0:
            raise TimeError(
                "the file does not tell its frame rate",
                path=path,
                column="frameRate",
                remedy="Export the recording again from MVN",
            )
        index = np.array(body.index, dtype=np.int64) - body.index[0]
        time_s = index / body.rate_hz

        def of(name: str) -> FloatArray | None:
            return _column_of(body, name, column, path)

        found = _from_sensor(of, time_s, path) if from_sensors else _from_segment(of, time_s, path)
        return RawSensor(
            placement=placement,
            path=path,
            time_s=time_s,
            acc=not_there(len(time_s)) if found.acc is None else found.acc,
            gyr=found.gyr,
            columns=("index", *(found.names[0],) * 3, *(found.names[1],) * 3),
            locate=lambda row: Place(body.line[row]),
            sensor_id=label,
            index=index,
            rate_hz=body.rate_hz,
            lacks=LACKS_ACC if found.acc is None else 0,
            computed=found.computed,
        )

    return read


def _column_of(body: _Body, name: str, column: int, path: Path) -> FloatArray | None:
    rows = body.lists.get(name)
    if rows is None:
        return None
    width = _WIDTHS[name]
    sizes = {len(row) for row in rows}
    if len(rows) != len(body.index) or len(sizes) > 1 or min(sizes) < (column + 1) * width:
        raise ColumnError(
            f"{len(rows)} of {len(body.index)} frames have it, of {min(sizes)} to {max(sizes)} "
            "numbers",
            path=path,
            column=name,
            remedy="Export the recording again from MVN, with sensor data",
        )
    return np.array([row[column * width : (column + 1) * width] for row in rows])


@dataclass(frozen=True, slots=True)
class _Motion:
    acc: FloatArray | None
    gyr: FloatArray
    names: tuple[str, str]
    computed: int = 0  # LACKS_* bits of what was computed from orientation


def _from_sensor(of: Callable[[str], FloatArray | None], time_s: FloatArray, path: Path) -> _Motion:
    turned = of("sensorOrientation")
    if turned is None:
        raise ColumnError("there is none", path=path, column="sensorOrientation")
    orientation = rotation_of(turned, path, ("sensorOrientation",))
    names = ["sensorFreeAcceleration", "sensorAngularVelocity"]
    gyr = of("sensorAngularVelocity")
    computed = 0
    if gyr is None:
        gyr = angular_rate(orientation, time_s)
        names[1] = "sensorOrientation"
        computed = LACKS_GYR
    free, acc = of("sensorFreeAcceleration"), of("sensorAcceleration")
    if acc is not None:
        names[0] = "sensorAcceleration"
        level = float(np.linalg.norm(acc.mean(axis=0)))
        in_earth = orientation.apply(acc)
        # over a recording, what is left without gravity is nil; in g it would be 1
        if float(np.linalg.norm(in_earth.mean(axis=0))) < _NIL_M_S2 and level < 6.0:
            acc = specific_force(orientation, in_earth)  # written without gravity, sensor axes
    elif free is not None:
        acc = specific_force(orientation, free)
        computed |= LACKS_ACC
    return _Motion(acc, gyr, (names[0], names[1]), computed)


def _from_segment(
    of: Callable[[str], FloatArray | None], time_s: FloatArray, path: Path
) -> _Motion:
    turned, acceleration = of("orientation"), of("acceleration")
    if turned is None:
        raise ColumnError(
            "the file has neither sensor data nor orientation of segments",
            path=path,
            column="orientation",
            remedy="Export the recording again from MVN, with sensor data",
        )
    orientation = rotation_of(turned, path, ("orientation",))
    velocity = of("angularVelocity")
    gyr = (
        angular_rate(orientation, time_s) if velocity is None else orientation.inv().apply(velocity)
    )
    return _Motion(
        None if acceleration is None else specific_force(orientation, acceleration),
        gyr,
        ("acceleration", "angularVelocity"),
    )
