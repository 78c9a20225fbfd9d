"""Whether a count of samples agrees with their times."""

from __future__ import annotations

import numpy as np

from sensors.sample_block import FloatArray

FARTHEST = 2.0**53


def counts_time(count: FloatArray, time_s: FloatArray, rate_hz: FloatArray) -> bool:
    """Whether a file's own sample numbers and rate can be used in place of its times'.

    They tell losses and the clock exactly, but only while nobody has changed the times.

    Args:
        count: sample numbers, shape (n,), n of at least 1.
        time_s: time stamps, shape (n,), strictly increasing.
        rate_hz: stated rate of each sample, shape (n,).

    Returns:
        True when the numbers are whole and increase, the rate is one positive number, and no step
        lies further from its time than half a second and a hundredth.
    """
    rate = float(rate_hz[0])
    if not (np.isfinite(count).all() and (rate_hz == rate).all() and 0.0 < rate < np.inf):
        return False
    if (np.abs(count) > FARTHEST).any() or (count != np.rint(count)).any():
        return False
    steps = np.diff(count)
    drift_s = np.abs(np.diff(time_s) - steps / rate)
    return bool((steps >= 1.0).all() and (drift_s <= 0.5 + 0.01 * steps / rate).all())
