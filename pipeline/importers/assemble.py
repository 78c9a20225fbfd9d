"""From the columns of one sensor to checked samples; common to all importers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.errors import ColumnError, InputError, TimeError, UnitError
from pipeline.importers.column_swap import find_disorder, swapped_quantities
from pipeline.importers.imported_samples import ImportedSamples, SensorSamples
from pipeline.importers.plausibility import clipped, doubt_units
from pipeline.importers.time_axis import (
    LOW_RATE_HZ,
    MAX_RATE_HZ,
    MIN_RATE_HZ,
    fit_time_axis,
    resample,
)
from pipeline.partial_sensors import quantity_sentences
from sensors.placement import Placement
from sensors.sample_block import (
    FLAG_CLIPPED_ACC,
    FLAG_CLIPPED_GYR,
    FLAG_GAP_BEFORE,
    LACKS_ACC,
    LACKS_GYR,
    FlagArray,
    FloatArray,
)

AXES = ("x", "y", "z")
EPOCH_FROM_S = 1e6
"""Times beyond this are taken for a calendar's and moved to begin near zero."""

LONGEST_S = 48 * 3600.0
"""Longest session that is read as one."""
MOST_SPARSE = 10
"""Most samples that may be missing per sample that is there."""
LONGEST_SHORT_GAP = 100_000
"""Missing samples that are always taken for a gap."""
FARTHEST_TIME_S = 1e20
LARGEST_NUMBER = 1e12
"""No quantity in any unit reaches this: the cell is broken."""

