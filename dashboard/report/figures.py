"""Figures of the report: trend, stance curves, sessions."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from dashboard.figures.forest import session_labels
from dashboard.figures.trend import BINS, binned, side_values
from dashboard.language import tr
from dashboard.number_text import name_with_unit
from dashboard.report.svg_chart import SvgChart
from dashboard.sides import SIDE_STYLES, SIDES, Side
from pipeline.metrics.bramah_2018 import bramah_2018_bands
from pipeline.metrics.registry import METRICS
from pipeline.statistics.session_series import SessionSeries

WIDTH = 330.0
HEIGHT = 150.0
STRIDES_A_BIN = 10
MAX_ROWS = 8
"""Newest sessions in the forest plot of a page."""


def trend_chart(strides: pd.DataFrame, key: str) -> str | None:
    """A metric over the run, median and 10 to 90 % band; None when too little is known.

    Args:
        strides: stride table of one gait.
        key: metric.
    """
    metric = METRICS[key]
    start, end = (float(edge(strides["foot_strike_s"])) / 60 for edge in (np.min, np.max))
    bins = {}
    for side in SIDES:
        values = side_values(strides, side, key)
        table = binned(values, start, end, max(4, min(BINS, len(values) // STRIDES_A_BIN)))
        bins[side] = table
    lows = np.concatenate([table["low"].to_numpy() for table in bins.values()])
    highs = np.concatenate([table["high"].to_numpy() for table in bins.values()])
    if not np.isfinite(lows).any():
        return None
    low, high = float(np.nanmin(lows)), float(np.nanmax(highs))
    room = 0.08 * max(high - low, 1e-6)
    title = f"{tr(metric.name)}, {tr('Over the session')}"
    chart = SvgChart(2 * WIDTH + 28, HEIGHT, (start, end), (low - room, high + room), title=title)
    chart.axes(tr("Time (min)"), name_with_unit(key))
    for side, table in bins.items():
        style = SIDE_STYLES[side]
        minute, middle = table["minute"].to_numpy(float), table["median"].to_numpy(float)
        chart.band(
            minute, table["low"].to_numpy(float), table["high"].to_numpy(float), style.colour
        )
        chart.curve(minute, middle, style.colour, dashed=side == "right")
    return chart.markup()


def curve_chart(curves: pd.DataFrame, metric: str, title: str, label: str) -> str | None:
    """Mean stance curves with their spread; None when there are none.

    Args:
        curves: table of mean curves.
        metric: ``drop`` or ``tibial_rotation``.
        title: what it shows.
        label: label of the vertical axis.
    """
    rows = curves[(curves["metric"] == metric) & curves["mean_deg"].notna()]
    if rows.empty:
        return None
    spread = rows["sd_deg"].fillna(0.0)
    low = float((rows["mean_deg"] - spread).min())
    high = float((rows["mean_deg"] + spread).max())
    band = bramah_2018_bands("")[0]
    if metric == "drop":
        low, high = min(low, 0.0), max(high, band.mean + band.sd)
    room = 0.06 * max(high - low, 1e-6)
    chart = SvgChart(WIDTH, HEIGHT, (0, 100), (low - room, high + room), title=title)
    if metric == "drop":
        chart.box((0, 100), (band.mean - band.sd, band.mean + band.sd), "#6e7882", 0.16)
    chart.axes(tr("% of stance"), label)
    for side in SIDES:
        style = SIDE_STYLES[side]
        mine = rows[rows["side"] == side].sort_values("percent")
        if mine.empty:
            continue
        percent, mean = mine["percent"].to_numpy(float), mine["mean_deg"].to_numpy(float)
        sd = mine["sd_deg"].fillna(0.0).to_numpy(float)
        chart.band(percent, mean - sd, mean + sd, style.colour)
        chart.curve(percent, mean, style.colour, dashed=side == "right")
    return chart.markup()


def forest_chart(series: Mapping[Side, SessionSeries], key: str) -> str | None:
    """Newest sessions with intervals and the band within error; None for fewer than two sessions.

    Args:
        series: per leg.
        key: metric.
    """
    metric = METRICS[key]
    labels = session_labels(series)
    shown = list(labels)[-MAX_ROWS:]
    if len(shown) < 2:
        return None
    ends: list[float] = []
    for one in series.values():
        ends += [edge for edge in one.band if math.isfinite(edge)]
        for row in one.sessions:
            estimate = row.point.estimate
            ends += [e for e in (estimate.low, estimate.high, estimate.value) if math.isfinite(e)]
    low, high = min(ends), max(ends)
    room = 0.05 * max(high - low, 1e-6)
    height = 46.0 + 17.0 * len(shown)
    chart = SvgChart(
        WIDTH,
        height,
        (low - room, high + room),
        (-0.7, len(shown) - 0.3),
        left=96.0,
        title=f"{tr(metric.name)}, {tr('Over the sessions')}",
    )
    places = {session_id: float(len(shown) - 1 - n) for n, session_id in enumerate(shown)}
    for side, one in series.items():
        colour = SIDE_STYLES[side].colour
        if all(math.isfinite(edge) for edge in one.band):
            chart.box(one.band, (-0.6, len(shown) - 0.4), colour, 0.10)
    chart.axes(name_with_unit(key), "", y_numbers=False)
    for session_id, place in places.items():
        chart.text(92, chart.py(place) + 3, labels[session_id], anchor="end", size=7)
    for side, one in series.items():
        colour = SIDE_STYLES[side].colour
        shift = 0.16 if side == "left" else -0.16
        for row in one.sessions:
            if row.point.session_id not in places:
                continue
            place = places[row.point.session_id] + shift
            estimate = row.point.estimate
            if math.isfinite(estimate.low) and math.isfinite(estimate.high):
                chart.line(
                    (chart.px(estimate.low), chart.py(place)),
                    (chart.px(estimate.high), chart.py(place)),
                    colour,
                    1.2,
                )
            chart.point(estimate.value, place, colour, side=side, hollow=row.point.is_baseline)
    return chart.markup()
