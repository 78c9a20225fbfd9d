"""Left minus right of a metric, with an interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.synopsis import summarise_values

LEAST_STRIDES = 7
"""Strides per leg below which no interval is given."""
_MEDIAN_SE = math.sqrt(math.pi / 2)
_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class SideDifference:
    """Left minus right of two medians.

    Attributes:
        difference: unit of the metric.
        half_width: half of the 95 % interval, same unit; NaN with fewer than ``LEAST_STRIDES``
            strides on a leg. It covers variation between strides only, not the placing of
            sensors, nor a common error of all strides of a leg.
    """

    difference: float
    half_width: float


def effective_count(values: npt.NDArray[np.float64]) -> float:
    """Number of independent values that tell as much as ``values``, shape (n,), n >= 1.

    Neighbouring strides resemble each other: a first-order autoregression with lag-one
    correlation r leaves n (1 - r) / (1 + r) (Bayley & Hammersley 1946). Negative r is taken as 0.
    """
    n = len(values)
    centred = values - values.mean()
    power = float(centred @ centred)
    if n < 3 or power == 0:
        return float(n)
    r = min(max(float(centred[1:] @ centred[:-1]) / power, 0.0), 0.95)
    return max(1.0, n * (1 - r) / (1 + r))


def side_difference(
    left: npt.NDArray[np.float64], right: npt.NDArray[np.float64]
) -> SideDifference | None:
    """Compare two legs.

    Args:
        left: values of the left leg's valid strides in order of time, NaN where not known.
        right: the same of the right leg.

    Returns:
        None when a leg has no value.
    """
    known = [side[np.isfinite(side)] for side in (left, right)]
    summaries = [summarise_values(values) for values in known]
    if summaries[0] is None or summaries[1] is None:
        return None
    difference = summaries[0].median - summaries[1].median
    variance = 0.0
    for values, summary in zip(known, summaries, strict=True):
        if summary is None or summary.n < LEAST_STRIDES:
            return SideDifference(difference, math.nan)
        variance += (_MEDIAN_SE * summary.robust_sd) ** 2 / effective_count(values)
    return SideDifference(difference, _Z95 * math.sqrt(variance))
