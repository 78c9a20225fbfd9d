"""Tibial internal rotation from foot strike to its peak."""

from __future__ import annotations

from pipeline.metrics.definition import MetricDefinition

TIR_EXC = MetricDefinition(
    key="tir_exc_deg",
    name="Tibial internal rotation excursion",
    short_name="Tibial rotation",
    unit="°",
    decimals=1,
    definition=(
        "Internal rotation of the shank about its long axis from foot strike to its largest value "
        "in the first 75 % of stance, as the last of the Cardan angles sagittal, frontal, axial in "
        "a ground frame that points along the stride."
    ),
    sign="Positive: internal rotation, on both legs.",
    source="Cardan order of ISB (Wu & Cavanagh 1995, Wu et al. 2002); ground frame: levelstride",
    formula="max over 0-75 % stance of alpha(t) - alpha(foot strike)",
    context=(
        (
            "No accepted reference for a shank sensor in running is known; compare with the runner's "
            "own earlier sessions or with the other leg."
        ),
        (
            "7.7 to 17.2° per leg in three runners of RBDS, standard deviation over strides 1.0 to "
            "1.8° (computed from Fukuchi et al. 2017, optical markers)."
        ),
        (
            "Axial rotation at the ankle, a related but different quantity: 9.9 ± 3.2° (n = 23) and "
            "11.4 ± 2.6° (n = 23) in two public sets (computed from BMC-RIC)."
        ),
    ),
    does_not_mean=(
        "It is the rotation of the shank in space, measured on the skin. It is not knee rotation, "
        "not pronation, and does not tell whether the foot or the hip turns the shank. Other "
        "definitions give other numbers on the same movement, by 2 to 3.5°."
    ),
    headline=True,
    has_standard_error=True,
)
