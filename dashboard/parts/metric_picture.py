"""Pictures that show what a metric measures; without words, so that they suit every language."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.language import tr

DROP = "pelvic-drop"
ROTATION = "tibial-rotation"
TIMES = "stride-times"
PEAK = "time-of-peak"
PICTURES = {
    "cpd_peak_deg": DROP,
    "cpd_peak_abs_deg": DROP,
    "cpd_exc_deg": DROP,
    "cpd_mid_deg": DROP,
    "pelvis_rom_deg": DROP,
    "tir_exc_deg": ROTATION,
    "tir_vel_deg_s": ROTATION,
    "cpd_peak_pct": PEAK,
    "tir_peak_pct": PEAK,
    "stride_time_s": TIMES,
    "contact_time_s": TIMES,
    "flight_time_s": TIMES,
    "step_time_s": TIMES,
    "duty_factor_pct": TIMES,
    "cadence_spm": TIMES,
    "tibial_shock_g": "tibial-shock",
    "vertical_oscillation_m": "oscillation",
}
"""Metric to its picture; what a watch measures has none."""
CAPTIONS = {
    DROP: (
        "From behind, standing on the left leg: the pelvis drops on the right, the side of the "
        "swinging leg."
    ),
    ROTATION: "The left shank from above: it turns inwards, towards the other leg on the right.",
    TIMES: (
        "Contacts of the left foot (upper bars) and the right foot (lower bars) over time; the "
        "double arrow is one stride."
    ),
    PEAK: "A curve over stance, and when it is highest.",
    "tibial-shock": "The shank from the side with the sensor; the impact runs up along the shank.",
    "oscillation": "The way of the pelvis sensor, up and down.",
}


def metric_picture(key: str) -> Any:
    """The picture of a metric with its caption; None where there is none.

    Args:
        key: metric key.
    """
    name = PICTURES.get(key)
    if name is None:
        return None
    return html.Figure(
        [
            html.Img(src=f"/assets/pictures/{name}.svg", alt=""),
            html.Figcaption(tr(CAPTIONS[name])),
        ],
        className="ls-picture",
    )
