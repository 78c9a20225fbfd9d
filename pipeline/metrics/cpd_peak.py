"""Peak contralateral pelvic drop against standing."""

from __future__ import annotations

from pipeline.metrics.bramah_2018 import bramah_2018_bands
from pipeline.metrics.definition import MetricDefinition

CPD_PEAK = MetricDefinition(
    key="cpd_peak_deg",
    name="Peak contralateral pelvic drop",
    short_name="Pelvic drop",
    unit="°",
    decimals=1,
    definition=(
        "Largest drop of the pelvis on the unsupported side between 5 and 75 % of stance, "
        "against the same runner's quiet standing."
    ),
    sign="Positive: the side of the swinging leg is lower than in standing. Negative: it is higher.",
    source=(
        "Obliquity as the elevation of the medio-lateral axis: Baker 2001, Wren & Mitiguy 2007; "
        "window and reference: levelstride definitions"
    ),
    formula=(
        "max over 5-75 % stance of d(t) = s (O(t) - O_standing); O = asin(r·u), r = pelvis axis "
        "to the right, u = up; s = +1 in right stance, -1 in left stance"
    ),
    reference_bands=bramah_2018_bands(
        "measured against the laboratory, not against standing; the zero may differ by 1 to 2°"
    ),
    context=(
        (
            "3.3 to 11.6° per leg in three runners of RBDS at 2.5 to 4.5 m/s, standard deviation over "
            "strides 0.4 to 1.0° (computed from Fukuchi et al. 2017)."
        ),
        "About +1° per m/s of speed in one runner of RBDS.",
    ),
    does_not_mean=(
        "It does not show weak hip muscles (drop and abductor torque were unrelated in Burnet & "
        "Pidcoe 2009), names no injury and predicts none. A constant roll error of the sensor or of "
        "the standing pose adds to one leg and takes from the other, so compare left with right on "
        "the excursion."
    ),
    headline=True,
    has_standard_error=True,
)
