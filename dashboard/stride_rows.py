"""Rows of the stride table, sorted and filtered, a page at a time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

GRID_METRICS = (
    "cpd_peak_deg",
    "cpd_exc_deg",
    "tir_exc_deg",
    "tir_vel_deg_s",
    "tibial_shock_g",
    "contact_time_s",
    "cadence_spm",
)
"""Metrics shown as columns; the exported table has all of them."""
SORTED_BY = ("number", "side", "time_s", "gait", *GRID_METRICS, "valid", "flags")
SIZES = (50, 200, 1000)


@dataclass(frozen=True, slots=True)
class StrideQuery:
    """What is asked of the stride table.

    Attributes:
        side: ``left`` or ``right``; empty for both.
        gait: ``run`` or ``walk``; empty for both.
        flag: only strides that carry it; empty for all.
        valid: only valid strides.
        metric: one of ``GRID_METRICS`` that is bounded; empty for none.
        low: its lowest value, in its unit; None for no bound.
        high: its highest value.
        sort: one of ``SORTED_BY``.
        order: ``asc`` or ``desc``.
        page: number of the page, from 1.
        size: rows on a page.
    """

    side: str = ""
    gait: str = ""
    flag: str = ""
    valid: bool = False
    metric: str = ""
    low: float | None = None
    high: float | None = None
    sort: str = "number"
    order: str = "asc"
    page: int = 1
    size: int = SIZES[0]


@dataclass(frozen=True, slots=True)
class StrideRows:
    """One page of the stride table.

    Attributes:
        rows: its strides, with ``number`` and ``time_s``.
        count: strides that match, on all pages.
        page: number of this page, from 1.
    """

    rows: pd.DataFrame
    count: int
    page: int


def query_of(request: object) -> StrideQuery:
    """A query from fields that came from a browser; what makes no sense is left out.

    Args:
        request: texts by name of field.
    """
    asked = {
        str(name): value
        for name, value in (request.items() if isinstance(request, Mapping) else ())
        if isinstance(value, str)
    }
    sort, order = asked.get("sort", ""), asked.get("order", "")
    size = _whole(asked.get("size", ""))
    return StrideQuery(
        side=asked.get("side", "") if asked.get("side") in {"left", "right"} else "",
        gait=asked.get("gait", "") if asked.get("gait") in {"run", "walk"} else "",
        flag=asked.get("flag", "")[:60],
        valid=asked.get("valid") == "yes",
        metric=asked.get("metric", "") if asked.get("metric") in GRID_METRICS else "",
        low=_bound(asked.get("low", "")),
        high=_bound(asked.get("high", "")),
        sort=sort if sort in SORTED_BY else "number",
        order=order if order in {"asc", "desc"} else "asc",
        page=max(1, _whole(asked.get("page", ""))),
        size=size if size in SIZES else SIZES[0],
    )


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0


def _bound(text: str) -> float | None:
    """A number with decimal point or comma, also with a proper minus sign; None for anything else."""
    plain = text.strip()[:20].replace("−", "-").replace(",", ".")
    try:
        value = float(plain)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def stride_rows(strides: pd.DataFrame, query: StrideQuery) -> StrideRows:
    """The page of the stride table that is asked for; the last one when it lies beyond.

    Strides are numbered in order of time. Unknown values come last in either order.

    Args:
        strides: stride table.
        query: what is asked for.
    """
    times = strides["foot_strike_s"].to_numpy(np.float64)
    order = np.argsort(times, kind="stable")
    # Positions first, rows at the end: copying every column of a long run costs far more.
    table = strides if bool(np.all(times[1:] >= times[:-1])) else strides.iloc[order]
    kept = np.ones(len(table), np.bool_)
    if query.side:
        kept &= (table["side"] == query.side).to_numpy(np.bool_)
    if query.gait:
        kept &= (table["gait"] == query.gait).to_numpy(np.bool_)
    if query.valid:
        kept &= table["valid"].to_numpy(np.bool_)
    if query.flag:
        texts = "|" + table["flags"].fillna("").astype(str) + "|"
        kept &= texts.str.contains(f"|{query.flag}|", regex=False).to_numpy(np.bool_)
    if query.metric and (query.low is not None or query.high is not None):
        bounded = table[query.metric].to_numpy(np.float64)
        # strides that do not know the metric lie within no bounds
        kept &= bounded >= (-np.inf if query.low is None else query.low)
        kept &= bounded <= (np.inf if query.high is None else query.high)
    chosen = np.flatnonzero(kept)
    if query.sort not in {"number", "time_s"}:
        values = table[query.sort].iloc[chosen].reset_index(drop=True)
        ranked = values.sort_values(
            ascending=query.order == "asc", kind="stable", na_position="last"
        )
        chosen = chosen[ranked.index.to_numpy()]
    elif query.order == "desc":
        chosen = chosen[::-1]
    page = min(query.page, max(1, -(-len(chosen) // query.size)))
    shown = chosen[(page - 1) * query.size : page * query.size]
    rows = table.iloc[shown].assign(number=shown + 1, time_s=lambda found: found["foot_strike_s"])
    return StrideRows(rows, len(chosen), page)
