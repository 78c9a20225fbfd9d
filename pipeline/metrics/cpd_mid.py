"""Contralateral pelvic drop at mid-stance."""

from __future__ import annotations

from pipeline.metrics.definition import MetricDefinition

CPD_MID = MetricDefinition(
    key="cpd_mid_deg",
    name="Contralateral pelvic drop at mid-stance",
    short_name="Drop at mid-stance",
    unit="°",
    decimals=1,
    definition=(
        "Mean drop of the pelvis on the unsupported side from 45 to 55 % of stance, against quiet "
        "standing."
    ),
    sign="Positive: the side of the swinging leg is lower than in standing.",
    source="levelstride definitions; mid-stance is the convention of two-dimensional video",
    formula="mean over 45-55 % stance of d(t); d as for the peak against standing",
    context=(
        (
            "Two-dimensional video of pelvic drop: ICC 0.59 to 0.77, smallest detectable difference "
            "2.7 to 2.8° (Dingenen et al. 2018)."
        ),
    ),
    does_not_mean="The same as for the peak: no muscle, no injury, no verdict.",
    has_standard_error=True,
)
