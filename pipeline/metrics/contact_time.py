"""Duration of stance."""

from __future__ import annotations

from pipeline.metrics.definition import MetricDefinition

CONTACT_TIME = MetricDefinition(
    key="contact_time_s",
    name="Contact time",
    short_name="Contact time",
    unit="s",
    decimals=3,
    definition="From foot strike to toe-off of the same foot.",
    sign="",
    source="common definition",
    formula="t_toe_off - t_foot_strike",
    context=(
        "0.299 ± 0.006 s at 2.5 m/s in one runner of RBDS, force plate (Fukuchi et al. 2017).",
    ),
    does_not_mean=(
        "Foot strike and toe-off are read from shank motion, not from a force plate; each has an "
        "error of several milliseconds, partly the same in every stride."
    ),
)
