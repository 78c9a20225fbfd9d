"""All devices of a session as peripherals on one virtual link."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from firmware_sim.air import OTHER_DEVICES, open_device
from firmware_sim.errors import SimulationError
from firmware_sim.peripherals.adapter import HciAdapter, LinkAdapter
from firmware_sim.peripherals.peripheral import Peripheral
from firmware_sim.peripherals.runner_clock import RunnerClock
from firmware_sim.radio.device_link import DeviceLink

if TYPE_CHECKING:
    from bumble.link import LocalLink
    from bumble.transport.common import Transport

    from firmware_sim.device import DeviceMaker, SimDevice
    from firmware_sim.peripherals.adapter import Adapter
    from firmware_sim.session import SimulatedSession


class VirtualSensors:
    """The devices of a session, in range of whoever shares the link.

    The runner stands until the first device gets START; that is session time 0 for all of them. The last
    activity of the script goes on until the devices are stopped, beyond ``session.seconds``.

    Args:
        air: Virtual air that the caller shares with the host's controller; or real adapters, open
            transports of bumble: each carries one device, in order, and the rest stay off.
        session: What is worn and done, and the impairments of the air.
        placements: Sensors of the session to switch on; all of them if None, none if empty.
        speed: Seconds of session per second of wall clock.
        devices: Makers of further devices of any kind, besides the session's own sensors.

    Raises:
        SimulationError: ``speed`` is not positive, or a placement is not one of the session's.
    """

    def __init__(
        self,
        air: LocalLink | Sequence[Transport],
        session: SimulatedSession,
        *,
        placements: tuple[str, ...] | None = None,
        speed: float = 1.0,
        devices: Sequence[DeviceMaker] | None = None,
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
        self._air = air
        self._session = session
        self._speed = speed
        self._makers: list[tuple[int, DeviceMaker]] = [
            (s.index, open_device(s))
            for s in session.sensors
            if placements is None or s.placement in placements
        ]
        self._makers += [(OTHER_DEVICES + i, make) for i, make in enumerate(devices or ())]
        self._clock: RunnerClock | None = None
        self._peripherals: list[Peripheral] = []

    async def start(self) -> None:
        """Switch the devices on; they advertise from now on. Needs a running event loop."""
        clock = self._clock = RunnerClock(self._speed)
        session = self._session
        self._peripherals = []
        makers = self._makers
        if isinstance(self._air, Sequence):
            makers = makers[: len(self._air)]
        for number, (index, make) in enumerate(makers):
            way = DeviceLink(make(clock), clock, session.seed, index, session.fault_settings)
            self._peripherals.append(Peripheral(self._adapter(number, way), way, clock))
        for peripheral in self._peripherals:
            await peripheral.start()

    def _adapter(self, number: int, way: DeviceLink) -> Adapter:
        if isinstance(self._air, Sequence):
            return HciAdapter(self._air[number])
        return LinkAdapter(self._air, way.device.advertisement().local_name)

    async def stop(self) -> None:
        """Switch the devices off: streams end, connections drop, nothing stays on the link."""
        for peripheral in self._peripherals:
            await peripheral.stop()
        self._peripherals = []

    @property
    def devices(self) -> tuple[SimDevice, ...]:
        """The devices that are switched on, in the order of placements and ``devices``."""
        return tuple(p.device for p in self._peripherals)

    @property
    def start_s(self) -> dict[str, float]:
        """Session time of the last START of each started device, by ``sensor_id``.

        With these, ``air_packets(session, start_s)`` gives the same payloads.
        """
        return {} if self._clock is None else dict(self._clock.joined_s)

    @property
    def packets_lost(self) -> dict[str, int]:
        """Sample packets since START that were lost or had no listener, by ``sensor_id``."""
        return {p.device.sensor_id: p.way.lost for p in self._peripherals}
