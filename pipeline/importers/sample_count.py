"""A table's own count of its samples: used only where it agrees with the times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from sensors.sample_block import (
    FLAG_CLIPPED_ACC,
    FLAG_CLIPPED_GYR,
    FlagArray,
    FloatArray,
)

FARTHEST = 2.0**53


@dataclass(frozen=True, slots=True)
class Counted:
    """What a table tells of its samples beside times and values.

    Attributes:
        index: sample numbers, shape (n,); None where it tells none that can be used.
        rate_hz: rate as the table states it; None likewise.
        flags: ``FLAG_CLIPPED_*`` bits, shape (n,); None where it tells none.
    """

    index: npt.NDArray[np.int64] | None = None
    rate_hz: float | None = None
    flags: FlagArray | None = None

    @classmethod
    def of(cls, time_s: FloatArray, columns: FloatArray) -> Self:
        """Judge the columns of one sensor.

        Args:
            time_s: time stamps, shape (n,), n of at least 1.
            columns: sample index, rate, clipped accelerometer and clipped gyroscope, shape (n, 4);
                shape (n, 0) where the table has none.
        """
        if columns.shape[1] != 4:
            return cls()
        clipped = columns[:, 2:]
        flags = None
        if ((clipped == 0.0) | (clipped == 1.0)).all():
            flags = (clipped @ [FLAG_CLIPPED_ACC, FLAG_CLIPPED_GYR]).astype(np.uint8)
        if not counts_time(columns[:, 0], time_s, columns[:, 1]):
            return cls(flags=flags)
        return cls(columns[:, 0].astype(np.int64), float(columns[0, 1]), flags)


def counts_time(count: FloatArray, time_s: FloatArray, rate_hz: FloatArray) -> bool:
    """Whether a table's own sample numbers and rate can be used in place of its times'.

    They tell losses and the clock exactly, but only while nobody has changed the times.

    Args:
        count: sample numbers, shape (n,), n of at least 1.
        time_s: time stamps, shape (n,).
        rate_hz: stated rate of each sample, shape (n,).

    Returns:
        True when the numbers are whole and increase, the rate is one positive number, no step lies
        further from its time than half a second and a hundredth, nor do all of them together.
    """
    rate = float(rate_hz[0])
    if not ((rate_hz == rate).all() and 0.0 < rate < np.inf):
        return False
    if not np.isfinite(count).all() or (np.abs(count) > FARTHEST).any():
        return False
    steps = np.diff(count)
    if (count != np.rint(count)).any() or (steps < 1.0).any():
        return False
    apart_s = np.diff(time_s)
    drift_s = np.abs(apart_s - steps / rate)
    whole_s = abs(float(apart_s.sum()) - float(steps.sum()) / rate)
    near = (drift_s <= 0.5 + 0.01 * steps / rate).all()
    return bool(near and whole_s <= 0.5 + 0.01 * float(steps.sum()) / rate)
