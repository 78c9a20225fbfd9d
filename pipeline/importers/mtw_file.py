"""The head of an MT Manager text export: device, rate, separator and columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ColumnError, InputError
from pipeline.importers.motion_columns import MotionColumns, MotionNames, choose_columns
from pipeline.importers.text_table import TextTable, text_lines

COUNTER = "PacketCounter"
FINE_TIME = "SampleTimeFine"
MATRIX = tuple(f"Mat[{row}][{column}]" for column in (1, 2, 3) for row in (1, 2, 3))
ORIENTATIONS: tuple[tuple[str, ...], ...] = (
    ("Quat_q0", "Quat_q1", "Quat_q2", "Quat_q3"),
    MATRIX,
    ("Roll", "Pitch", "Yaw"),
)
"""Columns that give the orientation of the sensor, best first."""
NAMES = MotionNames(
    acc=(("acc_x", "acc_y", "acc_z"),),
    gyr=(("gyr_x", "gyr_y", "gyr_z"),),
    gyr_degrees=False,
    velocity_step=(("velinc_x", "velinc_y", "velinc_z"),),
    turn=(
        ("oriinc_q0", "oriinc_q1", "oriinc_q2", "oriinc_q3"),
        ("oriinc_w", "oriinc_x", "oriinc_y", "oriinc_z"),
    ),
    orientation=tuple(tuple(name.casefold() for name in names) for names in ORIENTATIONS),
    free_acc=(("freeacc_e", "freeacc_n", "freeacc_u"), ("freeacc_x", "freeacc_y", "freeacc_z")),
)

_MAX_COMMENT_LINES = 200
_DELIMITERS = ("\t", ";", ",", " ")
_SENSOR_ID = re.compile(r"(?<![0-9A-Za-z])(00[0-9A-Fa-f]{6})(?![0-9A-Za-z])")
_UPDATE_RATE = re.compile(r"Update Rate:\s*([0-9]{1,9}(?:[.,][0-9]{1,9})?)\s*Hz", re.I)
_NED = re.compile(r"Coordinate system:\s*NED\b", re.I)
_DEVICE_ID = re.compile(r"DeviceId:\s*([0-9A-Fa-f]{8})\b", re.I)


@dataclass(frozen=True, slots=True)
class MtwFile:
    """An MT Manager export whose head has been read.

    Attributes:
        table: its table of samples.
        sensor_id: id of the sensor, upper case; empty when neither file nor name tells it.
        update_rate_hz: sampling rate where the head tells it.
        z_down: whether the head says that the earth frame is north, east, down.
    """

    table: TextTable
    sensor_id: str
    update_rate_hz: float | None
    z_down: bool = False


def open_mtw_file(path: Path) -> MtwFile:
    """Read the head of an export.

    Raises:
        InputError: there is no header line with ``PacketCounter``.
    """
    rate_hz, sensor_id, header = None, "", None
    z_down = False
    first_row = ""
    for number, line, _ in text_lines(path):
        if header is not None:
            if line:
                first_row = line
                break
        elif line.lstrip().startswith("//") or not line.strip():
            if number > _MAX_COMMENT_LINES:
                break
            if found := _UPDATE_RATE.search(line):
                rate_hz = float(found[1].replace(",", "."))
            z_down = z_down or _NED.search(line) is not None
            if found := _DEVICE_ID.search(line):
                sensor_id = found[1].upper()
        else:
            header = (number, line)
    if header is None or COUNTER not in header[1]:
        raise InputError(
            f"there is no header line with {COUNTER}",
            path=path,
            line=None if header is None else header[0],
            remedy="Export the recording from MT Manager as text, with the header",
        )
    delimiter = next((each for each in _DELIMITERS if each in header[1]), "\t")
    names = tuple(name.strip() for name in header[1].split(delimiter))
    if first_row.count(delimiter) == len(names) and first_row.endswith(delimiter):
        names += ("",)  # some versions end every row, but not the header, with a delimiter
    if COUNTER not in names:
        raise InputError(
            f"the header line has no column {COUNTER}",
            path=path,
            line=header[0],
            remedy="Export the recording from MT Manager as text, with the header",
        )
    if not sensor_id:
        in_name = _SENSOR_ID.findall(path.stem.replace("_", " "))
        sensor_id = in_name[-1].upper() if in_name else ""
    decimal_comma = delimiter != "," and re.search(r"\d,\d", first_row) is not None
    table = TextTable(path, delimiter, names, header[0], "," if decimal_comma else ".")
    return MtwFile(table, sensor_id, rate_hz, z_down)


def check_columns(table: TextTable) -> MotionColumns:
    """Choose the columns that tell the motion.

    Raises:
        ColumnError: acceleration or angular rate is missing, or a column is there twice.
    """
    keys = tuple(name.casefold() for name in table.names)
    columns = choose_columns(keys, NAMES, path=table.path, line=table.header_line)
    for key in (COUNTER.casefold(), *columns.used()):
        if keys.count(key) > 1:
            raise ColumnError(
                "the column stands there twice",
                path=table.path,
                line=table.header_line,
                column=table.names[keys.index(key)],
                remedy="Export the recording again",
            )
    return columns
