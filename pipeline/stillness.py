"""Standing still: which quarter seconds a sensor did not move in, and what it read there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.orientation import FloatArray
from pipeline.series import Series
from pipeline.spilled_series import SpilledSeries
from pipeline.track import SensorTrack

WINDOW_S = 0.25
STANDING_S = 2.0
"""Shortest standing that calibrates."""
STILL_RATE_RAD_S = 0.10
"""Largest standard deviation of an angular rate axis; quiet standing sways with about half."""
STILL_MEAN_RATE_RAD_S = 0.20
"""Largest mean rate: above it the sensor turns, below it may be the gyroscope's bias."""
STILL_ACC_M_S2 = 0.35
"""Largest standard deviation of an accelerometer axis."""
FEWEST_SAMPLES = 4
_ROWS_IN_MEMORY = 1 << 13
_PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
_PAIR_OF = (6, 9, 10, 9, 7, 11, 10, 11, 8)
"""Columns of the rate's products, row by row."""
_ACC, _RATE, _SQUARES, _COLUMNS = slice(0, 3), slice(3, 6), slice(6, 9), 12
"""Columns of what is kept of a window: mean specific force, mean rate, mean products."""
GRAVITY_M_S2 = (8.8, 10.8)
"""A still accelerometer reads gravity; anything else is a broken scale or a moving lift."""


@dataclass(frozen=True, slots=True)
class Window:
    """What one sensor did in one quarter second.

    Attributes:
        still: whether it did not move.
        mean_acc: shape (3,), m/s².
        mean_rate: shape (3,), rad/s.
        rate_products: mean of the outer products of the angular rate, shape (3, 3), rad²/s².
    """

    still: bool
    mean_acc: FloatArray
    mean_rate: FloatArray
    rate_products: FloatArray


@dataclass(frozen=True, slots=True)
class WindowMeans:
    """What one sensor read in n windows; attributes as of `Window`, stacked: (n, 3), (n, 3, 3)."""

    mean_acc: FloatArray
    mean_rate: FloatArray
    rate_products: FloatArray


@dataclass(frozen=True, slots=True)
class Standing:
    """An interval in which every sensor was still, session time ``[start_s, end_s)``."""

    start_s: float
    end_s: float

    @property
    def windows(self) -> range:
        """Numbers of its windows, without the one at each end where movement may begin."""
        first, last = round(self.start_s / WINDOW_S), round(self.end_s / WINDOW_S)
        return range(first + 1, last - 1)


class StillnessMonitor:
    """Cuts tracks into windows ``[k, k + 1) * WINDOW_S`` of session time as they grow.

    Args:
        live: windows will be forgotten; else what was read in old ones is kept in a file.
    """

    def __init__(self, *, live: bool = True) -> None:
        self._live = live
        self._windows: dict[str, _Windows] = {}
        self._forgotten = -(1 << 62)
        """Windows before this number are wanted by nobody."""

    def known_s(self, track: SensorTrack) -> float:
        """Session time up to which the windows of ``track`` were cut."""
        windows = self._windows.get(track.placement.value)
        if windows is not None:
            return windows.end * WINDOW_S
        return float(track.time_s.row(track.time_s.start)) if track.end else math.inf

    def advance(self, track: SensorTrack) -> None:
        """Add the windows that ``track`` has completed."""
        if track.end == 0:
            return
        stop = math.floor(track.watermark_s / WINDOW_S)
        windows = self._windows.get(track.placement.value)
        if windows is None:
            first = math.ceil(float(track.time_s.row(track.time_s.start)) / WINDOW_S)
            windows = self._windows[track.placement.value] = _Windows(first, live=self._live)
            windows.forget(self._forgotten)
        windows.pass_over_forgotten(stop)
        first = windows.end
        if stop <= first:
            return
        # the samples of the new windows only: a searchsorted over all of them costs more
        count = round((track.watermark_s - WINDOW_S * first + 1.0) * track.rate_hz)
        start = max(track.time_s.start, track.end - count)
        times = track.time_s.get(start, track.end)
        while start > track.time_s.start and times[0] >= WINDOW_S * first:
            count *= 2
            start = max(track.time_s.start, track.end - count)
            times = track.time_s.get(start, track.end)
        edges = start + np.searchsorted(times, WINDOW_S * np.arange(first, stop + 1), "left")
        windows.append(track, edges)

    def forget(self, before_s: float) -> None:
        """Forget the windows that end before a session time; those not cut yet will not be."""
        self._forgotten = math.floor(before_s / WINDOW_S)
        for windows in self._windows.values():
            windows.forget(self._forgotten)

    def windows(self, name: str, numbers: Iterable[int]) -> list[Window]:
        """Those of the numbered windows that exist."""
        known = self._windows.get(name)
        return [] if known is None else [known.window(k) for k in numbers if known.has(k)]

    def mean_of(self, name: str, numbers: range) -> tuple[FloatArray, FloatArray] | None:
        """Mean specific force and mean rate, each (3,), of the numbered windows; None without any."""
        known = self._windows.get(name)
        if known is None:
            return None
        # one after another, so that the sums do not depend on the parts
        count, total = 0, np.zeros((1, _SQUARES.start))
        for rows in known.rows(numbers):
            count += len(rows)
            total = np.sum(np.concatenate([total, rows[:, : _SQUARES.start]]), axis=0)[None]
        return (total[0, _ACC] / count, total[0, _RATE] / count) if count else None

    def means(self, name: str, numbers: range) -> Iterator[WindowMeans]:
        """Those of the numbered windows that exist, in order, some at a time."""
        known = self._windows.get(name)
        for rows in () if known is None else known.rows(numbers):
            products = rows[:, list(_PAIR_OF)].reshape(-1, 3, 3)
            yield WindowMeans(rows[:, _ACC], rows[:, _RATE], products)

    def standings(self, names: Iterable[str], after_s: float, before_s: float) -> list[Standing]:
        """Intervals of at least `STANDING_S`, inside ``[after_s, before_s)``, oldest first.

        All named sensors were still in them.
        """
        named = [self._windows.get(n) for n in names]
        known = [windows for windows in named if windows is not None and windows.some]
        if not named or len(known) < len(named):
            return []
        first = max(math.ceil(after_s / WINDOW_S), known[0].start)
        last = math.floor(before_s / WINDOW_S)
        if last <= first:
            return []
        still = np.ones(last - first, np.bool_)
        for windows in known:
            still &= windows.still(first, last)
        edges = np.flatnonzero(np.diff(still, prepend=False, append=False)).tolist()
        return [
            Standing((first + a) * WINDOW_S, (first + b) * WINDOW_S)
            for a, b in zip(edges[::2], edges[1::2], strict=True)
            if (b - a) * WINDOW_S >= STANDING_S
        ]


