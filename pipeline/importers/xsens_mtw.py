"""Xsens MTw: the text files that MT Manager exports, one per sensor.

Lines that begin with ``//`` tell about the device, then a header names the columns, separated by
tab, comma, semicolon or space. ``PacketCounter`` (16 bits, the same for all sensors of a station)
counts samples; ``Acc_*`` is specific force in m/s², ``Gyr_*`` angular rate in rad/s. Other columns
(UTC, magnetometer, quaternion, Euler angles, matrix) are not needed and may be there or not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.errors import ColumnError, InputError, PlacementError, TimeError
from pipeline.importers.assemble import Place, RawSensor, assemble
from pipeline.importers.imported_samples import ImportedSamples
from pipeline.importers.mtw_file import (
    ACC_COLUMNS,
    COUNTER,
    FINE_TIME,
    GYR_COLUMNS,
    MtwFile,
    check_columns,
    open_mtw_file,
)
from pipeline.importers.mtw_rate import ORIENTATIONS, mtw_rate_hz
from pipeline.importers.sensor_map import (
    USUAL_NAMES,
    SensorMap,
    find_sensor_map,
    map_from_names,
    read_sensor_map,
)
from pipeline.importers.text_table import TextTable
from sensors.placement import Placement
from sensors.sample_block import FloatArray

_COUNTER_SPAN = 1 << 16


def read_xsens_mtw(
    paths: Sequence[Path],
    *,
    placements: Mapping[str, str] | None = None,
    sensor_map: Path | None = None,
    rate_hz: float | None = None,
) -> ImportedSamples:
    """Read the text exports of the sensors of one session.

    Sensors are told apart by the id in the file (``DeviceId``) or its name (``…_00B40B91.txt``).
    Where they were worn comes from ``placements``, else from ``sensor_map``, else from a file
    ``sensor_map.json`` or ``myIMUMappings.xml`` beside the first that has one. Files of other body
    segments are left out, and said to be. Time zero is the first sample of the earliest sensor.

    Args:
        paths: the files.
        placements: sensor id to placement (or to a name such as ``tibia_r``), or the other way.
        sensor_map: file with such pairs.
        rate_hz: sampling rate, for files that do not tell it.

    Raises:
        InputError: and its kinds, see :func:`pipeline.importers.assemble.assemble`; also where the
            gyroscope was not exported, the rate is not told or a sensor's place is not known.
    """
    files = [open_mtw_file(Path(path)) for path in paths]
    if not files:
        raise InputError("no files were given", path=".", remedy="Give one file per sensor")
    where, known = _sensor_map(files, placements, sensor_map)
    warnings: list[str] = []
    chosen: dict[Placement, MtwFile] = {}
    for file in files:
        placement = known.get(file.sensor_id)
        if placement is None:
            warnings.append(f"{file.table.path.name} is left out: its place is not used here.")
            continue
        if placement in chosen:
            raise PlacementError(
                f"sensor {file.sensor_id} is given twice, also by {chosen[placement].table.path}",
                path=file.table.path,
                remedy="Give the files of one recording",
            )
        chosen[placement] = file
    if not chosen:
        ids = ", ".join(file.sensor_id or "(no id)" for file in files)
        raise PlacementError(
            f"none of the sensors {ids} has a place in the sensor map",
            path=where,
            remedy="Map their ids to pelvis, shank_left and shank_right",
        )
    sensors = _on_one_counter(
        [_read(placement, file, rate_hz, warnings) for placement, file in chosen.items()]
    )
    names = ", ".join(str(file.table.path.name) for file in chosen.values())
    return assemble(
        sensors, format_name="xsens-mtw", source=f"MT Manager exports, {names}", warnings=warnings
    )


def _sensor_map(
    files: Sequence[MtwFile], placements: Mapping[str, str] | None, given: Path | None
) -> tuple[Path | str, SensorMap]:
    if placements is not None:
        return "placements", map_from_names(placements, "placements")
    first = files[0].table.path
    path = given or find_sensor_map(tuple(file.table.path for file in files))
    if path is None:
        ids = ", ".join(file.sensor_id or "(no id)" for file in files)
        raise PlacementError(
            f"it is not known where the sensors {ids} were worn",
            path=first,
            remedy=f"Give a sensor map, or put it beside the files as {' or '.join(USUAL_NAMES)}",
        )
    return path, read_sensor_map(path)


def _read(
    placement: Placement, file: MtwFile, rate_hz: float | None, warnings: list[str]
) -> RawSensor:
    table = file.table
    check_columns(table)
    columns = (COUNTER, *ACC_COLUMNS, *GYR_COLUMNS)
    orientation = next((each for each in ORIENTATIONS if set(each) <= set(table.names)), ())
    wanted = (*columns, *((FINE_TIME,) if FINE_TIME in table.names else ()), *orientation)
    parts = [
        np.column_stack([batch.column(name).to_numpy(zero_copy_only=False) for name in wanted])
        for batch in table.batches(wanted)
    ]
    values = np.concatenate(parts) if parts else np.empty((0, len(wanted)))
    known = np.all(np.isfinite(values[:, : len(columns)]), axis=1)
    rows = np.flatnonzero(known)
    if not rows.size:
        raise InputError(
            "no row has all of acceleration, angular rate and packet counter"
            if len(values)
            else "the file holds no samples",
            path=table.path,
            remedy="Export the recording again, with inertial data",
        )
    if rows.size < len(values):
        warnings.append(
            f"{len(values) - rows.size} of {len(values)} rows of {table.path.name} lack a value "
            "and count as lost."
        )
    values = values[rows]
    count = _unwrapped(values[:, 0], table, rows)
    rate = mtw_rate_hz(
        file,
        rate_hz,
        count,
        gyr=values[:, 4:7],
        fine_time=values[:, len(columns)] if FINE_TIME in table.names else None,
        orientation=values[:, len(wanted) - len(orientation) :] if orientation else None,
        warnings=warnings,
    )
    return RawSensor(
        placement=placement,
        path=table.path,
        time_s=count / rate,
        acc=values[:, 1:4].copy(),
        gyr=values[:, 4:7].copy(),
        columns=columns,
        locate=lambda row: _place(table, int(rows[row])),
        sensor_id=file.sensor_id,
        index=count,
        rate_hz=rate,
    )


def _unwrapped(
    counter: FloatArray, table: TextTable, row_of: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Sample numbers from the 16 bit counter, which begins again after 65535."""
    if (counter != np.floor(counter)).any() or (counter < 0).any() or (counter >= 2**32).any():
        row = int(np.argmax((counter != np.floor(counter)) | (counter < 0) | (counter >= 2**32)))
        raise ColumnError(
            f"{counter[row]:g} is no packet counter",
            path=table.path,
            line=_place(table, int(row_of[row])).line,
            column=COUNTER,
            remedy="Export the recording again",
        )
    whole = counter.astype(np.int64)
    if whole.max() >= _COUNTER_SPAN:
        steps = np.diff(whole)
    else:
        steps = (np.diff(whole) + _COUNTER_SPAN // 2) % _COUNTER_SPAN - _COUNTER_SPAN // 2
    if (steps <= 0).any():
        row = int(np.argmax(steps <= 0)) + 1
        raise TimeError(
            f"the packet counter goes from {whole[row - 1]} to {whole[row]}",
            path=table.path,
            line=_place(table, int(row_of[row])).line,
            column=COUNTER,
            remedy="Keep the rows in the order of recording, each once",
        )
    return np.concatenate((whole[:1], whole[0] + np.cumsum(steps)))


def _on_one_counter(sensors: list[RawSensor]) -> list[RawSensor]:
    """Put the sensors of one station on one time axis, from the first sample of any."""
    starts = [int(sensor.index[0]) for sensor in sensors if sensor.index is not None]
    half = _COUNTER_SPAN // 2
    # The shared counter may begin again between the first samples of two sensors.
    offsets = [
        (start - starts[0] + half) % _COUNTER_SPAN - half
        if max(starts) < _COUNTER_SPAN
        else start - starts[0]
        for start in starts
    ]
    earliest = min(offsets)
    moved = []
    for sensor, offset in zip(sensors, offsets, strict=True):
        if sensor.index is not None and sensor.rate_hz is not None:
            index = sensor.index - sensor.index[0] + (offset - earliest)
            moved.append(replace(sensor, index=index, time_s=index / sensor.rate_hz))
    return moved


def _place(table: TextTable, row: int) -> Place:
    for line, _ in table.rows():
        if row == 0:
            return Place(line)
        row -= 1
    return Place(None)
