"""An activity as a watch wrote it: track, speed, heart rate, cadence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import numpy as np

from pipeline.errors import InputError, TimeError
from pipeline.side_channels import SideQuantity, SideSeries, series_of
from sensors.sample_block import FloatArray

ActivityColumn = Literal[
    "latitude_deg",
    "longitude_deg",
    "altitude_m",
    "distance_m",
    "speed_m_s",
    "heart_rate_bpm",
    "cadence_spm",
]
MAX_POINTS = 500_000
SLOPE_OVER_M = 50.0
"""Slope is that of the altitude over so much distance: shorter pieces are noise of the altitude."""
MOST_SLOPE_PCT = 45.0
SPEED_OVER_S = 5.0

_LEAST_POINTS = 5
_EARTH_RADIUS_M = 6_371_000.0
_LONGEST_S = 48 * 3600.0
_RANGES: Mapping[str, tuple[float, float]] = {
    "latitude_deg": (-90.0, 90.0),
    "longitude_deg": (-180.0, 180.0),
    "altitude_m": (-1000.0, 10_000.0),
    "distance_m": (0.0, 1e6),
    "speed_m_s": (0.0, 15.0),
    "heart_rate_bpm": (20.0, 250.0),
    "cadence_spm": (0.0, 300.0),
}
_STEPS_FROM = 115.0
"""Watches count steps of one foot: nobody runs with fewer than this many steps of both."""


@dataclass
class ActivityPoints:
    """Points of an activity while its file is read.

    Attributes:
        path: the file.
        when: seconds since 1970 of each point.
        columns: per quantity one value per point, NaN where it is not there.
    """

    path: Path
    when: list[float] = field(default_factory=list)
    columns: dict[ActivityColumn, list[float]] = field(default_factory=dict)

    def add(self, when: float, values: Mapping[ActivityColumn, float]) -> None:
        """Add a point; values that no watch can mean are dropped.

        Raises:
            InputError: there are too many.
        """
        if len(self.when) >= MAX_POINTS:
            raise InputError(
                f"the activity has more than {MAX_POINTS} points",
                path=self.path,
                remedy="Give the activity of one run",
            )
        for name, value in values.items():
            low, high = _RANGES[name]
            if low <= value <= high:
                column = self.columns.setdefault(name, [])
                column.extend([float("nan")] * (len(self.when) - len(column)))
                column.append(value)
        self.when.append(when)


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity that has been read and checked.

    Attributes:
        path: the file.
        started_utc: time of its first point.
        time_s: seconds since then, shape (n,), strictly increasing.
        channels: speed, slope and heart rate over these times, where known.
        cadence: steps of both feet per minute, where known.
    """

    path: Path
    started_utc: datetime
    time_s: FloatArray
    channels: Mapping[SideQuantity, SideSeries]
    cadence: SideSeries | None


def finish_activity(points: ActivityPoints) -> Activity:
    """Check the points and compute what is not in the file.

    Raises:
        InputError: too few points, or nothing in them that is of use.
        TimeError: times go back, or spread over days.
    """
    path = points.path
    if len(points.when) < _LEAST_POINTS:
        raise InputError(
            f"the activity has {len(points.when)} points with a time",
            path=path,
            remedy="Give the whole activity, with times",
        )
    when = np.array(points.when)
    columns: dict[str, FloatArray] = {
        name: np.array([*values, *[np.nan] * (len(when) - len(values))])
        for name, values in points.columns.items()
    }
    again = np.append(False, np.diff(when) == 0)
    when, columns = when[~again], {name: values[~again] for name, values in columns.items()}
    steps = np.diff(when)
    if (steps < 0).any():
        row = int(np.argmax(steps < 0))
        back = datetime.fromtimestamp(float(when[row + 1]), UTC)
        raise TimeError(
            f"time goes back to {back:%Y-%m-%d %H:%M:%S} UTC, by {-steps[row]:.0f} s",
            path=path,
            remedy="Its time zones are mixed up, or it holds several activities: export it again",
        )
    if when[-1] - when[0] > _LONGEST_S:
        raise TimeError(
            "its points spread over more than two days", path=path, remedy="Give one activity"
        )
    time_s = when - when[0]
    channels: dict[SideQuantity, SideSeries] = {}
    distance = _distance(columns, time_s)
    speed = columns.get("speed_m_s")
    if speed is None or not np.isfinite(speed).any():
        speed = _speed_of(distance, time_s)
    found: Sequence[tuple[SideQuantity, FloatArray | None]] = (
        ("speed_m_s", speed),
        ("slope_pct", _slope(columns.get("altitude_m"), distance)),
        ("heart_rate_bpm", columns.get("heart_rate_bpm")),
    )
    for name, values in found:
        series = None if values is None else series_of(time_s.tolist(), values.tolist())
        if series is not None:
            channels[name] = series
    if not channels:
        raise InputError(
            "the activity tells neither speed, nor slope, nor heart rate",
            path=path,
            remedy="Export it from the watch with its sensors",
        )
    return Activity(
        path,
        datetime.fromtimestamp(float(when[0]), UTC),
        time_s,
        channels,
        _steps_of_both_feet(columns.get("cadence_spm"), time_s),
    )