class _Windows:
    """Windows of one sensor, numbered from ``first`` on; those with too few samples are absent."""

    def __init__(self, first: int, *, live: bool) -> None:
        self._states = Series(np.uint8, start=first)
        """0: absent, 1: it moved, 2: it was still."""
        self._first = first
        self._means = (
            Series(np.float64, _COLUMNS)
            if live
            else SpilledSeries(np.float64, _COLUMNS, _ROWS_IN_MEMORY)
        )
        """By number from ``first`` on."""
        self._forgotten = first
        self.some = False

    @property
    def start(self) -> int:
        """Number of the first window kept."""
        return self._states.start

    @property
    def end(self) -> int:
        """Number of the next window."""
        return self._states.end

    def has(self, number: int) -> bool:
        """Whether the window exists and is kept."""
        return self.start <= number < self.end and bool(self._states.row(number))

    def window(self, number: int) -> Window:
        """A window that exists."""
        means = self._means.row(number - self._first)
        return Window(
            bool(self._states.row(number) == 2),
            means[_ACC],
            means[_RATE],
            means[list(_PAIR_OF)].reshape(3, 3),
        )

    def rows(self, numbers: range) -> Iterator[FloatArray]:
        """Means of the numbered windows that exist and are kept, shape (n, 12), some at a time."""
        first, last = max(numbers.start, self.start), min(numbers.stop, self.end)
        for a in range(first, last, _ROWS_IN_MEMORY):
            b = min(a + _ROWS_IN_MEMORY, last)
            exist = self._states.get(a, b) != 0
            yield self._means.get(a - self._first, b - self._first)[exist]

    def still(self, first: int, last: int) -> npt.NDArray[np.bool_]:
        """Whether the sensor was still in the windows ``[first, last)``."""
        still = np.zeros(last - first, np.bool_)
        a, b = max(first, self.start), min(last, self.end)
        if a < b:
            still[a - first : b - first] = self._states.get(a, b) == 2
        return still

    def forget(self, before: int) -> None:
        """Forget windows before a number, also those that are still to come."""
        self._forgotten = before
        self._states.trim(before)
        self._means.trim(before - self._first)

    def pass_over_forgotten(self, stop: int) -> None:
        """Let the next windows be absent, up to ``stop`` at most, that are forgotten already."""
        count = min(self._forgotten, stop) - self.end
        if count > 0:
            self._states.append(np.zeros(count, np.uint8))
            self._means.append(np.zeros((count, _COLUMNS)))
            self.forget(self._forgotten)

    def append(self, track: SensorTrack, edges: npt.NDArray[np.intp]) -> None:
        """Add the windows between neighbouring positions."""
        states = np.zeros(len(edges) - 1, np.uint8)
        means = np.zeros((len(states), _COLUMNS))
        full = np.flatnonzero(np.diff(edges) >= FEWEST_SAMPLES)
        if len(full):
            self.some = True
            means[full], still = _means(track, edges[full], edges[full + 1])
            states[full] = np.where(still, 2, 1)
        self._states.append(states)
        self._means.append(means)
        self.forget(self._forgotten)


def _means(
    track: SensorTrack, first: npt.NDArray[np.intp], last: npt.NDArray[np.intp]
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Means over the positions ``[first[i], last[i])``, shape (n, 12), and which were still."""
    low, high = int(first[0]), int(last[-1])
    columns = np.empty((15, high - low))
    columns[0:3], columns[3:6] = track.acc.columns(low, high), track.rate.columns(low, high)
    acc, rate = columns[0:3], columns[3:6]
    for column, (a, b) in enumerate(_PAIRS, start=6):
        np.multiply(rate[a], rate[b], out=columns[column])
    np.multiply(acc, acc, out=columns[12:15])
    # pairs (first, last): every second sum is the one between windows, which is not wanted
    bounds = np.stack([first - low, last - low], axis=1).ravel()
    sums = np.add.reduceat(columns, bounds[:-1], axis=1)[:, ::2]
    means = sums / (last - first)
    mean_acc, mean_rate = means[_ACC], means[_RATE]
    acc_variance = means[12:15] - mean_acc * mean_acc
    rate_variance = means[_SQUARES] - mean_rate * mean_rate
    norm = np.sqrt(np.sum(mean_acc * mean_acc, axis=0))
    still = (
        (rate_variance.max(axis=0) < STILL_RATE_RAD_S**2)
        & (np.sum(mean_rate * mean_rate, axis=0) < STILL_MEAN_RATE_RAD_S**2)
        & (acc_variance.max(axis=0) < STILL_ACC_M_S2**2)
        & (norm > GRAVITY_M_S2[0])
        & (norm < GRAVITY_M_S2[1])
    )
    return means[:_COLUMNS].T, still