_UNIX_TIMES_S = (9.5e8, 4.2e9)  # years 2000 to 2103
_MIN_SAMPLES = 2
_LONGEST_BRIDGE_S = 0.1


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row of a sensor stands in its file.

    Attributes:
        line: line number of a text file; None for a binary one.
        words: the place in words for a binary file, such as `` (row 7)``; else empty.
    """

    line: int | None
    words: str = ""


@dataclass(frozen=True, slots=True)
class RawSensor:
    """One sensor as its file gives it.

    Attributes:
        placement: where it is worn.
        path: its file.
        time_s: time stamps, shape (n,).
        acc: shape (n, 3), should be m/s².
        gyr: shape (n, 3), should be rad/s.
        columns: names in the file of the time, the three acceleration and three rate columns.
        locate: number of a row of this sensor to its place in the file; may be slow.
        sensor_id: own id, or empty.
        index: sample numbers (n,) where the file counts samples; None to find them by time.
        rate_hz: rate where the file tells it; None to find it by time.
        flags: what the file knows of its samples, shape (n,); None where it tells nothing.
        lacks: ``LACKS_ACC`` or ``LACKS_GYR`` where the file does not have that quantity; its array
            is not looked at.
        computed: the same bits for what was computed from orientation.
    """

    placement: Placement
    path: Path
    time_s: FloatArray
    acc: FloatArray
    gyr: FloatArray
    columns: tuple[str, ...]
    locate: Callable[[int], Place]
    sensor_id: str = ""
    index: npt.NDArray[np.int64] | None = None
    rate_hz: float | None = None
    flags: FlagArray | None = None
    lacks: int = 0
    computed: int = 0


NO_COLUMNS = ("", "", "")
"""In place of the names of three columns, for a quantity that is not there."""


def not_there(count: int) -> FloatArray:
    """What stands in place of a quantity that a file lacks, shape (count, 3)."""
    return np.full((count, 3), np.nan)


def assemble(
    raw: Sequence[RawSensor],
    *,
    format_name: str,
    source: str,
    warnings: Sequence[str] = (),
) -> ImportedSamples:
    """Check the sensors of a session and put them together.

    Args:
        raw: the sensors.
        format_name: kind of the files.
        source: where the samples come from, in words.
        warnings: what is doubtful so far.

    Raises:
        ColumnError: a number that is missing or not finite.
        TimeError: time stamps out of order or doubled, an unusable rate, or sensors that were never
            on at the same time.
        UnitError: other units than m/s² (with gravity) and rad/s.
        InputError: fewer than two samples of a sensor.
    """
    said = list(warnings)
    path = raw[0].path
    _say_missing([sensor.placement for sensor in raw], said)
    for sensor in raw:
        said.extend(quantity_sentences(sensor.placement, sensor.lacks, sensor.computed))
        _check_finite(sensor)
        _check_order(sensor)
    shift_s, started_utc = _calendar_shift(raw, said)
    sensors = {}
    for sensor in sorted(raw, key=lambda each: list(Placement).index(each.placement)):
        sensors[sensor.placement] = _settle(sensor, shift_s, said)
    for sensor in raw:  # after the units of all: a wrong unit looks like exchanged columns, too
        if not sensor.lacks:
            _check_order_of_columns(sensor, sensors[sensor.placement])
    _check_overlap(sensors, path, said)
    return ImportedSamples(
        sensors=sensors,
        format=format_name,
        source=source,
        files=tuple(dict.fromkeys(sensor.path for sensor in raw)),
        started_utc=started_utc,
        warnings=tuple(said),
    )


def _say_missing(found: Sequence[Placement], said: list[str]) -> None:
    missing = [placement for placement in Placement if placement not in found]
    for placement in missing:
        lost = (
            "pelvic drop is not known"
            if placement is Placement.PELVIS
            else f"tibial rotation of the {placement.value.removeprefix('shank_')} leg is not known"
        )
        said.append(f"There is no {placement.label} sensor: {lost}.")


def _check_finite(sensor: RawSensor) -> None:
    if len(sensor.time_s) < _MIN_SAMPLES:
        raise InputError(
            f"the {sensor.placement.label} sensor has {len(sensor.time_s)} sample(s)",
            path=sensor.path,
            remedy="Export the whole recording",
        )
    bad = ~np.isfinite(sensor.time_s) | (np.abs(sensor.time_s) > FARTHEST_TIME_S)
    absent = np.zeros((len(sensor.time_s), 3))
    acc = absent if sensor.lacks & LACKS_ACC else sensor.acc
    gyr = absent if sensor.lacks & LACKS_GYR else sensor.gyr
    for values in (acc, gyr):
        bad |= ~(np.abs(values) <= LARGEST_NUMBER).all(axis=1)
    if not bad.any():
        return
    row = int(np.argmax(bad))
    values = np.concatenate(([sensor.time_s[row]], acc[row], gyr[row]))
    column = int(np.argmax(~(np.abs(values) <= [FARTHEST_TIME_S, *[LARGEST_NUMBER] * 6])))
    what = "empty or not a number" if np.isnan(values[column]) else "infinite or far too large"
    more = int(bad.sum()) - 1
    place = sensor.locate(row)
    raise ColumnError(
        f"the cell is {what}{place.words}" + (f", and {more} more rows have such" if more else ""),
        path=sensor.path,
        line=place.line,
        column=sensor.columns[column],
        remedy="Delete the row: a missing sample is recognised as a gap",
    )


def _check_order(sensor: RawSensor) -> None:
    steps = np.diff(sensor.time_s)
    if (steps > 0).all():
        return
    row = int(np.argmax(steps <= 0)) + 1
    place = sensor.locate(row)
    now, before = sensor.time_s[row], sensor.time_s[row - 1]
    if now == before:
        what = f"time {now:.6g} s of the {sensor.placement.label} sensor stands there twice"
        remedy = "Delete one of the two rows; stamps need enough digits to tell samples apart"
    else:
        what = (
            f"time of the {sensor.placement.label} sensor goes back from {before:.6g} "
            f"to {now:.6g} s"
        )
        remedy = "Sort the rows by time; put separate recordings into separate files"
    raise TimeError(
        what + place.words,
        path=sensor.path,
        line=place.line,
        column=sensor.columns[0],
        remedy=remedy,
    )


def _calendar_shift(raw: Sequence[RawSensor], said: list[str]) -> tuple[float, datetime | None]:
    first_s = min(float(sensor.time_s[0]) for sensor in raw)
    if abs(first_s) < EPOCH_FROM_S:
        return 0.0, None
    shift_s = float(np.floor(first_s))
    said.append(f"Times begin at {first_s:.3f} s; session time zero is {shift_s:.0f} s.")
    earliest, latest = _UNIX_TIMES_S
    started = datetime.fromtimestamp(shift_s, UTC) if earliest < shift_s < latest else None
    return shift_s, started


def _settle(sensor: RawSensor, shift_s: float, said: list[str]) -> SensorSamples:
    label = sensor.placement.label
    time_s = sensor.time_s - shift_s if shift_s else sensor.time_s
    index, rate_hz = sensor.index, sensor.rate_hz
    absent = not_there(len(time_s))
    acc = absent if sensor.lacks & LACKS_ACC else sensor.acc
    gyr = absent if sensor.lacks & LACKS_GYR else sensor.gyr
    if index is None or rate_hz is None:
        axis = fit_time_axis(time_s)
        rate_hz = axis.rate_hz
        _check_rate(sensor, rate_hz)
        _check_span(sensor, rate_hz)
        if axis.bursts:
            raise TimeError(
                f"many time stamps of the {label} sensor all but coincide, as arrival times do",
                path=sensor.path,
                column=sensor.columns[0],
                remedy="Export the sensor's own time or sample counter instead of the arrival time",
            )
        if axis.regular:
            index = axis.index
        else:
            index, time_s, values = resample(time_s, np.hstack((acc, gyr)), rate_hz)
            acc, gyr = values[:, :3].copy(), values[:, 3:].copy()
            said.append(
                f"Time stamps of the {label} sensor are jittery: its samples were interpolated "
                f"to even steps at {rate_hz:.4g} Hz."
            )
    else:
        _check_rate(sensor, rate_hz)
        _check_span(sensor, rate_hz)
    if rate_hz < LOW_RATE_HZ:
        said.append(
            f"The {label} sensor has {rate_hz:.3g} samples per second; below {LOW_RATE_HZ:.0f} "
            "foot strikes and peaks are known only roughly."
        )
    if not sensor.lacks:
        _check_quantities(sensor, acc, gyr, rate_hz)
    doubt = doubt_units(sensor.placement, acc, gyr, rate_hz, sensor.lacks)
    if doubt is not None:
        first = 1 if doubt.quantity == "acc" else 4
        raise UnitError(
            doubt.what,
            path=sensor.path,
            column=f"{sensor.columns[first]} to {sensor.columns[first + 2]}",
            remedy=doubt.remedy,
        )
    return _flagged(
        SensorSamples(
            sensor.placement,
            sensor.sensor_id,
            rate_hz,
            index,
            time_s,
            acc,
            gyr,
            np.zeros(len(time_s), dtype=np.uint8)
            if sensor.flags is None or len(sensor.flags) != len(time_s)
            else sensor.flags.copy(),
            sensor.lacks,
            sensor.computed,
        ),
        said,
        clips_known=sensor.flags is not None,
    )


def _check_quantities(sensor: RawSensor, acc: FloatArray, gyr: FloatArray, rate_hz: float) -> None:
    if swapped_quantities(acc, gyr, rate_hz):
        raise ColumnError(
            f"angular rate of the {sensor.placement.label} sensor reads like gravity, and "
            "acceleration does not",
            path=sensor.path,
            column=f"{sensor.columns[1]} to {sensor.columns[6]}",
            remedy="The columns of the two are exchanged: name them the other way round",
        )


def _check_order_of_columns(sensor: RawSensor, settled: SensorSamples) -> None:
    values, sound = _bridged(settled)
    found = find_disorder(
        settled.placement,
        values[:, :3],
        values[:, 3:],
        settled.rate_hz,
        sensor.columns[1:],
        sound,
    )
    if found is not None:
        raise ColumnError(
            found.what,
            path=sensor.path,
            column=sensor.columns[1 + found.column],
            remedy=found.remedy,
        )


def _bridged(settled: SensorSamples) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Samples on their grid, short losses bridged; and which can be used for integration."""
    values = np.hstack((settled.acc, settled.gyr))
    sound = (settled.flags & (FLAG_CLIPPED_ACC | FLAG_CLIPPED_GYR)) == 0
    place = settled.index - settled.index[0]
    if place[-1] + 1 == len(place):
        return values, sound
    grid = np.arange(place[-1] + 1)
    after = np.searchsorted(place, grid)
    apart = place[after] - place[np.maximum(after - 1, 0)]
    near = (place[after] == grid) | (apart <= _LONGEST_BRIDGE_S * settled.rate_hz)
    bridged = np.column_stack([np.interp(grid, place, column) for column in values.T])
    return bridged, near & sound[after]


