"""Peak acceleration along the shank after foot strike."""

from __future__ import annotations

from pipeline.metrics.definition import MetricDefinition

TIBIAL_SHOCK = MetricDefinition(
    key="tibial_shock_g",
    name="Peak tibial acceleration",
    short_name="Tibial shock",
    unit="g",
    decimals=1,
    definition="Largest specific force along the long axis of the shank at the impact of foot strike.",
    sign="Positive: towards the knee.",
    source="axial peak tibial acceleration, Van den Berghe et al. 2020",
    formula="max of the axial specific force around foot strike / 9.80665 m/s²",
    context=(
        (
            "About 11 g in runners chosen for high shock, 8.2 ± 1.8 g with feedback (Van den Berghe et "
            "al. 2020)."
        ),
    ),
    does_not_mean=(
        "It is measured on the skin: strap, place on the shank, range and sampling rate of the "
        "sensor change it. It is not the load on the bone. Compare only the same sensor, worn the "
        "same way."
    ),
)
