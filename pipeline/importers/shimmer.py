"""Shimmer: calibrated CSV files of Consensys, one per sensor or one with all of a session.

A line ``sep=…`` may stand first; then names such as ``Shimmer_40AC_Accel_LN_X_CAL``, and a line of
units (``m/(s^2)``, ``deg/s``, ``ms``). Without units m/s², °/s and ms are meant. Of several times
the synchronised one, then the calendar's counts. A sensor may have a low-noise accelerometer of ±2 g
(``Accel_LN``) and one of wide range (``Accel_WR``), which is read where it is there: steps exceed 2 g.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pipeline.errors import ColumnError
from pipeline.importers.assemble import (
    EPOCH_FROM_S,
    NO_COLUMNS,
    RawSensor,
    assemble,
    not_there,
)
from pipeline.importers.found_sensors import FoundSensor, PlaceSources, choose_places
from pipeline.importers.imported_samples import ImportedSamples
from pipeline.importers.text_table import TextTable, split_cells, text_lines
from pipeline.importers.unit_factors import ACC_UNITS, GYR_UNITS, TIME_UNITS, factor_of
from pipeline.importers.vendor_table import VendorTable, known_rows, open_vendor_table
from sensors.placement import Placement
from sensors.sample_block import LACKS_ACC, LACKS_GYR, FloatArray

_MOTION = re.compile(
    r"(?:(?P<sensor>.+)_)?(?P<kind>accel_ln|accel_wr|gyro)_(?P<axis>[xyz])(?:_(?P<form>cal|raw|uncal))?"
)
_TIME = re.compile(
    r"(?:(?P<sensor>.+?)_)??(?P<kind>(?:system_)?timestamp(?:sync)?(?:_plot_zeroed)?)"
    r"(?:_(?P<calendar>unix|formattedunix))?(?:_(?P<form>cal|raw|uncal))?"
)
_RAW_FORMS = ("raw", "uncal")
_ACCELEROMETERS = ("accel_wr", "accel_ln")
_DATE_UNIT = re.compile(r"y{2,4}[/-]mm[/-]dd.*", re.I)


def is_shimmer_header(names: frozenset[str]) -> bool:
    """Whether a line, as a set of names in lower case, is the header of a Shimmer table."""
    timed = any(_TIME.fullmatch(name) for name in names)
    motion = [told for told in map(_MOTION.fullmatch, names) if told]
    # a plain gyro_x beside a timestamp may be of anyone
    return timed and any(told["kind"] != "gyro" or told["form"] for told in motion)


@dataclass(frozen=True, slots=True)
class _ShimmerFile:
    table: VendorTable
    units: dict[str, str]
    header_line: int


def read_shimmer(paths: Sequence[Path], sources: PlaceSources) -> ImportedSamples:
    """Read the Shimmer files of one session.

    Args:
        paths: one file per sensor, or one with all.
        sources: what tells where the sensors were worn.

    Raises:
        InputError: and its kinds, see :func:`pipeline.importers.assemble.assemble`; also where
            acceleration or angular rate of a sensor is there as raw counts only.
    """
    files = [_open(Path(path)) for path in paths]
    said: list[str] = []
    found = [sensor for file in files for sensor in _sensors(file)]
    chosen = choose_places(found, sources, said)
    raw = [sensor.read(place, said) for place, sensor in chosen.items()]
    firsts = [float(sensor.time_s[0]) for sensor in raw]
    if abs(min(firsts)) < EPOCH_FROM_S:
        if len({sensor.path for sensor in raw}) > 1:
            said.append(
                "The times are not those of a calendar: they count from the start of each sensor "
                "unless the sensors were synchronised. Pelvic drop may be wrong."
            )
        for sensor in raw:
            sensor.time_s[:] -= min(firsts)
    imported = assemble(
        raw,
        format_name="shimmer",
        source="Shimmer, " + ", ".join(dict.fromkeys(sensor.path.name for sensor in raw)),
        warnings=list(dict.fromkeys(said)),
    )
    if any("formatted" in sensor.columns[0].casefold() for sensor in raw):
        # a calendar's time without a zone: when it was is not known
        return replace(imported, started_utc=None)
    return imported


def _open(path: Path) -> _ShimmerFile:
    found = open_vendor_table(path, is_shimmer_header, what="a Shimmer export")
    table = found.table
    below: list[str] = []
    for number, line, _ in text_lines(path):
        if number > table.header_line and line.strip(",;\t "):
            below = [cell.strip().strip('"').strip() for cell in split_cells(line, table.delimiter)]
            line_of_units = number
            break
    axes = [column for column, key in enumerate(found.keys) if _MOTION.fullmatch(key)]
    cells = [below[column] for column in axes if column < len(below)]
    if not cells or any(re.fullmatch(r"[-+.,\deE]*|nan", cell, re.I) for cell in cells):
        return _ShimmerFile(found, {}, table.header_line)
    names = table.names
    # the sniffed decimal mark was that of the line of units: look at the first numbers
    point = table.decimal_point
    for number, line, _ in text_lines(path):
        if number > line_of_units and line.strip():
            if table.delimiter != "," and re.search(r"\d,\d", line):
                point = ","
            more = len(split_cells(line, table.delimiter)) - len(names)
            names += ("",) * more if 0 < more <= 40 else ()
            break
    units = dict(zip(found.keys, below, strict=False))
    inner = TextTable(path, table.delimiter, names, line_of_units, point)
    keys = tuple(name.casefold() for name in names)
    return _ShimmerFile(VendorTable(inner, keys, found.head), units, table.header_line)


def _sensors(file: _ShimmerFile) -> list[FoundSensor]:
    path = file.table.table.path
    stem = path.name.split(".")[0]
    prefixes = [m["sensor"] or "" for m in map(_MOTION.fullmatch, file.table.keys) if m]
    found = []
    for prefix in dict.fromkeys(prefixes):
        first = next(
            key
            for key in file.table.keys
            if (m := _MOTION.fullmatch(key)) and (m["sensor"] or "") == prefix
        )
        own = file.table.name(first)[: len(prefix)]
        sensor_id = own.removeprefix("Shimmer_") or stem
        # the name of a file speaks of one sensor only
        single = (stem,) if len(set(prefixes)) == 1 else ()
        names = tuple(dict.fromkeys(each for each in (own, *single) if each))
        found.append(FoundSensor(sensor_id, names, path, _reader(file, prefix, sensor_id)))
    return found


def _reader(
    file: _ShimmerFile, prefix: str, sensor_id: str
) -> Callable[[Placement, list[str]], RawSensor]:
    def read(placement: Placement, said: list[str]) -> RawSensor:
        table = file.table
        path = table.table.path
        time_key = _time_key(file, prefix)
        acc, both = _axes(file, prefix, _ACCELEROMETERS, "acceleration", sensor_id)
        gyr, _ = _axes(file, prefix, ("gyro",), "angular rate", sensor_id)
        lacks = (0 if acc else LACKS_ACC) | (0 if gyr else LACKS_GYR)
        if both:
            said.append(
                f"Of the accelerometers of the {placement.label} sensor, the one of wide range is read."
            )
        elif acc and "accel_ln" in acc[0]:
            said.append(
                f"The {placement.label} sensor has only the low-noise accelerometer: impacts beyond "
                "its range, often 2 g, are cut off."
            )
        values = np.column_stack((_seconds(file, time_key), table.columns((*acc, *gyr))))
        values, rows = known_rows(values, table, said)
        factors = [
            factor_of(
                file.units.get(key, ""),
                known,
                usual,
                path=path,
                line=table.table.header_line if file.units else file.header_line,
                column=table.name(key),
            )
            for known, usual, keys in ((ACC_UNITS, "m/s^2", acc), (GYR_UNITS, "deg/s", gyr))
            for key in keys
        ]
        return RawSensor(
            placement=placement,
            path=path,
            time_s=values[:, 0].copy(),
            acc=values[:, 1:4] * factors[:3] if acc else not_there(len(values)),
            gyr=values[:, -3:] * factors[-3:] if gyr else not_there(len(values)),
            columns=(
                table.name(time_key),
                *(table.names(acc) or NO_COLUMNS),
                *(table.names(gyr) or NO_COLUMNS),
            ),
            locate=lambda row: table.place(int(rows[row])),
            sensor_id=sensor_id,
            lacks=lacks,
        )

    return read


def _axes(
    file: _ShimmerFile, prefix: str, kinds: Sequence[str], what: str, sensor_id: str
) -> tuple[tuple[str, ...], bool]:
    """Columns of the first kind that is complete, or none; and whether others are, too."""
    complete: list[tuple[str, ...]] = []
    raw = some = False
    for kind in kinds:
        axes: dict[str, str] = {}
        for key in file.table.keys:
            told = _MOTION.fullmatch(key)
            if told and told["kind"] == kind and (told["sensor"] or "") == prefix:
                if told["form"] in _RAW_FORMS or file.units.get(key) == "no units":
                    raw = True
                else:
                    axes.setdefault(told["axis"], key)
                    some = True
        if set(axes) == {"x", "y", "z"}:
            complete.append(tuple(axes[axis] for axis in "xyz"))
    if not complete and (raw or some):
        form = "not all three axes of" if some else "only raw counts of"
        raise _lacking(file, f"sensor {sensor_id[:40]} has {form} {what}")
    return complete[0] if complete else (), len(complete) > 1


def _lacking(file: _ShimmerFile, what: str) -> ColumnError:
    return ColumnError(
        what,
        path=file.table.table.path,
        line=file.header_line,
        remedy="Export calibrated (CAL) accelerometer and gyroscope data of each sensor",
    )


def _time_key(file: _ShimmerFile, prefix: str) -> str:
    """The time that serves best: of this sensor, synchronised, of a calendar, calibrated."""

    def rank(key: str) -> tuple[bool, bool, bool, bool, bool]:
        told = _TIME.fullmatch(key)
        if told is None:  # only keys that match are ranked
            return (True,) * 5
        return (
            (told["sensor"] or "") not in (prefix, ""),
            "system" in told["kind"],
            "sync" not in told["kind"],
            told["calendar"] is None,
            told["calendar"] == "formattedunix",
        )

    keys = [
        key
        for key in file.table.keys
        if (m := _TIME.fullmatch(key))
        and m["form"] not in _RAW_FORMS
        and file.units.get(key) != "no units"
    ]
    if not keys:
        raise ColumnError(
            "the file has no calibrated time",
            path=file.table.table.path,
            line=file.header_line,
            remedy="Export the calibrated time stamps, too",
        )
    return min(keys, key=rank)


def _seconds(file: _ShimmerFile, key: str) -> FloatArray:
    """Times in seconds; NaN where a cell is empty."""
    table = file.table
    told = _TIME.fullmatch(key)
    unit = file.units.get(key, "")
    if not _DATE_UNIT.fullmatch(unit) and not (told and told["calendar"] == "formattedunix"):
        factor = factor_of(
            unit,
            TIME_UNITS,
            "ms",
            path=table.table.path,
            line=table.table.header_line,
            column=table.name(key),
        )
        seconds: FloatArray = table.columns((key,))[:, 0] * factor
        return seconds
    import pandas as pd  # takes half a second, and most files are of another kind

    texts = pd.Series(table.words(key), dtype="str").str.replace("/", "-", regex=False)
    times = pd.to_datetime(texts, format="ISO8601", utc=True, errors="coerce")
    bad = times.isna().to_numpy() & (texts.str.strip() != "").to_numpy()
    if bad.any():
        row = int(np.argmax(bad))
        raise ColumnError(
            f"{str(texts.iloc[row])[:40]!r} is no time",
            path=table.table.path,
            line=table.place(row).line,
            column=table.name(key),
            remedy="Correct the cell or delete the line",
        )
    naive = times.dt.tz_localize(None).astype("datetime64[ns]")
    whole: FloatArray = naive.astype(np.int64).to_numpy() / 1e9
    return np.where(times.isna().to_numpy(), np.nan, whole)
