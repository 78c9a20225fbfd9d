"""When the pelvic drop is largest."""

from __future__ import annotations

from pipeline.metrics.definition import MetricDefinition

CPD_PEAK_PCT = MetricDefinition(
    key="cpd_peak_pct",
    name="Time of peak pelvic drop",
    short_name="Time of drop",
    unit="% stance",
    decimals=0,
    definition="Moment of the largest drop, from foot strike (0 %) to toe-off (100 %).",
    sign="",
    source="levelstride definitions",
    formula="100 (t_peak - t_foot_strike) / (t_toe_off - t_foot_strike), 5 to 75",
    context=("Typically 33 to 50 % in runners of RBDS (computed from Fukuchi et al. 2017).",),
    does_not_mean=(
        "A flat curve has no sharp peak; its time then jumps from stride to stride without any "
        "change of movement."
    ),
)
