"""What a watch, a belt or a foot pod told beside the motion: speed, slope and heart rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from pipeline.packed_strides import PackedStrides, stride_spans_s
from pipeline.stride import Stride
from sensors.drivers.heart_rate_bytes import HeartRate
from sensors.drivers.registry import side_kinds
from sensors.drivers.running_speed_bytes import RunningSpeed
from sensors.recording_reader import RecordingReader
from sensors.recording_segments import SessionReader
from sensors.sample_block import FloatArray
from sensors.side_readings import side_readings

SideQuantity = Literal["speed_m_s", "slope_pct", "heart_rate_bpm"]
QUANTITIES: tuple[SideQuantity, ...] = ("speed_m_s", "slope_pct", "heart_rate_bpm")
"""Speed, m/s; slope, metres up per hundred metres ahead; heart rate, beats per minute."""

ACTIVITY_CONDITION = "activity"
"""Condition of a recording that names the watch's file it holds."""
ACTIVITY_ID = "activity"
"""Id under which a recording keeps the readings of that file, as numbers of ``/status``."""
NEAREST_S = 5.0
"""A stride further from any reading has none. Watches may record every few seconds only."""


@dataclass(frozen=True, slots=True)
class SideSeries:
    """Readings of one quantity.

    Attributes:
        time_s: session time, shape (n,), strictly increasing.
        values: shape (n,), finite.
    """

    time_s: FloatArray
    values: FloatArray

    def at(self, time_s: FloatArray) -> FloatArray:
        """Values at times, by linear interpolation; NaN further than ``NEAREST_S`` from readings.

        Args:
            time_s: session times, shape (m,).
        """
        if not len(self.time_s):
            return np.full(len(time_s), np.nan)
        after = np.clip(np.searchsorted(self.time_s, time_s), 1, max(len(self.time_s) - 1, 1))
        before = after - 1
        after = np.minimum(after, len(self.time_s) - 1)
        found = np.interp(time_s, self.time_s, self.values)
        apart = np.minimum(
            np.abs(time_s - self.time_s[before]), np.abs(time_s - self.time_s[after])
        )
        found[apart > NEAREST_S] = np.nan
        return found


SideChannels = Mapping[SideQuantity, SideSeries]
"""The quantities that are known."""


def series_of(time_s: Sequence[float], values: Sequence[float]) -> SideSeries | None:
    """A series of readings in any order; of several at one time the last counts; None if empty."""
    times, numbers = np.asarray(time_s, dtype=np.float64), np.asarray(values, dtype=np.float64)
    known = np.isfinite(times) & np.isfinite(numbers)
    times, numbers = times[known], numbers[known]
    if not len(times):
        return None
    order = np.argsort(times, kind="stable")
    times, numbers = times[order], numbers[order]
    last = np.append(np.diff(times) > 0, True)
    return SideSeries(times[last], numbers[last])


def recorded_channels(recording: RecordingReader | SessionReader) -> SideChannels:
    """Side channels of a recording: of devices that were on the radio, and of a watch's file.

    Costs a pass over the file where there are any, else nothing.
    """
    readings: dict[SideQuantity, tuple[list[float], list[float]]] = {}

    def add(quantity: SideQuantity, time_s: float, value: float) -> None:
        times, values = readings.setdefault(quantity, ([], []))
        times.append(time_s)
        values.append(value)

    if any(sensor.kind in side_kinds() for sensor in recording.sensors):
        for one in side_readings(recording.sensors, recording.notifications()):
            if isinstance(one.reading, HeartRate) and one.reading.bpm > 0:
                add("heart_rate_bpm", one.time_s, float(one.reading.bpm))
            elif isinstance(one.reading, RunningSpeed):
                add("speed_m_s", one.time_s, one.reading.speed_m_s)
    if ACTIVITY_CONDITION in recording.session.conditions:
        for status in recording.statuses():
            if status.sensor_id == ACTIVITY_ID:
                for quantity in QUANTITIES:
                    if quantity in status.numbers:
                        add(quantity, status.time_s, status.numbers[quantity])
    found = {quantity: series_of(*pair) for quantity, pair in readings.items()}
    return {quantity: series for quantity, series in found.items() if series is not None}


def with_side_channels(strides: Sequence[Stride], channels: SideChannels) -> Sequence[Stride]:
    """Strides with the readings at their middle among their metrics, where there are any."""
    if not channels or not len(strides):
        return strides
    spans_s = stride_spans_s(strides)
    middle = 0.5 * (spans_s[:, 0] + spans_s[:, 1])
    at = {quantity: series.at(middle) for quantity, series in channels.items()}
    return PackedStrides(
        replace(
            stride,
            metrics={
                **stride.metrics,
                **{
                    quantity: float(values[number])
                    for quantity, values in at.items()
                    if np.isfinite(values[number])
                },
            },
        )
        for number, stride in enumerate(strides)
    )