def _flagged(sensor: SensorSamples, said: list[str], *, clips_known: bool) -> SensorSamples:
    """Set the flags in place and say how many there are.

    Args:
        sensor: the samples.
        said: what is said of the files.
        clips_known: the flags tell already which samples are clipped.
    """
    label = sensor.placement.label
    after_loss = np.flatnonzero(np.diff(sensor.index) > 1) + 1
    sensor.flags[after_loss] |= FLAG_GAP_BEFORE
    if after_loss.size:
        said.append(
            f"The {label} sensor lacks {sensor.lost_samples} samples "
            f"({100 * sensor.lost_samples / (len(sensor) + sensor.lost_samples):.2g} %) in "
            f"{after_loss.size} gap(s)."
        )
    for values, flag, gyroscope, name, lacked in (
        (sensor.acc, FLAG_CLIPPED_ACC, False, "accelerometer", LACKS_ACC),
        (sensor.gyr, FLAG_CLIPPED_GYR, True, "gyroscope", LACKS_GYR),
    ):
        if sensor.lacks & lacked:
            continue
        known = (sensor.flags & flag) != 0
        at_end = known if clips_known else clipped(values, gyroscope=gyroscope)
        if at_end.any():
            sensor.flags[at_end] |= flag
            said.append(
                f"The {name} of the {label} sensor stands at the end of its range in "
                f"{int(at_end.sum())} samples."
            )
    return sensor


