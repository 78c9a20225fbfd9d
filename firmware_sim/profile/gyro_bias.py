"""A measurement of the gyroscope bias: the mean of some seconds, if the device stood still."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from firmware_sim.profile.events import gyro_bias_data

STILL_DPS = 2.0
"""Largest SD of each gyroscope axis."""


class BiasMeasurement:
    """One measurement.

    Args:
        samples: How many to average.
    """

    def __init__(self, samples: int) -> None:
        self._samples = samples
        self._counts: list[NDArray[np.int16]] = []

    def add(self, counts: NDArray[np.int16], scale_dps: float) -> bytes | None:
        """Take the samples of a packet.

        Args:
            counts: (n, 6); with (n, 3) there is no gyroscope, and the outcome is "moved".
            scale_dps: deg/s per count.

        Returns:
            Data of the event when it is done.
        """
        self._counts.append(counts[:, 3:])
        if sum(len(c) for c in self._counts) < self._samples:
            return None
        dps = np.concatenate(self._counts)[: self._samples] * scale_dps
        if not dps.shape[1]:
            return gyro_bias_data(False, (0.0, 0.0, 0.0))
        still = bool((dps.std(axis=0) < STILL_DPS).all())
        x, y, z = (float(v) for v in dps.mean(axis=0))
        return gyro_bias_data(still, (x, y, z))
