"""The inertial chip inside a device of another maker: the runner's motion at its rate, through its filter.

The signal is exact on a dense grid (800 Hz or more), gets the chip's errors and noise, and is then filtered
and thinned, or averaged over the sample period. Blocks lie on a fixed grid and each is a function of its
number alone, so samples never depend on when a stream was started or how it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from firmware_sim.devices.attitude import FusionErrors, draw_fusion_errors, sensor_to_earth
from firmware_sim.imu.parts import STANDARD_GRAVITY_M_S2
from firmware_sim.imu.soft_tissue import SoftTissue
from firmware_sim.imu.strap_ringing import StrapRinging
from firmware_sim.rng import Purpose

if TYPE_CHECKING:
    from firmware_sim.body.jet import Array
    from firmware_sim.body.motion import SegmentMotion
    from firmware_sim.devices.identity import DeviceIdentity
    from firmware_sim.session import SimulatedSession

DENSE_HZ = 800.0
BLOCK_S = 4.0
_BLOCKS_KEPT = 2
_STREAMS_KEPT = 4
LEAD_S = 1.0
"""Each block is filtered from this long before its first sample: filters of 5 Hz and more have settled."""


@dataclass(frozen=True, slots=True)
class NoiseDensity:
    """White noise of a chip.

    Attributes:
        acc_ug: ug per square-root hertz.
        gyro_mdps: mdps per square-root hertz.
    """

    acc_ug: float
    gyro_mdps: float


@dataclass(frozen=True, slots=True)
class Samples:
    """Consecutive samples, not yet quantised or clipped.

    Attributes:
        first: Number of the first one; sample k is taken at ``phase + k / rate`` of session time.
        acc_m_s2: Specific force in sensor axes, (n, 3).
        gyr_dps: Angular velocity in sensor axes, (n, 3).
        attitude: Sensor to earth as the device believes it, (n, 3, 3).
    """

    first: int
    acc_m_s2: Array
    gyr_dps: Array
    attitude: Array

    def __len__(self) -> int:
        return len(self.acc_m_s2)

    def part(self, first: int, end: int) -> Samples:
        """Samples [first, end) by number."""
        cut = slice(first - self.first, end - self.first)
        return Samples(first, self.acc_m_s2[cut], self.gyr_dps[cut], self.attitude[cut])


class WornImu:
    """One chip on one runner.

    Args:
        session: Who wears it and what is done.
        identity: The device around it; it must have a placement.
        noise: Noise of the chip.
    """

    def __init__(
        self, session: SimulatedSession, identity: DeviceIdentity, noise: NoiseDensity
    ) -> None:
        if identity.placement is None:
            raise ValueError("an inertial device is worn somewhere")
        worn = next(s for s in session.sensors if s.placement == identity.placement)
        self.session = session
        self.identity = identity
        self.placement = identity.placement
        self.mounting = worn.mounting
        self.errors = worn.errors
        gain = session.fault_settings.noise_gain
        self.acc_noise_m_s2 = gain * noise.acc_ug * 1e-6 * STANDARD_GRAVITY_M_S2
        self.gyro_noise_dps = gain * noise.gyro_mdps * 1e-3
        self._streams: dict[tuple[float, float, float | None, bool], SampleStream] = {}
        self.fusion: FusionErrors = draw_fusion_errors(identity, session.seed)

    def measured(self, t: Array, acc: Array, gyr: Array) -> Array:
        """What the chip makes of the truth, without noise.

        Bias, scale and their change with temperature are those of the session's sensor in this place.

        Args:
            t: Session times, s, (n,).
            acc: Specific force, m/s^2, (n, 3).
            gyr: Angular velocity, deg/s, (n, 3).

        Returns:
            Specific force and angular velocity side by side, (n, 6).
        """
        e = self.errors
        warmth = e.warmth(t)[:, None]
        gyr_scale, acc_scale = e.scale_thermal
        force = acc @ e.acc_matrix.T * (1.0 + warmth * acc_scale)
        force += e.acc_bias_m_s2 + warmth * e.acc_thermal_m_s2
        rate = gyr @ e.gyro_matrix.T * (1.0 + warmth * gyr_scale)
        rate += e.gyro_bias_dps + e.gyro_drift_dps(t)
        rate += acc / STANDARD_GRAVITY_M_S2 @ e.g_sensitivity_dps_g.T
        return np.hstack([force, rate])

    def stream(
        self,
        rate_hz: float,
        *,
        phase_s: float = 0.0,
        cutoff_hz: float | None = None,
        averaged: bool = False,
    ) -> SampleStream:
        """Samples on one grid, from the beginning of the script; streams of the same grid share their work.

        Args:
            rate_hz: True rate in true time, 1/s.
            phase_s: Session time of sample 0, s.
            cutoff_hz: Second-order Butterworth low-pass of the chip; None for none.
            averaged: Each sample is the mean over the period that ends with it.
        """
        key = (rate_hz, phase_s, cutoff_hz, averaged)
        found = self._streams.pop(key, None) or SampleStream(self, *key)
        self._streams[key] = found  # the one asked for last stands last
        while len(self._streams) > _STREAMS_KEPT:
            del self._streams[next(iter(self._streams))]
        return found


class SampleStream:
    """Samples on one grid, cheapest in rising order; made by :meth:`WornImu.stream`."""

    def __init__(
        self,
        imu: WornImu,
        rate_hz: float,
        phase_s: float,
        cutoff_hz: float | None,
        averaged: bool,
    ) -> None:
        self.rate_hz = rate_hz
        self.phase_s = phase_s
        self._imu = imu
        self._body = imu.session.body()
        faults = imu.session.fault_settings
        self._tissue = SoftTissue(imu.session.seed, imu.placement, faults)
        self._ringing = StrapRinging(imu.session.seed, imu.placement, faults)
        self._every = max(1, round(DENSE_HZ / rate_hz))
        self._length = max(1, round(BLOCK_S * rate_hz))
        dense_hz = rate_hz * self._every
        self._lead = max(self._every, round(LEAD_S * dense_hz))
        self._averaged = averaged
        self._sos: Array | None = None
        if cutoff_hz is not None and cutoff_hz < 0.45 * dense_hz:
            from scipy import signal  # takes a second; sensors of the open profile do without

            self._sos = np.asarray(signal.butter(2, cutoff_hz, fs=dense_hz, output="sos"))
        self._held: dict[int, Samples] = {}
        self._newest = -1

    def time_s(self, number: int) -> float:
        """Session time of a sample."""
        return self.phase_s + number / self.rate_hz

    def first_after(self, session_s: float) -> int:
        """Number of the first sample at or after a session time, never negative."""
        return max(0, int(np.ceil((session_s - self.phase_s) * self.rate_hz - 1e-9)))

    def take(self, first: int, n: int) -> Samples:
        """Samples [first, first + n)."""
        parts = []
        end = first + n
        while first < end:
            held = self._block(first // self._length)
            stop = min(end, held.first + len(held))
            parts.append(held.part(first, stop))
            first = stop
        if len(parts) == 1:
            return parts[0]
        return Samples(
            parts[0].first,
            np.concatenate([p.acc_m_s2 for p in parts]),
            np.concatenate([p.gyr_dps for p in parts]),
            np.concatenate([p.attitude for p in parts]),
        )

    def _block(self, number: int) -> Samples:
        held = self._held.get(number)
        if held is None:
            if number < self._newest:  # the body only goes forward
                self._body = self._imu.session.body()
                self._held.clear()
            self._newest = number
            held = self._held[number] = self._make(number)
            while len(self._held) > _BLOCKS_KEPT:
                del self._held[next(iter(self._held))]
        return held

    def _make(self, number: int) -> Samples:
        imu, first, every = self._imu, number * self._length, self._every
        dense_hz = self.rate_hz * every
        wanted = (self._length - 1) * every + 1
        t = self.phase_s + first / self.rate_hz + np.arange(-self._lead, wanted) / dense_hz
        motion = self._segment(t)
        motion = replace(motion, chain=[*motion.chain, *self._tissue.links(self._body, motion, t)])
        omega, force = motion.sensor_signals(imu.mounting.lever_m)
        rotation = imu.mounting.rotation
        specific = np.stack(force, axis=1)
        if self._ringing.active:
            specific += self._ringing.acceleration(self._body, t)
        gyr = np.degrees(np.stack(omega, axis=1)) @ rotation
        both = imu.measured(t, specific @ rotation, gyr)
        both += self._noise(number, len(t))
        both = self._thinned(both)
        taken = t[self._lead :: every]
        chain = [
            (axis, replace(j, v=j.v[self._lead :], d=j.d[self._lead :], dd=j.dd[self._lead :]))
            for axis, j in motion.chain
        ]
        attitude = sensor_to_earth(chain, every, rotation, imu.fusion, taken)
        if t[0] > 20.0:
            self._body.steps.forget_before(float(t[0]) - 5.0)
        return Samples(first, both[:, :3], both[:, 3:], attitude)

    def _thinned(self, dense: Array) -> Array:
        if self._averaged:
            total = np.cumsum(dense, axis=0)
            ends = total[self._lead :: self._every]
            before = total[self._lead - self._every :: self._every][: len(ends)]
            return np.asarray((ends - before) / self._every)
        if self._sos is not None:
            from scipy import signal

            settled = signal.sosfilt_zi(self._sos)[:, :, None] * dense[0]
            dense, _ = signal.sosfilt(self._sos, dense, axis=0, zi=settled)
        return np.asarray(dense[self._lead :: self._every])

    def _noise(self, number: int, n: int) -> Array:
        """Dense white noise; the lead repeats what the block before had at its end."""
        here, before = self._white(number), self._white(number - 1)
        white = np.concatenate([before, here])[-n:]
        half = np.sqrt(self.rate_hz * self._every / 2.0)
        acc, gyr = self._imu.acc_noise_m_s2 * half, self._imu.gyro_noise_dps * half
        return np.asarray(white * np.array([acc, acc, acc, gyr, gyr, gyr]))

    def _white(self, number: int) -> Array:
        rng = self._imu.identity.random(self._imu.session.seed, Purpose.NOISE, number + 1)
        n = max(self._length * self._every, self._lead)
        return rng.standard_normal((n, 6))

    def _segment(self, t: Array) -> SegmentMotion:
        if self._imu.placement == "pelvis":
            return self._body.pelvis(t)
        return self._body.shank(t, 0 if self._imu.placement == "shank_right" else 1)
