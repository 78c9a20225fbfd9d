"""How the strides of a session spread: a histogram per leg."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.figures.chart import Chart
from dashboard.figures.graph import base_figure
from dashboard.figures.trend import side_values
from dashboard.language import tr
from dashboard.number_text import name_with_unit, plain_number
from dashboard.sides import SIDE_STYLES, SIDES
from pipeline.metrics.registry import METRICS

CLASSES = 32
QUANTILES = (5, 25, 50, 75, 95)


def distribution_figure(strides: pd.DataFrame, key: str) -> Chart:
    """Share of the valid strides of each leg in equal classes.

    Args:
        strides: stride table of one gait.
        key: metric.
    """
    figure = base_figure(name_with_unit(key), tr("% of strides"))
    sides = {side: side_values(strides, side, key)["value"].to_numpy() for side in SIDES}
    known = np.concatenate([values for values in sides.values() if len(values)] or [np.zeros(0)])
    if len(known):
        # the outermost strides would leave all others in one class
        low, high = np.percentile(known, (0.5, 99.5))
        edges = np.linspace(low, high if high > low else low + 1.0, CLASSES + 1)
        for side, values in sides.items():
            if not len(values):
                continue
            counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
            style = SIDE_STYLES[side]
            figure.add_line(
                x=np.repeat(edges, 2)[1:-1],
                y=np.repeat(100 * counts / len(values), 2),
                mode="lines",
                fill="tozeroy",
                fillcolor=style.fill,
                line={"color": style.colour, "dash": style.dash, "width": 2},
                name=tr(style.label),
                hovertemplate="%{y:.1f} %",
            )
    figure.update_layout(height=240)
    return figure


def distribution_rows(strides: pd.DataFrame, key: str) -> list[list[str]]:
    """Percentiles of each leg as text."""
    decimals = METRICS[key].decimals
    sides = {side: side_values(strides, side, key)["value"].to_numpy() for side in SIDES}
    rows = []
    for quantile in QUANTILES:
        cells = [
            plain_number(float(np.percentile(values, quantile)), decimals)
            if len(values)
            else tr("not known")
            for values in sides.values()
        ]
        rows.append([f"{quantile} %", *cells])
    return rows
