"""Slope of the ground, as a watch told it."""

from __future__ import annotations

from pipeline.metrics.definition import MetricDefinition

SLOPE = MetricDefinition(
    key="slope_pct",
    name="Slope of the ground",
    short_name="Slope",
    unit="%",
    decimals=1,
    definition="Metres up per hundred metres ahead, over 50 m of the way around the stride.",
    sign="Positive: uphill.",
    source="altitude and distance of a watch's activity",
    formula="100 × rise / run over 50 m; empty where less than 25 m are known",
    does_not_mean=(
        "It is no survey: barometers drift, and altitude by satellite errs by metres. Short rises "
        "and bridges do not show."
    ),
)
