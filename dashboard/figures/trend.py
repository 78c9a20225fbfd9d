"""A metric over the run: single strides while they are few, else median and band per bin."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.figures.chart import Chart
from dashboard.figures.graph import base_figure
from dashboard.figures.leg_lines import add_leg_line
from dashboard.language import tr
from dashboard.leg_numbers import column_of, valid_of
from dashboard.number_text import name_with_unit, plain_number
from dashboard.remembered import remembered
from dashboard.sides import SIDE_STYLES, SIDES, Side
from pipeline.metrics.registry import METRICS

MAX_POINTS = 400
"""Strides per side up to which each stride is drawn."""
BINS = 60
"""Time bins over the session when strides are too many to draw."""
LEAST_IN_BIN = 3
"""Strides needed for a band; a bin with fewer is left out."""
TREND_COLUMNS = ("minute", "median", "low", "high", "n")


def side_values(strides: pd.DataFrame, side: str, key: str) -> pd.DataFrame:
    """Times and values of the valid strides of one leg that know the metric.

    Args:
        strides: stride table; one gait, or the caller's choice.
        side: ``left`` or ``right``.
        key: metric key.

    Returns:
        Columns ``minute`` (of foot strike, from the session's start) and ``value``.
    """
    return remembered(strides, ("values", side, key), lambda: _side_values(strides, side, key))


def _side_values(strides: pd.DataFrame, side: str, key: str) -> pd.DataFrame:
    values = column_of(strides, key)
    kept = valid_of(strides, side) & np.isfinite(values)
    minutes = column_of(strides, "foot_strike_s")[kept] / 60
    return pd.DataFrame({"minute": minutes, "value": values[kept]})


def binned(
    values: pd.DataFrame, start_minute: float, end_minute: float, bins: int = BINS
) -> pd.DataFrame:
    """Median and 10-90 % band per time bin.

    Args:
        values: columns ``minute`` and ``value``.
        start_minute: first edge of the bins.
        end_minute: last edge.
        bins: number of equal bins.

    Returns:
        ``TREND_COLUMNS``; bins with fewer than ``LEAST_IN_BIN`` strides have NaN, so that a line
        breaks there.
    """
    edges = np.linspace(start_minute, end_minute, bins + 1)
    index = np.clip(np.searchsorted(edges, values["minute"], side="right") - 1, 0, bins - 1)
    known = values["value"].to_numpy(np.float64)
    order = np.lexsort((known, index))
    ranked = known[order]
    counts = np.bincount(index, minlength=bins)
    first = np.concatenate(([0], np.cumsum(counts)[:-1]))
    columns = {"minute": (edges[:-1] + edges[1:]) / 2}
    for name, share in (("median", 0.5), ("low", 0.1), ("high", 0.9)):
        # all bins at once, as np.percentile does it for one
        place = np.maximum(counts - 1, 0) * share
        below = np.floor(place).astype(np.int64)
        found = np.full(bins, np.nan)
        enough = counts >= LEAST_IN_BIN
        lower = ranked[(first + below)[enough]]
        upper = ranked[(first + np.minimum(below + 1, counts - 1))[enough]]
        found[enough] = lower + (upper - lower) * (place - below)[enough]
        columns[name] = found
    return pd.DataFrame({**columns, "n": counts})[list(TREND_COLUMNS)]


def _add_points(figure: Chart, side: Side, values: pd.DataFrame, hover: str) -> None:
    style = SIDE_STYLES[side]
    figure.add_line(
        x=values["minute"],
        y=values["value"],
        mode="markers",
        name=f"{tr(style.label)} (n = {len(values)})",
        marker={"color": style.colour, "symbol": style.symbol, "size": 7, "opacity": 0.75},
        hovertemplate=hover,
    )


def trend_figure(strides: pd.DataFrame, key: str) -> Chart:
    """A metric over the run, both legs.

    Args:
        strides: stride table of one gait.
        key: metric key.
    """
    metric = METRICS[key]
    figure = base_figure(tr("Time (min)"), name_with_unit(key))
    figure.update_layout(dragmode="zoom")
    sides = {side: side_values(strides, side, key) for side in SIDES}
    hover = f"%{{y:.{metric.decimals}f}}"
    if is_binned(strides, key):
        start = float(strides["foot_strike_s"].min()) / 60
        end = float(strides["foot_strike_s"].max()) / 60
        for side, values in sides.items():
            bins = binned(values, start, end)
            minute, middle, low, high = (
                bins[name].to_numpy(np.float64) for name in ("minute", "median", "low", "high")
            )
            add_leg_line(
                figure, side, minute, middle, low, high, n=len(values), hover=hover, marked=True
            )
    else:
        for side, values in sides.items():
            _add_points(figure, side, values, hover)
    return figure


def is_binned(strides: pd.DataFrame, key: str) -> bool:
    """Whether the strides are too many to be drawn one by one."""
    return any(len(side_values(strides, side, key)) > MAX_POINTS for side in SIDES)


def trend_caption(strides: pd.DataFrame, key: str) -> str:
    """What ``trend_figure`` shows, in words."""
    name = tr(METRICS[key].name)
    if is_binned(strides, key):
        return tr(
            "{name}: median of valid strides in {bins} equal time bins; the band holds 10 to 90 % "
            "of them.",
            name=name,
            bins=BINS,
        )
    return tr("{name}: each valid stride.", name=name)


def trend_rows(strides: pd.DataFrame, key: str, parts: int = 6) -> list[list[str]]:
    """The same as text: median and number of strides per leg in ``parts`` equal time spans."""
    decimals = METRICS[key].decimals
    start, end = strides["foot_strike_s"].min() / 60, strides["foot_strike_s"].max() / 60
    edges = np.linspace(start, end, parts + 1)
    sides = {side: side_values(strides, side, key) for side in SIDES}
    pairs = [
        (values["minute"].to_numpy(np.float64), values["value"].to_numpy(np.float64))
        for values in sides.values()
    ]
    rows = []
    for i in range(parts):
        low, high = plain_number(edges[i], 1), plain_number(edges[i + 1], 1)
        cells = [tr("{low} to {high}", low=low, high=high)]
        for minutes, values in pairs:
            late = minutes >= edges[i]
            inside = values[late if i == parts - 1 else late & (minutes < edges[i + 1])]
            cells.append(
                f"{plain_number(float(np.median(inside)), decimals)} (n = {len(inside)})"
                if len(inside)
                else tr("not known")
            )
        rows.append(cells)
    return rows
