"""APDM (Opal): CSV files of Motion Studio and Mobility Lab, one with all sensors of a session.

Two layouts are in use. ``Format=7`` names ids and labels of the monitors in its first line, the
quantities in the second, the axes in the third; time is in microseconds since 1970, units are not
written and are m/s² and rad/s. The other has columns such as ``Lumbar/Acceleration/X``, units in the
line below, and time in seconds; ``Sample Rate:`` stands above. The sensors share one clock.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ColumnError, InputError, TimeError
from pipeline.importers.assemble import (
    EPOCH_FROM_S,
    NO_COLUMNS,
    RawSensor,
    assemble,
    not_there,
)
from pipeline.importers.found_sensors import FoundSensor, PlaceSources, choose_places
from pipeline.importers.imported_samples import ImportedSamples
from pipeline.importers.text_table import MAX_COLUMNS, TextTable, split_cells, text_lines
from pipeline.importers.time_axis import fit_time_axis
from pipeline.importers.unit_factors import ACC_UNITS, GYR_UNITS, TIME_UNITS, factor_of
from pipeline.importers.vendor_table import VendorTable, known_rows
from sensors.placement import Placement
from sensors.sample_block import LACKS_ACC, LACKS_GYR, FloatArray

_FORMAT = re.compile(r"format\s*=\s*\d+")
_COLUMN = re.compile(
    r"(?P<sensor>.+)/(?P<quantity>acceleration|angular velocity)/(?P<axis>[xyz])", re.I
)
_QUANTITIES = {
    "acceleration": "acc",
    "accelerometer": "acc",
    "angular velocity": "gyr",
    "gyroscope": "gyr",
}
_RATE_LINE = re.compile(r"sample rate\s*:?\s*,+\s*\"?(\d+(?:\.\d+)?)", re.I)
_HEAD_LINES = 50
_RATE_TOLERANCE = 0.2
_MOST_EMPTY = 40  # cells after the last column
_TIME = "time"

_Motion = dict[str, dict[str, str]]  # acc or gyr to axis to column


@dataclass(frozen=True, slots=True)
class _ApdmFile:
    table: VendorTable
    units: dict[str, str]
    usual_time: str
    monitors: dict[str, tuple[tuple[str, ...], _Motion]]  # id to further names and columns
    rate_hz: float | None


def is_apdm_header(names: frozenset[str]) -> bool:
    """Whether a line, as a set of names in lower case, is a header of an APDM table."""
    if any(_FORMAT.fullmatch(name) for name in names):
        return True
    return _TIME in names and any(_COLUMN.fullmatch(name) for name in names)


def read_apdm(paths: Sequence[Path], sources: PlaceSources) -> ImportedSamples:
    """Read an APDM table, which holds all sensors of a session.

    Args:
        paths: the one file.
        sources: what tells where the sensors were worn.

    Raises:
        InputError: and its kinds, see :func:`pipeline.importers.assemble.assemble`; also where a
            sensor has neither acceleration nor angular rate.
    """
    if len(paths) > 1:
        raise InputError(
            f"{len(paths)} APDM tables were given",
            path=paths[1],
            remedy="Give one at a time; a table holds all sensors of a session",
        )
    file = _open(Path(paths[0]))
    path = file.table.table.path
    if not any(columns[kind] for _, columns in file.monitors.values() for kind in ("acc", "gyr")):
        raise ColumnError(
            "the file has neither acceleration nor angular rate",
            path=path,
            line=file.table.table.header_line,
            remedy="Export accelerometer and gyroscope of each sensor",
        )
    said: list[str] = []
    found = [
        FoundSensor(sensor_id, names, path, _reader(file, sensor_id, columns))
        for sensor_id, (names, columns) in file.monitors.items()
    ]
    chosen = choose_places(found, sources, said)
    raw = [sensor.read(place, said) for place, sensor in chosen.items()]
    first_s = min(float(sensor.time_s[0]) for sensor in raw)
    if abs(first_s) < EPOCH_FROM_S:  # else the start is kept and moved later
        for sensor in raw:
            sensor.time_s[:] -= first_s
    return assemble(
        raw, format_name="apdm", source=f"APDM, {path.name}", warnings=list(dict.fromkeys(said))
    )


def _open(path: Path) -> _ApdmFile:
    lines: list[tuple[int, str]] = []
    for number, line, _ in text_lines(path):
        lines.append((number, line))
        if number >= _HEAD_LINES:
            break
    for at, (_, line) in enumerate(lines):
        for delimiter in (",", ";", "\t"):
            cells = _cells(line, delimiter)
            names = frozenset(cell.casefold() for cell in cells)
            if len(cells) > 1 and is_apdm_header(names):
                if len(cells) > MAX_COLUMNS:
                    raise ColumnError(
                        f"the table has {len(cells)} columns", path=path, line=lines[at][0]
                    )
                if _FORMAT.fullmatch(cells[0].casefold()):
                    return _by_monitor(path, lines[at:], delimiter)
                return _by_name(path, lines, at, delimiter)
    raise InputError(
        "there is no header line of an APDM export",
        path=path,
        remedy="Export the recording again, with its header",
    )


def _by_monitor(path: Path, lines: Sequence[tuple[int, str]], delimiter: str) -> _ApdmFile:
    """Three header lines: monitors, quantities, axes; cells are named once for all they cover."""
    if len(lines) < 3:
        raise InputError(
            "the header is cut short: lines of quantities and axes are missing",
            path=path,
            line=lines[-1][0],
            remedy="Export the recording again",
        )
    tops, quantities, axes = (_cells(line, delimiter) for _, line in lines[:3])
    width = max(len(tops), len(quantities), len(axes))
    if not quantities or quantities[0].casefold() != _TIME or width > MAX_COLUMNS:
        raise ColumnError(
            "the table does not begin with the time",
            path=path,
            line=lines[1][0],
            column="Time",
            remedy="Export the recording again, with its header",
        )
    names = ["Time"]
    monitors: dict[str, tuple[tuple[str, ...], _Motion]] = {}
    blocks: list[tuple[int, int]] = []
    start, seen, quantity = 1, set[str](), ""
    for column in range(1, width):
        cell = _at(quantities, column).casefold()
        if cell in seen:
            blocks.append((start, column))
            start, seen = column, set()
        if cell:
            seen.add(cell)
    blocks.append((start, width))
    for start, stop in blocks:
        told = [cell for cell in (_at(tops, column) for column in range(start, stop)) if cell]
        sensor_id = told[0] if told else f"column {start + 1}"
        if sensor_id in monitors:
            raise ColumnError(
                f"there are two monitors {sensor_id[:40]}",
                path=path,
                line=lines[0][0],
                remedy="Export the recording again",
            )
        columns: _Motion = {"acc": {}, "gyr": {}}
        quantity = ""
        for column in range(start, stop):
            quantity = _at(quantities, column) or quantity
            axis = _at(axes, column)
            name = " ".join(each for each in (sensor_id, quantity, axis) if each)
            names.append(name)
            kind = _QUANTITIES.get(quantity.casefold())
            if kind and axis.casefold() in ("x", "y", "z"):
                columns[kind].setdefault(axis.casefold(), name.casefold())
        monitors[sensor_id] = (tuple(told[1:2]), columns)
    return _ApdmFile(_table(path, delimiter, names, lines[2][0], ()), {}, "us", monitors, None)


def _by_name(path: Path, lines: Sequence[tuple[int, str]], at: int, delimiter: str) -> _ApdmFile:
    """One header line with ``sensor/quantity/axis``; units in the line below, if any."""
    names = _cells(lines[at][1], delimiter)
    below = _cells(lines[at + 1][1], delimiter) if at + 1 < len(lines) else []
    written = any(below) and not any(re.fullmatch(r"[-+.,\deE ]*\d[-+.,\deE ]*", c) for c in below)
    monitors: dict[str, tuple[tuple[str, ...], _Motion]] = {}
    for name in names:
        told = _COLUMN.fullmatch(name)
        if told:
            _, columns = monitors.setdefault(told["sensor"].strip(), ((), {"acc": {}, "gyr": {}}))
            kind = _QUANTITIES[told["quantity"].casefold()]
            columns[kind].setdefault(told["axis"].casefold(), name.casefold())
    head = tuple(line for _, line in lines[:at])
    rates = [found for found in map(_RATE_LINE.match, head) if found]
    return _ApdmFile(
        _table(path, delimiter, names, lines[at + written][0], head),
        {name.casefold(): unit for name, unit in zip(names, below, strict=False)}
        if written
        else {},
        "s",
        monitors,
        float(rates[0][1]) if rates else None,
    )


def _table(
    path: Path, delimiter: str, names: Sequence[str], line: int, head: tuple[str, ...]
) -> VendorTable:
    below = next((text for number, text, _ in text_lines(path) if number > line and text), "")
    more = len(split_cells(below, delimiter)) - len(names)
    all_names = (*names, *("",) * (more if 0 < more <= _MOST_EMPTY else 0))
    decimal = "," if delimiter != "," and re.search(r"\d,\d", below) else "."
    table = TextTable(path, delimiter, all_names, line, decimal)
    return VendorTable(table, tuple(name.casefold() for name in all_names), head)


def _reader(
    file: _ApdmFile, sensor_id: str, columns: _Motion
) -> Callable[[Placement, list[str]], RawSensor]:
    def read(placement: Placement, said: list[str]) -> RawSensor:
        table = file.table
        path, line = table.table.path, table.table.header_line
        for kind, what in (("acc", "acceleration"), ("gyr", "angular rate")):
            other = columns["gyr" if kind == "acc" else "acc"]
            if columns[kind].keys() != {"x", "y", "z"} and (columns[kind] or not other):
                raise ColumnError(
                    f"sensor {sensor_id[:40]} has no {what} along all three axes",
                    path=path,
                    line=line,
                    remedy="Export accelerometer and gyroscope of each sensor",
                )
        acc = tuple(columns["acc"][axis] for axis in "xyz" if columns["acc"])
        gyr = tuple(columns["gyr"][axis] for axis in "xyz" if columns["gyr"])
        values, rows = known_rows(table.columns((_TIME, *acc, *gyr)), table, said)

        def factor(keys: Sequence[str], known: dict[str, float], usual: str) -> list[float]:
            return [
                factor_of(
                    file.units.get(key, ""),
                    known,
                    usual,
                    path=path,
                    line=line,
                    column=table.name(key),
                )
                for key in keys
            ]

        time_s: FloatArray = values[:, 0] * factor((_TIME,), TIME_UNITS, file.usual_time)[0]
        _check_told_rate(file, time_s)
        return RawSensor(
            placement=placement,
            path=path,
            time_s=time_s,
            acc=values[:, 1:4] * factor(acc, ACC_UNITS, "m/s^2") if acc else not_there(len(values)),
            gyr=values[:, -3:] * factor(gyr, GYR_UNITS, "rad/s") if gyr else not_there(len(values)),
            columns=(
                table.name(_TIME),
                *(table.names(acc) or NO_COLUMNS),
                *(table.names(gyr) or NO_COLUMNS),
            ),
            locate=lambda row: table.place(int(rows[row])),
            sensor_id=sensor_id,
            lacks=(0 if acc else LACKS_ACC) | (0 if gyr else LACKS_GYR),
        )

    return read


def _check_told_rate(file: _ApdmFile, time_s: FloatArray) -> None:
    """A wrong unit of time shows against ``Sample Rate``; faults of the stamps are found later."""
    if file.rate_hz is None or len(time_s) < 3 or not (time_s[1:] > time_s[:-1]).all():
        return
    found_hz = fit_time_axis(time_s).rate_hz
    if abs(found_hz - file.rate_hz) > _RATE_TOLERANCE * file.rate_hz:
        raise TimeError(
            f"its samples come at {found_hz:.4g} Hz, but its rate is said to be {file.rate_hz:g} Hz",
            path=file.table.table.path,
            column=file.table.name(_TIME),
            remedy="Export the recording again, or correct the rate",
        )


def _cells(line: str, delimiter: str) -> list[str]:
    return [cell.strip().strip('"').strip() for cell in split_cells(line, delimiter)]


def _at(cells: Sequence[str], column: int) -> str:
    return cells[column] if column < len(cells) else ""
