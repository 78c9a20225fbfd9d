"""The clock of the virtual runner, shared by the devices worn."""

from __future__ import annotations

import asyncio


class RunnerClock:
    """Air and session time in real time; see ``firmware_sim.device.AirClock``.

    The runner stands still until the first sensor is started: that moment is session time 0. Sensors
    started later join the same clock. When all have been stopped, the next START begins the script anew.

    Needs a running event loop; air time 0 is the moment of making.

    Args:
        speed: Seconds of session per second of wall clock; more than one only for tests and demos that
            cannot wait.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed
        self._wall_zero = self._wall()
        self._zero: float | None = None
        self._running: set[str] = set()
        self._joins: dict[str, int] = {}
        self.joined_s: dict[str, float] = {}

    @staticmethod
    def _wall() -> float:
        return asyncio.get_running_loop().time()

    def now_s(self) -> float:
        """Air time."""
        return (self._wall() - self._wall_zero) * self._speed

    def session_s(self, air_s: float) -> float:
        """Session time at an air time; 0 before the script has begun."""
        return 0.0 if self._zero is None else max(0.0, air_s - self._zero)

    def air_s(self, session_s: float) -> float:
        """Air time at a session time of the present script."""
        return (self._zero or 0.0) + session_s

    def join(self, sensor_id: str) -> float:
        """Note a START and return its session time."""
        now = self.now_s()
        if not self._running:
            self._zero = now
        self._running.add(sensor_id)
        self._joins[sensor_id] = self._joins.get(sensor_id, 0) + 1
        self.joined_s[sensor_id] = self.session_s(now)
        return self.joined_s[sensor_id]

    def joins(self, sensor_id: str) -> int:
        """How often a sensor has been started."""
        return self._joins.get(sensor_id, 0)

    def leave(self, sensor_id: str) -> None:
        """Note a STOP."""
        self._running.discard(sensor_id)

    def wall_s(self, air_s: float) -> float:
        """Seconds of wall clock from now to an air time; negative when it has passed."""
        return (air_s - self.now_s()) / self._speed
