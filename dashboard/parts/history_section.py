"""A runner's headline metrics over the sessions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import html

from dashboard.figures.forest import forest_caption, forest_figure, forest_rows
from dashboard.figures.graph import figure_with_table, graph
from dashboard.language import tr
from dashboard.parts.attributes import attributes
from dashboard.sides import Side
from pipeline.metrics.registry import METRICS
from pipeline.statistics.session_series import SessionSeries


def forest_box(series: Mapping[Side, SessionSeries], key: str, element_id: str) -> Any:
    """Forest plot of one metric with its table.

    Args:
        series: per leg.
        key: metric.
        element_id: id of the chart.
    """
    return html.Section(
        [
            html.H3(tr(METRICS[key].name)),
            figure_with_table(
                graph(forest_figure(series, key), element_id=element_id),
                caption=forest_caption(series, key),
                headings=(tr("Session"), tr("Leg"), tr("Value"), tr("Change")),
                rows=forest_rows(series, key),
            ),
        ],
        **attributes(aria_label=tr(METRICS[key].name)),
    )
