"""Movella (Xsens) DOT: the CSV files of the app, the PC SDK and the web server.

A head of ``key:,value`` lines, then ``PacketCounter, SampleTimeFine`` and what was measured:
``Acc`` m/s² and ``Gyr`` °/s in sensor axes; ``dv`` m/s and ``dq`` (increments over one sample);
``Quat`` or ``Euler`` (roll, pitch, yaw in °, z-y-x) from sensor axes to an earth frame with z up;
``FreeAcc`` m/s², without gravity, in that earth frame. Source: Xsens DOT User Manual XD0502P, 4.2.
``SampleTimeFine`` counts microseconds (hundreds of them in logs of the PC SDK) and begins again
after 2³².
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.errors import RateError, TimeError
from pipeline.importers.assemble import RawSensor, assemble
from pipeline.importers.found_sensors import FoundSensor, PlaceSources, choose_places
from pipeline.importers.imported_samples import ImportedSamples
from pipeline.importers.motion_columns import MotionNames, Names, choose_columns, motion
from pipeline.importers.start_time import start_time
from pipeline.importers.time_axis import REGULAR_DEVIATION
from pipeline.importers.vendor_table import VendorTable, known_rows, open_vendor_table
from sensors.placement import Placement
from sensors.sample_block import FloatArray

NAMES = MotionNames(
    acc=(("acc_x", "acc_y", "acc_z"),),
    gyr=(("gyr_x", "gyr_y", "gyr_z"),),
    gyr_degrees=True,
    velocity_step=(("dv[1]", "dv[2]", "dv[3]"), ("dv_1", "dv_2", "dv_3"), ("dv_x", "dv_y", "dv_z")),
    turn=(("dq_w", "dq_x", "dq_y", "dq_z"),),
    orientation=(
        ("quat_w", "quat_x", "quat_y", "quat_z"),
        ("quaternion_w", "quaternion_x", "quaternion_y", "quaternion_z"),
        ("euler_x", "euler_y", "euler_z"),
    ),
    free_acc=(("freeacc_x", "freeacc_y", "freeacc_z"),),
)
_TIMES = ("sampletimefine", "timestamp")
_COUNTER = "packetcounter"
_QUANTITIES = NAMES.all()

WRAP = 2.0**32
_LARGEST_COUNT = 2.0**53
"""Counts beyond it are not whole numbers any more."""
FASTEST_HZ = 1000.0
"""Faster than any DOT: the time then counts larger units."""
_TICKS_S = (1e-6, 1e-4, 1e-3)
_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*Hz", re.I)
_ID_IN_NAME = re.compile(r"(?:[0-9A-Fa-f]{2}[-:]){5}[0-9A-Fa-f]{2}")


def is_dot_header(names: frozenset[str]) -> bool:
    """Whether a line, as a set of names in lower case, is the header of a DOT table."""
    timed = _COUNTER in names or "sampletimefine" in names
    served = "timestamp" in names and "address" in names
    return (timed or served) and not names.isdisjoint(_QUANTITIES)


@dataclass(frozen=True, slots=True)
class _DotFile:
    table: VendorTable
    tag: str
    synced: bool | None
    rate_hz: float | None
    started: datetime | None
    zone: str


def read_movella_dot(
    paths: Sequence[Path],
    sources: PlaceSources,
    *,
    rate_hz: float | None = None,
) -> ImportedSamples:
    """Read the DOT files of one session.

    Sensors that were synchronised share the clock of ``SampleTimeFine``; for others the start times
    of the files are used, and that is said.

    Args:
        paths: one file per sensor, or one with all (web server).
        sources: what tells where the sensors were worn.
        rate_hz: sampling rate, for files without ``SampleTimeFine``.

    Raises:
        InputError: and its kinds, see :func:`pipeline.importers.assemble.assemble`; also where
            nothing of the motion was exported.
    """
    files = [_open(Path(path)) for path in paths]
    _refuse_mixed_zones(files)
    found = [sensor for file in files for sensor in _sensors(file, rate_hz)]
    said: list[str] = []
    chosen = choose_places(found, sources, said)
    by_path = {file.table.table.path: file for file in files}
    raw = [sensor.read(place, said) for place, sensor in chosen.items()]
    raw = _one_clock(raw, [by_path[sensor.path] for sensor in raw], said)
    imported = assemble(
        raw,
        format_name="movella-dot",
        source="Movella DOT, " + ", ".join(dict.fromkeys(sensor.path.name for sensor in raw)),
        warnings=list(dict.fromkeys(said)),
    )
    starts = [by_path[sensor.path].started for sensor in raw]
    known = [when for when in starts if when is not None and when.tzinfo is not None]
    return replace(imported, started_utc=min(known).astimezone(UTC)) if known else imported


def _open(path: Path) -> _DotFile:
    table = open_vendor_table(path, is_dot_header, what="a Movella DOT export")
    sync = table.told("SyncStatus").casefold()
    rate = _RATE.search(table.told("OutputRate"))
    started, zone = start_time(table.told("StartTime"))
    return _DotFile(
        table,
        tag=table.told("DeviceTag"),
        synced=None if not sync else sync.startswith("sync"),
        rate_hz=float(rate[1]) if rate else None,
        started=started,
        zone=zone,
    )


def _refuse_mixed_zones(files: Sequence[_DotFile]) -> None:
    zones = {file.zone: file for file in files if file.started is not None}
    if len(zones) > 1:
        names = list(zones)
        raise TimeError(
            f"the start is written in time zone {names[1] or '(none)'}, "
            f"in {zones[names[0]].table.table.path.name} in {names[0] or '(none)'}",
            path=zones[names[1]].table.table.path,
            column="StartTime",
            remedy="Give the files of one recording, exported with one setting",
        )


def _sensors(file: _DotFile, rate_hz: float | None) -> list[FoundSensor]:
    path = file.table.table.path
    name = path.name.split(".")[0]
    key = next((key for key in ("address", "tag") if key in file.table.keys), None)
    if key is not None and _COUNTER not in file.table.keys:
        labels = np.array(file.table.words(key))
        tags = np.array(file.table.words("tag")) if "tag" in file.table.keys else labels
        return [
            FoundSensor(
                str(label),
                tuple(dict.fromkeys(map(str, tags[labels == label][:1]))),
                path,
                _reader(file, str(label), rate_hz, labels == label),
            )
            for label in dict.fromkeys(labels.tolist())
            if label
        ]
    in_name = _ID_IN_NAME.search(name)
    sensor_id = in_name[0] if in_name else (file.tag or name)
    # a tag such as "1" is no id of its own
    sensor_id = sensor_id if len(sensor_id) > 2 else name
    names = tuple(each for each in (file.tag, name) if each)
    return [FoundSensor(sensor_id, names, path, _reader(file, sensor_id, rate_hz, None))]


def _reader(
    file: _DotFile, sensor_id: str, rate_hz: float | None, mine: npt.NDArray[np.bool_] | None
) -> Callable[[Placement, list[str]], RawSensor]:
    def read(placement: Placement, said: list[str]) -> RawSensor:
        return _read(file, placement, sensor_id, rate_hz, mine, said)

    return read


def _read(
    file: _DotFile,
    placement: Placement,
    sensor_id: str,
    rate_hz: float | None,
    mine: npt.NDArray[np.bool_] | None,
    said: list[str],
) -> RawSensor:
    table = file.table
    path = table.table.path
    columns = choose_columns(table.keys, NAMES, path=path, line=table.table.header_line)
    time_key = next((key for key in _TIMES if key in table.keys), _COUNTER)
    keys = (time_key, *columns.used())
    values = table.columns(keys)
    of_mine = np.arange(len(values)) if mine is None else np.flatnonzero(mine)
    values, rows = known_rows(values[of_mine], table, said)
    rows = of_mine[rows]

    def these(wanted: Names) -> FloatArray:
        return values[:, [keys.index(key) for key in wanted]]

    time_s = _seconds(file, time_key, values[:, 0], rate_hz)
    index = found_hz = None
    if time_key != _COUNTER and _COUNTER in table.keys:
        index, found_hz = _counted(table.columns((_COUNTER,))[rows, 0], time_s)
    _check_told(file, time_key, time_s, found_hz, rate_hz)
    acc, gyr = motion(these, columns, time_s, degrees=True, path=path)
    return RawSensor(
        placement=placement,
        path=path,
        time_s=time_s,
        acc=acc,
        gyr=gyr,
        columns=(
            table.name(time_key),
            *table.names(columns.triple("acc")),
            *table.names(columns.triple("gyr")),
        ),
        locate=lambda row: table.place(int(rows[row])),
        sensor_id=sensor_id,
        index=index,
        rate_hz=found_hz,
        lacks=columns.lacks,
        computed=columns.computed,
    )


def _counted(
    count: FloatArray, time_s: FloatArray
) -> tuple[npt.NDArray[np.int64] | None, float | None]:
    """Sample numbers and rate by the packet counter; None where it does not agree with the times.

    It tells the rate also where more samples were lost than not.
    """
    if not (np.abs(count) < _LARGEST_COUNT).all():  # also what is no number
        return None, None
    count = _unwrapped(count)
    steps, apart_s = np.diff(count), np.diff(time_s)
    if not len(steps) or not (steps >= 1.0).all() or not (apart_s > 0.0).all():
        return None, None
    interval_s = float(np.median(apart_s / steps))
    away_s = np.abs(apart_s - steps * interval_s)
    if (count % 1.0).any() or (away_s > REGULAR_DEVIATION * interval_s).any():
        return None, None
    rate_hz = float((count[-1] - count[0]) / (time_s[-1] - time_s[0]))
    return (count - count[0]).astype(np.int64), rate_hz


def _check_told(
    file: _DotFile,
    key: str,
    time_s: FloatArray,
    found_hz: float | None,
    rate_hz: float | None,
) -> None:
    """Hold the rate that was told against the times."""
    told = rate_hz or file.rate_hz
    steps_s = np.diff(time_s)
    if found_hz is None and (steps_s > 0).any():
        found_hz = 1.0 / float(np.median(steps_s[steps_s > 0]))
    if told is None or found_hz is None or 0.8 < found_hz / told < 1.25:
        return
    raise TimeError(
        f"its samples come at {found_hz:.4g} Hz, but its rate is said to be {told:g} Hz",
        path=file.table.table.path,
        column=file.table.name(key),
        remedy="Export the recording again, or correct the rate",
    )


def _seconds(file: _DotFile, key: str, count: FloatArray, rate_hz: float | None) -> FloatArray:
    """Time in seconds from the sample time, or from the packet counter and the rate."""
    path = file.table.table.path
    if key == _COUNTER:
        rate = rate_hz or file.rate_hz
        if rate is None:
            raise RateError(
                "the file tells neither sample times nor its rate",
                path=path,
                remedy="Give the rate: --rate HZ",
            )
        return _unwrapped(count) / rate
    ticks = _unwrapped(count)
    steps = np.diff(ticks)
    step = float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0
    tick_s = next((each for each in _TICKS_S if step * each * FASTEST_HZ >= 1.0), _TICKS_S[0])
    return ticks * tick_s


def _unwrapped(count: FloatArray) -> FloatArray:
    """A counter of 32 bits that begins again, made to go on."""
    if len(count) < 2 or count.max() >= WRAP or count.min() < 0:
        return count.astype(np.float64)
    falls = np.diff(count) < -0.5 * WRAP
    return count + WRAP * np.concatenate(([0], np.cumsum(falls)))


def _one_clock(
    raw: Sequence[RawSensor], files: Sequence[_DotFile], said: list[str]
) -> list[RawSensor]:
    """Put the sensors on one time axis that begins with the first sample of any."""
    starts = np.array([float(sensor.time_s[0]) for sensor in raw])
    ends = np.array([float(sensor.time_s[-1]) for sensor in raw])
    if len(raw) == 1:
        return [replace(raw[0], time_s=raw[0].time_s - starts[0])]
    # The counters may begin again between the first samples of two sensors.
    span_s = WRAP * 1e-6
    wraps = np.round((starts - starts[0]) / span_s) * span_s
    wraps = np.where(np.abs(starts - starts[0]) > 0.5 * span_s, wraps, 0.0)
    starts, ends = starts - wraps, ends - wraps
    shared = float(ends.min() - starts.max())
    synced = all(file.synced is not False for file in files)
    if synced and shared > 0.5 * float((ends - starts).min()):
        first = float(starts.min())
        return [
            replace(sensor, time_s=sensor.time_s - wrap - first)
            for sensor, wrap in zip(raw, wraps, strict=True)
        ]
    begun = [file.started for file in files]
    if any(when is None for when in begun) or len({file.table.table.path for file in files}) == 1:
        raise TimeError(
            "the sensors were not synchronised, and nothing tells when each was started",
            path=raw[0].path,
            column=raw[0].columns[0],
            remedy="Synchronise the sensors in the app before recording",
        )
    seconds = [when.timestamp() for when in begun if when is not None]
    said.append(
        "The sensors were not synchronised: they are aligned by the start times of their files, "
        "which may be wrong by 0.1 s and more. Times and pelvic drop are doubtful."
    )
    return [
        replace(sensor, time_s=sensor.time_s - sensor.time_s[0] + (start - min(seconds)))
        for sensor, start in zip(raw, seconds, strict=True)
    ]
