"""One virtual inertial sensor: from the motion of its segment to 16-bit counts on its own sample clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from firmware_sim.body.model import Body
from firmware_sim.body.motion import SegmentMotion
from firmware_sim.imu.anti_alias import AntiAlias
from firmware_sim.imu.errors import SensorErrors
from firmware_sim.imu.faults import FaultSettings
from firmware_sim.imu.mounting import PLACEMENTS, Mounting, Placement
from firmware_sim.imu.parts import STANDARD_GRAVITY_M_S2, ImuPart
from firmware_sim.imu.soft_tissue import SoftTissue
from firmware_sim.imu.strap_ringing import StrapRinging
from firmware_sim.rng import Purpose, stream

NOMINAL_HZ = 200.0
BLOCK = 1600
"""Samples made at once; blocks lie on a fixed grid, so results never depend on who asks for how much."""
LIMIT = 32767


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


OnBlock: TypeAlias = Callable[[CountBlock, float], None]
"""Told of a block and the true sampling rate, 1/s."""


class ImuSampler:
    """Blocks of counts in order.

    Args:
        seed: Session seed.
        placement: Body segment.
        body: A body of its own (it is moved forward and forgets the past).
        mounting: Pose in the segment.
        errors: Drawn errors.
        faults: Sizes of soft tissue, ringing, noise and bandwidth.
        part: Scales and noise.
        rate_hz: Nominal sampling rate, 1/s.
        acc_range_g: Accelerometer range.
        gyro_range_dps: Gyroscope range.
        on_block: Told of every block made.

    Attributes:
        sample_hz: True sampling rate in true time, 1/s.
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
        rate_hz: float = NOMINAL_HZ,
        acc_range_g: int = 16,
        gyro_range_dps: int = 2000,
        on_block: OnBlock | None = None,
    ) -> None:
        self.sample_hz = errors.true_hz(rate_hz)
        self._seed = seed
        self._placement: Placement = placement
        self._body = body
        self._mounting = mounting
        self._errors = errors
        self._on_block = on_block
        self._tissue = SoftTissue(seed, placement, faults)
        self._ringing = StrapRinging(seed, placement, faults)
        self._acc_lsb, self._gyro_lsb = part.acc_scale(acc_range_g), part.gyro_scale(gyro_range_dps)
        wide_hz = min(0.5 * rate_hz, faults.bandwidth_hz or np.inf)
        noise = faults.noise_gain * np.sqrt(wide_hz)
        self._acc_noise = part.acc_noise_ug * 1e-6 * STANDARD_GRAVITY_M_S2 * noise
        self._gyro_noise = part.gyro_noise_mdps * 1e-3 * noise
        self._filter = AntiAlias(faults.bandwidth_hz, self.sample_hz)

    def block(self, number: int) -> CountBlock:
        """Samples [number * BLOCK, (number + 1) * BLOCK); numbers must not fall."""
        e, first = self._errors, number * BLOCK
        lead = min(e.clip_recovery, first)
        t = (first + np.arange(-lead, BLOCK)) / self.sample_hz
        gyr, acc = self._filter(self.ideal, t)
        acc_g = acc / STANDARD_GRAVITY_M_S2
        gyr, acc = gyr @ e.gyro_matrix.T, acc @ e.acc_matrix.T
        if e.scale_thermal != (0.0, 0.0):
            warmth = e.warmth(t)[:, None]
            gyr, acc = (
                gyr * (1.0 + warmth * e.scale_thermal[0]),
                acc * (1.0 + warmth * e.scale_thermal[1]),
            )
        acc = acc + e.acc_bias_m_s2
        if e.acc_thermal_m_s2.any():
            acc += e.warmth(t)[:, None] * e.acc_thermal_m_s2
        gyr = gyr + e.gyro_bias_dps + e.gyro_drift_dps(t)
        if e.g_sensitivity_dps_g.any():
            gyr += acc_g @ e.g_sensitivity_dps_g.T
        counts, clipped = self._counts(number, lead, acc, gyr)
        if t[lead] > 20.0:
            self._body.steps.forget_before(float(t[lead]) - 5.0)
        acc_clip = np.asarray(clipped[:, :3].any(axis=1), dtype=np.bool_)
        gyr_clip = np.asarray(clipped[:, 3:].any(axis=1), dtype=np.bool_)
        block = CountBlock(first, counts, acc_clip, gyr_clip)
        if self._on_block is not None:
            self._on_block(block, self.sample_hz)
        return block

    def _counts(
        self, number: int, lead: int, acc: NDArray[np.float64], gyr: NDArray[np.float64]
    ) -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
        """Noise, rounding, limits; (BLOCK, 6) counts and whether they are at a limit."""
        clean = np.hstack([acc / self._acc_lsb, gyr / self._gyro_lsb])
        rng = stream(self._seed, Purpose.NOISE, PLACEMENTS.index(self._placement), number)
        noise = rng.standard_normal((BLOCK, 6))
        noise[:, :3] *= self._acc_noise / self._acc_lsb
        noise[:, 3:] *= self._gyro_noise / self._gyro_lsb
        raw = np.rint(clean[lead:] + noise)
        recovery = self._errors.clip_recovery
        if recovery and np.abs(clean).max() >= LIMIT:
            # the noise does not decide here: a block must not need the noise of the one before
            over = np.where(np.abs(clean) >= LIMIT, np.sign(clean), 0.0)
            held = over[lead:].copy()
            for back in range(1, recovery + 1):
                before = over[max(lead - back, 0) : len(over) - back]
                part = held[len(held) - len(before) :]
                part[part == 0.0] = before[part == 0.0]
            raw = np.where(held != 0.0, held * 1e6, raw)
        counts = np.clip(raw, -32768, 32767)
        clipped = (raw != counts) | (np.abs(counts) >= LIMIT)
        return counts.astype(np.int16), clipped

    def ideal(self, t: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What a faultless sensor in this place would measure.

        Args:
            t: Session times, s, rising, (n,).

        Returns:
            Angular velocity [deg/s] and specific force [m/s^2] in sensor axes, each (n, 3). Soft-tissue
            motion, slips and strap ringing of the fault level are included: they belong to the place.
        """
        motion = self._segment(t)
        links = self._tissue.links(self._body, motion, t)
        motion = replace(motion, chain=[*motion.chain, *links])
        omega, force = motion.sensor_signals(self._mounting.lever_m)
        rotation = self._mounting.rotation
        specific = np.stack(force, axis=1)
        if self._ringing.active:
            specific += self._ringing.acceleration(self._body, t)
        return np.degrees(np.stack(omega, axis=1)) @ rotation, specific @ rotation

    def _segment(self, t: NDArray[np.float64]) -> SegmentMotion:
        if self._placement == "pelvis":
            return self._body.pelvis(t)
        return self._body.shank(t, 0 if self._placement == "shank_right" else 1)
