"""Cards and table with a session's numbers: median ± spread per leg, and the difference."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from dash import html

from dashboard.number_text import MISSING, metric_text, signed_text, unit_text
from dashboard.parts.attributes import attributes
from dashboard.side_difference import side_difference
from dashboard.sides import SIDE_STYLES, SIDES, Side
from dashboard.text import FEW_STRIDES
from pipeline.metrics.registry import METRICS
from pipeline.synopsis import MetricSummary, summarise_values

ROLL_SENSITIVE = frozenset({"cpd_peak_deg", "cpd_peak_abs_deg", "cpd_mid_deg"})
"""Metrics to which a roll offset of the pelvis sensor adds on the right and takes from on the left.
Their difference gets no interval: strides do not tell how large the offset is."""


def summaries_of(strides: pd.DataFrame, key: str) -> dict[Side, MetricSummary | None]:
    """Summary per leg of the valid strides of a stride table of one gait."""
    return {side: summarise_values(_values(strides, side, key)) for side in SIDES}


def _values(strides: pd.DataFrame, side: Side, key: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    rows = strides[(strides["side"] == side) & strides["valid"]]
    return rows[key].to_numpy(dtype=np.float64)


def spread_text(key: str, summary: MetricSummary) -> str:
    """``± 0.6``; empty when a single stride leaves no spread."""
    spread = metric_text(key, summary.robust_sd)
    return f"± {spread}" if spread else ""


def difference_text(strides: pd.DataFrame, key: str) -> str:
    """Left minus right, as text, with its 95 % interval where that can be given.

    Args:
        strides: stride table of one gait, in order of time.
        key: metric key.
    """
    result = side_difference(_values(strides, "left", key), _values(strides, "right", key))
    if result is None:
        return "not known"
    text = f"{signed_text(key, result.difference)}{unit_text(key)}"
    if key in ROLL_SENSITIVE:
        return f"{text} (uncertain: holds any roll offset twice)"
    if math.isnan(result.half_width):
        return text
    low = signed_text(key, result.difference - result.half_width)
    high = signed_text(key, result.difference + result.half_width)
    return f"{text} (95 % interval {low} to {high})"


def _leg(side: Side, key: str, summary: MetricSummary | None) -> Any:
    head = html.H3(
        [html.Span(className=f"ls-key ls-key-{side}"), SIDE_STYLES[side].label], className="ls-side"
    )
    element_id = f"card-{side}-{key}"
    if summary is None:
        body = [
            html.P(html.Span(MISSING, id=element_id, className="ls-big"), className="ls-last"),
            html.P("no valid stride knows it", className="ls-dim"),
        ]
    else:
        few = ", few" if summary.n < FEW_STRIDES else ""
        body = [
            html.P(
                [
                    html.Span(
                        metric_text(key, summary.median).replace("-", "−"),
                        id=element_id,
                        className="ls-big",
                    ),
                    html.Span(unit_text(key), className="ls-unit"),
                ],
                className="ls-last",
            ),
            html.P(
                [
                    html.Span(
                        f"{spread_text(key, summary)}{unit_text(key)}" if summary.n > 1 else "",
                        id=f"{element_id}-spread",
                    ),
                    html.Span(
                        f"{summary.n} strides{few}", id=f"{element_id}-n", className="ls-dim"
                    ),
                ],
                className="ls-spread",
            ),
        ]
    return html.Div([head, *body], className=f"ls-readout ls-readout-{side}")


def headline_card(strides: pd.DataFrame, key: str) -> Any:
    """Card of one metric.

    Args:
        strides: stride table of one gait.
        key: metric key.
    """
    metric = METRICS[key]
    summaries = summaries_of(strides, key)
    return html.Section(
        [
            html.H2(metric.name),
            html.Div([_leg(side, key, summaries[side]) for side in SIDES], className="ls-pair"),
            html.P(
                [
                    html.Strong("Left minus right: "),
                    html.Span(difference_text(strides, key), id=f"card-difference-{key}"),
                ],
                className="ls-difference",
            ),
            html.P(f"{metric.definition} {metric.sign}", className="ls-dim ls-small"),
        ],
        className="ls-card",
        **attributes(aria_label=metric.name),
    )


def all_metrics_table(strides: pd.DataFrame, keys: Sequence[str] = tuple(METRICS)) -> Any:
    """Every metric in a table: median ± robust SD and strides per leg, and the difference.

    Args:
        strides: stride table of one gait.
        keys: metrics, in order.
    """
    rows = []
    for key in keys:
        summaries = summaries_of(strides, key)
        if all(summary is None for summary in summaries.values()):
            continue
        cells: list[Any] = [html.Th(METRICS[key].name, scope="row")]
        for side in SIDES:
            summary = summaries[side]
            if summary is None:
                content = [html.Span(MISSING)]
            else:
                value = metric_text(key, summary.median).replace("-", "−")
                content = [
                    html.Span(f"{value} {spread_text(key, summary)}{unit_text(key)} "),
                    html.Span(f"n = {summary.n}", className="ls-dim ls-whole"),
                ]
            cells.append(
                html.Td(html.Span(content), **attributes(data_label=SIDE_STYLES[side].label))
            )
        cells.append(
            html.Td(
                html.Span(difference_text(strides, key)),
                **attributes(data_label="Left minus right"),
            )
        )
        rows.append(html.Tr(cells))
    headings = ["Metric", *[SIDE_STYLES[side].label for side in SIDES], "Left minus right"]
    return html.Div(
        html.Table(
            [
                html.Thead(html.Tr([html.Th(text, scope="col") for text in headings])),
                html.Tbody(rows),
            ],
            className="ls-table ls-cards",
            id="all-metrics",
        ),
        className="ls-scroll",
        tabIndex=0,
        role="region",
        **attributes(aria_label="All metrics"),
    )
