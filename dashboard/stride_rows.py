"""Rows of the stride table for the grid, sorted and filtered on the server, a block at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dashboard.parts.stride_grid import GRID_METRICS, grid_rows

MAX_BLOCK = 1_000
NUMBER_FIELDS = ("number", "time_s", *GRID_METRICS)
TEXT_FIELDS = ("side", "gait", "valid", "flags")


def numbered(strides: pd.DataFrame) -> pd.DataFrame:
    """The stride table in order of time with the grid's own columns.

    Args:
        strides: stride table.
    """
    ordered = strides.sort_values("foot_strike_s", kind="stable").reset_index(drop=True)
    ordered["number"] = np.arange(1, len(ordered) + 1)
    ordered["time_s"] = ordered["foot_strike_s"]
    return ordered


def _numbers_match(values: pd.Series[Any], rule: Mapping[str, Any]) -> Any:
    kind = rule.get("type")
    if kind == "blank":
        return values.isna()
    if kind == "notBlank":
        return values.notna()
    wanted = rule.get("filter")
    if not isinstance(wanted, int | float) or isinstance(wanted, bool):
        return pd.Series(True, index=values.index)
    upper = rule.get("filterTo")
    match kind:
        case "equals":
            return np.isclose(values, wanted, atol=0.05)
        case "notEqual":
            return ~np.isclose(values, wanted, atol=0.05)
        case "lessThan":
            return values < wanted
        case "lessThanOrEqual":
            return values <= wanted
        case "greaterThan":
            return values > wanted
        case "greaterThanOrEqual":
            return values >= wanted
        case "inRange" if isinstance(upper, int | float):
            return (values > wanted) & (values < upper)
    return pd.Series(True, index=values.index)


def _texts_match(values: pd.Series[Any], rule: Mapping[str, Any]) -> Any:
    kind = rule.get("type")
    texts = values.astype(str).str.casefold()
    if kind == "blank":
        return texts == ""
    if kind == "notBlank":
        return texts != ""
    wanted = rule.get("filter")
    if not isinstance(wanted, str):
        return pd.Series(True, index=values.index)
    wanted = wanted.casefold()
    match kind:
        case "equals":
            return texts == wanted
        case "notEqual":
            return texts != wanted
        case "startsWith":
            return texts.str.startswith(wanted)
        case "endsWith":
            return texts.str.endswith(wanted)
        case "notContains":
            return ~texts.str.contains(wanted, regex=False)
    return texts.str.contains(wanted, regex=False)


def _texts_of(strides: pd.DataFrame, field: str) -> pd.Series[Any]:
    if field == "valid":
        return strides["valid"].map({True: "yes", False: "no"})
    if field == "gait":
        return strides["gait"].map({"run": "running", "walk": "walking"}).fillna("")
    return strides[field].fillna("").str.replace("|", ", ", regex=False)


def _rules(rule: object) -> tuple[list[Mapping[str, Any]], bool]:
    """Parts of a rule, and whether all of them must hold."""
    if not isinstance(rule, Mapping):
        return [], True
    parts = rule.get("conditions")
    if isinstance(parts, list):
        return [p for p in parts[:5] if isinstance(p, Mapping)], rule.get("operator") != "OR"
    return [rule], True


def rows_for(strides: pd.DataFrame, request: object) -> dict[str, Any]:
    """The block of rows that the grid asks for.

    Args:
        strides: stride table.
        request: from the browser: ``startRow``, ``endRow``, ``sortModel``, ``filterModel``; what
            makes no sense is left out.
    """
    asked = request if isinstance(request, Mapping) else {}
    table = numbered(strides)
    filters = asked.get("filterModel")
    for field, rule in (filters if isinstance(filters, Mapping) else {}).items():
        parts, every = _rules(rule)
        masks = [_mask(table, field, part) for part in parts]
        if masks:
            joined = np.logical_and.reduce(masks) if every else np.logical_or.reduce(masks)
            table = table.loc[joined]
    sorts = asked.get("sortModel")
    for rule in reversed(sorts[:5] if isinstance(sorts, list) else []):
        field = rule.get("colId") if isinstance(rule, Mapping) else None
        if field in (*NUMBER_FIELDS, *TEXT_FIELDS):
            table = table.sort_values(field, ascending=rule.get("sort") != "desc", kind="stable")
    start = _whole(asked.get("startRow"), 0)
    stop = min(_whole(asked.get("endRow"), start + 100), start + MAX_BLOCK)
    return {"rowData": grid_rows(table.iloc[start:stop]), "rowCount": len(table)}


def _mask(table: pd.DataFrame, field: object, rule: Mapping[str, Any]) -> npt.NDArray[np.bool_]:
    """Which rows a rule keeps; all of them when the field is unknown."""
    if field in NUMBER_FIELDS:
        kept = _numbers_match(pd.Series(table[str(field)]), rule)
    elif field in TEXT_FIELDS:
        kept = _texts_match(_texts_of(table, str(field)), rule)
    else:
        return np.ones(len(table), np.bool_)
    return np.asarray(kept, np.bool_)


def _whole(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) and 0 <= value < 10**9 else otherwise
