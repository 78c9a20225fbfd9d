"""A quantity that is constant within segments and passes smoothly from one to the next."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from firmware_sim.body.jet import Array, Jet


class Ramped:
    """A step-wise constant quantity with C2 ramps centred on the steps, and its integral over time.

    Args:
        edges_s: Times at which one segment passes to the next, s, rising, (n,).
        values: Value in each segment, (n + 1,).
        ramps_s: Length of the ramp at each edge, s, (n,); ramps must not overlap.
    """

    def __init__(
        self, edges_s: Sequence[float], values: Sequence[float], ramps_s: Sequence[float]
    ) -> None:
        change = np.diff(np.asarray(values, dtype=np.float64))
        keep = np.flatnonzero(change)
        self.first = float(values[0])
        self.constant = keep.size == 0
        edge, length = np.asarray(edges_s)[keep], np.asarray(ramps_s)[keep]
        self._start = edge - length / 2.0
        self._length = length
        self._change = change[keep]
        self._before = np.asarray(values, dtype=np.float64)[keep]
        gone = np.diff(self._start)
        over = self._before[:-1] * gone + self._change[:-1] * (gone - length[:-1] / 2.0)
        begin = self.first * self._start[:1]
        self._integral = np.concatenate([begin, begin + np.cumsum(over)])

    def __call__(self, t: Array) -> Jet:
        """The quantity at times t, s, (n,)."""
        if self.constant:
            return Jet.constant(self.first, t)
        i, x, _ = self._within(t)
        change, length = self._change[i], self._length[i]
        value = x * x * x * (x * (6.0 * x - 15.0) + 10.0)
        slope = 30.0 * x * x * (x - 1.0) * (x - 1.0)
        curve = 60.0 * x * (x - 1.0) * (2.0 * x - 1.0)
        return Jet(
            self._before[i] + change * value,
            change * slope / length,
            change * curve / (length * length),
        )

    def integral(self, t: Array) -> Jet:
        """Integral from time 0; its derivative is the quantity."""
        rate = self(t)
        if self.constant:
            return Jet(self.first * t, rate.v, rate.d)
        i, x, since = self._within(t)
        change, length = self._change[i], self._length[i]
        x4 = x * x * x * x
        bent = length * x4 * (x * (x - 3.0) + 2.5) + np.maximum(since - length, 0.0)
        return Jet(self._integral[i] + self._before[i] * since + change * bent, rate.v, rate.d)

    def _within(self, t: Array) -> tuple[np.ndarray, Array, Array]:
        """Ramp last begun (the first one before that), progress in it 0-1, time since its start."""
        i = np.maximum(np.searchsorted(self._start, t, side="right") - 1, 0)
        since = t - self._start[i]
        return i, np.clip(since / self._length[i], 0.0, 1.0), since
