"""The line below a cloud of points that lies closest under them."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sensors.clock_kind import CRYSTAL
from sensors.sample_block import FloatArray


@dataclass(frozen=True, slots=True)
class Line:
    """A straight piece of the offset: ``offset_s + skew * (device_s - at_s)``."""

    at_s: float
    offset_s: float
    skew: float

    def __call__(self, device_s: float) -> float:
        """Offset at a device time, seconds."""
        return self.offset_s + self.skew * (device_s - self.at_s)


def lower_line(
    device_s: Sequence[float],
    offset_s: Sequence[float],
    max_skew: float = CRYSTAL.max_skew,
) -> Line:
    """The line below all points that lies closest under them.

    It is the edge of the lower convex hull over the mean device time.

    Args:
        device_s: device times, increasing, at least one.
        offset_s: arrival minus device time of each, seconds.
        max_skew: largest believable skew; where the edge is steeper, the line is level.
    """
    hull: list[tuple[float, float]] = []
    x0 = y0 = x1 = y1 = 0.0  # the last two points of the hull
    for x, y in zip(device_s, offset_s, strict=True):
        while len(hull) >= 2 and not (y1 - y0) * (x - x0) < (y - y0) * (x1 - x0):
            hull.pop()
            x1, y1 = x0, y0
            if len(hull) >= 2:
                x0, y0 = hull[-2]
        hull.append((x, y))
        x0, y0, x1, y1 = x1, y1, x, y
    middle = sum(device_s) / len(device_s)
    for (x0, y0), (x1, y1) in pairwise(hull):
        if x0 <= middle <= x1 and x1 > x0:
            skew = (y1 - y0) / (x1 - x0)
            if abs(skew) <= max_skew:
                return Line(x0, y0, skew)
            break
    return Line(middle, min(offset_s), 0.0)


class Minima:
    """The lowest point of each bin.

    Args:
        bin_s: span of device time in one bin.
    """

    def __init__(self, bin_s: float = CRYSTAL.bin_s) -> None:
        self._bin_s = bin_s
        self.device_s: deque[float] = deque()
        self.offset_s: deque[float] = deque()
        self._bin = -(2**62)

    def add(self, device_s: float, offset_s: float) -> bool:
        """Take a point; True when a bin was completed by it."""
        slot = int(device_s // self._bin_s)
        if slot > self._bin:
            completed = bool(self.device_s)
            self._bin = slot
            self.device_s.append(device_s)
            self.offset_s.append(offset_s)
            return completed
        if offset_s < self.offset_s[-1]:
            self.device_s[-1] = device_s
            self.offset_s[-1] = offset_s
        return False

    def completes(self, device_s: float) -> bool:
        """Whether a point at this device time would begin another bin."""
        return device_s // self._bin_s > self._bin

    def add_all(self, device_s: FloatArray, offset_s: FloatArray) -> None:
        """Take points, shape (p,), at least one; the same as :meth:`add` of each."""
        slots = np.maximum.accumulate(
            np.maximum((device_s // self._bin_s).astype(np.int64), self._bin)
        )
        first = np.flatnonzero(np.concatenate([[True], slots[1:] > slots[:-1]]))
        lowest = np.minimum.reduceat(offset_s, first)
        # of equal ones the first of each bin
        low = np.flatnonzero(offset_s == np.repeat(lowest, np.diff(first, append=len(slots))))
        low = low[np.searchsorted(low, first)]
        device, offset = device_s[low].tolist(), offset_s[low].tolist()
        if slots[0] == self._bin:
            if offset[0] < self.offset_s[-1]:
                self.device_s[-1], self.offset_s[-1] = device[0], offset[0]
            device, offset = device[1:], offset[1:]
        self._bin = slots[-1].item()
        self.device_s += device
        self.offset_s += offset

    def forget_before(self, device_s: float) -> None:
        """Drop points older than ``device_s``, but keep one."""
        while len(self.device_s) > 1 and self.device_s[0] < device_s:
            self.device_s.popleft()
            self.offset_s.popleft()