def _distance(columns: Mapping[str, FloatArray], time_s: FloatArray) -> FloatArray | None:
    told = columns.get("distance_m")
    if told is not None and np.isfinite(told).sum() >= _LEAST_POINTS:
        known = np.isfinite(told)
        filled: FloatArray = np.maximum.accumulate(np.interp(time_s, time_s[known], told[known]))
        return filled
    latitude, longitude = columns.get("latitude_deg"), columns.get("longitude_deg")
    if latitude is None or longitude is None:
        return None
    known = np.isfinite(latitude) & np.isfinite(longitude)
    if known.sum() < _LEAST_POINTS:
        return None
    north, east = np.radians(latitude[known]), np.radians(longitude[known])
    half = (
        np.sin(0.5 * np.diff(north)) ** 2
        + np.cos(north[1:]) * np.cos(north[:-1]) * np.sin(0.5 * np.diff(east)) ** 2
    )
    steps = 2.0 * _EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
    total = np.concatenate(([0.0], np.cumsum(steps)))
    along: FloatArray = np.interp(time_s, time_s[known], total)
    return along


def _speed_of(distance: FloatArray | None, time_s: FloatArray) -> FloatArray | None:
    if distance is None:
        return None
    before = np.maximum(time_s - 0.5 * SPEED_OVER_S, time_s[0])
    after = np.minimum(time_s + 0.5 * SPEED_OVER_S, time_s[-1])
    ahead = np.interp(after, time_s, distance) - np.interp(before, time_s, distance)
    speed: FloatArray = ahead / np.maximum(after - before, 1e-3)
    speed[speed > _RANGES["speed_m_s"][1]] = np.nan  # a jump of the position
    return speed


def _slope(altitude: FloatArray | None, distance: FloatArray | None) -> FloatArray | None:
    if altitude is None or distance is None:
        return None
    known = np.isfinite(altitude)
    if known.sum() < _LEAST_POINTS or distance[-1] - distance[0] < SLOPE_OVER_M:
        return None
    moving = np.append(True, np.diff(distance[known]) > 1e-6)
    along, height = distance[known][moving], altitude[known][moving]
    if len(along) < 2:
        return None
    behind = np.maximum(distance - 0.5 * SLOPE_OVER_M, along[0])
    ahead = np.minimum(distance + 0.5 * SLOPE_OVER_M, along[-1])
    rise = np.interp(ahead, along, height) - np.interp(behind, along, height)
    run = ahead - behind
    slope: FloatArray = 100.0 * rise / np.maximum(run, 1e-6)
    slope[(run < 0.5 * SLOPE_OVER_M) | (np.abs(slope) > MOST_SLOPE_PCT)] = np.nan
    return slope


def _steps_of_both_feet(cadence: FloatArray | None, time_s: FloatArray) -> SideSeries | None:
    if cadence is None:
        return None
    moving = cadence[np.isfinite(cadence) & (cadence > 30.0)]
    factor = 2.0 if len(moving) and float(np.median(moving)) < _STEPS_FROM else 1.0
    return series_of(time_s.tolist(), (cadence * factor).tolist())
