"""Standing still: which quarter seconds a sensor did not move in, and what it read there."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile

import numpy as np
import numpy.typing as npt

from pipeline.orientation import FloatArray
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
_PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
_PAIR_OF = (9, 12, 13, 12, 10, 14, 13, 14, 11)
"""Columns of the rate's products, row by row."""
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
    """Cuts tracks into windows ``[k, k + 1) * WINDOW_S`` of session time as they grow."""

    def __init__(self) -> None:
        self._windows: dict[str, dict[int, Window]] = {}
        self._next: dict[str, int] = {}

    def advance(self, track: SensorTrack) -> None:
        """Add the windows that ``track`` has completed."""
        name = track.placement.value
        if track.end == 0:
            return
        windows = self._windows.setdefault(name, {})
        if name not in self._next:
            self._next[name] = math.ceil(float(track.time_s.row(track.time_s.start)) / WINDOW_S)
        first = self._next[name]
        stop = math.floor(track.watermark_s / WINDOW_S)
        if stop <= first:
            return
        self._next[name] = stop
        start = track.time_s.start
        times = track.time_s.get(start, track.end)
        edges = np.searchsorted(times, WINDOW_S * np.arange(first, stop + 1), "left")
        full = np.flatnonzero(np.diff(edges) >= FEWEST_SAMPLES)
        for k, window in zip(
            full, _windows(track, start + edges[full], start + edges[full + 1]), strict=True
        ):
            windows[first + int(k)] = window

    def forget(self, before_s: float) -> None:
        """Forget the windows that end before a session time."""
        first = math.floor(before_s / WINDOW_S)
        for windows in self._windows.values():
            # in order of their numbers: a few old ones at the front, and no more is looked at
            for number in list(takewhile(lambda k: k < first, windows)):
                del windows[number]

    def windows(self, name: str, numbers: Iterable[int]) -> list[Window]:
        """Those of the numbered windows that exist."""
        known = self._windows.get(name, {})
        return [known[k] for k in numbers if k in known]

    def standings(self, names: Iterable[str], after_s: float, before_s: float) -> list[Standing]:
        """Intervals of at least `STANDING_S`, inside ``[after_s, before_s)``, oldest first.

        All named sensors were still in them.
        """
        named = [self._windows.get(n, {}) for n in names]
        if not named or not all(named):
            return []
        first = max(math.ceil(after_s / WINDOW_S), min(named[0]))
        numbers = range(first, math.floor(before_s / WINDOW_S))
        found: list[Standing] = []
        run: list[int] = []
        for k in numbers:
            still = all(k in w and w[k].still for w in named)
            if still and (not run or k == run[-1] + 1):
                run.append(k)
                continue
            _close(run, found)
            run = [k] if still else []
        _close(run, found)
        return found


def _close(run: list[int], found: list[Standing]) -> None:
    if len(run) * WINDOW_S >= STANDING_S:
        found.append(Standing(run[0] * WINDOW_S, (run[-1] + 1) * WINDOW_S))


def _windows(
    track: SensorTrack, first: npt.NDArray[np.intp], last: npt.NDArray[np.intp]
) -> list[Window]:
    """Windows of the positions ``[first[i], last[i])``."""
    if not len(first):
        return []
    low = int(first[0])
    acc = track.acc.get(low, int(last[-1]))
    rate = track.rate.get(low, int(last[-1]))
    columns = np.empty((len(acc), 15))
    columns[:, 0:3], columns[:, 3:6] = acc, rate
    np.multiply(acc, acc, out=columns[:, 6:9])
    for column, (a, b) in enumerate(_PAIRS, start=9):
        np.multiply(rate[:, a], rate[:, b], out=columns[:, column])
    # pairs (first, last): every second sum is the one between windows, which is not wanted
    bounds = np.stack([first - low, last - low], axis=1).ravel()
    sums = np.add.reduceat(columns, bounds[:-1], axis=0)[::2]
    means = sums / (last - first)[:, None]
    mean_acc, mean_rate = means[:, 0:3], means[:, 3:6]
    acc_variance = means[:, 6:9] - mean_acc * mean_acc
    products = means[:, _PAIR_OF].reshape(-1, 3, 3)
    rate_variance = means[:, 9:12] - mean_rate * mean_rate
    norm = np.sqrt(np.sum(mean_acc * mean_acc, axis=1))
    still = (
        (rate_variance.max(axis=1) < STILL_RATE_RAD_S**2)
        & (np.sum(mean_rate * mean_rate, axis=1) < STILL_MEAN_RATE_RAD_S**2)
        & (acc_variance.max(axis=1) < STILL_ACC_M_S2**2)
        & (norm > GRAVITY_M_S2[0])
        & (norm < GRAVITY_M_S2[1])
    )
    return [
        Window(*window)
        for window in zip(still.tolist(), mean_acc, mean_rate, products, strict=True)
    ]
