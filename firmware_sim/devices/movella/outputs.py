"""The stream of a measuring DOT: one reading per output period on its own clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from firmware_sim.body.gravity import GRAVITY_M_S2
from firmware_sim.devices.attitude import (
    euler_deg,
    free_acceleration,
    magnetic_field_ut,
    quaternions,
    turned,
)
from firmware_sim.devices.movella.payloads import Reading, encode_payload

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from firmware_sim.body.jet import Array
    from firmware_sim.devices.worn_imu import Samples, SampleStream

ACC_RANGE_M_S2 = 16.0 * 9.80665
GYRO_RANGE_DPS = 2000.0
_MAG_NEW = 1 << 9
_CHUNK = 30


def period_us(rate_hz: int) -> int:
    """Output period in whole microseconds: 16 667 at 60 Hz."""
    return round(1e6 / rate_hz)


class Outputs:
    """Readings in order.

    Args:
        source: Samples averaged over the output period.
        first: Number of the first sample.
        mode: Payload mode.
        first_us: Device time of the first sample.
        step_us: Output period.
        heading_rad: Heading of the sensor's earth against true earth, for the magnetic field.
    """

    def __init__(
        self,
        source: SampleStream,
        first: int,
        mode: int,
        first_us: int,
        step_us: int,
        heading_rad: float,
    ) -> None:
        self.source = source
        self.mode = mode
        self.next = first
        self._first = first
        self._first_us = first_us
        self._step_us = step_us
        self._heading_rad = heading_rad
        self._held: list[Reading] = []
        self._held_from = first
        self.reset_rad = 0.0

    def skip_to(self, number: int) -> None:
        """Leave out samples that nobody can get."""
        self.next = max(self.next, number)

    def time_us(self, number: int) -> int:
        """Device time of a sample."""
        return self._first_us + (number - self._first) * self._step_us

    def payload(self) -> bytes:
        """The next notification."""
        k = self.next
        if not self._held_from <= k < self._held_from + len(self._held):
            self._held = self._readings(k)
            self._held_from = k
        self.next += 1
        return encode_payload(self.mode, self.time_us(k), self._held[k - self._held_from])

    def reset_heading(self) -> None:
        """Call the present heading zero."""
        now = self.source.take(max(self._first, self.next - 1), 1)
        self.reset_rad = -float(np.radians(euler_deg(now.attitude)[0, 2]))
        self._held = []

    def revert_heading(self) -> None:
        """Return to the heading before any reset."""
        self.reset_rad = 0.0
        self._held = []

    def _readings(self, first: int) -> list[Reading]:
        before = max(0, first - 1)
        s = self.source.take(before, _CHUNK + first - before)
        attitude = turned(s.attitude, self.reset_rad)
        step_s = self._step_us * 1e-6
        clipped, status, clips = _clipped(s)
        acc, gyr = clipped[:, :3], clipped[:, 3:]
        q = quaternions(attitude)
        dq = quaternions(_relative(attitude))
        euler = euler_deg(attitude)
        free = free_acceleration(attitude, acc, GRAVITY_M_S2)
        field = magnetic_field_ut(attitude, self._heading_rad + self.reset_rad)
        return [
            Reading(
                quaternion=q[i].tolist(),
                euler_deg=euler[i].tolist(),
                free_acc_m_s2=free[i].tolist(),
                acc_m_s2=acc[i].tolist(),
                gyr_dps=gyr[i].tolist(),
                mag_ut=field[i].tolist(),
                dq=dq[i].tolist(),
                dv_m_s=(acc[i] * step_s).tolist(),
                status=int(status[i]),
                clips=clips[i],
            )
            for i in range(first - before, len(s))
        ]


def _relative(attitude: Array) -> Array:
    """Rotation from each attitude to the one before, (n, 3, 3); none for the first."""
    before = np.concatenate([attitude[:1], attitude[:-1]])
    return np.asarray(np.swapaxes(before, 1, 2) @ attitude)


def _clipped(s: Samples) -> tuple[Array, NDArray[np.int64], list[tuple[int, int]]]:
    """Values within range, status words, and clip counts."""
    both = np.hstack([s.acc_m_s2, s.gyr_dps])
    limit = np.repeat([ACC_RANGE_M_S2, GYRO_RANGE_DPS], 3)
    over = np.abs(both) >= limit
    bits = over @ (1 << np.arange(6)) | _MAG_NEW
    counts = [(int(row[:3].any()), int(row[3:].any())) for row in over]
    return np.clip(both, -limit, limit), np.asarray(bits, dtype=np.int64), counts
