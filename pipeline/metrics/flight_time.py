"""Time without ground contact."""

from __future__ import annotations

from pipeline.metrics.definition import MetricDefinition

FLIGHT_TIME = MetricDefinition(
    key="flight_time_s",
    name="Flight time",
    short_name="Flight time",
    unit="s",
    decimals=3,
    definition=(
        "From toe-off to the next foot strike of the other foot. Empty in walking, which has no "
        "flight, and when the other foot's strike is not known."
    ),
    sign="",
    source="common definition",
    formula="t_foot_strike of the other foot - t_toe_off",
    does_not_mean="It is a difference of two event times and carries the errors of both.",
)
