"""Samples of one sensor on its uniform grid, the lost ones on straight lines.

Every compared method gets the same samples; closing up over a loss would turn the sensor by what
was lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pipeline.orientation import FloatArray
from sensors.placement import Placement
from sensors.sample_block import SampleBlock


@dataclass(frozen=True, slots=True)
class UniformSamples:
    """All samples of one sensor.

    Attributes:
        time_s: session time, shape (n,).
        acc: specific force, shape (n, 3), m/s².
        gyr: angular rate, shape (n, 3), rad/s.
        rate_hz: sampling rate.
    """

    time_s: FloatArray
    acc: FloatArray
    gyr: FloatArray
    rate_hz: float

    def since(self, from_s: float) -> UniformSamples:
        """The samples from a time on."""
        first = int(np.searchsorted(self.time_s, from_s))
        return UniformSamples(self.time_s[first:], self.acc[first:], self.gyr[first:], self.rate_hz)


def uniform_samples(blocks: Iterable[SampleBlock], placement: Placement) -> UniformSamples | None:
    """The samples of one sensor; None when it has none."""
    mine = [block for block in blocks if block.placement is placement and len(block)]
    if not mine:
        return None
    index = np.concatenate([b.first_index + np.arange(len(b)) for b in mine])
    grid = np.arange(index[0], index[-1] + 1)

    def filled(values: FloatArray) -> FloatArray:
        return np.interp(grid, index, values)

    def filled_3(values: FloatArray) -> FloatArray:
        return np.stack([filled(values[:, n]) for n in range(3)], axis=1)

    return UniformSamples(
        filled(np.concatenate([b.time_s for b in mine])),
        filled_3(np.concatenate([b.acc for b in mine])),
        filled_3(np.concatenate([b.gyr for b in mine])),
        mine[0].rate_hz,
    )
