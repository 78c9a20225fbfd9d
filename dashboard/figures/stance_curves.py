"""Mean stance curves of both legs with their spread over strides."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from dashboard.figures.chart import Chart
from dashboard.figures.graph import base_figure
from dashboard.figures.leg_lines import add_leg_line
from dashboard.language import tr
from dashboard.number_text import plain_number
from dashboard.sides import SIDES
from pipeline.metrics.bramah_2018 import bramah_2018_bands

Y_TITLES = {
    "drop": "Pelvic drop (°)",
    "tibial_rotation": "Internal rotation (°)",
}


def stance_curve_figure(curves: pd.DataFrame, metric: str) -> Chart:
    """Mean ± 1 SD over stance, one line per leg.

    Args:
        curves: table of mean curves (``side, percent, metric, mean_deg, sd_deg, n``), degrees.
        metric: ``drop`` (+ = the unsupported side is lower) or ``tibial_rotation``
            (+ = internal).
    """
    figure = base_figure(tr("% of stance (0 = foot strike, 100 = toe-off)"), tr(Y_TITLES[metric]))
    figure.update_x(range=[0, 100], dtick=25)
    if metric == "drop":
        band = bramah_2018_bands("")[0]
        figure.add_shape(
            type="rect",
            xref="paper",
            x0=0,
            x1=1,
            y0=band.mean - band.sd,
            y1=band.mean + band.sd,
            fillcolor="rgba(110, 120, 130, 0.16)",
            line={"width": 0},
            layer="below",
        )
        figure.add_note(
            tr("peak, {source}", source=band.source.split(",")[0][:32]),
            xref="paper",
            x=1,
            xanchor="right",
            y=band.mean + band.sd,
            yanchor="top",
            font={"size": 11},
        )
    for side in SIDES:
        rows = curves[(curves["side"] == side) & (curves["metric"] == metric)]
        rows = rows.sort_values("percent")
        if rows.empty:
            continue
        percent, mean = (rows[name].to_numpy(np.float64) for name in ("percent", "mean_deg"))
        spread = rows["sd_deg"].fillna(0.0).to_numpy(np.float64)
        strides = int(rows["n"].max())
        add_leg_line(
            figure, side, percent, mean, mean - spread, mean + spread, n=strides, hover="%{y:.1f}°"
        )
    return figure


def stance_curve_rows(curves: pd.DataFrame, metric: str, step: int = 10) -> list[list[str]]:
    """The same curves as rows of text: every ``step`` % of stance, mean ± SD per leg."""
    chosen = curves[curves["metric"] == metric]
    known = {
        (side, float(percent)): (float(mean), float(sd))
        for side, percent, mean, sd in zip(
            chosen["side"], chosen["percent"], chosen["mean_deg"], chosen["sd_deg"], strict=True
        )
        if pd.notna(mean)
    }
    rows = []
    for percent in range(0, 101, step):
        cells = [str(percent)]
        for side in SIDES:
            mean, sd = known.get((side, float(percent)), (math.nan, math.nan))
            if math.isnan(mean):
                cells.append(tr("not known"))
            else:
                spread = "" if math.isnan(sd) else f" ± {plain_number(sd, 1)}"
                cells.append(f"{plain_number(mean, 1)}{spread}")
        rows.append(cells)
    return rows
