"""All sensors of a session as peripherals on one virtual link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware_sim.errors import SimulationError
from firmware_sim.peripherals.peripheral import Peripheral
from firmware_sim.peripherals.runner_clock import RunnerClock

if TYPE_CHECKING:
    from bumble.link import LocalLink

    from firmware_sim.session import SimulatedSession


class VirtualSensors:
    """The sensors of a session, in range of whoever shares the link.

    The runner stands until the first sensor gets START; that is session time 0 for all of them. The last
    activity of the script goes on until the sensors are stopped, beyond ``session.seconds``.

    Args:
        link: Virtual air that the caller shares with the host's controller.
        session: What is worn and done.
        placements: Sensors to switch on; all of them if None.
        speed: Seconds of session per second of wall clock.

    Raises:
        SimulationError: ``speed`` is not positive, or a placement is not one of the session's.
    """

    def __init__(
        self,
        link: LocalLink,
        session: SimulatedSession,
        *,
        placements: tuple[str, ...] | None = None,
        speed: float = 1.0,
    ) -> None:
        if not speed > 0.0:
            raise SimulationError(
                "speed", speed, f"A clock speed of {speed} is not positive; use 1.0."
            )
        known = {s.placement for s in session.sensors}
        unknown = set(placements or ()) - known
        if unknown:
            raise SimulationError(
                "placements",
                placements,
                f"No sensor is worn at {', '.join(sorted(unknown))}; use {', '.join(sorted(known))}.",
            )
        self._link = link
        self._session = session
        self._speed = speed
        self._worn = [s for s in session.sensors if placements is None or s.placement in placements]
        self._peripherals: list[Peripheral] = []

    async def start(self) -> None:
        """Switch the sensors on; they advertise from now on. Needs a running event loop."""
        clock = RunnerClock(self._speed)
        self._peripherals = [
            Peripheral(self._link, self._session, sensor, clock) for sensor in self._worn
        ]
        for peripheral in self._peripherals:
            await peripheral.start()

    async def stop(self) -> None:
        """Switch the sensors off: streams end, connections drop, nothing stays on the link."""
        for peripheral in self._peripherals:
            await peripheral.stop()
        self._peripherals = []

    @property
    def start_s(self) -> dict[str, float]:
        """Session time of the last START of each started sensor, by ``sensor_id``.

        With these, ``air_packets(session, start_s)`` gives the same payloads.
        """
        return {p.sensor.sensor_id: p.start_s for p in self._peripherals if p.start_s is not None}

    @property
    def packets_lost(self) -> dict[str, int]:
        """Packets since START that were lost or had no listener, by ``sensor_id``."""
        return {p.sensor.sensor_id: p.firmware.packets_lost for p in self._peripherals}
