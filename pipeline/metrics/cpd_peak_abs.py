"""Peak contralateral pelvic drop against the horizontal."""

from __future__ import annotations

from pipeline.metrics.bramah_2018 import bramah_2018_bands
from pipeline.metrics.definition import MetricDefinition

CPD_PEAK_ABS = MetricDefinition(
    key="cpd_peak_abs_deg",
    name="Peak contralateral pelvic drop, against the horizontal",
    short_name="Pelvic drop, absolute",
    unit="°",
    decimals=1,
    definition=(
        "Largest drop of the pelvis on the unsupported side between 5 and 75 % of stance, against "
        "the horizontal."
    ),
    sign="Positive: the side of the swinging leg is below the horizontal. Negative: above.",
    source="Baker 2001, Wren & Mitiguy 2007; closest to the definition of Bramah et al. 2018",
    formula="max over 5-75 % stance of s O(t); O, s as for the peak against standing",
    reference_bands=bramah_2018_bands(
        "their pelvis frame was probably re-aligned (mean anterior tilt 5 to 7°), which leaves the "
        "zero uncertain by 1 to 2°"
    ),
    does_not_mean=(
        "It holds every constant tilt of sensor, spine, road camber or leg length, with opposite "
        "sign on the two legs. The difference between the legs is not an asymmetry of movement."
    ),
    has_standard_error=True,
)
