"""Samples for a gap, taken from the stride before at the same phase.

A straight line over a gap of 100 ms turns the orientation by degrees, for seconds. The stride
before, looked up where it resembles the samples before the gap and meets the first sample after
it, leaves a tenth of that. Where nothing before resembles it, there is no fill.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from pipeline.orientation import FloatArray

FILL_S = 0.25
"""Longest gap that is filled."""
LINE_S = 0.05
"""Longest gap that a straight line may fill, where no stride is known before it."""
MATCH_S = 0.25
"""Samples before the gap that the stride before must resemble."""
LAG_S = (0.4, 1.6)
"""How far back the same phase may lie."""
ARRIVAL_WEIGHT_S = 0.06
"""The first sample after the gap counts like so many seconds of samples before it."""
HISTORY_S = LAG_S[1] + MATCH_S + 0.02
"""Samples that are read before a gap, at most."""


@dataclass(frozen=True, slots=True)
class Fill:
    """Samples for a gap of m samples.

    Attributes:
        gyr: shape (m, 3), rad/s.
        acc: shape (m, 3), m/s².
        mismatch_rad_s: root mean square difference of the angular rates around the gap from
            those of the stride that was taken.
        stride: samples from the stride that was taken to the gap; 0 when it was a line.
    """

    gyr: FloatArray
    acc: FloatArray
    mismatch_rad_s: float
    stride: int


def fill_gap(
    rate: FloatArray,
    acc: FloatArray,
    last_gyr: FloatArray,
    next_gyr: FloatArray,
    next_acc: FloatArray,
    missing: int,
    rate_hz: float,
) -> Fill | None:
    """Fill a gap from the stride before, or by a straight line when it is short.

    Args:
        rate: angular rates over the interval before each of the last n samples before the gap,
            shape (n, 3), rad/s.
        acc: specific force at the same samples, shape (n, 3), m/s².
        last_gyr: angular rate at the last sample before the gap, shape (3,).
        next_gyr: angular rate at the first sample after it, shape (3,).
        next_acc: specific force at the first sample after it, shape (3,).
        missing: number of samples in the gap.
        rate_hz: sampling rate.

    Returns:
        The fill; None when the gap is too long for what is known before it.
    """
    if missing > FILL_S * rate_hz:
        return None
    fill = _stride_before(rate, acc, last_gyr, next_gyr, missing, rate_hz)
    if fill is not None or missing > LINE_S * rate_hz:
        return fill
    share = (np.arange(1, missing + 1) / (missing + 1))[:, None]
    recent = rate[-round(LINE_S * rate_hz) :]
    bend = recent - np.mean(recent, axis=0)
    return Fill(
        last_gyr + share * (next_gyr - last_gyr),
        acc[-1] + share * (next_acc - acc[-1]),
        float(np.sqrt(np.mean(np.sum(bend * bend, axis=1)))),
        0,
    )


def _stride_before(
    rate: FloatArray,
    acc: FloatArray,
    last_gyr: FloatArray,
    next_gyr: FloatArray,
    missing: int,
    rate_hz: float,
) -> Fill | None:
    """The fill from the stride before; None when the samples do not reach back so far."""
    window = round(MATCH_S * rate_hz)
    shortest = max(round(LAG_S[0] * rate_hz), missing + 2)
    longest = min(round(LAG_S[1] * rate_hz), len(rate) - window - 1)
    if longest < shortest:
        return None
    # a rate over an interval stands half a sample before its time; two of them around a sample
    gyr = 0.5 * (rate[:-1] + rate[1:])  # gyr[i] belongs to sample i
    n = len(gyr)
    recent = gyr[n - window :]
    lags = np.arange(shortest, longest + 1)
    # windows that end `lag` samples before the recent one
    earlier = sliding_window_view(gyr, window, axis=0)[n - window - lags]
    before = np.sum((earlier - recent.T) ** 2, axis=(1, 2))
    arrival = gyr[n + 1 + missing - lags]
    after = np.sum((arrival - next_gyr) ** 2, axis=1)
    weight = ARRIVAL_WEIGHT_S * rate_hz
    cost = (before + weight * after) / (window + weight)
    best = int(np.argmin(cost))
    # sample n is the last before the gap; the gap is n + 1 ... n + missing
    first = n + 1 - int(lags[best])
    share = (np.arange(1, missing + 1) / (missing + 1))[:, None]
    start, stop = first - 1, first + missing
    turn = gyr[first:stop] + (1.0 - share) * (last_gyr - gyr[start])
    turn += share * (next_gyr - gyr[stop])
    # no such step for the force: next to an impact its ends differ by several g, and gravity over
    # the following seconds would be looked for that much aside
    force = acc[first:stop].copy()
    return Fill(turn, force, float(np.sqrt(cost[best])), int(lags[best]))
