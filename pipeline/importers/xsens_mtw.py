"""Xsens MTw: the text files that MT Manager exports, one per sensor.

Lines that begin with ``//`` tell about the device, then a header names the columns, separated by
tab, comma, semicolon or space. ``PacketCounter`` (16 bits, the same for all sensors of a station)
counts samples; ``Acc_*`` is specific force in m/s², ``Gyr_*`` angular rate in rad/s. Where one of
them is missing, it is computed from the increments (``VelInc_*``, ``OriInc_*``) or the orientation
(and ``FreeAcc_*``). Other columns may be there or not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.errors import ColumnError, InputError, TimeError
from pipeline.importers.assemble import Place, RawSensor, assemble
from pipeline.importers.derived_motion import check_sign
from pipeline.importers.found_sensors import FoundSensor, PlaceSources, choose_places
from pipeline.importers.imported_samples import ImportedSamples
from pipeline.importers.motion_columns import Names, motion
from pipeline.importers.mtw_file import (
    COUNTER,
    FINE_TIME,
    ORIENTATIONS,
    MtwFile,
    check_columns,
    open_mtw_file,
)
from pipeline.importers.mtw_rate import mtw_rate_hz
from pipeline.importers.text_table import TextTable, bounded
from sensors.placement import Placement
from sensors.sample_block import FloatArray

_COUNTER_SPAN = 1 << 16


def read_xsens_mtw(
    paths: Sequence[Path],
    sources: PlaceSources,
    *,
    rate_hz: float | None = None,
) -> ImportedSamples:
    """Read the text exports of the sensors of one session.

    Sensors are told apart by the id in the file (``DeviceId``) or its name (``…_00B40B91.txt``).
    Where they were worn comes from ``sources``, a file ``sensor_map.json`` or ``myIMUMappings.xml``
    beside the first that has one, or their names. Files of other body segments are left out, and
    said to be. Time zero is the first sample of the earliest sensor.

    Args:
        paths: the files.
        sources: what tells where the sensors were worn.
        rate_hz: sampling rate, for files that do not tell it.

    Raises:
        InputError: and its kinds, see :func:`pipeline.importers.assemble.assemble`; also where
            nothing of the motion was exported, the rate is not told or no sensor's place is known.
    """
    files = [open_mtw_file(Path(path)) for path in paths]
    if not files:
        raise InputError("no files were given", path=".", remedy="Give one file per sensor")
    warnings: list[str] = []
    found = [
        FoundSensor(
            file.sensor_id or file.table.path.stem,
            (file.table.path.stem,),
            file.table.path,
            _reader(file, rate_hz),
        )
        for file in files
    ]
    chosen = choose_places(found, sources, warnings)
    sensors = _on_one_counter(
        [sensor.read(placement, warnings) for placement, sensor in chosen.items()]
    )
    names = ", ".join(sensor.path.name for sensor in chosen.values())
    return assemble(
        sensors,
        format_name="xsens-mtw",
        source=f"MT Manager exports, {names}",
        warnings=warnings,
    )


def _reader(file: MtwFile, rate_hz: float | None) -> Callable[[Placement, list[str]], RawSensor]:
    def read(placement: Placement, said: list[str]) -> RawSensor:
        return _read(placement, file, rate_hz, said)

    return read


def _read(
    placement: Placement, file: MtwFile, rate_hz: float | None, warnings: list[str]
) -> RawSensor:
    table = file.table
    chosen = check_columns(table)
    name_of = {name.casefold(): name for name in reversed(table.names)}
    columns = (COUNTER, *(name_of[key] for key in chosen.used()))
    orientation = next((each for each in ORIENTATIONS if set(each) <= set(table.names)), ())
    wanted = tuple(
        dict.fromkeys((*columns, *((FINE_TIME,) if FINE_TIME in table.names else ()), *orientation))
    )
    parts = [
        np.column_stack([batch.column(name).to_numpy(zero_copy_only=False) for name in wanted])
        for batch in table.batches(wanted)
    ]
    values = bounded(np.concatenate(parts)) if parts else np.empty((0, len(wanted)))
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

    def these(names: Sequence[str]) -> FloatArray:
        return values[:, [wanted.index(name) for name in names]]

    def by_key(keys: Names) -> FloatArray:
        return these([name_of[key] for key in keys])

    rate = mtw_rate_hz(
        file,
        rate_hz,
        count,
        gyr=by_key(chosen.gyr) if chosen.gyr_kind == "measured" else None,
        fine_time=these((FINE_TIME,))[:, 0] if FINE_TIME in wanted else None,
        orientation=these(orientation) if orientation else None,
        warnings=warnings,
    )
    acc, gyr = motion(
        by_key,
        chosen,
        count / rate,
        degrees=False,
        path=table.path,
        z_down=file.z_down,
    )
    if orientation and chosen.acc_kind == "measured":
        names = [name_of[key] for key in chosen.acc]
        check_sign(these(orientation), acc, table.path, names, z_down=file.z_down)
    return RawSensor(
        placement=placement,
        path=table.path,
        time_s=count / rate,
        acc=acc,
        gyr=gyr,
        columns=(
            COUNTER,
            *(name_of[key] for key in chosen.triple("acc")),
            *(name_of[key] for key in chosen.triple("gyr")),
        ),
        locate=lambda row: _place(table, int(rows[row])),
        sensor_id=file.sensor_id,
        index=count,
        rate_hz=rate,
        lacks=chosen.lacks,
        computed=chosen.computed,
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
