"""What one sensor gets wrong: drawn once, and how it changes as the sensor warms up."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sin

import numpy as np
from numpy.typing import NDArray

from firmware_sim.imu.faults import FaultSettings
from firmware_sim.imu.mounting import PLACEMENTS, Placement
from firmware_sim.imu.parts import STANDARD_GRAVITY_M_S2
from firmware_sim.rng import Purpose, stream

AMBIENT_C = 22.0
CRYSTAL_TURNOVER_C = 25.0
WARM_UP_TAU_S = (300.0, 480.0)
_INSTABILITY_PERIODS_S = (40.0, 90.0, 200.0, 450.0, 1000.0)
_WANDER_PERIODS_S = (700.0, 1600.0, 3700.0)


@dataclass(frozen=True, slots=True)
class SensorErrors:
    """Everything drawn once per sensor that makes it differ from an ideal one.

    Attributes:
        gyro_bias_dps: Constant bias, deg/s, per sensor axis.
        gyro_thermal_dps: Bias added in the end of warming up, deg/s, per axis.
        acc_bias_m_s2: Bias, m/s^2, per axis.
        acc_thermal_m_s2: Bias added in the end of warming up, m/s^2, per axis.
        gyro_matrix: Scale and cross-axis matrix, (3, 3), measured = matrix @ true.
        acc_matrix: The same for the accelerometer.
        scale_thermal: Relative change of scale in the end of warming up, (gyro, acc).
        g_sensitivity_dps_g: Gyroscope bias by acceleration, (3, 3), deg/s per g.
        rate_error: Relative error of the sampling clock.
        clock_ppm: Drift of the device clock, parts per million.
        clock_start_us: Device clock at session time 0, microseconds since boot.
        warm_up_k: Warming in the end, K.
        warm_up_tau_s: Time constant of warming, s.
        clock_ppm_k2: Slowing of the crystal off 25 degrees, parts per million per K^2.
        clip_recovery: Samples that a saturated output stays at its limit afterwards.
        instability: Gyroscope bias wander, (5, 3, 2): amplitude deg/s and phase of slow sines, per axis.
        wander: Device-clock wander: amplitude us and phase of slow sines.
        wanders: Whether it does at all.
    """

    gyro_bias_dps: NDArray[np.float64]
    gyro_thermal_dps: NDArray[np.float64]
    acc_bias_m_s2: NDArray[np.float64]
    acc_thermal_m_s2: NDArray[np.float64]
    gyro_matrix: NDArray[np.float64]
    acc_matrix: NDArray[np.float64]
    scale_thermal: tuple[float, float]
    g_sensitivity_dps_g: NDArray[np.float64]
    rate_error: float
    clock_ppm: float
    clock_start_us: int
    warm_up_k: float
    warm_up_tau_s: float
    clock_ppm_k2: float
    clip_recovery: int
    instability: NDArray[np.float64]
    wander: tuple[tuple[float, float], ...]
    wanders: bool

    @property
    def sample_hz(self) -> float:
        """True sampling rate at the nominal 200 Hz, 1/s."""
        return self.true_hz(200.0)

    def true_hz(self, rate_hz: float) -> float:
        """True sampling rate at a nominal one, 1/s."""
        return rate_hz * (1.0 + self.rate_error)

    def warmth(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Share of the warming that is done: 0 at session time 0, 1 in the end."""
        return np.asarray(1.0 - np.exp(-np.maximum(t_s, 0.0) / self.warm_up_tau_s))

    def temperature_c(self, t_s: float) -> float:
        """Temperature of the sensor, degrees Celsius."""
        return AMBIENT_C + self.warm_up_k * float(self.warmth(np.array(t_s)))

    def gyro_drift_dps(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Bias besides the constant one: warming and instability, (n, 3) deg/s."""
        drift = self.warmth(t_s)[:, None] * self.gyro_thermal_dps
        if not self.instability[:, :, 0].any():
            return drift
        # it changes over minutes: straight lines between the ends of a block of seconds are enough
        ends = t_s[[0, -1]]
        turns = 2.0 * np.pi * ends[:, None] / np.asarray(_INSTABILITY_PERIODS_S)
        amplitude, phase = self.instability[:, :, 0], self.instability[:, :, 1]
        at_ends = (amplitude * np.sin(turns[:, :, None] + phase)).sum(axis=1)
        part = (t_s - ends[0]) / max(float(ends[1] - ends[0]), 1e-9)
        return np.asarray(drift + at_ends[0] + part[:, None] * (at_ends[1] - at_ends[0]))

    def device_time_us(self, t_s: float) -> int:
        """Device clock at a session time, whole microseconds."""
        us = t_s * 1e6 * (1.0 + self.clock_ppm * 1e-6)
        if self.wanders:
            for period_s, (size_us, phase) in zip(_WANDER_PERIODS_S, self.wander, strict=True):
                us += size_us * (sin(2.0 * pi * t_s / period_s + phase) - sin(phase))
        if self.clock_ppm_k2 != 0.0:
            us -= self.clock_ppm_k2 * self._squared_kelvin_s(t_s)
        return self.clock_start_us + round(us)

    def _squared_kelvin_s(self, t_s: float) -> float:
        """Integral of (temperature - 25)^2 over session time, K^2 s (the slowing in us per ppm)."""
        end, tau = AMBIENT_C - CRYSTAL_TURNOVER_C + self.warm_up_k, self.warm_up_tau_s
        rise, fade = self.warm_up_k, 1.0 - float(np.exp(-t_s / tau))
        fade2 = 1.0 - float(np.exp(-2.0 * t_s / tau))
        return end**2 * t_s - 2.0 * end * rise * tau * fade + rise**2 * tau / 2.0 * fade2


def draw_errors(seed: int, placement: Placement, faults: FaultSettings) -> SensorErrors:
    """Draw the errors of one sensor."""
    rng = stream(seed, Purpose.SENSOR_ERRORS, PLACEMENTS.index(placement))
    more = stream(seed, Purpose.SENSOR_ERRORS, PLACEMENTS.index(placement), 1)

    def matrix() -> NDArray[np.float64]:
        m = np.eye(3) + faults.cross_axis * rng.standard_normal((3, 3)) * (1.0 - np.eye(3))
        return np.asarray(m + np.diag(faults.scale * rng.standard_normal(3)), dtype=np.float64)

    def sines(shape: tuple[int, ...], sd: float) -> NDArray[np.float64]:
        n = shape[0]
        amplitude = sd * np.sqrt(2.0 / n) * more.uniform(0.6, 1.4, shape)
        return np.stack([amplitude, more.uniform(0.0, 2.0 * np.pi, shape)], axis=-1)

    low_k, high_k = faults.warm_up_k
    return SensorErrors(
        gyro_bias_dps=faults.gyro_bias_dps * rng.standard_normal(3),
        gyro_thermal_dps=faults.gyro_thermal_dps * rng.standard_normal(3),
        acc_bias_m_s2=faults.acc_bias_mg * 1e-3 * STANDARD_GRAVITY_M_S2 * rng.standard_normal(3),
        gyro_matrix=matrix(),
        acc_matrix=matrix(),
        rate_error=faults.rate_error * float(rng.uniform(-1.0, 1.0)),
        clock_ppm=faults.clock_ppm * float(rng.uniform(-1.0, 1.0)),
        clock_start_us=int(rng.integers(5_000_000, 600_000_000)),
        acc_thermal_m_s2=faults.acc_thermal_mg
        * 1e-3
        * STANDARD_GRAVITY_M_S2
        * more.standard_normal(3),
        scale_thermal=(
            faults.scale_thermal * float(more.standard_normal()),
            faults.scale_thermal * float(more.standard_normal()),
        ),
        g_sensitivity_dps_g=faults.g_sensitivity_dps_g * more.standard_normal((3, 3)),
        warm_up_k=low_k + (high_k - low_k) * float(more.random()),
        warm_up_tau_s=float(more.uniform(*WARM_UP_TAU_S)),
        clock_ppm_k2=faults.clock_ppm_k2,
        clip_recovery=int(more.integers(1, max(faults.clip_recovery_samples, 1) + 1))
        if faults.clip_recovery_samples
        else 0,
        instability=sines((len(_INSTABILITY_PERIODS_S), 3), faults.gyro_instability_dph / 3600.0),
        wanders=faults.clock_wander_ms_h > 0.0,
        wander=tuple(
            (float(a), float(b))
            for a, b in sines((len(_WANDER_PERIODS_S),), faults.clock_wander_ms_h * 1e3 / 2.0)
        ),
    )
