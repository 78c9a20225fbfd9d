"""Step rate."""

from __future__ import annotations

from pipeline.metrics.definition import MetricDefinition

CADENCE = MetricDefinition(
    key="cadence_spm",
    name="Cadence",
    short_name="Cadence",
    unit="steps/min",
    decimals=0,
    definition="Steps of both feet per minute, from the time of this stride.",
    sign="",
    source="common definition",
    formula="120 / stride time in seconds",
    context=(
        "157 steps/min at 2.5 m/s in one runner of RBDS (computed from Fukuchi et al. 2017).",
    ),
    does_not_mean=(
        "There is no single right cadence; it rises with speed and differs with leg length."
    ),
)
