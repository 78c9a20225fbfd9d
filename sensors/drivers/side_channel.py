"""Devices that give no samples but are worth recording beside them: heart rate, running speed."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, TypeAlias

from sensors.drivers.base import (
    BATTERY_LEVEL,
    Receive,
    SensorIdentity,
)
from sensors.drivers.heart_rate_bytes import HeartRate
from sensors.drivers.plain_device import PlainDevice
from sensors.drivers.running_speed_bytes import RunningSpeed
from sensors.drivers.sig_services import (
    address_id,
    forward,
    read_firmware,
    read_serial,
)
from sensors.errors import ProtocolError
from sensors.placement import Placement
from sensors.session_info import SensorInfo

if TYPE_CHECKING:
    from bleak import BleakClient
    from bleak.backends.scanner import AdvertisementData

Reading: TypeAlias = HeartRate | RunningSpeed
"""What a side channel measures."""


class SideChannel(PlainDevice):
    """A device with one measurement of the Bluetooth SIG.

    Args:
        kind: key in recordings.
        service: UUID of its service.
        measurement: UUID of the characteristic that notifies.
        parse: reads a notification, or raises ``ProtocolError``.
        not_named: beginnings of names of sensors that have the service but another driver.
    """

    def __init__(
        self,
        kind: str,
        service: str,
        measurement: str,
        parse: Callable[[bytes], Reading],
        not_named: Collection[str] = (),
    ) -> None:
        self.kind = kind
        self.service = service
        self.measurement = measurement
        self._parse = parse
        self._not_named = tuple(not_named)

    def matches(self, name: str | None, advertisement: AdvertisementData) -> bool:
        """Whether the service is advertised, by no sensor of ours."""
        if name is not None and name.startswith(self._not_named):
            return False
        return self.service in advertisement.service_uuids

    def reading(self, characteristic: str, payload: bytes) -> Reading | None:
        """What a notification says; None when it is none, or damaged."""
        if characteristic != self.measurement:
            return None
        try:
            return self._parse(payload)
        except ProtocolError:
            return None

    async def read_identity(self, client: BleakClient) -> SensorIdentity:
        """Read the serial number; where there is none, the id is made of the address."""
        serial = await read_serial(client)
        sensor_id = serial or address_id(self.kind.replace("_", "-"), client.address)
        return SensorIdentity(sensor_id, serial, await read_firmware(client))

    async def inspect(
        self,
        client: BleakClient,  # noqa: ARG002
        identity: SensorIdentity,
        *,
        name: str,
    ) -> SensorInfo:
        """Say who it is; there is nothing to set up."""
        return self.describe(
            b"",
            b"",
            sensor_id=identity.sensor_id,
            name=name,
            serial=identity.serial,
            firmware=identity.firmware,
        )

    async def configure(
        self,
        client: BleakClient,
        identity: SensorIdentity,
        *,
        name: str,
        rate_hz: float,  # noqa: ARG002
    ) -> SensorInfo:
        """The same as :meth:`inspect`."""
        return await self.inspect(client, identity, name=name)

    def describe(
        self,
        info_bytes: bytes,
        config_bytes: bytes,
        *,
        sensor_id: str,
        name: str = "",
        serial: str = "",
        firmware: str = "",
        placement: Placement | None = None,
    ) -> SensorInfo:
        """Describe a device; the bytes are empty."""
        return SensorInfo(
            sensor_id=sensor_id,
            kind=self.kind,
            name=name,
            serial=serial,
            firmware=firmware,
            placement=placement,
            info=info_bytes,
            config=config_bytes,
        )

    async def subscribe(self, client: BleakClient, receive: Receive) -> None:
        """Subscribe to the battery level."""
        await forward(client, BATTERY_LEVEL, receive)

    async def start(self, client: BleakClient, info: SensorInfo, receive: Receive) -> None:  # noqa: ARG002
        """Subscribe to the measurement; it comes about once a second."""
        await forward(client, self.measurement, receive)

    async def stop(self, client: BleakClient) -> None:
        """End the subscription."""
        await client.stop_notify(self.measurement)

    def carries_data(self, characteristic: str) -> bool:
        """Whether it is the measurement."""
        return characteristic == self.measurement
