"""What a metric is, from the registry: definition, sign, published groups, what it does not mean."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.number_text import unit_text
from pipeline.metrics.definition import MetricDefinition, ReferenceBand


def band_sentence(metric: MetricDefinition, band: ReferenceBand) -> str:
    """A published group as one sentence: who, how many, how fast, value, source, caution."""
    unit = unit_text(metric.key)
    value = f"{band.mean:.{metric.decimals}f} ± {band.sd:.{metric.decimals}f}{unit}"
    caution = f" Caution: {band.caution}." if band.caution else ""
    return f"{band.population} (n = {band.n}, {band.speed}): {value}. {band.source}.{caution}"


def metric_explanation(metric: MetricDefinition) -> Any:
    """Everything the registry says about a metric, as a list of terms.

    Args:
        metric: definition from the registry.
    """
    facts: list[tuple[str, Any]] = [("Definition", metric.definition)]
    if metric.sign:
        facts.append(("Sign", metric.sign))
    facts += [
        ("Formula", html.Span(metric.formula, className="ls-formula")),
        ("Does not mean", metric.does_not_mean),
    ]
    if metric.reference_bands:
        bands = [html.Li(band_sentence(metric, band)) for band in metric.reference_bands]
        facts.append(
            (
                "Published groups",
                html.Div(
                    [html.Ul(bands), html.P("Where a group lay, not where a runner ought to be.")]
                ),
            )
        )
    if metric.context:
        facts.append(("For orientation", html.Ul([html.Li(text) for text in metric.context])))
    facts.append(("Source", metric.source))
    return html.Dl(
        [html.Div([html.Dt(name), html.Dd(value)]) for name, value in facts], className="ls-terms"
    )
