"""x-IMU3 (x-io Technologies): a folder per sensor, with one CSV file per kind of message.

``Inertial.csv`` holds ``Timestamp (us)``, ``Gyroscope X (deg/s)`` … and ``Accelerometer X (g)`` …;
``Command.json`` the name and serial number of the sensor. Tables of the same names with
``Time (s)`` (NGIMU and older software) are read, too. Sensors on one network share their clock.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from pipeline.errors import ColumnError
from pipeline.importers.assemble import RawSensor, assemble
from pipeline.importers.found_sensors import FoundSensor, PlaceSources, choose_places
from pipeline.importers.imported_samples import ImportedSamples
from pipeline.importers.plausibility import STANDARD_GRAVITY
from pipeline.importers.vendor_table import VendorTable, known_rows, open_vendor_table
from sensors.placement import Placement

_TIME = re.compile(r"(?:timestamp|time)\s*\((us|µs|ms|s)\)")
_TICKS_S = {"us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0}
_GYR = re.compile(r"gyroscope ([xyz])\s*\(([^)]*)\)")
_ACC = re.compile(r"accelerometer ([xyz])\s*\(([^)]*)\)")
_GYR_UNITS = {"deg/s": np.pi / 180.0, "°/s": np.pi / 180.0, "dps": np.pi / 180.0, "rad/s": 1.0}
_ACC_UNITS = {"g": STANDARD_GRAVITY, "m/s^2": 1.0, "m/s/s": 1.0, "m/s²": 1.0}
_SERIAL = re.compile(r"(?<![0-9A-F])(?:[0-9A-F]{8}|(?:[0-9A-F]{4}-){3}[0-9A-F]{4})(?![0-9A-F])")
_MAX_COMMAND_BYTES = 1 << 20
COMMAND_FILE = "Command.json"


def is_x_imu3_header(names: frozenset[str]) -> bool:
    """Whether a line, as a set of names in lower case, is the header of ``Inertial.csv``."""
    timed = any(_TIME.fullmatch(name) for name in names)
    return timed and any(_GYR.fullmatch(n) or _ACC.fullmatch(n) for n in names)


def read_x_imu3(
    paths: Sequence[Path], sources: PlaceSources, *, need_shank: bool = True
) -> ImportedSamples:
    """Read the x-IMU3 files of one session.

    Args:
        paths: one ``Inertial.csv`` per sensor, each in its folder or with a name of its own.
        sources: what tells where the sensors were worn.
        need_shank: whether a session without a shank sensor is refused.

    Raises:
        InputError: and its kinds, see :func:`pipeline.importers.assemble.assemble`.
    """
    found = [_sensor(Path(path)) for path in paths]
    said: list[str] = []
    chosen = choose_places(found, sources, said)
    raw = [sensor.read(place, said) for place, sensor in chosen.items()]
    first_s = min(float(sensor.time_s[0]) for sensor in raw)
    for sensor in raw:
        sensor.time_s[:] -= first_s
    return assemble(
        raw,
        format_name="x-imu3",
        source="x-IMU3, " + ", ".join(sensor.sensor_id for sensor in raw),
        warnings=list(dict.fromkeys(said)),
        need_shank=need_shank,
    )


def _sensor(path: Path) -> FoundSensor:
    table = open_vendor_table(path, is_x_imu3_header, what="an x-IMU3 export")
    stem = path.name.split(".")[0]
    folder = path.absolute().parent.name
    name, serial = _command(path.parent / COMMAND_FILE)
    in_name = _SERIAL.search(f"{stem} {folder}".upper())
    own = stem if stem.casefold() != "inertial" else ""
    sensor_id = serial or (in_name[0] if in_name else own or folder)
    names = tuple(dict.fromkeys(each for each in (name, own, folder) if each))
    return FoundSensor(sensor_id, names, path, _reader(table, sensor_id))


def _command(path: Path) -> tuple[str, str]:
    """Name and serial number of a sensor; empty where the file does not tell them."""
    try:
        with path.open("rb") as file:
            said = json.loads(file.read(_MAX_COMMAND_BYTES).decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return "", ""  # the file is not needed
    entries = said if isinstance(said, list) else [said]
    for entry in entries:
        ping = entry.get("ping") if isinstance(entry, dict) else None
        if isinstance(ping, dict):
            name, serial = ping.get("name"), ping.get("sn")
            return (
                name[:200] if isinstance(name, str) else "",
                serial[:40] if isinstance(serial, str) else "",
            )
    return "", ""


def _reader(table: VendorTable, sensor_id: str) -> Callable[[Placement, list[str]], RawSensor]:
    def read(placement: Placement, said: list[str]) -> RawSensor:
        time_key = next(key for key in table.keys if _TIME.fullmatch(key))
        unit = _TIME.fullmatch(time_key)
        acc, acc_factor = _axes(table, _ACC, _ACC_UNITS, "acceleration")
        gyr, gyr_factor = _axes(table, _GYR, _GYR_UNITS, "angular rate")
        values, rows = known_rows(table.columns((time_key, *acc, *gyr)), table, said)
        return RawSensor(
            placement=placement,
            path=table.table.path,
            time_s=values[:, 0] * _TICKS_S[unit[1] if unit else "us"],
            acc=values[:, 1:4] * acc_factor,
            gyr=values[:, 4:7] * gyr_factor,
            columns=table.names((time_key, *acc, *gyr)),
            locate=lambda row: table.place(int(rows[row])),
            sensor_id=sensor_id,
        )

    return read


def _axes(
    table: VendorTable, pattern: re.Pattern[str], units: dict[str, float], what: str
) -> tuple[tuple[str, ...], float]:
    found = {m[1]: m for m in map(pattern.fullmatch, table.keys) if m}
    if set(found) != {"x", "y", "z"}:
        raise ColumnError(
            f"the file has no {what}",
            path=table.table.path,
            line=table.table.header_line,
            remedy="Give Inertial.csv, which has the gyroscope and the accelerometer",
        )
    unit = {m[2].strip() for m in found.values()}
    if len(unit) > 1 or not unit <= set(units):
        raise ColumnError(
            f"the unit of {what}, {', '.join(sorted(unit))}, is not known",
            path=table.table.path,
            line=table.table.header_line,
            remedy=f"It should be one of {', '.join(units)}",
        )
    return tuple(found[axis][0] for axis in "xyz"), units[unit.pop()]
