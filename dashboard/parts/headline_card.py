"""Cards and table with a session's numbers: median ± spread per leg, and the difference."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from dash import html

from dashboard.change_text import against_baseline_text, interval_text
from dashboard.language import tr
from dashboard.leg_numbers import column_of, difference_of, estimate_of, valid_of
from dashboard.number_text import MISSING, metric_text, shown_text, signed_text, unit_text
from dashboard.parts.attributes import attributes
from dashboard.parts.metric_explanation import metric_explanation
from dashboard.remembered import remembered
from dashboard.session_view import AgainstBaseline
from dashboard.sides import SIDE_STYLES, SIDES, Side
from dashboard.text import FEW_STRIDES
from pipeline.metrics.registry import METRICS
from pipeline.synopsis import MetricSummary, summarise_values

ROLL_SENSITIVE = frozenset({"cpd_peak_deg", "cpd_peak_abs_deg", "cpd_mid_deg"})
"""Metrics to which a roll offset of the pelvis sensor adds on the right and takes from on the left.
Their difference gets no interval: strides do not tell how large the offset is."""


def summaries_of(strides: pd.DataFrame, key: str) -> dict[Side, MetricSummary | None]:
    """Summary per leg of the valid strides of a stride table of one gait."""
    return remembered(
        strides,
        ("summaries", key),
        lambda: {side: summarise_values(_values(strides, side, key)) for side in SIDES},
    )


def _values(strides: pd.DataFrame, side: Side, key: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    values: np.ndarray[Any, np.dtype[np.float64]] = column_of(strides, key)[valid_of(strides, side)]
    return values


def spread_text(key: str, summary: MetricSummary) -> str:
    """``± 0.6``; empty when a single stride leaves no spread."""
    spread = metric_text(key, summary.robust_sd)
    return f"± {spread}" if spread else ""


def difference_text(strides: pd.DataFrame, key: str) -> str:
    """Left minus right, as text, with its 95 % interval where that can be given.

    The interval holds the variation between strides and the errors of measurement that are known.

    Args:
        strides: stride table of one gait, in order of time.
        key: metric key.
    """
    found = difference_of(strides, key)
    if found is None:
        return tr("not known")
    text = f"{signed_text(key, found.difference.value)}{unit_text(key)}"
    if key in ROLL_SENSITIVE:
        return f"{text} ({tr('uncertain: holds any roll offset twice')})"
    low, high = found.difference.interval()
    if not (math.isfinite(low) and math.isfinite(high)):
        return text
    interval = tr(
        "95 % interval {low} to {high}", low=signed_text(key, low), high=signed_text(key, high)
    )
    return f"{text} ({interval})"


def _leg(side: Side, key: str, summary: MetricSummary | None) -> Any:
    head = html.H3(
        [html.Span(className=f"ls-key ls-key-{side}"), tr(SIDE_STYLES[side].label)],
        className="ls-side",
    )
    element_id = f"card-{side}-{key}"
    if summary is None:
        body = [
            html.P(html.Span(MISSING, id=element_id, className="ls-big"), className="ls-last"),
            html.P(tr("no valid stride knows it"), className="ls-dim"),
        ]
    else:
        few = f", {tr('few')}" if summary.n < FEW_STRIDES else ""
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
                        [
                            html.Span(
                                f"{spread_text(key, summary)}{unit_text(key)}",
                                id=f"{element_id}-spread",
                            ),
                            " ",
                            html.Span(tr("between strides"), className="ls-dim"),
                        ]
                    )
                    if summary.n > 1
                    else html.Span(id=f"{element_id}-spread"),
                    html.Span(
                        f"{tr('{count} strides', count=summary.n)}{few}",
                        id=f"{element_id}-n",
                        className="ls-dim",
                    ),
                ],
                className="ls-spread",
            ),
        ]
    return html.Div([head, *body], className=f"ls-readout ls-readout-{side}")


def baseline_line(key: str, side: Side, found: AgainstBaseline) -> Any:
    """Change of a leg against the runner's own baseline, and what change would be beyond error.

    Args:
        key: metric key.
        side: leg.
        found: this session against the baseline.
    """
    words = against_baseline_text(key, side, found.change)
    detectable = found.series.detectable
    if detectable is None:
        return html.Li(words)
    basis = (
        tr("own baseline of {count} sessions", count=detectable.sessions)
        if detectable.basis == "own baseline"
        else tr("published or assumed spread; fewer than 3 baseline sessions")
    )
    reach = shown_text(key, detectable.against_baseline)
    return html.Li(
        [
            words,
            " ",
            html.Span(
                tr("Minimal detectable change {reach} ({basis}).", reach=reach, basis=basis),
                className="ls-dim",
            ),
        ]
    )


def _interval_line(strides: pd.DataFrame, key: str) -> str:
    parts = []
    for side in SIDES:
        estimate = estimate_of(strides, side, key)
        interval = "" if estimate is None else interval_text(key, estimate)
        if interval:
            parts.append(f"{tr(SIDE_STYLES[side].label)} {interval}")
    return f"{tr('95 % interval:')} {'; '.join(parts)}" if parts else ""


def headline_card(
    strides: pd.DataFrame, key: str, changes: Mapping[Side, AgainstBaseline] | None = None
) -> Any:
    """Card of one metric: value, interval, change against the own baseline, meaning.

    Args:
        strides: stride table of one gait.
        key: metric key.
        changes: per leg, where the runner has other sessions.
    """
    metric = METRICS[key]
    known = changes or {}
    history = (
        html.Ul(
            [baseline_line(key, side, known[side]) for side in SIDES if side in known],
            className="ls-small ls-baseline",
            id=f"card-baseline-{key}",
        )
        if known
        else html.P(
            tr("No other session of this runner to compare with."), className="ls-dim ls-small"
        )
    )
    summaries = summaries_of(strides, key)
    return html.Section(
        [
            html.H2(tr(metric.name)),
            html.Div([_leg(side, key, summaries[side]) for side in SIDES], className="ls-pair"),
            html.P(
                [
                    html.Strong(f"{tr('Left minus right')}: "),
                    html.Span(difference_text(strides, key), id=f"card-difference-{key}"),
                ],
                className="ls-difference",
            ),
            html.P(_interval_line(strides, key), className="ls-small", id=f"card-interval-{key}"),
            history,
            html.Details(
                [html.Summary(tr("What is this?")), metric_explanation(metric)],
                className="ls-why",
                id=f"explain-{key}",
            ),
        ],
        className="ls-card",
        **attributes(aria_label=tr(metric.name)),
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
        cells: list[Any] = [html.Th(tr(METRICS[key].name), scope="row")]
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
                html.Td(html.Span(content), **attributes(data_label=tr(SIDE_STYLES[side].label)))
            )
        cells.append(
            html.Td(
                html.Span(difference_text(strides, key)),
                **attributes(data_label=tr("Left minus right")),
            )
        )
        rows.append(html.Tr(cells))
    headings = [
        tr("Metric"),
        *[tr(SIDE_STYLES[side].label) for side in SIDES],
        tr("Left minus right"),
    ]
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
        **attributes(aria_label=tr("All metrics")),
    )
