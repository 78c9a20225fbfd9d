"""How a metric moved within one run, apart from what speed, cadence and slope did to it.

The strides are regressed on time and on the covariates by Huber's method. Neighbouring strides
resemble each other, so the covariance of ordinary regression is multiplied by the long-run
variance of the residuals over their plain one (``stride_memory``), and the degrees of freedom are
those of the effective number of strides. A covariate that moved with time all along leaves little
to tell the two apart; the interval then widens by itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pipeline.orientation import FloatArray
from pipeline.statistics.leg_series import LegSeries
from pipeline.statistics.stride_memory import mean_certainty, t_factor

LEAST_STRIDES = 40
LEAST_DURATION_S = 120.0
SMOOTHING_STRIDES = 15
"""Cadence is taken as the running mean of so many strides: one stride's is mostly chance."""
CHANCE_DOUBT = 0.5
"""Part of the chance in a covariate that may be judged wrongly."""
HUBER = 1.345
ROUNDS = 8
SHARE_AT_ENDS = 0.1
TEN_MINUTES_S = 600.0
LEAST_VARIATION = {"cadence_spm": 0.3, "speed_m_s": 0.02, "grade": 0.002}
"""A covariate whose standard deviation is below this did not change, and is left out."""
MAD_TO_SD = 1.4826022185056018


@dataclass(frozen=True, slots=True)
class Profile:
    """A covariate over session time.

    Attributes:
        time_s: session time, shape (n,), increasing.
        values: speed in m/s, or grade (rise over run), shape (n,).
    """

    time_s: FloatArray
    values: FloatArray


@dataclass(frozen=True, slots=True)
class Trend:
    """Change of a metric within a run.

    Attributes:
        per_10_min: adjusted slope, unit of the metric per ten minutes.
        low: lower end of its 95 % interval.
        high: upper end.
        unadjusted_per_10_min: slope without covariates.
        effects: covariate to its effect, unit of the metric per unit of the covariate.
        adjusted_for: covariates in the regression.
        not_adjusted_for: covariates of ``speed_m_s``, ``cadence_spm``, ``grade`` that were not
            known or did not change.
        first: median of the first tenth of the strides.
        last: median of the last tenth.
        n: strides.
        effective: number of independent strides that would say as much.
        duration_s: from the first to the last stride.
    """

    per_10_min: float
    low: float
    high: float
    unadjusted_per_10_min: float
    effects: Mapping[str, float]
    adjusted_for: tuple[str, ...]
    not_adjusted_for: tuple[str, ...]
    first: float
    last: float
    n: int
    effective: float
    duration_s: float

    @property
    def beyond_error(self) -> bool:
        """Whether no trend lies outside the interval."""
        return self.low > 0.0 or self.high < 0.0


def within_run_trend(
    series: LegSeries, *, speed: Profile | None = None, grade: Profile | None = None
) -> Trend | None:
    """Trend of a leg's metric over the run.

    Args:
        series: strides of one leg.
        speed: speed over session time, where it is known (a treadmill's, a watch's).
        grade: slope over session time.

    Returns:
        None with fewer than ``LEAST_STRIDES`` strides or less than ``LEAST_DURATION_S``.
    """
    n = len(series)
    if n < LEAST_STRIDES:
        return None
    duration_s = float(series.time_s[-1] - series.time_s[0])
    if duration_s < LEAST_DURATION_S:
        return None
    time = (series.time_s - series.time_s.mean()) / TEN_MINUTES_S
    columns: dict[str, FloatArray] = {}
    chance: dict[str, float] = {}
    if speed is not None:
        columns["speed_m_s"] = np.interp(series.time_s, speed.time_s, speed.values)
    if np.isfinite(series.cadence_spm).all():
        columns["cadence_spm"], chance["cadence_spm"] = smoothed(series.cadence_spm)
    if grade is not None:
        columns["grade"] = np.interp(series.time_s, grade.time_s, grade.values)
    used = {
        name: column - column.mean()
        for name, column in columns.items()
        if float(np.std(column)) >= LEAST_VARIATION[name]
    }
    design = np.column_stack([np.ones(n), time, *used.values()])
    slopes, covariance, left = robust_regression(
        design, series.values, np.array([0.0, 0.0, *(chance.get(name, 0.0) for name in used)])
    )
    plain, _, _ = robust_regression(design[:, :2], series.values)
    certain = mean_certainty(left)
    parameters = design.shape[1]
    # what regression took out of the residuals must be put back, in effective strides
    effective = max(certain.effective, parameters + 1.5)
    inflation = certain.se**2 * n / float(np.var(left, ddof=1)) if certain.se > 0.0 else 1.0
    inflation *= effective / (effective - parameters)
    se = math.sqrt(float(covariance[1, 1]) * inflation)
    half = t_factor(max(1.0, effective - parameters)) * se
    tenth = max(3, round(SHARE_AT_ENDS * n))
    return Trend(
        per_10_min=float(slopes[1]),
        low=float(slopes[1]) - half,
        high=float(slopes[1]) + half,
        unadjusted_per_10_min=float(plain[1]),
        effects={name: float(slopes[2 + k]) for k, name in enumerate(used)},
        adjusted_for=tuple(used),
        not_adjusted_for=tuple(name for name in LEAST_VARIATION if name not in used),
        first=float(np.median(series.values[:tenth])),
        last=float(np.median(series.values[-tenth:])),
        n=n,
        effective=effective,
        duration_s=duration_s,
    )


