"""Up and down of the pelvis."""

from __future__ import annotations

from pipeline.metrics.definition import MetricDefinition

VERTICAL_OSCILLATION = MetricDefinition(
    key="vertical_oscillation_m",
    name="Vertical oscillation",
    short_name="Vertical oscillation",
    unit="m",
    decimals=3,
    definition=(
        "Highest less lowest position of the pelvis sensor over the stride, as if the stride ended "
        "at the height and with the vertical speed that it began with."
    ),
    sign="",
    source="double integral of vertical acceleration over a closed stride",
    formula=(
        "max z - min z over the stride; z = double integral of (u·f - its mean over the stride), "
        "both integrals without their means; u = up, f = specific force"
    ),
    does_not_mean=(
        "It is the movement of the sensor at the back of the pelvis, not of the centre of mass: "
        "rocking of the pelvis adds to it. It is no measure of leg stiffness or of economy."
    ),
)
