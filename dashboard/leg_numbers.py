"""What a page says of the legs' strides in numbers, computed once for all its parts and languages."""

from __future__ import annotations

from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from dashboard.remembered import remembered
from dashboard.sides import Side
from pipeline.orientation import FloatArray
from pipeline.statistics.asymmetry import Asymmetry, difference
from pipeline.statistics.estimate import Estimate, estimate_series
from pipeline.statistics.leg_series import LegSeries, main_gait_of


def column_of(strides: pd.DataFrame, name: str) -> FloatArray:
    """A column of numbers, shape (rows,), not to be changed; NaN for one that is not there.

    Args:
        strides: stride table.
        name: of the column.
    """
    return remembered(strides, ("column", name), lambda: _column_of(strides, name))


def _column_of(strides: pd.DataFrame, name: str) -> FloatArray:
    if name not in strides:
        return np.full(len(strides), np.nan)
    return cast("FloatArray", strides[name].to_numpy(np.float64))


def valid_of(strides: pd.DataFrame, side: str) -> npt.NDArray[np.bool_]:
    """Which rows are valid strides of a leg, shape (rows,).

    Args:
        strides: stride table.
        side: ``left`` or ``right``.
    """
    return remembered(
        strides,
        ("valid", side),
        lambda: strides["valid"].to_numpy(np.bool_) & (strides["side"] == side).to_numpy(np.bool_),
    )


def leg_rows(strides: pd.DataFrame, side: Side) -> npt.NDArray[np.intp]:
    """Rows of a leg's valid strides of the gait that most have, in order of time.

    Args:
        strides: stride table.
        side: leg.
    """
    return remembered(strides, ("rows", side), lambda: _leg_rows(strides, side))


def _leg_rows(strides: pd.DataFrame, side: Side) -> npt.NDArray[np.intp]:
    chosen = np.flatnonzero(
        valid_of(strides, side) & (strides["gait"] == main_gait_of(strides)).to_numpy(bool)
    )
    times = column_of(strides, "foot_strike_s")[chosen]
    return chosen[np.argsort(times, kind="stable")]


def series_of(strides: pd.DataFrame, side: Side, key: str) -> LegSeries:
    """As ``leg_series``, which looks for the leg's strides anew each time.

    Args:
        strides: stride table of one gait.
        side: leg.
        key: metric key, column of the table.
    """
    rows = leg_rows(strides, side)
    values = column_of(strides, key)[rows]
    known = np.isfinite(values)
    rows = rows[known]
    return LegSeries(
        key,
        side,
        column_of(strides, "foot_strike_s")[rows],
        values[known],
        column_of(strides, f"{key}_se")[rows],
        column_of(strides, "cadence_spm")[rows],
    )


def estimate_of(strides: pd.DataFrame, side: Side, key: str) -> Estimate | None:
    """Typical value of a leg with its interval; None without a stride that knows the metric.

    Args:
        strides: stride table of one gait.
        side: leg.
        key: metric key, column of the table.
    """
    if not len(strides):
        return None
    return remembered(
        strides,
        ("estimate", side, key),
        lambda: estimate_series(series_of(strides, side, key)),
    )


def difference_of(strides: pd.DataFrame, key: str) -> Asymmetry | None:
    """Left minus right of a metric; None where a leg has no stride that knows it.

    Args:
        strides: stride table of one gait.
        key: metric key, column of the table.
    """
    left, right = (estimate_of(strides, side, key) for side in ("left", "right"))
    return None if left is None or right is None else difference(key, left, right)
