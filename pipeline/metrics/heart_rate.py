"""Heart rate, as another device told it."""

from __future__ import annotations

from pipeline.metrics.definition import MetricDefinition

HEART_RATE = MetricDefinition(
    key="heart_rate_bpm",
    name="Heart rate",
    short_name="Heart rate",
    unit="beats/min",
    decimals=0,
    definition="Heart rate at the middle of the stride, from a belt, an arm band or a watch.",
    sign="",
    source="the belt, arm band or watch",
    formula="the device's readings, interpolated; empty further than 5 s from a reading",
    does_not_mean=(
        "It says nothing about how a person moves. At the wrist it may lock on to the cadence."
    ),
)
