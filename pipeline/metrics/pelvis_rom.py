"""Range of pelvic obliquity over a stride."""

from __future__ import annotations

from pipeline.metrics.definition import MetricDefinition

PELVIS_ROM = MetricDefinition(
    key="pelvis_rom_deg",
    name="Range of pelvic obliquity",
    short_name="Obliquity range",
    unit="°",
    decimals=1,
    definition="Largest minus smallest obliquity of the pelvis over the whole stride.",
    sign="",
    source="levelstride definitions, for comparison with studies by inertial sensors",
    formula="max O(t) - min O(t), foot strike to next foot strike of the same foot",
    context=(
        (
            "Group means by speed, one inertial sensor: men 7.8 to 9.3°, women 7.8 to 9.6° "
            "(Perpiñá-Martínez et al. 2023, Int J Environ Res Public Health 20:3631)."
        ),
        (
            "13.8, 17.8 and 19.8° at 2.5, 3.5 and 4.5 m/s in one runner of RBDS (computed from "
            "Fukuchi et al. 2017)."
        ),
    ),
    does_not_mean=(
        "It adds up both legs' part of the stride, so the rows of left and right are nearly the "
        "same and say nothing about asymmetry."
    ),
    has_standard_error=True,
)
