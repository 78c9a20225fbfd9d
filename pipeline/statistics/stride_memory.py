"""How much a mean or median of strides is worth, when neighbouring strides resemble each other.

Strides are no independent draws: in running a stride's drop and rotation correlate with the next
by 0.3 to 0.6. The memory of a series is described by an autoregression, whose order is chosen by
the corrected information criterion of Akaike; a first-order one that is drawn towards usual
runners stands beside it, and the larger variance counts. That guards short series, where a high
correlation cannot be told from a low one. Movement that wanders over minutes has no mean that a
short run could show; see docs/statistics.md for how often the intervals then hold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

from pipeline.orientation import FloatArray

LARGEST_ORDER = 8
VALUES_PER_ORDER = 10
"""An order more for so many values, up to the largest."""
USUAL_CORRELATION = 0.45
USUAL_WEIGHT = 10.0
"""What is known of a stride and the next beforehand, and how many strides that is worth."""
LARGEST_CORRELATION = 0.97
OUTLIER_SD = 4.0
"""Values further out are moved to here before the memory is looked at."""
LONGEST_LAG = 1000
MAD_TO_SD = 1.4826022185056018


@dataclass(frozen=True, slots=True)
class Certainty:
    """What the strides say of a mean or median.

    Attributes:
        se: its standard error, unit of the values.
        df: degrees of freedom of the standard error.
        effective: number of independent strides that would say as much.
    """

    se: float
    df: float
    effective: float


def mean_certainty(values: FloatArray) -> Certainty:
    """Standard error of the mean of consecutive strides, shape (n,), n >= 3, all finite."""
    return _certainty(values, median=False)


def median_certainty(values: FloatArray) -> Certainty:
    """Standard error of the median of consecutive strides, shape (n,), n >= 3, all finite.

    For normal values the signs about the median correlate by 2/pi asin(r) where the values
    correlate by r.
    """
    return _certainty(values, median=True)


def t_factor(df: float, confidence: float = 0.95) -> float:
    """Half width of a two-sided interval in standard errors; infinite ``df`` is the normal."""
    share = 0.5 + confidence / 2.0
    return float(stdtrit(df, share)) if np.isfinite(df) else float(ndtri(share))


def autocorrelation(values: FloatArray, largest: int) -> FloatArray:
    """Correlations at lags 0 to ``largest``, shape (largest + 1,); 0 for constant values."""
    n = len(values)
    centred = values - values.mean()
    # Not np.dot: for long series it wakes threads that cost far more than these few products.
    sums = np.array([(centred[: n - k] * centred[k:]).sum() for k in range(largest + 1)])
    found: FloatArray = sums / sums[0] if sums[0] > 0.0 else np.eye(1, largest + 1)[0]
    return found


def _certainty(values: FloatArray, *, median: bool) -> Certainty:
    n = len(values)
    if n < 3:
        raise ValueError("fewer than three strides say nothing of each other")
    centre = float(np.median(values))
    spread = MAD_TO_SD * float(np.median(np.abs(values - centre)))
    tamed = (
        np.clip(values, centre - OUTLIER_SD * spread, centre + OUTLIER_SD * spread)
        if spread > 0.0
        else values
    )
    variance = float(np.var(tamed, ddof=1))
    if variance == 0.0:
        return Certainty(0.0, float(n - 1), float(n))
    correlations = [_fitted(tamed), _drawn_to_usual(tamed)]
    inflation = max(_inflation(each, median=median) for each in correlations)
    memory = max(_inflation(each, median=False) for each in correlations)
    effective = float(np.clip(n / memory, 1.5, n))
    # the variance about a mean of few effective strides is too small by that mean's own error
    variance *= 1.0 / (1.0 - min(0.5, (memory - 1.0) / n))
    return Certainty(float(np.sqrt(variance * inflation / n)), max(1.0, effective - 1.0), effective)


def _inflation(correlations: FloatArray, *, median: bool) -> float:
    """Variance of the estimate over that of the mean of independent values."""
    if median:
        return max(1.0, float(np.pi / 2.0 + 2.0 * np.sum(np.arcsin(correlations[1:]))))
    return max(1.0, float(1.0 + 2.0 * np.sum(correlations[1:])))


def _drawn_to_usual(values: FloatArray) -> FloatArray:
    """Correlations of a first-order series, its coefficient drawn towards the usual one."""
    n = len(values)
    first = float(autocorrelation(values, 1)[1])
    first += (1.0 + 3.0 * first) / n  # estimates from short series are too low
    first = (n * first + USUAL_WEIGHT * USUAL_CORRELATION) / (n + USUAL_WEIGHT)
    first = min(max(first, 0.0), LARGEST_CORRELATION)
    powers: FloatArray = first ** np.arange(min(n, LONGEST_LAG), dtype=np.float64)
    return powers


def _fitted(values: FloatArray) -> FloatArray:
    """Correlations of the autoregression that describes the values best."""
    n = len(values)
    largest = min(LARGEST_ORDER, n // VALUES_PER_ORDER)
    known = autocorrelation(values, largest)
    best = (2.0 * n / (n - 2.0), np.empty(0))
    coefficients, left = np.empty(0), 1.0
    for order in range(1, largest + 1):
        # Levinson's recursion
        step = float(known[order] - np.dot(coefficients, known[order - 1 : 0 : -1])) / left
        coefficients = np.append(coefficients - step * coefficients[::-1], step)
        left *= 1.0 - step * step
        if left <= 1e-9:
            break
        cost = n * float(np.log(left)) + 2.0 * (order + 1) * n / (n - order - 2.0)
        if cost < best[0]:
            best = (cost, coefficients)
    return _extended(known, best[1], min(n, LONGEST_LAG))


def _extended(known: FloatArray, coefficients: FloatArray, count: int) -> FloatArray:
    """Correlations that follow from the coefficients, shape (count,)."""
    order = len(coefficients)
    if order == 0:
        unrelated: FloatArray = np.eye(1, count)[0]
        return unrelated
    found = list(known[: order + 1])
    while len(found) < count:
        following = float(np.dot(coefficients, found[: -order - 1 : -1]))
        found.append(following)
        if abs(following) < 1e-4 and all(abs(one) < 1e-4 for one in found[-order:]):
            break
    return np.array(found)
