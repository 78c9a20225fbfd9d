"""Excursion of the contralateral pelvic drop from foot strike."""

from __future__ import annotations

from pipeline.metrics.definition import MetricDefinition

CPD_EXC = MetricDefinition(
    key="cpd_exc_deg",
    name="Pelvic drop excursion",
    short_name="Drop excursion",
    unit="°",
    decimals=1,
    definition=(
        "Drop of the pelvis on the unsupported side from foot strike to its largest value between "
        "5 and 75 % of stance."
    ),
    sign="Positive: the side of the swinging leg goes down after foot strike.",
    source="levelstride definitions; excursions repeat better between days (Ferber et al. 2002)",
    formula="max over 5-75 % stance of d(t) - d(foot strike)",
    context=(
        (
            "1.3 to 6.5° in three runners of RBDS at 2.5 to 4.5 m/s, standard deviation over strides "
            "0.4 to 1.3° (computed from Fukuchi et al. 2017)."
        ),
    ),
    does_not_mean=(
        "It is free of a constant roll error, but not of a sensor that sits turned about the "
        "vertical, and it shifts with the foot strike time (0.1 to 0.4° for 10 ms). It names no "
        "injury and no weak muscle."
    ),
    has_standard_error=True,
)
