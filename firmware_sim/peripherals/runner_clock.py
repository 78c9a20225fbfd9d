"""The clock of the virtual runner, shared by the sensors worn."""

from __future__ import annotations

import asyncio


class RunnerClock:
    """Session time in real time.

    The runner stands still until the first sensor is started: that moment is session time 0. Sensors
    started later join the same clock. When all have been stopped, the next START begins the script anew.

    Args:
        speed: Seconds of session per second of wall clock; more than one only for tests and demos that
            cannot wait.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed
        self._zero: float | None = None
        self._first_zero = 0.0
        self._running: set[str] = set()

    @staticmethod
    def _wall() -> float:
        return asyncio.get_running_loop().time()

    @property
    def started(self) -> bool:
        """Whether the script has ever begun."""
        return self._zero is not None

    def now_s(self) -> float:
        """Session time; 0 before the first START."""
        return 0.0 if self._zero is None else (self._wall() - self._zero) * self._speed

    def shift_s(self) -> float:
        """Session seconds between the first beginning of the script and the present one."""
        return 0.0 if self._zero is None else (self._zero - self._first_zero) * self._speed

    def join(self, sensor_id: str) -> float:
        """Note a START and return its session time."""
        joined = self.now_s() if self._running else self._begin()
        self._running.add(sensor_id)
        return joined

    def _begin(self) -> float:
        now = self._wall()
        if self._zero is None:
            self._first_zero = now
        self._zero = now
        return 0.0

    def leave(self, sensor_id: str) -> None:
        """Note a STOP."""
        self._running.discard(sensor_id)

    async def wait_until(self, t_s: float) -> None:
        """Sleep until a session time; returns after one turn of the event loop if it has passed."""
        await asyncio.sleep(max(0.0, (t_s - self.now_s()) / self._speed))