def _check_rate(sensor: RawSensor, rate_hz: float) -> None:
    if MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
        return
    what = (
        f"samples of the {sensor.placement.label} sensor are {1 / rate_hz:.4g} s apart "
        f"({rate_hz:.4g} Hz)"
    )
    remedy = f"Between {MIN_RATE_HZ:.0f} and {MAX_RATE_HZ:.0f} samples per second are needed"
    for factor, unit in ((1e3, "milliseconds"), (1e6, "microseconds"), (1e9, "nanoseconds")):
        if 50 <= rate_hz * factor <= MAX_RATE_HZ:
            remedy = f"If the times are in {unit}, divide them by {factor:.0f}. {remedy}"
            break
    raise TimeError(what, path=sensor.path, column=sensor.columns[0], remedy=remedy)


def _check_span(sensor: RawSensor, rate_hz: float) -> None:
    span_s = float(sensor.time_s[-1] - sensor.time_s[0])
    expected = span_s * rate_hz
    if span_s <= LONGEST_S and expected <= MOST_SPARSE * len(sensor.time_s) + LONGEST_SHORT_GAP:
        return
    row = int(np.argmax(np.diff(sensor.time_s))) + 1
    place = sensor.locate(row)
    raise TimeError(
        f"there are {len(sensor.time_s)} samples of the {sensor.placement.label} sensor in "
        f"{span_s:.4g} s; the longest gap ends at {sensor.time_s[row]:.6g} s{place.words}",
        path=sensor.path,
        line=place.line,
        column=sensor.columns[0],
        remedy="Put recordings that lie far apart into files of their own",
    )


def _check_overlap(sensors: Mapping[Placement, SensorSamples], path: Path, said: list[str]) -> None:
    start_s = max(float(sensor.time_s[0]) for sensor in sensors.values())
    stop_s = min(float(sensor.time_s[-1]) for sensor in sensors.values())
    if stop_s <= start_s:
        raise TimeError(
            "the sensors were never on at the same time",
            path=path,
            remedy="All sensors need the same clock; check that their times begin together",
        )
    for sensor in sensors.values():
        alone_s = float(sensor.time_s[-1] - sensor.time_s[0]) - (stop_s - start_s)
        if alone_s > max(1.0, 0.02 * (stop_s - start_s)):
            said.append(
                f"The {sensor.placement.label} sensor was on for {alone_s:.1f} s without all "
                "of the others."
            )
