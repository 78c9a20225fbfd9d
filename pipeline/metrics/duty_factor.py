"""Share of the stride in contact."""

from __future__ import annotations

from pipeline.metrics.definition import MetricDefinition

DUTY_FACTOR = MetricDefinition(
    key="duty_factor_pct",
    name="Duty factor",
    short_name="Duty factor",
    unit="% stride",
    decimals=1,
    definition="Contact time in percent of the stride time of the same foot.",
    sign="",
    source="common definition; below 50 % both feet leave the ground",
    formula="100 (t_toe_off - t_foot_strike) / (t_next_foot_strike - t_foot_strike)",
    context=(
        "0.39 of the stride at 2.5 m/s in one runner of RBDS, force plate (Fukuchi et al. 2017).",
    ),
    does_not_mean=(
        "It is no measure of leg stiffness or of economy. It carries the errors of foot strike and "
        "toe-off, and falls with speed in everybody."
    ),
)
