"""An accelerometer and a gyroscope with time stamps of their own, brought onto one time axis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.importers.time_axis import BRIDGED_STEPS
from sensors.sample_block import FloatArray

ARRIVAL_SPREAD_S = 0.25
"""Stamps that lie closer than this to a straight line belong to evenly taken samples."""

_BLOCK = 200
_FEW = 8


@dataclass(frozen=True, slots=True)
class Stream:
    """Samples of one quantity.

    Attributes:
        time_s: time stamps, shape (n,).
        values: shape (n, 3).
    """

    time_s: FloatArray
    values: FloatArray

    @property
    def step_s(self) -> float:
        """Mean time from sample to sample where none is missing."""
        if len(self.time_s) < 2:
            return 1.0
        steps = np.diff(self.time_s)
        usual = float(np.median(steps[steps > 0])) if (steps > 0).any() else 1.0
        close = steps[steps <= 4.0 * max(usual, float(steps.mean()))]
        return max(float(close.mean()), 1e-9) if close.size else usual


@dataclass(frozen=True, slots=True)
class Evened:
    """Result of :func:`even_stamps`.

    Attributes:
        time_s: time stamps, shape (n,).
        spread_s: how far the stamps were moved, 95th percentile; 0 when they stayed.
    """

    time_s: FloatArray
    spread_s: float


def even_stamps(time_s: FloatArray) -> Evened:
    """Spread stamps of arrival, which jitter and come in bursts, as the samples were taken.

    Phones stamp samples when they arrive, several at once. Sample numbers against stamps are a
    straight line then, as long as none is lost; the line through the earliest arrivals of each
    couple of seconds is nearer to the sampling than the stamps are. Even stamps, stamps with
    losses, and stamps that go back for long stay as they are.
    """
    count = len(time_s)
    steps = np.diff(time_s)
    if count < _FEW or ((steps > 0).all() and not _jumpy(steps)):
        return Evened(time_s, 0.0)
    number = np.arange(count, dtype=np.float64)
    line = np.polyval(np.polyfit(number, time_s, 1), number)
    late = time_s - line
    if float(np.percentile(np.abs(late), 99)) > ARRIVAL_SPREAD_S or steps.min() < -ARRIVAL_SPREAD_S:
        return Evened(time_s, 0.0)
    slope = float(np.polyfit(number, time_s, 1)[0])
    if slope <= 0:
        return Evened(time_s, 0.0)
    block = min(_BLOCK, count)
    ends = np.arange(0, count, block)
    lowest = np.array([float(late[at : at + block].min()) for at in ends])
    middle = np.array([float(number[at : at + block].mean()) for at in ends])
    floor = np.interp(number, middle, lowest) if len(ends) > 1 else np.full(count, lowest[0])
    even = line + np.minimum(floor, late.mean())
    if not (np.diff(even) > 0).all():
        even = line + float(lowest.min())
    return Evened(even, float(np.percentile(np.abs(time_s - even), 95)))


def merge(acc: Stream, gyr: Stream) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Bring two streams onto the stamps of the faster one, by linear interpolation.

    Stamps at which the slower stream has no sample near (a loss, before its start, after its end)
    are left out. Where the stamps are the same, nothing is changed.

    Args:
        acc: acceleration; stamps strictly increasing.
        gyr: angular rate; stamps strictly increasing.

    Returns:
        Time (m,), acceleration (m, 3), angular rate (m, 3); m may be 0.
    """
    if len(acc.time_s) == len(gyr.time_s) and np.array_equal(acc.time_s, gyr.time_s):
        return acc.time_s, acc.values, gyr.values
    if acc.step_s < 0.98 * gyr.step_s:
        keep, values = _at(gyr, acc.time_s)
        return acc.time_s[keep], acc.values[keep], values
    keep, values = _at(acc, gyr.time_s)
    return gyr.time_s[keep], values, gyr.values[keep]


def _at(stream: Stream, time_s: FloatArray) -> tuple[npt.NDArray[np.bool_], FloatArray]:
    """Which times a stream covers (n,), and its values there (m, 3)."""
    stamps = stream.time_s
    if len(stamps) < 2:
        return np.zeros(len(time_s), np.bool_), np.empty((0, 3))
    left = np.clip(np.searchsorted(stamps, time_s, side="right") - 1, 0, len(stamps) - 2)
    gap = stamps[left + 1] - stamps[left]
    keep: npt.NDArray[np.bool_] = (time_s >= stamps[0]) & (time_s <= stamps[-1])
    keep &= gap <= BRIDGED_STEPS * stream.step_s + 1e-9
    columns = [np.interp(time_s[keep], stamps, stream.values[:, axis]) for axis in range(3)]
    return keep, np.column_stack(columns)


def _jumpy(steps: FloatArray) -> bool:
    """Whether many samples all but coincide."""
    return float(np.mean(steps < 0.1 * steps.mean())) > 0.15
