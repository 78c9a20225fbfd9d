"""Whether a table out of a file is what its name says, before anything computes with it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pipeline.mean_curves import CURVE_COLUMNS
from pipeline.stride import SIDES
from pipeline.stride_table import EVENT_COLUMNS, STRIDE_COLUMNS
from pipeline.tasks.repetition import REPETITION_COLUMNS

_TEXTS = frozenset({"side", "gait", "flags", "metric", "task"})
_NEEDED = {
    "strides": ("side", *EVENT_COLUMNS, "gait", "valid", "flags"),
    "curves": CURVE_COLUMNS,
    "repetitions": ("task", "side", "start_s", "duration_s", "valid", "flags"),
}
_NUMBERS = {"strides": STRIDE_COLUMNS, "curves": CURVE_COLUMNS, "repetitions": REPETITION_COLUMNS}
_ALWAYS_KNOWN = {"strides": "foot_strike_s", "curves": "percent", "repetitions": "start_s"}


class WrongTable(ValueError):
    """A file that can be read, but does not hold the table that it should."""


def checked_table(kind: str, table: pd.DataFrame) -> pd.DataFrame:
    """A table with columns of the right kind; columns of later versions are left as they are.

    Args:
        kind: ``strides``, ``curves`` or ``repetitions``.
        table: out of a file, so not to be trusted.

    Raises:
        WrongTable: a needed column is missing or holds something else.
    """
    missing = [name for name in _NEEDED[kind] if name not in table]
    if missing:
        raise WrongTable(f"column {missing[0]} is missing")
    if not table.columns.is_unique:
        raise WrongTable("a column is there twice")
    changed: dict[str, pd.Series[Any]] = {}
    for name in (name for name in _NUMBERS[kind] if name in table):
        column = table[name]
        if name == "valid":
            changed[name] = _truth(column)
        elif name in _TEXTS:
            if pd.api.types.is_numeric_dtype(column) and len(column):
                raise WrongTable(f"column {name} holds no text")
            if column.isna().any():
                changed[name] = column.astype("str").where(column.notna(), "")
        elif column.dtype.kind not in "fiu":
            changed[name] = _numbers(name, column)
    table = table.assign(**changed) if changed else table
    if not set(table["side"].unique()) <= set(SIDES):
        raise WrongTable("column side holds something else than left and right")
    times = table[_ALWAYS_KNOWN[kind]].to_numpy(np.float64)
    if not np.isfinite(times).all():
        raise WrongTable(f"column {_ALWAYS_KNOWN[kind]} has gaps")
    return table


def _truth(column: pd.Series[Any]) -> pd.Series[Any]:
    if column.isna().any() or not column.isin([0, 1]).all():
        raise WrongTable("column valid holds something else than yes and no")
    return column.astype(bool)


def _numbers(name: str, column: pd.Series[Any]) -> pd.Series[Any]:
    try:
        return pd.to_numeric(column).astype(np.float64)
    except (ValueError, TypeError) as error:
        raise WrongTable(f"column {name} holds no numbers") from error
