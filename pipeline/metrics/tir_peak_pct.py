"""When the tibial internal rotation is largest."""

from __future__ import annotations

from pipeline.metrics.definition import MetricDefinition

TIR_PEAK_PCT = MetricDefinition(
    key="tir_peak_pct",
    name="Time of peak tibial internal rotation",
    short_name="Time of rotation",
    unit="% stance",
    decimals=0,
    definition="Moment of the largest internal rotation, from foot strike (0 %) to toe-off (100 %).",
    sign="",
    source="levelstride definitions",
    formula="100 (t_peak - t_foot_strike) / (t_toe_off - t_foot_strike), 0 to 75",
    context=("38 to 72 % in three runners of RBDS (computed from Fukuchi et al. 2017).",),
    does_not_mean="A late peak is not evidence of prolonged pronation: foot motion is not measured.",
)
