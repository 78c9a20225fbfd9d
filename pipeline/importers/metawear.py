"""MetaWear (MetaMotion): the CSV files of the MetaBase app, one per sensor and quantity.

``epoc (ms), timestamp (-0700), elapsed (s), x-axis (g), y-axis (g), z-axis (g)`` for the
accelerometer, the same with ``(deg/s)`` for the gyroscope. Other versions write ``epoch (ms)``,
``time (…)``, or only ``time`` with a calendar's time and names such as ``x-gyro``. The two of a
sensor have time stamps of their own; they are brought onto those of the faster one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from pipeline.errors import ColumnError, InputError, PlacementError, TimeError
from pipeline.importers.assemble import NO_COLUMNS, Place, RawSensor, assemble, not_there
from pipeline.importers.found_sensors import FoundSensor, PlaceSources, choose_places
from pipeline.importers.imported_samples import ImportedSamples
from pipeline.importers.merge_streams import Stream, even_stamps, merge
from pipeline.importers.placement_names import place_in_name
from pipeline.importers.plausibility import STANDARD_GRAVITY
from pipeline.importers.start_time import zone_of
from pipeline.importers.vendor_table import VendorTable, known_rows, open_vendor_table
from sensors.placement import Placement
from sensors.sample_block import LACKS_ACC, LACKS_GYR, FloatArray

_EPOCH = re.compile(r"epoc[h]?\s*\(ms\)")
_CLOCK = re.compile(r"time(?:stamp)?(?:\s*\((?P<zone>[^)]*)\))?")
_ELAPSED = re.compile(r"elapsed\s*\(s\)")
_AXIS = re.compile(r"(?P<axis>[xyz])[-_ ]?(?P<kind>axis|acc\w*|gyr\w*)?\s*(?:\((?P<unit>[^)]*)\))?")
_ACC_UNITS = {"g": STANDARD_GRAVITY, "mg": STANDARD_GRAVITY / 1000.0, "m/s^2": 1.0, "m/s²": 1.0}
_GYR_UNITS = {
    "deg/s": np.pi / 180.0,
    "°/s": np.pi / 180.0,
    "dps": np.pi / 180.0,
    "rad/s": 1.0,
}
_MAC = re.compile(r"(?<![0-9A-F])(?:[0-9A-F]{12}|(?:[0-9A-F]{2}[-:]){5}[0-9A-F]{2})(?![0-9A-F])")
_QUANTITY = re.compile(
    r"[ _-]*(accelerometer|gyroscope|acceleration|acc|gyro|gyr)"
    r"([ _-]*\d+(\.\d+)?\s*hz)?([ _-]*\d+\.\d+\.\d+)?(?![a-z])",
    re.I,
)
_ZONE_TOLERANCE_S = 1.0


def is_metawear_header(names: frozenset[str]) -> bool:
    """Whether a line, as a set of names in lower case, is the header of a MetaWear table."""
    axes = [found for found in map(_AXIS.fullmatch, names) if found]
    if {found["axis"] for found in axes} != {"x", "y", "z"}:
        return False
    stamped = any(_EPOCH.fullmatch(name) or _ELAPSED.fullmatch(name) for name in names)
    plain = "time" in names and all(
        (found["kind"] or "").startswith(("acc", "gyr")) for found in axes
    )
    return stamped or plain


@dataclass(frozen=True, slots=True)
class _MetaFile:
    table: VendorTable
    quantity: str  # acc or gyr
    axes: tuple[str, str, str]
    factor: float
    zone: str
    device: str
    stem: str


def read_metawear(paths: Sequence[Path], sources: PlaceSources) -> ImportedSamples:
    """Read the MetaWear files of one session: an accelerometer and a gyroscope file per sensor.

    Args:
        paths: the files.
        sources: what tells where the sensors were worn.

    Where only files of the one quantity are given, the sensors lack the other.

    Raises:
        InputError: and its kinds, see :func:`pipeline.importers.assemble.assemble`; also a file
            without its partner, or time zones that contradict each other.
    """
    files = [_open(Path(path)) for path in paths]
    zones = {file.zone: file for file in files if file.zone}
    if len(zones) > 1:
        one, two = list(zones)[:2]
        raise TimeError(
            f"its time zone is {two}, that of {zones[one].table.table.path.name} is {one}",
            path=zones[two].table.table.path,
            remedy="Give the files of one recording, exported with one setting",
        )
    said: list[str] = []
    single = len({file.quantity for file in files}) == 1
    found = [_lone(file) for file in files] if single else [_sensor(*p) for p in _pairs(files)]
    chosen = choose_places(found, sources, said)
    raw = [sensor.read(place, said) for place, sensor in chosen.items()]
    first_s = min(float(sensor.time_s[0]) for sensor in raw)
    imported = assemble(
        raw,
        format_name="metawear",
        source="MetaWear, " + ", ".join(sensor.path.name for sensor in raw),
        warnings=list(dict.fromkeys(said)),
    )
    if (
        not files[0].zone
        and imported.started_utc is not None
        and _epoch_key(files[0].table) is None
    ):
        # a calendar's time without a zone: when it was is not known
        return replace(imported, started_utc=None)
    if imported.started_utc is None and first_s > 1e9:
        return replace(imported, started_utc=datetime.fromtimestamp(first_s, UTC))
    return imported


def _open(path: Path) -> _MetaFile:
    table = open_vendor_table(path, is_metawear_header, what="a MetaWear export")
    axes: dict[str, re.Match[str]] = {}
    names: dict[str, str] = {}
    for key in table.keys:
        found = _AXIS.fullmatch(key)
        if found and found["axis"] not in axes:
            axes[found["axis"]] = found
            names[found["axis"]] = key
    stem = path.name.split(".csv")[0]
    units = {(found["unit"] or "").strip() for found in axes.values()}
    kinds = {(found["kind"] or "")[:3] for found in axes.values()}
    if len(units) > 1 or len(kinds) > 1:
        raise ColumnError(
            "its axes have different units",
            path=path,
            line=table.table.header_line,
            remedy="Export the recording again",
        )
    unit, kind = units.pop(), kinds.pop()
    quantity, factor = _quantity(unit, kind, stem, path, table)
    zone = next((m["zone"] or "" for m in map(_CLOCK.fullmatch, table.keys) if m and m["zone"]), "")
    mac = _MAC.search(stem.upper())
    rest = _QUANTITY.sub("", stem)
    return _MetaFile(
        table,
        quantity,
        (names["x"], names["y"], names["z"]),
        factor,
        zone.strip(),
        mac[0] if mac else f"{path.parent.name}/{rest}",
        rest,
    )


def _quantity(unit: str, kind: str, stem: str, path: Path, table: VendorTable) -> tuple[str, float]:
    if unit in _ACC_UNITS:
        return "acc", _ACC_UNITS[unit]
    if unit in _GYR_UNITS:
        return "gyr", _GYR_UNITS[unit]
    if not unit:
        word = kind if kind in ("acc", "gyr") else ""
        named = _QUANTITY.search(stem)
        word = word or (named[1].casefold()[:3] if named else "")
        if word == "acc":
            return "acc", STANDARD_GRAVITY
        if word == "gyr":
            return "gyr", np.pi / 180.0
    raise ColumnError(
        f"the unit {unit!r} is neither one of acceleration nor of angular rate",
        path=path,
        line=table.table.header_line,
        remedy="Give the files of the accelerometer (g) and of the gyroscope (deg/s)",
    )


def _pairs(files: Sequence[_MetaFile]) -> list[tuple[_MetaFile, _MetaFile]]:
    """Accelerometer and gyroscope of each sensor: by id, by name, or as the only two."""
    kinds: dict[str, list[_MetaFile]] = {"acc": [], "gyr": []}
    for file in files:
        kinds[file.quantity].append(file)
    pairs = []
    for acc in kinds["acc"]:
        same = [gyr for gyr in kinds["gyr"] if gyr.device == acc.device]
        if not same:
            place = place_in_name(acc.stem)
            same = [g for g in kinds["gyr"] if place and place_in_name(g.stem) is place]
        if not same and len(kinds["acc"]) == len(kinds["gyr"]) == 1:
            same = kinds["gyr"]
        if len(same) > 1 or any(
            other is not acc and other.device == acc.device for other in kinds["acc"]
        ):
            raise PlacementError(
                f"there are several files of sensor {acc.device}",
                path=acc.table.table.path,
                remedy="Give the files of one recording",
            )
        if not same:
            raise InputError(
                "there is no gyroscope file to go with this accelerometer file",
                path=acc.table.table.path,
                remedy="Give both files of each sensor; their names have the same id",
            )
        pairs.append((acc, same[0]))
    left = [gyr for gyr in kinds["gyr"] if all(gyr is not pair[1] for pair in pairs)]
    if left:
        raise InputError(
            "there is no accelerometer file to go with this gyroscope file",
            path=left[0].table.table.path,
            remedy="Give both files of each sensor; their names have the same id",
        )
    return pairs


def _sensor(acc: _MetaFile, gyr: _MetaFile) -> FoundSensor:
    path = acc.table.table.path
    sensor_id = acc.device if _MAC.fullmatch(acc.device) else acc.stem
    names = tuple(dict.fromkeys((acc.stem, gyr.stem, path.parent.name)))
    return FoundSensor(sensor_id, names, path, _reader(acc, gyr, sensor_id))


def _lone(file: _MetaFile) -> FoundSensor:
    """A sensor of which only the accelerometer or only the gyroscope was exported."""
    path = file.table.table.path
    sensor_id = file.device if _MAC.fullmatch(file.device) else file.stem
    names = tuple(dict.fromkeys((file.stem, path.parent.name)))

    def read(placement: Placement, said: list[str]) -> RawSensor:
        stream = _stream(file, placement, said)
        absent = not_there(len(stream.time_s))
        is_acc = file.quantity == "acc"
        axes = file.table.names(file.axes)
        return RawSensor(
            placement=placement,
            path=path,
            time_s=stream.time_s,
            acc=stream.values if is_acc else absent,
            gyr=absent if is_acc else stream.values,
            columns=(
                _time_name(file.table),
                *(axes if is_acc else NO_COLUMNS),
                *(NO_COLUMNS if is_acc else axes),
            ),
            locate=lambda row: Place(None, f" (at {stream.time_s[row]:.3f} s)"),
            sensor_id=sensor_id,
            lacks=LACKS_GYR if is_acc else LACKS_ACC,
        )

    return FoundSensor(sensor_id, names, path, read)


def _reader(
    acc: _MetaFile, gyr: _MetaFile, sensor_id: str
) -> Callable[[Placement, list[str]], RawSensor]:
    def read(placement: Placement, said: list[str]) -> RawSensor:
        time_s, force, rate = merge(_stream(acc, placement, said), _stream(gyr, placement, said))
        path = acc.table.table.path
        if len(time_s) < 2:
            raise TimeError(
                f"its times and those of {gyr.table.table.path.name} do not overlap",
                path=path,
                remedy="Give the two files of one recording, exported in one time zone",
            )
        return RawSensor(
            placement=placement,
            path=path,
            time_s=time_s,
            acc=force,
            gyr=rate,
            columns=(
                _time_name(acc.table),
                *acc.table.names(acc.axes),
                *gyr.table.names(gyr.axes),
            ),
            locate=lambda row: Place(None, f" (at {time_s[row]:.3f} s)"),
            sensor_id=sensor_id,
        )

    return read


def _stream(file: _MetaFile, placement: Placement, said: list[str]) -> Stream:
    table = file.table
    path = table.table.path
    key = _epoch_key(table)
    if key is not None:
        values = table.columns((key, *file.axes))
        time_s = values[:, 0] * (1.0 if _ELAPSED.fullmatch(key) else 1e-3)
        if not _ELAPSED.fullmatch(key):
            _check_zone(table, time_s, file.zone)
    else:
        time_s = _calendar(table)
        values = np.column_stack((time_s, table.columns(file.axes)))
    known, rows = known_rows(np.column_stack((time_s, values[:, 1:])), table, said)
    evened = even_stamps(known[:, 0])
    if evened.spread_s > 0.002:
        said.append(
            f"Time stamps of the {placement.label} sensor are those of arrival: its samples were "
            f"spread evenly, by up to {evened.spread_s * 1e3:.0f} ms; sensors may be shifted "
            "against each other by as much."
        )
    steps = np.diff(evened.time_s)
    if (steps <= 0).any():
        row = int(np.argmax(steps <= 0)) + 1
        raise TimeError(
            f"time goes from {evened.time_s[row - 1]:.3f} to {evened.time_s[row]:.3f} s",
            path=path,
            line=table.place(int(rows[row])).line,
            column=_time_name(table),
            remedy="Give the files as the app exported them, one recording per file",
        )
    return Stream(evened.time_s, known[:, 1:] * file.factor)


def _epoch_key(table: VendorTable) -> str | None:
    return next((key for key in table.keys if _EPOCH.fullmatch(key)), None) or next(
        (key for key in table.keys if _ELAPSED.fullmatch(key) and "time" not in table.keys), None
    )


def _time_name(table: VendorTable) -> str:
    return table.name(_epoch_key(table) or "time")


def _check_zone(table: VendorTable, epoch_s: FloatArray, zone: str) -> None:
    """The first calendar time, in the zone of its header, has to be the first epoch."""
    key = next((k for k in table.keys if (m := _CLOCK.fullmatch(k)) and m["zone"]), None)
    offset = zone_of(zone)
    if key is None or offset is None or not len(epoch_s):
        return
    column = table.keys.index(key)
    for line, cells in table.table.rows():
        text = cells[column].strip() if column < len(cells) else ""
        # MetaBase writes 2019-01-11T16.10.08.270: dots instead of colons
        text = re.sub(r"T(\d\d)[.:-](\d\d)[.:-](\d\d)", r"T\1:\2:\3", text)
        try:
            when = datetime.fromisoformat(text)
        except ValueError:
            return
        apart_s = when.replace(tzinfo=offset).timestamp() - float(epoch_s[0])
        if abs(apart_s) > _ZONE_TOLERANCE_S:
            raise TimeError(
                f"the time {text} in zone {zone} is {abs(apart_s) / 3600:.3g} h "
                f"{'after' if apart_s > 0 else 'before'} the epoch of the same line",
                path=table.table.path,
                line=line,
                column=table.name(key),
                remedy="Time zones are mixed up: export the recording again",
            )
        return


def _calendar(table: VendorTable) -> FloatArray:
    import pandas as pd  # takes half a second, and most files are of another kind

    texts = pd.Series(table.words("time"), dtype="str")
    zoned = texts.str.contains(r"(?:Z|[+-]\d\d:?\d\d)\s*$", regex=True)
    if zoned.any() and not zoned.all():
        row = int(np.argmax(~zoned.to_numpy()))
        raise TimeError(
            "some times have a time zone and others have none",
            path=table.table.path,
            line=table.place(row).line,
            column="time",
            remedy="Time zones are mixed up: export the recording again",
        )
    times = pd.to_datetime(texts, format="ISO8601", utc=True, errors="coerce")
    bad = times.isna().to_numpy()
    if bad.any():
        row = int(np.argmax(bad))
        raise ColumnError(
            f"{str(texts.iloc[row])[:40]!r} is no time",
            path=table.table.path,
            line=table.place(row).line,
            column="time",
            remedy="Correct the cell or delete the line",
        )
    nanos = times.dt.tz_localize(None).astype("datetime64[ns]").astype(np.int64).to_numpy()
    seconds: FloatArray = nanos / 1e9
    return seconds
