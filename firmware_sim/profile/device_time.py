"""The clock of a device: microseconds since boot, on a crystal that is a little off."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from firmware_sim.device import AirClock
    from firmware_sim.imu.errors import SensorErrors

BOOT_US = 250_000
"""Device time when the firmware is up again after a restart."""


class DeviceTime:
    """Device time of one device.

    It stands still until the runner's script begins for the first time: before that session time has no
    meaning. From then on it runs through all scripts.

    Args:
        errors: Drift of the crystal.
        clock: The host's clock.
    """

    def __init__(self, errors: SensorErrors, clock: AirClock) -> None:
        self._errors = errors
        self._clock = clock
        self._first_zero_s: float | None = None
        self._shift_s = 0.0
        self._base_us = 0

    def joined(self) -> None:
        """A stream began; the script may be a new one."""
        zero_s = self._clock.air_s(0.0)
        if self._first_zero_s is None:
            self._first_zero_s = zero_s
        self._shift_s = zero_s - self._first_zero_s  # exactly 0 in the first script

    @property
    def running(self) -> bool:
        """Whether the script has ever begun for this device."""
        return self._first_zero_s is not None

    def worn_s(self, session_s: float) -> float:
        """Session time counted on through all scripts."""
        return session_s + self._shift_s

    def at_us(self, session_s: float) -> int:
        """Device time at a session time of the present script."""
        return self._errors.device_time_us(self.worn_s(session_s)) - self._base_us

    def now_us(self) -> int:
        """Device time now."""
        return self.at_us(self._now_s())

    def restart(self) -> None:
        """Begin to count anew."""
        self._base_us = self._errors.device_time_us(self.worn_s(self._now_s())) - BOOT_US

    def _now_s(self) -> float:
        return self._clock.session_s(self._clock.now_s()) if self.running else 0.0
