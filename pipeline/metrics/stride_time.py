"""Duration of a stride."""

from __future__ import annotations

from pipeline.metrics.definition import MetricDefinition

STRIDE_TIME = MetricDefinition(
    key="stride_time_s",
    name="Stride time",
    short_name="Stride time",
    unit="s",
    decimals=3,
    definition="From a foot strike to the next foot strike of the same foot.",
    sign="",
    source="common definition",
    formula="t_next_foot_strike - t_foot_strike",
    does_not_mean="It says nothing about speed by itself: step length is not measured.",
)
