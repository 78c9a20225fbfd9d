"""Strides drawn with a memory, for tests of what intervals hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.signal import lfilter

from pipeline.statistics.leg_series import LegSeries
from pipeline.stride import Side

STRIDE_S = 0.7
Floats = NDArray[np.float64]


def with_memory(rng: np.random.Generator, n: int, correlation: float, sd: float = 1.0) -> Floats:
    """A first-order series of mean 0, from its stationary distribution, shape (n,)."""
    shocks = rng.normal(size=n + 200) * sd * np.sqrt(1.0 - correlation**2)
    series: Floats = lfilter([1.0], [1.0, -correlation], shocks)[200:]
    return series


def series_of(values: Floats, *, key: str = "cpd_exc_deg", se: float = np.nan) -> LegSeries:
    """A left leg with these values, one stride after the other, cadence unknown."""
    n = len(values)
    return LegSeries(
        key, "left", STRIDE_S * np.arange(n), values, np.full(n, se), np.full(n, np.nan)
    )


def table_of(
    left: Floats, right: Floats, *, key: str = "cpd_exc_deg", se: float = np.nan
) -> pd.DataFrame:
    """A stride table of running with one metric."""
    parts = []
    sides: tuple[Side, Side] = ("left", "right")
    for side, values in zip(sides, (left, right), strict=True):
        start = STRIDE_S * np.arange(len(values)) + (0.35 if side == "right" else 0.0)
        parts.append(
            pd.DataFrame(
                {
                    "side": side,
                    "foot_strike_s": start,
                    "cadence_spm": 120.0 / STRIDE_S,
                    key: values,
                    f"{key}_se": se,
                    "gait": "run",
                    "valid": True,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
