"""Motion-BIDS: ``…_motion.tsv`` with its ``…_channels.tsv`` and ``…_motion.json``.

One row per sample, no header (older data sets have one), one column per row of ``channels.tsv``,
which names type (``ACCEL``, ``GYRO``, ``LATENCY`` …), component (x, y, z), tracked point and units.
Times are those of the ``LATENCY`` column, else sample number by ``SamplingFrequency``.
Source: BIDS specification 1.11, Motion.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np

from pipeline.errors import ColumnError, InputError, TimeError
from pipeline.importers.assemble import NO_COLUMNS, Place, RawSensor, assemble, not_there
from pipeline.importers.bids_names import acquired_utc, entities, sidecar
from pipeline.importers.found_sensors import FoundSensor, PlaceSources, choose_places
from pipeline.importers.imported_samples import ImportedSamples
from pipeline.importers.plausibility import STANDARD_GRAVITY
from pipeline.importers.text_table import MAX_COLUMNS, TextTable, bounded, text_lines, unreadable
from sensors.placement import Placement
from sensors.sample_block import (
    FLAG_CLIPPED_ACC,
    FLAG_CLIPPED_GYR,
    LACKS_ACC,
    LACKS_GYR,
    FloatArray,
)

MOTION_SUFFIX = "_motion"
_ACC_TYPES = frozenset({"ACCEL", "ACC"})
_GYR_TYPES = frozenset({"GYRO", "GYR", "ANGVEL"})
_ACC_UNITS = {"m/s^2": 1.0, "m/s²": 1.0, "m/s2": 1.0, "g": STANDARD_GRAVITY}
_GYR_UNITS = {"rad/s": 1.0, "deg/s": np.pi / 180.0, "°/s": np.pi / 180.0}
_NEEDED = ("name", "component", "type", "tracked_point", "units")
_MAX_JSON_BYTES = 1 << 22


@dataclass(frozen=True, slots=True)
class _Channel:
    column: int
    name: str
    component: str
    kind: str
    point: str
    unit: str
    rate_hz: float | None


@dataclass(frozen=True, slots=True)
class _Recording:
    path: Path
    table: TextTable
    channels: tuple[_Channel, ...]
    rate_hz: float | None
    started: datetime | None


def read_motion_bids(paths: Sequence[Path], sources: PlaceSources) -> ImportedSamples:
    """Read the motion files of one recording, one per tracking system.

    Args:
        paths: the ``_motion.tsv`` files; their sidecars are found beside and above them.
        sources: what tells where the tracked points are, in place of their names.

    Raises:
        InputError: and its kinds, see :func:`pipeline.importers.assemble.assemble`; also several
            recordings, or a sidecar that is missing.
    """
    files = [Path(path) for path in paths]
    _refuse_several(files)
    recordings = [_open(path) for path in files]
    found = [sensor for recording in recordings for sensor in _sensors(recording)]
    if not found:
        raise ColumnError(
            "no tracked point has all three ACCEL or all three GYRO channels",
            path=files[0],
            column="type",
            remedy="Give the tracking system of the inertial sensors",
        )
    said: list[str] = []
    chosen = choose_places(found, sources, said)
    begun = {recording.path: recording.started for recording in recordings}
    raw = _on_one_clock([sensor.read(place, said) for place, sensor in chosen.items()], begun)
    imported = assemble(
        raw,
        format_name="motion-bids",
        source="Motion-BIDS, " + ", ".join(dict.fromkeys(sensor.path.name for sensor in raw)),
        warnings=list(dict.fromkeys(said)),
    )
    starts = [when for when in begun.values() if when is not None]
    return replace(imported, started_utc=min(starts)) if starts else imported


def _refuse_several(files: Sequence[Path]) -> None:
    seen: dict[tuple[tuple[str, str], ...], Path] = {}
    for path in files:
        parts = {key: value for key, value in entities(path).items() if key != "tracksys"}
        seen.setdefault(tuple(sorted(parts.items())), path)
    if len(seen) > 1:
        names = ", ".join(path.name for path in list(seen.values())[:3])
        raise InputError(
            f"there are {len(seen)} recordings, such as {names}",
            path=files[0].parent,
            remedy="Give the motion.tsv of one of them",
        )


def _open(path: Path) -> _Recording:
    channels_path = sidecar(path, "channels", ".tsv")
    if channels_path is None:
        raise InputError(
            "there is no channels.tsv that belongs to it",
            path=path,
            remedy="Give the file where it lies in its data set",
        )
    channels = tuple(_channels(channels_path))
    if not channels:
        raise InputError("the table of channels is empty", path=channels_path)
    json_path = sidecar(path, "motion", ".json")
    told = _json(json_path) if json_path is not None else {}
    rate = told.get("SamplingFrequencyEffective") or told.get("SamplingFrequency")
    rate_hz = float(rate) if isinstance(rate, int | float) and not isinstance(rate, bool) else None
    names: list[str] = []
    for channel in channels:
        names.append(channel.name if channel.name not in names else f"{channel.name}#{len(names)}")
    first = next((line for _, line, _ in text_lines(path)), "")
    has_header = first.split("\t")[0].strip() == channels[0].name
    table = TextTable(path, "\t", tuple(names), 1 if has_header else 0)
    return _Recording(path, table, channels, rate_hz, acquired_utc(path))


def _channels(path: Path) -> Iterator[_Channel]:
    header: list[str] | None = None
    for number, line, _ in text_lines(path):
        if not line.strip():
            continue
        cells = [cell.strip() for cell in next(csv.reader([line], delimiter="\t"), [])]
        if header is None:
            header = [cell.casefold() for cell in cells]
            missing = [name for name in _NEEDED if name not in header]
            if missing:
                raise ColumnError(
                    "the table of channels has no column " + ", ".join(missing),
                    path=path,
                    line=number,
                    column=missing[0],
                    remedy="Columns are separated by tabs, named as Motion-BIDS says",
                )
            continue
        if len(cells) != len(header):
            raise InputError(
                f"the line has {len(cells)} cells, the header has {len(header)}",
                path=path,
                line=number,
                remedy="Correct the table of channels",
            )
        row = dict(zip(header, cells, strict=True))
        column = number - 2
        if column >= MAX_COLUMNS:
            raise InputError("there are too many channels", path=path, line=number)
        yield _Channel(
            column,
            row["name"],
            row["component"].casefold(),
            row["type"].upper(),
            row["tracked_point"],
            row["units"],
            _positive(row.get("sampling_frequency", "")),
        )


def _positive(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) and value > 0 else None


def _json(path: Path) -> Mapping[str, object]:
    try:
        with path.open("rb") as file:
            value = json.loads(file.read(_MAX_JSON_BYTES).decode("utf-8-sig"))
    except OSError as error:
        raise unreadable(path, error) from error
    except (ValueError, RecursionError) as error:
        raise InputError("the sidecar is no valid JSON", path=path, remedy="Correct it") from error
    if not isinstance(value, dict):
        raise InputError("the sidecar is not one JSON object", path=path, remedy="Correct it")
    return value


def _sensors(recording: _Recording) -> list[FoundSensor]:
    points: dict[str, dict[str, dict[str, int]]] = {}
    for number, channel in enumerate(recording.channels):
        if channel.component not in ("x", "y", "z"):
            continue
        kind = "acc" if channel.kind in _ACC_TYPES else "gyr" if channel.kind in _GYR_TYPES else ""
        if kind:
            axes = points.setdefault(channel.point, {}).setdefault(kind, {})
            axes.setdefault(channel.component, number)
    return [
        FoundSensor(
            point,
            (entities(recording.path).get("tracksys", ""),),
            recording.path,
            _reader(recording, point, kinds),
        )
        for point, kinds in points.items()
        if all(len(axes) == 3 for axes in kinds.values())
    ]


def _reader(
    recording: _Recording, point: str, kinds: Mapping[str, Mapping[str, int]]
) -> Callable[[Placement, list[str]], RawSensor]:
    def read(placement: Placement, said: list[str]) -> RawSensor:
        return _read(recording, point, kinds, placement, said)

    return read


def _read(
    recording: _Recording,
    point: str,
    kinds: Mapping[str, Mapping[str, int]],
    placement: Placement,
    said: list[str],
) -> RawSensor:
    path, table = recording.path, recording.table
    latency = next((n for n, c in enumerate(recording.channels) if c.kind == "LATENCY"), None)
    acc, gyr = ([kinds[k][axis] for axis in "xyz"] if k in kinds else [] for k in ("acc", "gyr"))
    columns = [*acc, *gyr]
    wanted = [*([] if latency is None else [latency]), *columns]
    extra = {
        name: number
        for number, channel in enumerate(recording.channels)
        for name in ("sample_index", "clipped_acc", "clipped_gyr")
        if channel.kind == "MISC" and channel.point == point and channel.name.endswith(name)
    }
    names = [table.names[column] for column in (*wanted, *extra.values())]
    parts = [
        np.column_stack([batch.column(name).to_numpy(zero_copy_only=False) for name in names])
        for batch in table.batches(names)
        if batch.num_rows
    ]
    values = bounded(np.concatenate(parts)) if parts else np.empty((0, len(names)))
    rows = np.flatnonzero(np.isfinite(values[:, : len(wanted)]).all(axis=1))
    if not rows.size:
        raise InputError(
            f"there are no samples of {point}", path=path, remedy="Copy the data set again"
        )
    index = None
    rate_hz = None
    if latency is None:
        rate_hz = recording.rate_hz or recording.channels[columns[0]].rate_hz
        if rate_hz is None:
            raise TimeError(
                "nothing tells the sampling rate",
                path=path,
                column="SamplingFrequency",
                remedy="Add SamplingFrequency to the motion.json",
            )
        index = rows - rows[0]
        time_s: FloatArray = rows / rate_hz
    else:
        time_s = values[rows, 0]
    if rows.size < len(values) and latency is None:
        said.append(f"{len(values) - rows.size} of {len(values)} samples of {point} are not there.")
    numbers = values[rows][:, len(wanted) - len(columns) : len(wanted)]
    more = dict(zip(extra, values[rows][:, len(wanted) :].T, strict=True))
    counted = more.get("sample_index")
    if (
        counted is not None
        and recording.rate_hz is not None
        and _counts(counted, time_s, recording.rate_hz)
    ):
        index, rate_hz = counted.astype(np.int64), recording.rate_hz
    flags = None
    if "clipped_acc" in more and "clipped_gyr" in more:
        flags = np.zeros(len(rows), dtype=np.uint8)
        flags[more["clipped_acc"] == 1.0] |= FLAG_CLIPPED_ACC
        flags[more["clipped_gyr"] == 1.0] |= FLAG_CLIPPED_GYR
    return RawSensor(
        placement=placement,
        path=path,
        time_s=time_s.copy(),
        acc=numbers[:, :3] * _factor(recording, acc, _ACC_UNITS) if acc else not_there(len(rows)),
        gyr=numbers[:, -3:] * _factor(recording, gyr, _GYR_UNITS) if gyr else not_there(len(rows)),
        columns=(
            "LATENCY" if latency is None else names[0],
            *([table.names[column] for column in acc] or NO_COLUMNS),
            *([table.names[column] for column in gyr] or NO_COLUMNS),
        ),
        locate=lambda row: Place(int(rows[row]) + 1 + table.header_line),
        sensor_id=point,
        index=index,
        rate_hz=rate_hz,
        flags=flags,
        lacks=(0 if acc else LACKS_ACC) | (0 if gyr else LACKS_GYR),
    )


def _counts(count: FloatArray, time_s: FloatArray, rate_hz: float) -> bool:
    """Whether a column counts the samples, in step with their times."""
    if not np.isfinite(count).all() or (count < 0).any() or (count > 2.0**53).any():
        return False
    steps = np.diff(count)
    if (count != np.floor(count)).any() or (steps < 1).any():
        return False
    drift_s = np.diff(time_s) - steps / rate_hz
    return bool(len(drift_s) == 0 or np.abs(drift_s).max() < 0.5 + 0.01 * steps.max() / rate_hz)


def _factor(recording: _Recording, columns: Sequence[int], units: Mapping[str, float]) -> float:
    found = {recording.channels[column].unit.strip() for column in columns}
    if len(found) > 1 or not found <= set(units):
        channel = recording.channels[columns[0]]
        raise ColumnError(
            f"the unit {', '.join(sorted(found))!r} of {channel.name} is not known",
            path=recording.path,
            column="units",
            remedy=f"It should be one of {', '.join(units)}",
        )
    return units[found.pop()]


def _on_one_clock(raw: list[RawSensor], begun: Mapping[Path, datetime | None]) -> list[RawSensor]:
    """Shift tracking systems that were started at different times, by their acquisition times."""
    times = {path: when for path, when in begun.items() if when is not None}
    used = {sensor.path for sensor in raw}
    if len(used) < 2 or not used <= set(times):
        return raw
    first = min(times[path] for path in used)
    return [
        replace(sensor, time_s=sensor.time_s + (times[sensor.path] - first).total_seconds())
        for sensor in raw
    ]
