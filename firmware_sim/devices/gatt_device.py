"""What all simulated devices share: attribute table, subscriptions, agenda, own clock, battery."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from firmware_sim.device import Outgoing
from firmware_sim.devices.agenda import Agenda
from firmware_sim.devices.standard_services import BATTERY_LEVEL
from firmware_sim.errors import FirmwareError

if TYPE_CHECKING:
    from firmware_sim.device import Advertisement, AirClock, ServiceSpec
    from firmware_sim.devices.identity import DeviceIdentity

ATT_READ_NOT_PERMITTED = 0x02
ATT_WRITE_NOT_PERMITTED = 0x03
ATT_NOT_FOUND = 0x0A
ATT_INVALID_LENGTH = 0x0D
ATT_CCCD_IMPROPER = 0xFD

STAY_S = 30.0
"""A device whose host is gone keeps its place in the runner's script this long, s of air time."""


class GattDevice:
    """Base of the simulated devices; see ``firmware_sim.device.SimDevice`` for the public methods.

    Kinds fill the tables of what reads, writes and subscriptions do, and extend the ``_on_...`` methods. All
    of them run after everything planned before the present moment has been done, so that no request sees
    the past.

    Args:
        identity: Who it is.
        clock: Time of its air.
        sensor_id: Its own serial.
        address: Random static address.
        mtu: Largest ATT MTU of its stack (the session's ``mtu`` fault may lower it).
        services: Attribute table.
        advertisement: What it advertises, always the same.
        constants: Values of characteristics that never change.

    Attributes:
        readers: Answers to reads, by characteristic.
        writers: What takes a write, by characteristic.
        subscribers: What happens when notifications are switched, by characteristic.
        agenda: What it will do when.
        listening: Characteristics whose notifications are switched on.
        host_mtu: ATT MTU agreed with the host, None without one.
        on_link: Called when a host has connected.
        samples_missed: Samples that did not reach a host.
    """

    def __init__(
        self,
        identity: DeviceIdentity,
        clock: AirClock,
        *,
        sensor_id: str,
        address: str,
        mtu: int,
        services: tuple[ServiceSpec, ...],
        advertisement: Advertisement,
        constants: dict[str, bytes],
    ) -> None:
        self.identity = identity
        self.clock = clock
        self.agenda = Agenda()
        self.listening: set[str] = set()
        self.host_mtu: int | None = None
        self._sensor_id = sensor_id
        self._address = address
        self._mtu = min(mtu, identity.mtu)
        self._services = services
        self._advertisement = advertisement
        self.readers: dict[str, Callable[[], bytes]] = {
            uuid: lambda value=value: value  # type: ignore[misc]
            for uuid, value in constants.items()
        }
        self.readers[BATTERY_LEVEL] = lambda: bytes([self.battery_percent()])
        self.writers: dict[str, Callable[[bytes], None]] = {}
        self.subscribers: dict[str, Callable[[bool], None]] = {BATTERY_LEVEL: self._tell_battery}
        self._properties = {c.uuid: c.properties for s in services for c in s.characteristics}
        self._kept: list[Outgoing] = []
        self._on_air = True
        self._boots = 1
        self._boot_air_s = -identity.uptime_s
        self._zero_air_s: float | None = None
        self._leaving: int | None = None
        self._battery_plan: int | None = None
        self.samples_missed = 0
        self.on_link: Callable[[], None] | None = None

    # --- SimDevice ---

    @property
    def sensor_id(self) -> str:
        """The device's own serial."""
        return self._sensor_id

    @property
    def placement(self) -> str:
        """Body segment, or ``""``."""
        return self.identity.placement or ""

    @property
    def address(self) -> str:
        """Random static Bluetooth address."""
        return self._address

    @property
    def mtu(self) -> int:
        """Largest ATT MTU that its stack agrees to."""
        return self._mtu

    @property
    def on_air(self) -> bool:
        """False once it has switched itself off."""
        return self._on_air

    @property
    def boots(self) -> int:
        """How often it has come up."""
        return self._boots

    def advertisement(self) -> Advertisement:
        """What it advertises now."""
        return self._advertisement

    def services(self) -> tuple[ServiceSpec, ...]:
        """Its attribute table."""
        return self._services

    def read(self, characteristic: str) -> bytes:
        """Answer a read.

        Raises:
            FirmwareError: No such characteristic, or not to be read.
        """
        if "read" not in self._lookup(characteristic):
            raise FirmwareError(ATT_READ_NOT_PERMITTED, f"{characteristic} cannot be read.")
        self._catch_up()
        return self.readers[characteristic]()

    def write(self, characteristic: str, value: bytes) -> None:
        """Take a write.

        Raises:
            FirmwareError: No such characteristic, not to be written, or a value that the device refuses.
        """
        if not self._lookup(characteristic) & {"write", "write-without-response"}:
            raise FirmwareError(ATT_WRITE_NOT_PERMITTED, f"{characteristic} cannot be written.")
        self._catch_up()
        self.writers[characteristic](bytes(value))

    def subscribed(self, characteristic: str, on: bool) -> None:
        """Notifications or indications of a characteristic were switched on or off."""
        if not self._properties.get(characteristic, frozenset()) & {"notify", "indicate"}:
            return
        if on == (characteristic in self.listening):
            return
        self._catch_up()
        (self.listening.add if on else self.listening.discard)(characteristic)
        self._tell_subscriber(characteristic, on)

    def connected(self, mtu: int) -> None:
        """A host connected, or agreed on another MTU."""
        self._catch_up()
        first, self.host_mtu = self.host_mtu is None, mtu
        if first and self.on_link is not None:
            self.on_link()

    def disconnected(self) -> None:
        """The host is gone; subscriptions go with it."""
        self._catch_up()
        self.host_mtu = None
        for characteristic in sorted(self.listening):
            self.listening.discard(characteristic)
            self._tell_subscriber(characteristic, False)
        self._on_disconnected()

    def next_due_s(self) -> float | None:
        """Air time of the next thing to do."""
        return self._kept[0].ready_s if self._kept else self.agenda.next_s()

    def due(self, until_s: float) -> list[Outgoing]:
        """Take what is complete up to an air time."""
        kept, self._kept = self._kept, []
        return kept + self.agenda.run(until_s)

    def undelivered(self, outgoing: Outgoing) -> None:
        """Count what its host missed; none of these devices can send it again."""
        self.samples_missed += outgoing.samples

    def reboot(self) -> None:
        """Lose power and come back; the link, every plan and the own clock are gone."""
        now = self.clock.now_s()
        self.agenda.clear()
        self._kept.clear()
        self.listening.clear()
        self.host_mtu = None
        self._leaving = None
        self.leave_script()
        self._boot_air_s = now
        self._boots += 1
        self._on_reboot()

    # --- for the kinds ---

    def uptime_s(self, air_s: float) -> float:
        """Seconds since power-up on the device's own crystal."""
        return (air_s - self._boot_air_s) * (1.0 + self.identity.clock_ppm * 1e-6)

    def battery_percent(self, air_s: float | None = None) -> int:
        """Battery level (now): falls evenly, never below one percent."""
        at_s = self.clock.now_s() if air_s is None else air_s
        used = int(max(at_s, 0.0) // self.identity.battery_s_per_percent)
        return max(1, self.identity.battery_start_percent - used)

    def switch_off(self) -> None:
        """Power down for good."""
        self.agenda.clear()
        self.listening.clear()
        self.leave_script()
        self._on_air = False

    @property
    def payload_limit(self) -> int:
        """Bytes that fit one notification now."""
        return (self.host_mtu or 23) - 3

    def join_script(self) -> float:
        """Begin to stream, or go on; returns the session time."""
        self.agenda.cancel(self._leaving)
        self._leaving = None
        now = self.clock.now_s()
        if self._zero_air_s is None:
            self._zero_air_s = now - self.clock.join(self.sensor_id)
        return now - self._zero_air_s

    def air_of(self, session_s: float) -> float:
        """Air time of a session time of the script joined."""
        if self._zero_air_s is None:
            return self.clock.air_s(session_s)
        return self._zero_air_s + session_s

    def leave_script(self) -> None:
        """Stop for good."""
        if self._zero_air_s is not None:
            self._zero_air_s = None
            self.clock.leave(self.sensor_id)

    def leave_script_later(self) -> None:
        """The host is gone: leave the script unless a host comes back soon."""
        if self._zero_air_s is None or self._leaving is not None:
            return

        def leave(_: float) -> Iterable[Outgoing]:
            self._leaving = None
            self.leave_script()
            return ()

        self._leaving = self.agenda.at(self.clock.now_s() + STAY_S, leave)

    def send(self, characteristic: str, payload: bytes, after_s: float = 0.0) -> None:
        """Send something other than samples, a moment from now."""
        at_s = self.clock.now_s() + after_s
        outgoing = Outgoing(at_s, characteristic, payload)
        self.agenda.at(at_s, lambda _: (outgoing,))

    # --- extended by the kinds ---

    def _on_disconnected(self) -> None:
        self.leave_script_later()

    def _on_reboot(self) -> None:
        self._battery_plan = None

    # --- own ---

    def _lookup(self, characteristic: str) -> frozenset[str]:
        found = self._properties.get(characteristic)
        if found is None:
            raise FirmwareError(ATT_NOT_FOUND, f"There is no characteristic {characteristic}.")
        return found

    def _catch_up(self) -> None:
        self._kept += self.agenda.run(self.clock.now_s())

    def _tell_subscriber(self, characteristic: str, on: bool) -> None:
        if characteristic in self.subscribers:
            self.subscribers[characteristic](on)

    def _tell_battery(self, on: bool) -> None:
        """Notify the level now and at each change while somebody listens."""

        def notify(air_s: float) -> Iterable[Outgoing]:
            step_s = self.identity.battery_s_per_percent
            next_s = (max(air_s, 0.0) // step_s + 1.0) * step_s
            self._battery_plan = self.agenda.at(next_s, notify)
            return (Outgoing(air_s, BATTERY_LEVEL, bytes([self.battery_percent(air_s)])),)

        self.agenda.cancel(self._battery_plan)
        if on:
            self._battery_plan = self.agenda.at(self.clock.now_s(), notify)
