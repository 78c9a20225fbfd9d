"""A device that tells of the runner once a second: a chest strap, a running pod."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from firmware_sim.device import Advertisement, Outgoing, ServiceSpec
from firmware_sim.devices.gatt_device import GattDevice
from firmware_sim.devices.identity import static_address
from firmware_sim.devices.standard_services import BATTERY, INFORMATION, information_values

if TYPE_CHECKING:
    from firmware_sim.device import AirClock
    from firmware_sim.devices.identity import DeviceIdentity

SECONDS = 1.0
"""Between two tellings."""
ALONE = "alone"


class SecondlyDevice(GattDevice):
    """Tells of the runner from the moment somebody listens.

    It never starts the script by itself, unless it is ``alone``.

    Args:
        identity: Who it is.
        clock: Time of its air.
        service: Its service; what is notified comes first.
        advertised: First part of the advertised name.
        model: Model number in the device information.
        constants: Values of characteristics that are read and never change.
        options: Of the variant.
    """

    def __init__(
        self,
        identity: DeviceIdentity,
        clock: AirClock,
        *,
        service: ServiceSpec,
        advertised: str,
        model: str,
        constants: Mapping[str, bytes],
        options: frozenset[str],
    ) -> None:
        serial = f"{int.from_bytes(identity.unit[:4], 'big') % 10**8:08d}"
        super().__init__(
            identity,
            clock,
            sensor_id=serial,
            address=static_address(*identity.unit),
            mtu=158,
            services=(service, BATTERY, INFORMATION),
            advertisement=Advertisement(f"{advertised}-{serial[-4:]}", (service.uuid,)),
            constants={**constants, **information_values("Levelstride", model, serial, "1.0")},
        )
        self._options = options
        self._notified = service.characteristics[0].uuid
        self._plan: int | None = None
        self.subscribers[self._notified] = self._listened

    @abstractmethod
    def _payload(self, air_s: float) -> bytes:
        """What is told at a moment of the air."""

    def _begin(self, air_s: float) -> None:
        """Somebody listens from now on."""

    def _listened(self, on: bool) -> None:
        self.agenda.cancel(self._plan)
        self._plan = None
        if on:
            if ALONE in self._options:
                self.join_script()
            now = self.clock.now_s()
            self._begin(now)
            self._plan = self.agenda.at(now + SECONDS, self._notify)
        elif self.host_mtu is not None:
            self.leave_script()

    def _notify(self, air_s: float) -> Iterable[Outgoing]:
        self._plan = self.agenda.at(air_s + SECONDS, self._notify)
        return (Outgoing(air_s, self._notified, self._payload(air_s)),)

    def _on_reboot(self) -> None:
        super()._on_reboot()
        self._plan = None
