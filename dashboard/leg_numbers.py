"""What a page says of the legs' strides in numbers, computed once for all its parts and languages."""

from __future__ import annotations

import pandas as pd

from dashboard.remembered import remembered
from dashboard.sides import Side
from pipeline.statistics.asymmetry import Asymmetry, asymmetry
from pipeline.statistics.estimate import Estimate, estimate_leg


def difference_of(strides: pd.DataFrame, key: str) -> Asymmetry | None:
    """Left minus right of a metric; None where a leg has no stride that knows it.

    Args:
        strides: stride table of one gait, in order of time.
        key: metric key, column of the table.
    """
    if not len(strides):
        return None
    return remembered(strides, ("difference", key), lambda: asymmetry(strides, key))


def estimate_of(strides: pd.DataFrame, side: Side, key: str) -> Estimate | None:
    """Typical value of a leg with its interval; None without a stride that knows the metric.

    Args:
        strides: stride table of one gait, in order of time.
        side: leg.
        key: metric key, column of the table.
    """
    if not len(strides):
        return None
    return remembered(strides, ("estimate", side, key), lambda: estimate_leg(strides, side, key))
