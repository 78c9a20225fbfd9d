"""Time stamps of a file: rate, order, losses, and a uniform grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sensors.sample_block import FloatArray

MIN_RATE_HZ = 10.0
MAX_RATE_HZ = 1700.0
"""Sensors for people have up to 1666 Hz; more is a wrong unit of time, or no inertial sensor."""
LOW_RATE_HZ = 50.0
"""Below this rate foot strikes and peaks are known only roughly."""

REGULAR_DEVIATION = 0.3
"""Steps within this part of a sample from a whole number of samples count as regular."""
BRIDGED_STEPS = 2.5
"""Jittery stamps further apart than this many samples are a loss, not jitter."""
BURST_SHARE = 0.2
"""Share of steps under a tenth of a sample from which stamps are taken for arrival times."""

_BASELINE_SAMPLES = 32


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """How a sensor's time stamps lie on a uniform grid.

    Attributes:
        rate_hz: sampling rate.
        regular: whether every stamp can stay as it is.
        bursts: whether many stamps all but coincide, as the arrival times of packets do.
        index: sample number of each stamp, shape (n,), first is 0; only where ``regular``.
    """

    rate_hz: float
    regular: bool
    bursts: bool
    index: npt.NDArray[np.int64]


_NEAR_STEPS = 8.0
"""Steps of more samples say little about the interval."""


def fit_time_axis(time_s: FloatArray) -> TimeAxis:
    """Find the sampling rate and the grid of strictly increasing time stamps.

    The sample interval is taken over 32 samples at a time, so that stamps rounded to whole
    milliseconds and jitter average out; stretches with a loss are left out of it.

    Args:
        time_s: time stamps, shape (n,), n of at least 2, strictly increasing.
    """
    baseline = min(_BASELINE_SAMPLES, len(time_s) - 1)
    spans = time_s[baseline:] - time_s[:-baseline]
    middle = float(np.median(spans))
    typical = spans[np.abs(spans - middle) <= 0.5 * middle / baseline]
    interval_s = float(typical.mean() if typical.size else middle) / baseline
    apart_s = np.diff(time_s)
    steps = apart_s / interval_s
    whole = np.clip(np.rint(steps), 1.0, 2.0**53)
    regular = bool(np.quantile(np.abs(steps - whole), 0.99) < REGULAR_DEVIATION)
    index = np.zeros(len(time_s), dtype=np.int64)
    if regular:
        np.cumsum(whole.astype(np.int64), out=index[1:])
        # with many losses most spans hold one, and the interval came out long
        near = whole <= _NEAR_STEPS
        interval_s = float(apart_s[near].sum() / whole[near].sum())
    return TimeAxis(
        rate_hz=1.0 / interval_s,
        regular=regular,
        bursts=bool(np.mean(steps < 0.1) > BURST_SHARE),
        index=index,
    )


def resample(
    time_s: FloatArray, values: FloatArray, rate_hz: float
) -> tuple[npt.NDArray[np.int64], FloatArray, FloatArray]:
    """Bring jittery samples onto the uniform grid, by linear interpolation.

    Grid points inside a loss (stamps more than 2.5 samples apart) are left out.

    Args:
        time_s: time stamps, shape (n,), strictly increasing.
        values: columns to interpolate, shape (n, k).
        rate_hz: rate of the grid.

    Returns:
        Index on the grid (m,), time (m,), values (m, k).
    """
    count = int(np.floor((time_s[-1] - time_s[0]) * rate_hz + 1e-9)) + 1
    index = np.arange(count, dtype=np.int64)
    grid_s = time_s[0] + index / rate_hz
    left = np.clip(np.searchsorted(time_s, grid_s, side="right") - 1, 0, len(time_s) - 2)
    spacing = time_s[left + 1] - time_s[left]
    known = (spacing <= BRIDGED_STEPS / rate_hz) | (time_s[left] == grid_s)
    index, grid_s = index[known], grid_s[known]
    columns = [np.interp(grid_s, time_s, values[:, column]) for column in range(values.shape[1])]
    return index, grid_s, np.column_stack(columns)
