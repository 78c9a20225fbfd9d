"""Where on the session's time axis an activity of a watch belongs, found by the cadence of both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from pipeline.importers.activity import Activity
from pipeline.importers.imported_samples import SensorSamples
from pipeline.side_channels import QUANTITIES, SideChannels, SideSeries, series_of
from pipeline.stride import Stride
from sensors.sample_block import FloatArray

EARLIEST_YEAR = 2001
SEARCH_S = 90.0
"""How wrong the clocks of watch and recording may be against each other."""
LEAST_OVERLAP_S = 60.0
LEAST_CORRELATION = 0.6
LEAST_LEAD = 0.05
"""By so much the best offset has to correlate better than any other."""

_PEAK_S = 8.0
_WATCH_SMOOTHING_S = 5
_WINDOW_S = 4.0
_STRIDE_HZ = (0.6, 2.0)
_MOVING_RAD_S = 0.6
_ABOUT = 0.8


@dataclass(frozen=True, slots=True)
class Alignment:
    """Where an activity lies.

    Attributes:
        offset_s: session time of the activity's first point; None when it is not known.
        correlation: of the cadences at that offset; None when they were not compared.
        said: a sentence about how it was found, or why not.
    """

    offset_s: float | None
    correlation: float | None
    said: str


def align(
    activity: Activity, cadence: SideSeries | None, started_utc: datetime | None
) -> Alignment:
    """Find the offset: from the start times, made better by the cadences, or by these alone.

    Args:
        activity: the watch's.
        cadence: steps per minute of the session over session time, 0 where nobody moved.
        started_utc: start of the session, session time zero, where it is known.
    """
    name = activity.path.name
    if started_utc is not None and started_utc.year < EARLIEST_YEAR:
        started_utc = None  # a recording of undated data says so by an early date
    by_clock = None if started_utc is None else (activity.started_utc - started_utc).total_seconds()
    found = None
    if activity.cadence is not None and cadence is not None:
        found = _best_offset(activity.cadence, cadence, by_clock)
        if found is None and by_clock is not None:
            found = _best_offset(activity.cadence, cadence, None)  # a clock of another zone
    if found is not None:
        offset_s, correlation = found
        moved = "" if by_clock is None else f", {offset_s - by_clock:+.1f} s from its clock"
        said = (
            f"{name} was aligned by cadence (correlation {correlation:.2f}{moved}): "
            f"it begins at {offset_s:.1f} s."
        )
        return Alignment(offset_s, correlation, said)
    if by_clock is not None:
        session_s = 0.0 if cadence is None else float(cadence.time_s[-1])
        if by_clock < session_s and by_clock + float(activity.time_s[-1]) > 0.0:
            said = (
                f"{name} was aligned by the clocks alone: its cadence did not tell; speed, slope "
                "and heart rate may be off by some seconds."
            )
            return Alignment(by_clock, None, said)
        return Alignment(None, None, f"{name} is left out: by its clock it is of another time.")
    return Alignment(
        None,
        None,
        f"{name} is left out: the start of the session is not known, and cadence does not tell "
        "where the activity belongs.",
    )


def placed(activity: Activity, offset_s: float) -> SideChannels:
    """The readings of an activity over session time."""
    return {
        quantity: SideSeries(series.time_s + offset_s, series.values)
        for quantity in QUANTITIES
        if (series := activity.channels.get(quantity)) is not None
    }


def cadence_of_strides(strides: Iterable[Stride], end_s: float) -> SideSeries | None:
    """Steps per minute over session time, once a second, from strides; 0 between bouts."""
    given = [(s.foot_strike_s, s.next_foot_strike_s) for s in strides]
    if not given:
        return None
    grid = np.arange(0.0, max(end_s, given[-1][1]) + 1.0)
    total, count = np.zeros(len(grid)), np.zeros(len(grid))
    for start, stop in given:
        if not 0.0 < stop - start < 3.0:
            continue
        first, last = int(max(start, 0.0)), min(int(stop) + 1, len(grid) - 1)
        total[first : last + 1] += 120.0 / (stop - start)
        count[first : last + 1] += 1.0
    return SideSeries(grid, total / np.maximum(count, 1.0))


def cadence_of_samples(sensor: SensorSamples) -> SideSeries | None:
    """Steps per minute over session time, once a second, from the swing of a shank.

    The period with which the angular rate repeats itself, over 4 s, is a stride's.
    """
    rate_hz = 25.0
    start, stop = float(sensor.time_s[0]), float(sensor.time_s[-1])
    if stop - start < LEAST_OVERLAP_S or sensor.rate_hz < 10.0:
        return None
    grid = np.arange(start, stop, 1.0 / rate_hz)
    width = max(1, int(sensor.rate_hz / rate_hz))
    kernel = np.ones(width) / width
    values = np.column_stack(
        [
            np.interp(grid, sensor.time_s, np.convolve(sensor.gyr[:, axis], kernel, mode="same"))
            for axis in range(3)
        ]
    )
    length = int(_WINDOW_S * rate_hz)
    shortest, longest = int(rate_hz / _STRIDE_HZ[1]), int(rate_hz / _STRIDE_HZ[0])
    times, steps = [], []
    for first in range(0, len(grid) - length, int(rate_hz)):
        part = values[first : first + length]
        part = part - part.mean(axis=0)
        times.append(float(grid[first]) + 0.5 * _WINDOW_S)
        middle = part[length // 2 - int(0.5 * rate_hz) : length // 2 + int(0.5 * rate_hz)]
        if float(np.sqrt((middle**2).sum(axis=1).mean())) < _MOVING_RAD_S:
            steps.append(0.0)
            continue
        spectrum = np.fft.rfft(part, n=2 * length, axis=0)
        repeats = np.fft.irfft((np.abs(spectrum) ** 2).sum(axis=1))[:length]
        repeats = repeats / np.arange(length, 0, -1)
        lag = _first_high(repeats, shortest, longest)
        steps.append(120.0 * rate_hz / _peak(repeats, lag))
    return series_of(times, steps)


def _first_high(values: FloatArray, first: int, last: int) -> int:
    """The first peak that is about as high as the highest: two strides repeat as well as one."""
    part = values[first - 1 : last + 2]
    inner = part[1:-1]
    peaks = np.flatnonzero((inner >= part[:-2]) & (inner >= part[2:]))
    if not len(peaks):
        return first + int(np.argmax(inner))
    high = inner[peaks] >= _ABOUT * float(inner[peaks].max())
    return first + int(peaks[int(np.argmax(high))])


def _peak(values: FloatArray, at: int) -> float:
    """Place of a peak between samples, by a parabola."""
    if not 0 < at < len(values) - 1:
        return float(at)
    before, here, after = (float(value) for value in values[at - 1 : at + 2])
    bend = before - 2.0 * here + after
    return at + (0.5 * (before - after) / bend if bend < 0 else 0.0)


def _best_offset(
    watch: SideSeries, session: SideSeries, by_clock: float | None
) -> tuple[float, float] | None:
    end_s = float(watch.time_s[-1])
    own = np.interp(np.arange(0.0, end_s + 1.0), watch.time_s, watch.values)
    start = float(session.time_s[0])
    ours = np.interp(np.arange(start, float(session.time_s[-1])), session.time_s, session.values)
    kernel = np.ones(_WATCH_SMOOTHING_S) / _WATCH_SMOOTHING_S
    ours = np.convolve(ours, kernel, mode="same")
    least = min(LEAST_OVERLAP_S, 0.8 * min(len(own), len(ours)))
    if min(len(own), len(ours)) < 0.5 * LEAST_OVERLAP_S:
        return None
    if by_clock is None:
        # without clocks most of the shorter one has to lie within the longer one
        least = max(least, 0.7 * min(len(own), len(ours)))
        low, high = -len(own), len(ours)
    else:
        low = int(np.floor(by_clock - start - SEARCH_S))
        high = int(np.ceil(by_clock - start + SEARCH_S))
    low, high = max(low, -len(own)), min(high, len(ours))
    lags = np.arange(low, high + 1)
    if not len(lags):
        return None
    found = np.array([_correlation(own, ours, int(lag), least) for lag in lags])
    best = int(np.argmax(found))
    if not found[best] >= LEAST_CORRELATION:
        return None
    others = np.delete(found, np.flatnonzero(np.abs(lags - lags[best]) <= _PEAK_S))
    if others.size and float(others.max()) > found[best] - LEAST_LEAD:
        return None
    return start + float(lags[0]) + _peak(found, best), float(found[best])


def _correlation(own: FloatArray, ours: FloatArray, lag: int, least: float) -> float:
    """Correlation of two cadences when the first begins ``lag`` seconds into the second."""
    first, last = max(lag, 0), min(lag + len(own), len(ours))
    if last - first < least:
        return -1.0
    a, b = own[first - lag : last - lag], ours[first:last]
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    if size < 1e-9 or min(a.std(), b.std()) < 1.0:
        return -1.0
    return float(a @ b) / size


def read_activity(path: Path, kind: str) -> Activity:
    """Read a FIT, GPX or TCX file.

    Args:
        path: the file.
        kind: ``fit``, ``gpx`` or ``tcx``.

    Raises:
        InputError: and its kinds, see the readers.
    """
    if kind == "fit":
        from pipeline.importers.activity_fit import read_activity_fit

        return read_activity_fit(path)
    from pipeline.importers.activity_xml import read_activity_xml

    return read_activity_xml(path)
