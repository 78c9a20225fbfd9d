"""Heart rate and running speed that were recorded beside the sensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.orientation import FloatArray
from sensors.drivers.heart_rate_bytes import HeartRate
from sensors.drivers.registry import side_kinds
from sensors.recording_reader import open_recording
from sensors.recording_segments import open_session
from sensors.side_readings import side_readings


@dataclass(frozen=True, slots=True)
class SideSeries:
    """One quantity over session time.

    Attributes:
        time_s: session times, shape (n,), in order.
        values: shape (n,).
    """

    time_s: FloatArray
    values: FloatArray

    def at(self, time_s: FloatArray, within_s: float = 3.0) -> FloatArray:
        """The nearest values; NaN where none is within ``within_s``."""
        if not len(self.time_s):
            return np.full(len(time_s), np.nan)
        after = np.clip(np.searchsorted(self.time_s, time_s), 0, len(self.time_s) - 1)
        before = np.maximum(after - 1, 0)
        nearer = np.abs(self.time_s[before] - time_s) < np.abs(self.time_s[after] - time_s)
        nearest = np.where(nearer, before, after)
        far = np.abs(self.time_s[nearest] - time_s) > within_s
        return np.where(far, np.nan, self.values[nearest])


def read_side_series(paths: Sequence[Path]) -> dict[str, SideSeries]:
    """Series of a recording by stride-table name: ``heart_rate_bpm``, ``speed_m_s``.

    Args:
        paths: the recording's files.

    Raises:
        RecordingError: it cannot be read.
    """
    found: dict[str, list[tuple[float, float]]] = {}
    with open_session(paths) if len(paths) > 1 else open_recording(paths[0]) as recording:
        if not any(sensor.kind in side_kinds() for sensor in recording.sensors):
            return {}
        for each in side_readings(recording.sensors, recording.notifications()):
            if isinstance(each.reading, HeartRate):
                key, value = "heart_rate_bpm", float(each.reading.bpm)
            else:
                key, value = "speed_m_s", float(each.reading.speed_m_s)
            found.setdefault(key, []).append((each.time_s, value))
    series = {}
    for key, pairs in found.items():
        pairs.sort()
        columns = np.array(pairs)
        series[key] = SideSeries(columns[:, 0], columns[:, 1])
    return series
