"""A sample block: consecutive samples of one sensor, in session time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sensors.placement import Placement

FloatArray = npt.NDArray[np.float64]
FlagArray = npt.NDArray[np.uint8]

FLAG_CLIPPED_ACC = 1
"""An accelerometer axis stood at the end of its range."""
FLAG_CLIPPED_GYR = 2
"""A gyroscope axis stood at the end of its range."""
FLAG_GAP_BEFORE = 4
"""Samples are missing between this sample and the one before it."""
FLAG_BACKFILLED = 8
"""The sample came later than its neighbours, on request."""

LACKS_ACC = 1
"""There is no acceleration: the sensor was exported without."""
LACKS_GYR = 2
"""There is no angular rate."""


def lacking(lacks: int) -> str:
    """What a sensor lacks, in words; empty when it lacks nothing.

    Args:
        lacks: ``LACKS_*`` bits.
    """
    names = {0: "", LACKS_ACC: "accelerometer", LACKS_GYR: "gyroscope"}
    return names.get(lacks, "accelerometer and gyroscope")


@dataclass(frozen=True, slots=True)
class SampleBlock:
    """Consecutive samples of one sensor.

    Attributes:
        placement: where the sensor is worn.
        first_index: device sample index of the first sample. Indices count every sample the
            device took, so a jump from one block to the next is a loss of that many samples.
        rate_hz: true sampling rate of the device, as well as it is known.
        time_s: session time of each sample, shape (n,), strictly increasing.
        acc: specific force in sensor axes, shape (n, 3), m/s² (+9.81 along "up" at rest).
        gyr: angular rate in sensor axes, shape (n, 3), rad/s.
        flags: ``FLAG_*`` bits per sample, shape (n,).
        lacks: ``LACKS_*`` bits: quantities that the sensor does not have at all, as foreign files
            may leave them out. Their arrays hold NaN and are not to be used.
    """

    placement: Placement
    first_index: int
    rate_hz: float
    time_s: FloatArray
    acc: FloatArray
    gyr: FloatArray
    flags: FlagArray
    lacks: int = 0

    def __len__(self) -> int:
        """Number of samples."""
        return len(self.time_s)

    def slice(self, start: int, stop: int) -> SampleBlock:
        """Samples ``[start, stop)`` of this block, as views."""
        return SampleBlock(
            self.placement,
            self.first_index + start,
            self.rate_hz,
            self.time_s[start:stop],
            self.acc[start:stop],
            self.gyr[start:stop],
            self.flags[start:stop],
            self.lacks,
        )
