"""The strides of one leg and one metric, in order of time, out of a stride table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from pipeline.orientation import FloatArray
from pipeline.stride import Gait, Side
from pipeline.uncertainty import OWN_DEG


@dataclass(frozen=True, slots=True)
class LegSeries:
    """A metric over the valid strides of one leg and one gait.

    Attributes:
        key: metric, column of the stride table.
        side: the leg.
        time_s: foot strikes, shape (n,), increasing.
        values: the metric, shape (n,), finite.
        standard_errors: of each stride, shape (n,); NaN where the table has none.
        cadence_spm: of each stride, shape (n,); NaN where not known.
    """

    key: str
    side: Side
    time_s: FloatArray
    values: FloatArray
    standard_errors: FloatArray
    cadence_spm: FloatArray

    def __len__(self) -> int:
        return len(self.values)

    @property
    def shared_se(self) -> float:
        """Measurement error that all strides have in common; 0 when the table tells none."""
        known = self.standard_errors[np.isfinite(self.standard_errors)]
        if not len(known):
            return 0.0
        return float(np.sqrt(max(0.0, np.median(known * known) - OWN_DEG.get(self.key, 0.0) ** 2)))

    def between(self, start_s: float, end_s: float) -> LegSeries:
        """The strides whose foot strike lies in ``[start_s, end_s)``."""
        inside = (self.time_s >= start_s) & (self.time_s < end_s)
        return LegSeries(
            self.key,
            self.side,
            self.time_s[inside],
            self.values[inside],
            self.standard_errors[inside],
            self.cadence_spm[inside],
        )


def main_gait_of(table: pd.DataFrame) -> Gait | None:
    """Gait of most valid strides of a stride table, running when even; None without one."""
    valid = table["valid"].to_numpy(bool)
    count = int(valid.sum())
    if not count:
        return None
    runs = int((valid & (table["gait"] == "run").to_numpy(bool)).sum())
    return "run" if runs * 2 >= count else "walk"


def leg_series(table: pd.DataFrame, side: Side, key: str, gait: Gait | None = None) -> LegSeries:
    """Take the valid strides of one leg out of a stride table.

    Args:
        table: stride table (``pipeline.stride_table.STRIDE_COLUMNS``).
        side: the leg.
        key: metric column.
        gait: gait; None takes the one of most valid strides.

    Raises:
        KeyError: the table has no such column.
    """
    gait = gait or main_gait_of(table)
    values = table[key].to_numpy(np.float64)
    chosen = (
        table["valid"].to_numpy(bool)
        & (table["side"] == side).to_numpy(bool)
        & (table["gait"] == gait).to_numpy(bool)
        & np.isfinite(values)
    )
    order = np.argsort(table["foot_strike_s"].to_numpy(np.float64)[chosen], kind="stable")

    def column(name: str) -> FloatArray:
        if name not in table:
            return np.full(len(order), np.nan)
        return cast("FloatArray", table[name].to_numpy(np.float64)[chosen][order])

    return LegSeries(
        key,
        side,
        column("foot_strike_s"),
        column(key),
        column(f"{key}_se"),
        column("cadence_spm"),
    )
