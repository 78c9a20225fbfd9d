"""Speed, as another device told it."""

from __future__ import annotations

from pipeline.metrics.definition import MetricDefinition

SPEED = MetricDefinition(
    key="speed_m_s",
    name="Speed",
    short_name="Speed",
    unit="m/s",
    decimals=2,
    definition="Speed at the middle of the stride, from a watch's activity or a foot pod.",
    sign="",
    source="the watch or foot pod",
    formula="the device's readings, interpolated; empty further than 5 s from a reading",
    does_not_mean=(
        "It is not measured by the sensors on the body. By satellite it is right to about 0.2 m/s "
        "in the open and late by some seconds when the pace changes."
    ),
)
