"""How much strides of one leg differ from each other."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pipeline.orientation import FloatArray
from pipeline.statistics.leg_series import LegSeries
from pipeline.statistics.stride_memory import (
    MAD_TO_SD,
    autocorrelation,
    mean_certainty,
    t_factor,
)
from pipeline.statistics.within_run_trend import running_median
from pipeline.uncertainty import OWN_DEG

LEAST_STRIDES = 20
DRIFT_STRIDES = 101
"""What changes more slowly than this many strides is drift, not variability."""


@dataclass(frozen=True, slots=True)
class Variability:
    """Stride-to-stride variability of a metric.

    Attributes:
        sd: robust standard deviation of the strides about their slow drift, unit of the metric.
        low: lower end of its 95 % interval.
        high: upper end.
        true_sd: the same less what the measurement itself adds; 0 where that is all of it.
        percent: ``sd`` in percent of the median, for times; None elsewhere.
        with_next: correlation of a stride with the next of the same leg.
        n: strides.
    """

    sd: float
    low: float
    high: float
    true_sd: float
    percent: float | None
    with_next: float
    n: int


def variability(series: LegSeries) -> Variability | None:
    """Variability of a leg's strides; None with fewer than ``LEAST_STRIDES``.

    It says how a movement scatters, not whether that is good or bad.
    """
    n = len(series)
    if n < LEAST_STRIDES:
        return None
    width = min(DRIFT_STRIDES, n | 1)
    left = series.values - running_median(series.values, width)
    sd = MAD_TO_SD * float(np.median(np.abs(left - np.median(left))))
    if sd > 0.0:
        # taking off a median of the strides themselves makes them look more alike
        memory = n / mean_certainty(left).effective
        sd /= math.sqrt(max(0.5, 1.0 - 0.5 * np.pi * memory / width))
    # the logarithm of the spread has the standard error of the mean absolute residual's
    low, high = _interval(left, sd)
    own = OWN_DEG.get(series.key, 0.0)
    middle = float(np.median(series.values))
    return Variability(
        sd=sd,
        low=low,
        high=high,
        true_sd=math.sqrt(max(0.0, sd * sd - own * own)),
        percent=100.0 * sd / middle if series.key.endswith("_s") and middle > 0.0 else None,
        with_next=float(autocorrelation(left, 1)[1]),
        n=n,
    )


def _interval(left: FloatArray, sd: float) -> tuple[float, float]:
    if sd == 0.0:
        return 0.0, 0.0
    folded = np.abs(left - np.median(left))
    certain = mean_certainty(folded)
    # a median absolute deviation is 1.17 (1 / sqrt(0.37 / 0.51)) times less certain than the mean
    relative = 1.53 * certain.se / float(np.mean(folded))
    factor = math.exp(t_factor(certain.df) * relative / 1.17)
    return sd / factor, sd * factor
