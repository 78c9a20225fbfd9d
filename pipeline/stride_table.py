"""The stride table: one row per stride and side, as columns and as a data frame."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from pipeline.metrics.registry import METRICS
from pipeline.packed_strides import PackedStrides, implied_by_events
from pipeline.stride import Stride
from pipeline.table_file import Columns, frame_of, write_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "EVENT_COLUMNS",
    "METRIC_COLUMNS",
    "STANDARD_ERROR_COLUMNS",
    "STRIDE_COLUMNS",
    "stride_columns",
    "stride_parts",
    "strides_to_frame",
    "with_all_columns",
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


def stride_columns(strides: Iterable[Stride]) -> Columns:
    """Turn strides into the columns of the stride table.

    Stride time, contact time, cadence and duty factor follow from the events and are filled in when a stride
    does not carry them. Whatever else a stride does not carry is NaN, never zero.

    Args:
        strides: strides in any order; the rows keep it.

    Returns:
        ``STRIDE_COLUMNS`` by name, in order, one element per stride: numbers as float64, ``valid``
        as bool, ``side``, ``gait`` and ``flags`` (names joined by ``|``) as text.
    """
    if isinstance(strides, PackedStrides):
        return _packed_columns(strides)
    rows = list(strides)
    events = np.array(
        [(s.foot_strike_s, s.toe_off_s, s.next_foot_strike_s) for s in rows], dtype=np.float64
    ).reshape(-1, 3)
    implied = implied_by_events(events)
    columns: Columns = {"side": [s.side for s in rows]}
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
    columns["gait"] = [s.gait for s in rows]
    columns["valid"] = np.array([s.valid for s in rows], dtype=np.bool_)
    columns["flags"] = ["|".join(s.flags) for s in rows]
    return {name: columns[name] for name in STRIDE_COLUMNS}


def stride_parts(strides: Iterable[Stride]) -> Iterator[Columns]:
    """The same some strides at a time, so that memory does not grow with the table.

    Args:
        strides: as for `stride_columns`; only `PackedStrides` are parted.

    Yields:
        Columns as of `stride_columns`; at least once, also without a stride.
    """
    if not isinstance(strides, PackedStrides):
        yield stride_columns(strides)
        return
    for part in strides.parts():
        yield _packed_columns(part)


def _packed_columns(strides: PackedStrides) -> Columns:
    """The same without making an object of each stride."""
    side, gait, flags = strides.words()
    texts: Columns = {"side": side, "gait": gait, "flags": flags, "valid": strides.valid}
    columns: Columns = {}
    for name in STRIDE_COLUMNS:
        if name in texts:
            columns[name] = texts[name]
        else:
            columns[name] = strides.known_column(name) if name in METRICS else strides.column(name)
    return columns


def strides_to_frame(strides: Iterable[Stride]) -> pd.DataFrame:
    """Turn strides into the stride table, as a data frame; see `stride_columns`."""
    return frame_of(stride_columns(strides))


def with_all_columns(table: pd.DataFrame) -> pd.DataFrame:
    """A stride table with every column of today; those that an older version did not know are NaN.

    Args:
        table: stride table out of a file.
    """
    missing = [name for name in STRIDE_COLUMNS if name not in table]
    if not missing:
        return table
    known = [name for name in table.columns if name not in STRIDE_COLUMNS]
    return table.reindex(columns=[*STRIDE_COLUMNS, *known])
