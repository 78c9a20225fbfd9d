"""Fastest tibial internal rotation."""

from __future__ import annotations

from pipeline.metrics.definition import MetricDefinition

TIR_VEL = MetricDefinition(
    key="tir_vel_deg_s",
    name="Peak tibial internal rotation velocity",
    short_name="Rotation velocity",
    unit="°/s",
    decimals=0,
    definition=(
        "Fastest internal rotation of the shank in the first 75 % of stance, after a 10 Hz low-pass."
    ),
    sign="Positive: turning inwards.",
    source="levelstride definitions; low-pass as in Bramah et al. 2018",
    formula="max over 0-75 % stance of d(alpha)/dt",
    context=("110 to 245 °/s in three runners of RBDS (computed from Fukuchi et al. 2017).",),
    does_not_mean="It depends on the low-pass; values from other filters cannot be compared with it.",
)
