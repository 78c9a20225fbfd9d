"""Time from one foot to the other."""

from __future__ import annotations

from pipeline.metrics.definition import MetricDefinition

STEP_TIME = MetricDefinition(
    key="step_time_s",
    name="Step time",
    short_name="Step time",
    unit="s",
    decimals=3,
    definition=(
        "From the foot strike to the next foot strike of the other foot. Empty when the other "
        "foot's strike is not known."
    ),
    sign="",
    source="common definition",
    formula="t_foot_strike of the other foot - t_foot_strike",
    does_not_mean=(
        "A difference between the steps of left and right may be one of the two feet's event "
        "errors, which differ from leg to leg by some milliseconds."
    ),
)
