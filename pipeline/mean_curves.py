"""Mean stance curves of a session with their spread, per side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import numpy as np
import pandas as pd

from pipeline.orientation import FloatArray
from pipeline.packed_strides import PackedStrides
from pipeline.stride import CURVE_POINTS, SIDES, Gait, Side, Stride
from pipeline.synopsis import main_gait

CurveMetric = Literal["drop", "tibial_rotation"]

CURVE_METRICS: tuple[CurveMetric, CurveMetric] = ("drop", "tibial_rotation")
CURVE_COLUMNS: tuple[str, ...] = ("side", "percent", "metric", "mean_deg", "sd_deg", "n")
"""Columns of the table of mean curves."""
_TOGETHER = 1024
"""Strides whose curves are read at once."""


def mean_curves(strides: Iterable[Stride], gait: Gait | None = None) -> pd.DataFrame:
    """Average the stance curves of the valid strides of one gait.

    Args:
        strides: strides of a session, both sides.
        gait: gait to average; None takes the one of most valid strides.

    Returns:
        ``CURVE_COLUMNS``: ``side``; ``percent`` of stance, 0 to 100; ``metric``, ``drop`` or
        ``tibial_rotation``; ``mean_deg`` and ``sd_deg`` (over strides, n - 1; NaN for fewer than
        two); ``n`` strides at that point. Sides and curves without a stride have no rows.
    """
    if not isinstance(strides, PackedStrides):
        strides = [stride for stride in strides if stride.valid]
    gait = gait or main_gait(strides)
    parts: list[pd.DataFrame] = []
    for side in SIDES:
        for metric in CURVE_METRICS:
            n = np.zeros(CURVE_POINTS, np.int64)
            total, squares = np.zeros(CURVE_POINTS), np.zeros(CURVE_POINTS)
            for curves in _curves(strides, side, gait, metric):
                known = np.isfinite(curves)
                n += known.sum(axis=0)
                total = _added(total, np.where(known, curves, 0.0))
            if not n.any():
                continue
            nan = np.full(CURVE_POINTS, np.nan)
            mean = np.divide(total, n, out=nan.copy(), where=n > 0)
            for curves in _curves(strides, side, gait, metric):
                known = np.isfinite(curves)
                squares = _added(squares, np.where(known, (curves - mean) ** 2, 0.0))
            sd = np.sqrt(np.divide(squares, n - 1, out=nan.copy(), where=n > 1))
            parts.append(
                pd.DataFrame(
                    {
                        "side": pd.array([side] * CURVE_POINTS, dtype="str"),
                        "percent": np.arange(CURVE_POINTS, dtype=np.float64),
                        "metric": pd.array([metric] * CURVE_POINTS, dtype="str"),
                        "mean_deg": mean,
                        "sd_deg": sd,
                        "n": n.astype(np.int64),
                    }
                )
            )
    if parts:
        return pd.concat(parts, ignore_index=True)
    return pd.DataFrame(
        {
            "side": pd.array([], dtype="str"),
            "percent": np.empty(0),
            "metric": pd.array([], dtype="str"),
            "mean_deg": np.empty(0),
            "sd_deg": np.empty(0),
            "n": np.empty(0, dtype=np.int64),
        }
    )


def _curves(
    strides: PackedStrides | list[Stride], side: Side, gait: Gait | None, metric: CurveMetric
) -> Iterator[FloatArray]:
    """Curves of the valid strides of a side and a gait, some at a time, shape (k, 101)."""
    if isinstance(strides, PackedStrides):
        numbers = np.flatnonzero(strides.chosen(side, gait))
        for a in range(0, len(numbers), _TOGETHER):
            drop, tibial_rotation = strides.curves(numbers[a : a + _TOGETHER])
            yield (drop if metric == "drop" else tibial_rotation).astype(np.float64)
        return
    chosen = [stride for stride in strides if stride.side == side and stride.gait == gait]
    yield np.array(
        [s.drop_curve_deg if metric == "drop" else s.tibial_rotation_curve_deg for s in chosen],
        dtype=np.float64,
    ).reshape(-1, CURVE_POINTS)


def _added(total: FloatArray, rows: FloatArray) -> FloatArray:
    """Rows added to a total one after another, however many are added at once."""
    sums: FloatArray = np.concatenate([total[None], rows]).sum(axis=0)
    return sums
