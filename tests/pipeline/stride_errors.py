"""Errors of measured strides against true ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.stride import Side, Stride

SAME_STRIDE_S = 0.08


def stated(stride: Stride, column: str) -> float:
    """The standard error that a stride has."""
    return stride.standard_errors[column]


@dataclass(frozen=True)
class Errors:
    """Errors of one side.

    Attributes:
        missed: true valid strides without a valid measured one.
        extra: valid measured strides between the first and last true one that are not true.
        values: column to the errors of the matched strides.
        sizes: metric column to the standard errors of the matched strides.
    """

    missed: int
    extra: int
    values: dict[str, np.ndarray]
    sizes: dict[str, np.ndarray]

    def rmse(self, column: str) -> float:
        return float(np.sqrt(np.mean(self.values[column] ** 2)))

    def bias(self, column: str) -> float:
        return float(np.mean(self.values[column]))

    def sd(self, column: str) -> float:
        return float(np.std(self.values[column]))


def stride_errors(
    strides: Sequence[Stride],
    truth: pd.DataFrame,
    side: Side,
    columns: tuple[str, ...],
    gait: str = "run",
    size_of: Callable[[Stride, str], float] = stated,
) -> Errors:
    """Match strides by foot strike and subtract the truth.

    Args:
        strides: measured.
        truth: stride table; rows with ``valid`` count.
        side: which leg.
        columns: metric columns; the events are always there.
        gait: which gait.
        size_of: standard error of a stride's metric.
    """
    true = truth[(truth["side"] == side) & truth["valid"] & (truth["gait"] == gait)]
    mine = [s for s in strides if s.side == side and s.valid]
    starts = np.array([s.foot_strike_s for s in mine])
    values: dict[str, list[float]] = {c: [] for c in ("foot_strike_s", "toe_off_s", *columns)}
    sizes: dict[str, list[float]] = {c: [] for c in columns}
    used = set()
    for row in true.to_dict("records"):
        n = int(np.argmin(np.abs(starts - row["foot_strike_s"])))
        if abs(starts[n] - row["foot_strike_s"]) > SAME_STRIDE_S:
            continue
        used.add(n)
        stride = mine[n]
        values["foot_strike_s"].append(stride.foot_strike_s - row["foot_strike_s"])
        values["toe_off_s"].append(stride.toe_off_s - row["toe_off_s"])
        for column in columns:
            values[column].append(stride.metrics[column] - row[column])
            sizes[column].append(size_of(stride, column))
    low, high = true["foot_strike_s"].min() - 0.1, true["foot_strike_s"].max() + 0.1
    extra = sum(low < start < high and n not in used for n, start in enumerate(starts))
    return Errors(
        missed=len(true) - len(used),
        extra=extra,
        values={key: np.array(each) for key, each in values.items()},
        sizes={key: np.array(each) for key, each in sizes.items()},
    )
