"""One virtual inertial sensor: from the motion of its segment to 16-bit counts on its own sample clock."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from firmware_sim.body.model import Body
from firmware_sim.body.motion import SegmentMotion
from firmware_sim.imu.faults import FaultSettings
from firmware_sim.imu.mounting import PLACEMENTS, Mounting, Placement
from firmware_sim.imu.parts import ImuPart
from firmware_sim.imu.soft_tissue import SoftTissue
from firmware_sim.rng import Purpose, stream

NOMINAL_HZ = 200.0
BLOCK = 800
"""Samples made at once; blocks lie on a fixed grid, so results never depend on who asks for how much."""

BANDWIDTH_HZ = 100.0
WARM_UP_S = 400.0


@dataclass(frozen=True, slots=True)
class SensorErrors:
    """Everything drawn once per sensor that makes it differ from an ideal one.

    Attributes:
        gyro_bias_dps: Constant bias, deg/s, per sensor axis.
        gyro_thermal_dps: Bias added after warming up (time constant 400 s), deg/s, per axis.
        acc_bias_m_s2: Bias, m/s^2, per axis.
        gyro_matrix: Scale and cross-axis matrix, (3, 3), measured = matrix @ true.
        acc_matrix: The same for the accelerometer.
        sample_hz: True sampling rate in true time, 1/s.
        clock_ppm: Drift of the device clock, parts per million.
        clock_start_us: Device clock at session time 0, microseconds since boot.
    """

    gyro_bias_dps: NDArray[np.float64]
    gyro_thermal_dps: NDArray[np.float64]
    acc_bias_m_s2: NDArray[np.float64]
    gyro_matrix: NDArray[np.float64]
    acc_matrix: NDArray[np.float64]
    sample_hz: float
    clock_ppm: float
    clock_start_us: int

    def device_time_us(self, t_s: float) -> int:
        """Device clock at a session time, whole microseconds."""
        return self.clock_start_us + round(t_s * 1e6 * (1.0 + self.clock_ppm * 1e-6))


def draw_errors(seed: int, placement: Placement, faults: FaultSettings) -> SensorErrors:
    """Draw the errors of one sensor."""
    rng = stream(seed, Purpose.SENSOR_ERRORS, PLACEMENTS.index(placement))

    def matrix() -> NDArray[np.float64]:
        m = np.eye(3) + faults.cross_axis * rng.standard_normal((3, 3)) * (1.0 - np.eye(3))
        return np.asarray(m + np.diag(faults.scale * rng.standard_normal(3)), dtype=np.float64)

    return SensorErrors(
        gyro_bias_dps=faults.gyro_bias_dps * rng.standard_normal(3),
        gyro_thermal_dps=faults.gyro_thermal_dps * rng.standard_normal(3),
        acc_bias_m_s2=faults.acc_bias_mg * 9.80665e-3 * rng.standard_normal(3),
        gyro_matrix=matrix(),
        acc_matrix=matrix(),
        sample_hz=NOMINAL_HZ * (1.0 + faults.rate_error * float(rng.uniform(-1.0, 1.0))),
        clock_ppm=faults.clock_ppm * float(rng.uniform(-1.0, 1.0)),
        clock_start_us=int(rng.integers(5_000_000, 600_000_000)),
    )


@dataclass(frozen=True, slots=True)
class CountBlock:
    """Samples [first, first + n) of a sensor's free-running grid.

    Attributes:
        first: Index of the first sample; sample k is taken at k / sample_hz of session time.
        counts: (n, 6) int16: ax ay az gx gy gz in sensor axes.
        acc_clip: (n,) bool, an accelerometer axis is at its limit.
        gyr_clip: (n,) bool, a gyroscope axis is at its limit.
    """

    first: int
    counts: NDArray[np.int16]
    acc_clip: NDArray[np.bool_]
    gyr_clip: NDArray[np.bool_]


class ImuSampler:
    """Blocks of counts in order.

    Args:
        seed: Session seed.
        placement: Body segment.
        body: A body of its own (it is moved forward and forgets the past).
        mounting: Pose in the segment.
        errors: Drawn errors.
        faults: Sizes of soft tissue.
        part: Scales and noise.
    """

    def __init__(
        self,
        seed: int,
        placement: Placement,
        body: Body,
        mounting: Mounting,
        errors: SensorErrors,
        faults: FaultSettings,
        part: ImuPart,
    ) -> None:
        self._seed = seed
        self._placement: Placement = placement
        self._body = body
        self._mounting = mounting
        self._errors = errors
        self._part = part
        self._tissue = SoftTissue(seed, placement, faults)

    def block(self, number: int) -> CountBlock:
        """Samples [number * BLOCK, (number + 1) * BLOCK); numbers must not fall."""
        first = number * BLOCK
        t = (first + np.arange(BLOCK)) / self._errors.sample_hz
        gyr_dps, acc = self.ideal(t)
        rng = stream(self._seed, Purpose.NOISE, PLACEMENTS.index(self._placement), number)
        noise = rng.standard_normal((BLOCK, 6)) * np.sqrt(BANDWIDTH_HZ)
        e, p = self._errors, self._part
        acc = acc @ e.acc_matrix.T + e.acc_bias_m_s2
        acc += noise[:, :3] * (p.acc_noise_ug * 9.80665e-6)
        warm = 1.0 - np.exp(-np.maximum(t, 0.0) / WARM_UP_S)
        gyr_dps = gyr_dps @ e.gyro_matrix.T + e.gyro_bias_dps + warm[:, None] * e.gyro_thermal_dps
        gyr_dps += noise[:, 3:] * (p.gyro_noise_mdps * 1e-3)
        raw = np.rint(np.hstack([acc / p.acc_lsb_m_s2, gyr_dps / p.gyro_lsb_dps]))
        counts = np.clip(raw, -32768, 32767)
        clipped = raw != counts
        clipped |= np.abs(counts) >= 32767
        if t[0] > 20.0:
            self._body.steps.forget_before(float(t[0]) - 5.0)
        return CountBlock(
            first, counts.astype(np.int16), clipped[:, :3].any(axis=1), clipped[:, 3:].any(axis=1)
        )

    def ideal(self, t: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What a faultless sensor in this place would measure.

        Args:
            t: Session times, s, rising, (n,).

        Returns:
            Angular velocity [deg/s] and specific force [m/s^2] in sensor axes, each (n, 3). Soft-tissue
            motion of the fault level is included: it belongs to the place.
        """
        motion = self._segment(t)
        links = self._tissue.links(self._body, motion, t)
        motion = replace(motion, chain=[*motion.chain, *links])
        omega, force = motion.sensor_signals(self._mounting.lever_m)
        rotation = self._mounting.rotation
        return (
            np.degrees(np.stack(omega, axis=1)) @ rotation,
            np.stack(force, axis=1) @ rotation,
        )

    def _segment(self, t: NDArray[np.float64]) -> SegmentMotion:
        if self._placement == "pelvis":
            return self._body.pelvis(t)
        return self._body.shank(t, 0 if self._placement == "shank_right" else 1)
