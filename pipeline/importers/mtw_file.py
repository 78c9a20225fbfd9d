"""The head of an MT Manager text export: device, rate, separator and columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ColumnError, InputError
from pipeline.importers.text_table import TextTable, text_lines

COUNTER = "PacketCounter"
FINE_TIME = "SampleTimeFine"
ACC_COLUMNS = ("Acc_X", "Acc_Y", "Acc_Z")
GYR_COLUMNS = ("Gyr_X", "Gyr_Y", "Gyr_Z")

_MAX_COMMENT_LINES = 200
_DELIMITERS = ("\t", ";", ",", " ")
_SENSOR_ID = re.compile(r"(?<![0-9A-Za-z])(00[0-9A-Fa-f]{6})(?![0-9A-Za-z])")
_UPDATE_RATE = re.compile(r"Update Rate:\s*([0-9]{1,9}(?:[.,][0-9]{1,9})?)\s*Hz", re.I)
_DEVICE_ID = re.compile(r"DeviceId:\s*([0-9A-Fa-f]{8})\b", re.I)


@dataclass(frozen=True, slots=True)
class MtwFile:
    """An MT Manager export whose head has been read.

    Attributes:
        table: its table of samples.
        sensor_id: id of the sensor, upper case; empty when neither file nor name tells it.
        update_rate_hz: sampling rate where the head tells it.
    """

    table: TextTable
    sensor_id: str
    update_rate_hz: float | None


def open_mtw_file(path: Path) -> MtwFile:
    """Read the head of an export.

    Raises:
        InputError: there is no header line with ``PacketCounter``.
    """
    rate_hz, sensor_id, header = None, "", None
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
    if not sensor_id:
        in_name = _SENSOR_ID.findall(path.stem.replace("_", " "))
        sensor_id = in_name[-1].upper() if in_name else ""
    decimal_comma = delimiter != "," and re.search(r"\d,\d", first_row) is not None
    table = TextTable(path, delimiter, names, header[0], "," if decimal_comma else ".")
    return MtwFile(table, sensor_id, rate_hz)


def check_columns(table: TextTable) -> None:
    """Make sure that acceleration and angular rate were exported.

    Raises:
        ColumnError: a column is missing or there twice.
    """
    for columns, what, remedy in (
        (
            ACC_COLUMNS,
            "acceleration",
            "Export inertial data (acceleration with gravity, not free acceleration)",
        ),
        (
            GYR_COLUMNS,
            "angular rate",
            "Export the gyroscope too: pelvic drop and tibial rotation are computed from it",
        ),
    ):
        missing = [name for name in columns if name not in table.names]
        if missing:
            raise ColumnError(
                f"the file has no {what}",
                path=table.path,
                line=table.header_line,
                column=missing[0],
                remedy=remedy,
            )
    for name in (COUNTER, *ACC_COLUMNS, *GYR_COLUMNS):
        if table.names.count(name) > 1:
            raise ColumnError(
                "the column stands there twice",
                path=table.path,
                line=table.header_line,
                column=name,
                remedy="Export the recording again",
            )
