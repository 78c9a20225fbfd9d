"""Accelerometer and gyroscope that send apart, each with its own times: one sample of both."""

from __future__ import annotations

import math
from collections import deque
from typing import NamedTuple

import numpy as np

from sensors.sample_block import FloatArray

HOLD_S = 4.0
"""Longest wait of one sensor's samples for those of the other."""
_GAP_PERIODS = 1.5


class Paired(NamedTuple):
    """Consecutive samples of both sensors, at the instants of the accelerometer.

    Attributes:
        first_index: index of the first.
        device_s: device time of each, shape (n,).
        arrival_s: when the accelerometer's notification arrived.
        acc: as handed in, shape (n, 3).
        gyr: interpolated, shape (n, 3).
    """

    first_index: int
    device_s: FloatArray
    arrival_s: float
    acc: FloatArray
    gyr: FloatArray


class _Waiting(NamedTuple):
    first_index: int
    device_s: FloatArray
    arrival_s: float
    acc: FloatArray


class SamplePairing:
    """Brings angular rates to the instants of the accelerations.

    The accelerometer's samples stay as they are: a foot-strike peak must not be smoothed. The
    angular rate between two samples is a cubic through its four neighbours, a straight line beside
    a gap. Where either sensor has a gap there is no sample.

    Args:
        rate_hz: sampling rate of both.
    """

    def __init__(self, rate_hz: float) -> None:
        self._period_s = 1.0 / rate_hz
        self._waiting: deque[_Waiting] = deque()
        self._paired_s = -math.inf
        self._at_s: FloatArray = np.empty(0)
        self._gyr: FloatArray = np.empty((0, 3))

    def push_acc(
        self, first_index: int, device_s: FloatArray, arrival_s: float, acc: FloatArray
    ) -> list[Paired]:
        """Take accelerations.

        Args:
            first_index: index of the first.
            device_s: device times, shape (n,), increasing.
            arrival_s: when they arrived.
            acc: shape (n, 3).

        Returns:
            The samples that both sensors are known at, in order.
        """
        if self._waiting and device_s[0] <= self._waiting[-1].device_s[-1]:
            self._waiting.clear()  # the clock started anew
        if device_s[0] <= self._paired_s:
            self._paired_s = -math.inf
        self._waiting.append(_Waiting(first_index, device_s, arrival_s, acc))
        while device_s[-1] - self._waiting[0].device_s[0] > HOLD_S and len(self._waiting) > 1:
            self._waiting.popleft()
        return self._take(final=False)

    def push_gyr(self, device_s: FloatArray, gyr: FloatArray) -> list[Paired]:
        """Take angular rates.

        Args:
            device_s: device times, shape (n,), increasing.
            gyr: shape (n, 3).
        """
        if len(self._at_s) and device_s[0] <= self._at_s[-1]:
            self._at_s, self._gyr = device_s, gyr  # the clock started anew
        else:
            keep = int(np.searchsorted(self._at_s, device_s[-1] - HOLD_S))
            self._at_s = np.concatenate((self._at_s[keep:], device_s))
            self._gyr = np.concatenate((self._gyr[keep:], gyr))
        return self._take(final=False)

    def finish(self) -> list[Paired]:
        """The samples that waited for a neighbour which does not come."""
        return self._take(final=True)

    def _take(self, *, final: bool) -> list[Paired]:
        found: list[Paired] = []
        at_s = self._at_s
        if not len(at_s):
            return found
        # a cubic needs two neighbours on each side
        until_s = at_s[-1] if final else at_s[max(0, len(at_s) - 2)]
        while self._waiting:
            one = self._waiting[0]
            ready = int(np.searchsorted(one.device_s, until_s, "right"))
            if not ready:
                break
            found += self._pair(one, ready)
            self._paired_s = one.device_s[ready - 1].item()
            if ready < len(one.device_s):
                self._waiting[0] = _Waiting(
                    one.first_index + ready, one.device_s[ready:], one.arrival_s, one.acc[ready:]
                )
                break
            self._waiting.popleft()
        keep = max(0, int(np.searchsorted(at_s, self._paired_s)) - 3)
        self._at_s, self._gyr = at_s[keep:], self._gyr[keep:]
        return found

    def _pair(self, one: _Waiting, ready: int) -> list[Paired]:
        """Samples ``[0, ready)`` of some accelerations, in parts without a gap."""
        times = one.device_s[:ready]
        gyr, known = self._interpolated(times)
        edges = np.flatnonzero(np.diff(np.concatenate(([False], known, [False])).astype(np.int8)))
        return [
            Paired(
                one.first_index + start, times[start:stop], one.arrival_s,
                one.acc[start:stop], gyr[start:stop],
            )
            for start, stop in edges.reshape(-1, 2).tolist()
        ]  # fmt: skip

    def _interpolated(
        self, times: FloatArray
    ) -> tuple[FloatArray, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
        at_s, gyr = self._at_s, self._gyr
        right = np.searchsorted(at_s, times, "left")  # at_s[right - 1] < time <= at_s[right]
        known = right < len(at_s)
        right = np.minimum(right, len(at_s) - 1)
        exact = at_s[right] - times <= 1e-9
        left = np.maximum(right - 1, 0)
        width = at_s[right] - at_s[left]
        close = (width > 0.0) & (width <= _GAP_PERIODS * self._period_s)
        known &= exact | (close & (times >= at_s[left]))
        share = np.where(close & ~exact, (times - at_s[left]) / np.where(close, width, 1.0), 1.0)
        before, after = np.maximum(left - 1, 0), np.minimum(right + 1, len(at_s) - 1)
        longest = _GAP_PERIODS * self._period_s
        cubic = (before < left) & (after > right)
        cubic &= (at_s[left] - at_s[before] <= longest) & (at_s[after] - at_s[right] <= longest)
        u = share[:, None]
        straight = gyr[left] + u * (gyr[right] - gyr[left])
        curved = (
            gyr[before] * (-u * (u - 1.0) * (u - 2.0) / 6.0)
            + gyr[left] * ((u + 1.0) * (u - 1.0) * (u - 2.0) / 2.0)
            + gyr[right] * (-(u + 1.0) * u * (u - 2.0) / 2.0)
            + gyr[after] * ((u + 1.0) * u * (u - 1.0) / 6.0)
        )
        value = np.where(cubic[:, None], curved, straight)
        return np.where(exact[:, None], gyr[right], value), known
