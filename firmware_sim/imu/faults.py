"""How bad the world is: three named levels of sensor, skin and radio imperfection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

FaultLevel: TypeAlias = Literal["none", "field", "harsh"]


@dataclass(frozen=True, slots=True)
class FaultSettings:
    """Sizes of imperfections; SD = standard deviation of the draw.

    Attributes:
        gyro_bias_dps: SD of constant gyroscope bias per axis, deg/s.
        gyro_thermal_dps: SD of the bias that warming up adds in the end, deg/s.
        acc_bias_mg: SD of accelerometer bias per axis, mg.
        scale: SD of relative scale error per axis.
        cross_axis: SD of cross-axis sensitivity.
        rate_error: Largest relative error of the sensor's own sampling clock.
        clock_ppm: Largest device-clock drift, parts per million.
        soft_tissue_deg: Scale of the stride-locked artefact, deg: (pelvis, shank axial).
        wobble_deg: Scale of the impact-driven sensor wobble, deg.
        impact_gain: Factor on the impact transients (harsh impacts clip at 16 g).
        squat_error_deg: SD of (obliquity, rotation) at the lowest point of the calibration movement.
        loss: Mean share of lost notifications.
        burst_packets: Mean length of a loss burst, packets.
        dropouts: Number of silent periods per sensor within each 120 s of session, on average.
        jitter_ms: Scale of host-side delay, ms.
        stalls_per_min: Host stalls (60-200 ms) per minute.
    """

    gyro_bias_dps: float
    gyro_thermal_dps: float
    acc_bias_mg: float
    scale: float
    cross_axis: float
    rate_error: float
    clock_ppm: float
    soft_tissue_deg: tuple[float, float]
    wobble_deg: float
    impact_gain: float
    squat_error_deg: tuple[float, float]
    loss: float
    burst_packets: float
    dropouts: float
    jitter_ms: float
    stalls_per_min: float


FAULTS: dict[FaultLevel, FaultSettings] = {
    "none": FaultSettings(
        gyro_bias_dps=0.3,
        gyro_thermal_dps=0.0,
        acc_bias_mg=3.0,
        scale=0.002,
        cross_axis=0.001,
        rate_error=0.005,
        clock_ppm=10.0,
        soft_tissue_deg=(0.0, 0.0),
        wobble_deg=0.0,
        impact_gain=1.0,
        squat_error_deg=(0.0, 0.0),
        loss=0.0,
        burst_packets=1.0,
        dropouts=0.0,
        jitter_ms=0.5,
        stalls_per_min=0.0,
    ),
    "field": FaultSettings(
        gyro_bias_dps=0.5,
        gyro_thermal_dps=0.3,
        acc_bias_mg=12.0,
        scale=0.006,
        cross_axis=0.004,
        rate_error=0.005,
        clock_ppm=30.0,
        soft_tissue_deg=(0.5, 1.0),
        wobble_deg=0.5,
        impact_gain=1.0,
        squat_error_deg=(0.4, 0.8),
        loss=0.005,
        burst_packets=2.0,
        dropouts=0.0,
        jitter_ms=3.0,
        stalls_per_min=2.0,
    ),
    "harsh": FaultSettings(
        gyro_bias_dps=1.0,
        gyro_thermal_dps=0.6,
        acc_bias_mg=20.0,
        scale=0.01,
        cross_axis=0.008,
        rate_error=0.005,
        clock_ppm=100.0,
        soft_tissue_deg=(1.0, 2.0),
        wobble_deg=1.0,
        impact_gain=1.9,
        squat_error_deg=(0.8, 1.6),
        loss=0.02,
        burst_packets=2.5,
        dropouts=0.7,
        jitter_ms=8.0,
        stalls_per_min=6.0,
    ),
}
