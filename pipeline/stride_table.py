"""The stride table: one row per stride and side, as a data frame."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from pipeline.metrics.registry import METRICS
from pipeline.stride import Stride
from pipeline.table_file import write_table

__all__ = [
    "EVENT_COLUMNS",
    "METRIC_COLUMNS",
    "STANDARD_ERROR_COLUMNS",
    "STRIDE_COLUMNS",
    "strides_to_frame",
    "write_table",
]

EVENT_COLUMNS: tuple[str, ...] = ("foot_strike_s", "toe_off_s", "next_foot_strike_s")
METRIC_COLUMNS: tuple[str, ...] = tuple(METRICS)
STANDARD_ERROR_COLUMNS: tuple[str, ...] = tuple(
    metric.standard_error_key for metric in METRICS.values() if metric.has_standard_error
)
STRIDE_COLUMNS: tuple[str, ...] = (
    "side",
    *EVENT_COLUMNS,
    *METRIC_COLUMNS,
    *STANDARD_ERROR_COLUMNS,
    "gait",
    "valid",
    "flags",
)
"""Columns of the stride table, in order."""


def strides_to_frame(strides: Iterable[Stride]) -> pd.DataFrame:
    """Turn strides into the stride table.

    Stride time, contact time, cadence and duty factor follow from the events and are filled in when a stride
    does not carry them. Whatever else a stride does not carry is NaN, never zero.

    Args:
        strides: strides in any order; the rows keep it.

    Returns:
        One row per stride with ``STRIDE_COLUMNS``: numbers as float64, ``valid`` as bool,
        ``side``, ``gait`` and ``flags`` (names joined by ``|``) as text.
    """
    rows = list(strides)
    events = np.array(
        [(s.foot_strike_s, s.toe_off_s, s.next_foot_strike_s) for s in rows], dtype=np.float64
    ).reshape(-1, 3)
    stride_time_s = events[:, 2] - events[:, 0]
    implied = {
        "stride_time_s": stride_time_s,
        "contact_time_s": events[:, 1] - events[:, 0],
        "cadence_spm": np.divide(
            120.0, stride_time_s, out=np.full(len(rows), np.nan), where=stride_time_s > 0
        ),
        "duty_factor_pct": np.divide(
            100.0 * (events[:, 1] - events[:, 0]),
            stride_time_s,
            out=np.full(len(rows), np.nan),
            where=stride_time_s > 0,
        ),
    }
    columns: dict[str, object] = {"side": pd.array([s.side for s in rows], dtype="str")}
    for index, name in enumerate(EVENT_COLUMNS):
        columns[name] = events[:, index]
    for key, metric in METRICS.items():
        values = np.array([s.metrics.get(key, np.nan) for s in rows], dtype=np.float64)
        if key in implied:
            values = np.where(np.isnan(values), implied[key], values)
        columns[key] = values
        if metric.has_standard_error:
            columns[metric.standard_error_key] = np.array(
                [s.standard_errors.get(key, np.nan) for s in rows], dtype=np.float64
            )
    columns["gait"] = pd.array([s.gait for s in rows], dtype="str")
    columns["valid"] = np.array([s.valid for s in rows], dtype=np.bool_)
    columns["flags"] = pd.array(["|".join(s.flags) for s in rows], dtype="str")
    return pd.DataFrame(columns)[list(STRIDE_COLUMNS)]
