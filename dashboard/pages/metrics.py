"""What every metric means, generated from the registry."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.language import tr
from dashboard.parts.attributes import attributes
from dashboard.parts.metric_explanation import metric_explanation
from pipeline.metrics.registry import METRICS


def metrics_page() -> Any:
    """All metrics of the registry: those of the cards first, then in the order of the stride table."""
    return html.Div(
        [
            html.H1(tr("What the numbers mean")),
            html.P(
                tr(
                    "Definitions are fixed: the same movement gives other numbers under other "
                    "definitions, so compare only values made in the same way."
                )
            ),
            *[
                html.Section(
                    [
                        html.H2(tr(metric.name)),
                        html.P(html.Code(metric.key), className="ls-dim"),
                        metric_explanation(metric),
                    ],
                    className="ls-card",
                    id=f"metric-{metric.key}",
                    **attributes(aria_label=tr(metric.name)),
                )
                for metric in sorted(METRICS.values(), key=lambda one: not one.headline)
            ],
        ]
    )
