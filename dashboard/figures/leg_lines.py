"""A leg's line with its spread, the same way in every chart."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from dashboard.figures.chart import Chart
from dashboard.language import tr
from dashboard.sides import SIDE_STYLES, Side

Array = npt.NDArray[np.float64]


def add_leg_line(
    figure: Chart,
    side: Side,
    x: Array,
    middle: Array,
    low: Array,
    high: Array,
    *,
    n: int,
    hover: str,
    marked: bool = False,
) -> None:
    """Add a line with a band around it; both break where a value is not known.

    Args:
        figure: the chart.
        side: leg.
        x: places, in order, shape (p,).
        middle: the line, shape (p,); NaN where not known.
        low: lower edge of the band.
        high: upper edge.
        n: strides behind it, for the legend.
        hover: template of what stands beside the pointer.
        marked: whether the points of the line carry the leg's mark.
    """
    style = SIDE_STYLES[side]
    known = np.isfinite(middle)
    # A filled area cannot have holes: each run of neighbours is an area of its own.
    runs = np.split(np.arange(len(x)), np.flatnonzero(np.diff(known)) + 1) if len(x) else []
    for run in runs:
        if not known[run[0]]:
            continue
        figure.add_line(
            x=np.concatenate([x[run], x[run][::-1]]),
            y=np.concatenate([high[run], low[run][::-1]]),
            mode="lines",
            line={"width": 0, "color": style.colour},
            fill="toself",
            fillcolor=style.fill,
            showlegend=False,
            hoverinfo="skip",
            name=f"{tr(style.label)}, {tr('spread')}",
        )
    marks: dict[str, Any] = {"marker": {"symbol": style.symbol, "size": 5}} if marked else {}
    figure.add_line(
        x=x,
        y=middle,
        mode="lines+markers" if marked else "lines",
        name=f"{tr(style.label)} (n = {n})",
        line={"color": style.colour, "width": 2.5, "dash": style.dash},
        hovertemplate=hover,
        **marks,
    )
