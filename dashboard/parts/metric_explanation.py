"""What a metric is, from the registry: definition, sign, published groups, what it does not mean."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.language import decimal, tr
from dashboard.number_text import unit_text
from dashboard.parts.metric_picture import metric_picture
from pipeline.metrics.definition import MetricDefinition, ReferenceBand


def band_sentence(metric: MetricDefinition, band: ReferenceBand) -> str:
    """A published group as one sentence: who, how many, how fast, value, source, caution."""
    unit = unit_text(metric.key)
    value = decimal(f"{band.mean:.{metric.decimals}f} ± {band.sd:.{metric.decimals}f}{unit}")
    caution = f" {tr('Caution')}: {tr(band.caution)}." if band.caution else ""
    population = tr(band.population)
    who = f"{population[:1].upper()}{population[1:]} (n = {band.n}, {tr(band.speed)})"
    return f"{who}: {value}. {band.source}.{caution}"


def metric_explanation(metric: MetricDefinition) -> Any:
    """Everything the registry says about a metric, as a list of terms.

    Args:
        metric: definition from the registry.
    """
    facts: list[tuple[str, Any]] = [(tr("Definition"), tr(metric.definition))]
    picture = metric_picture(metric.key)
    if picture is not None:
        facts.append((tr("Picture"), picture))
    if metric.sign:
        facts.append((tr("Sign"), tr(metric.sign)))
    facts += [
        (tr("Formula"), html.Span(metric.formula, className="ls-formula")),
        (tr("Does not mean"), tr(metric.does_not_mean)),
    ]
    if metric.reference_bands:
        bands = [html.Li(band_sentence(metric, band)) for band in metric.reference_bands]
        facts.append(
            (
                tr("Published groups"),
                html.Div(
                    [
                        html.Ul(bands),
                        html.P(tr("Where a group lay, not where a runner ought to be.")),
                    ]
                ),
            )
        )
    if metric.context:
        facts.append(
            (tr("For orientation"), html.Ul([html.Li(tr(text)) for text in metric.context]))
        )
    facts.append((tr("Source"), metric.source))
    return html.Dl(
        [html.Div([html.Dt(name), html.Dd(value)]) for name, value in facts], className="ls-terms"
    )