def robust_regression(
    design: FloatArray, values: FloatArray, chance: FloatArray | None = None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Huber's regression by repeated weighting.

    Args:
        design: columns, shape (n, p), n > p, of full rank in what matters.
        values: shape (n,).
        chance: variance of what is chance in each column, shape (p,): a covariate known only
            with an error has too small an effect, unless that is taken off (None: no chance).

    Returns:
        Coefficients (p,), their covariance for independent residuals (p, p), residuals (n,)
        held within Huber's bounds.
    """
    n, parameters = design.shape
    weights = np.ones(n)
    spread = 0.0
    chances = np.zeros(parameters) if chance is None else chance
    coefficients = np.zeros(parameters)
    left: FloatArray = values.copy()
    inverse = np.zeros((parameters, parameters))
    for _ in range(ROUNDS):
        inverse = _inverse(design, weights, chances)
        moments = np.sum(design * (weights * values)[:, None], axis=0)
        coefficients = np.sum(inverse * moments, axis=1)
        left = values - np.sum(design * coefficients, axis=1)
        spread = MAD_TO_SD * float(np.median(np.abs(left)))
        if spread == 0.0:
            break
        weights = np.minimum(1.0, HUBER * spread / np.maximum(np.abs(left), 1e-12))
    held = np.clip(left, -HUBER * spread, HUBER * spread) if spread > 0.0 else left
    # variance of a Huber estimate: E psi^2 / (E psi')^2
    inside = float(np.mean(np.abs(left) <= HUBER * spread)) if spread > 0.0 else 1.0
    held = held / max(inside, 0.5)
    variance = float(np.sum(held * held)) / (n - parameters)
    inverse = _inverse(design, np.ones(n), chances)
    gram = np.sum(design[:, :, None] * design[:, None, :], axis=0)
    covariance: FloatArray = np.linalg.multi_dot([inverse, gram, inverse]) * variance
    # taking off too much or too little chance would move the coefficients by so much
    shift = inverse * (CHANCE_DOUBT * n * chances * coefficients)
    covariance += np.sum(shift[:, None, :] * shift[None, :, :], axis=2)
    return coefficients, covariance, held


def smoothed(cadence_spm: FloatArray) -> tuple[FloatArray, float]:
    """Running mean of cadence, shape (n,), and the variance of the chance left in it."""
    usual = running_median(cadence_spm, SMOOTHING_STRIDES)
    left = cadence_spm - usual
    bound = 4.0 * MAD_TO_SD * float(np.median(np.abs(left)))
    tamed = usual + np.clip(left, -bound, bound)
    half = SMOOTHING_STRIDES // 2
    sums = np.concatenate([[0.0], np.cumsum(tamed)])
    n = np.arange(len(tamed))
    first, last = np.maximum(n - half, 0), np.minimum(n + half + 1, len(tamed))
    means: FloatArray = (sums[last] - sums[first]) / (last - first)
    step = np.diff(tamed)
    chance = float(np.mean(step * step)) / 2.0
    return means, chance / SMOOTHING_STRIDES


def _inverse(design: FloatArray, weights: FloatArray, chance: FloatArray) -> FloatArray:
    """Inverse of the weighted sums of products, without the chance in the columns."""
    gram = np.sum((design * weights[:, None])[:, :, None] * design[:, None, :], axis=0)
    inverse: FloatArray = np.linalg.pinv(gram)
    if not chance.any():
        return inverse
    # never more than half of what a column has by itself: the rest may be chance through and through
    own = 1.0 / np.maximum(np.diag(inverse), 1e-12)
    taken = np.minimum(chance * float(np.sum(weights)), 0.5 * own)
    mended: FloatArray = np.linalg.pinv(gram - np.diag(taken))
    return mended


def running_median(values: FloatArray, width: int) -> FloatArray:
    """Median of the ``width`` values about each, fewer at the ends; shape (n,)."""
    half = width // 2
    padded = np.concatenate([np.full(half, np.nan), values, np.full(half, np.nan)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1)
    found: FloatArray = np.nanmedian(windows, axis=1)
    return found
