"""A leg's typical value in a session, with an interval, and the difference of two of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.statistics.leg_series import LegSeries, leg_series
from pipeline.statistics.stride_memory import median_certainty, t_factor
from pipeline.stride import Gait, Side

LEAST_STRIDES = 7
"""Strides below which no interval is given (Dingenen 2018: seven steps for a stable mean)."""
ENOUGH_STRIDES = 20
"""Strides below which nothing should be judged."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with what may be wrong with it.

    Attributes:
        value: median of the strides, or a difference of medians; unit of the metric.
        sampling_se: standard error because other strides of the same run would differ; NaN with
            fewer than ``LEAST_STRIDES`` strides.
        measurement_se: standard error of what all strides have in common: calibration, soft
            tissue, foot strikes; 0 for metrics without a known error.
        df: degrees of freedom of ``se``.
        n: strides (the fewer of two legs for a difference).
        effective: number of independent strides that would say as much.
    """

    value: float
    sampling_se: float
    measurement_se: float
    df: float
    n: int
    effective: float

    @property
    def se(self) -> float:
        """Standard error of both kinds together."""
        return math.hypot(self.sampling_se, self.measurement_se)

    @property
    def enough(self) -> bool:
        """Whether there are strides enough to judge anything."""
        return self.n >= ENOUGH_STRIDES

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Interval that covers the true value with this confidence; NaN when not known."""
        half = t_factor(self.df, confidence) * self.se if math.isfinite(self.se) else math.nan
        return self.value - half, self.value + half

    @property
    def low(self) -> float:
        """Lower end of the 95 % interval."""
        return self.interval()[0]

    @property
    def high(self) -> float:
        """Upper end of the 95 % interval."""
        return self.interval()[1]

    @property
    def excludes_zero(self) -> bool:
        """Whether zero lies outside the 95 % interval; False when there is none."""
        low, high = self.interval()
        return low > 0.0 or high < 0.0


def joint_df(parts: list[tuple[float, float]]) -> float:
    """Degrees of freedom of a sum of independent variances (Welch and Satterthwaite).

    Args:
        parts: variance and degrees of freedom of each.
    """
    total = sum(variance for variance, _ in parts)
    spent = sum(variance**2 / df for variance, df in parts if math.isfinite(df) and df > 0.0)
    return total**2 / spent if spent > 0.0 else math.inf


def estimate_series(series: LegSeries) -> Estimate | None:
    """Typical value of a leg's strides; None without a stride."""
    n = len(series)
    if n == 0:
        return None
    value = float(np.median(series.values))
    measured = series.shared_se
    if n < LEAST_STRIDES:
        return Estimate(value, math.nan, measured, math.nan, n, math.nan)
    certain = median_certainty(series.values)
    df = joint_df([(certain.se**2, certain.df), (measured**2, math.inf)])
    return Estimate(value, certain.se, measured, df, n, certain.effective)


def estimate_leg(
    table: pd.DataFrame, side: Side, key: str, gait: Gait | None = None
) -> Estimate | None:
    """Typical value of one leg in a session, with what may be wrong with it.

    Against ``pipeline.synopsis.session_errors``, which speaks of the very strides that were
    measured, this also says how far another such run might have differed.

    Args:
        table: stride table of the session.
        side: the leg.
        key: metric column.
        gait: gait; None takes the one of most valid strides.

    Returns:
        None when no valid stride knows the metric.
    """
    return estimate_series(leg_series(table, side, key, gait))
