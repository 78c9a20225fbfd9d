"""A client that talks to a simulated device without any radio, with the names of a ``BleakClient``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from bleak import BleakClient
from bleak.exc import BleakGATTProtocolError

from firmware_sim import FirmwareError
from firmware_sim.device import CharacteristicSpec
from firmware_sim.radio.device_link import DeviceLink

HOST_MTU = 247

Callback = Callable[["DirectCharacteristic", bytearray], object]


@dataclass(frozen=True, slots=True)
class DirectCharacteristic:
    """A characteristic as drivers see it."""

    uuid: str
    properties: list[str]


class DirectServices:
    """The attribute table as drivers see it."""

    def __init__(self, table: dict[str, DirectCharacteristic]) -> None:
        self._table = table

    def get_characteristic(self, specifier: str) -> DirectCharacteristic | None:
        """The characteristic of a UUID, None when there is none."""
        return self._table.get(specifier.lower())


class DirectClient:
    """Reads, writes and listens by calling the device; its notifications pass its impairments.

    Args:
        link: the device behind its impairments.
    """

    def __init__(self, link: DeviceLink) -> None:
        self._link = link
        self._device = link.device
        self._callbacks: dict[str, Callback] = {}
        self._news = asyncio.Event()
        self.is_connected = False
        self.on_lost: Callable[[], None] = lambda: None
        self.on_back: Callable[[], None] = lambda: None
        specs = [spec for service in self._device.services() for spec in service.characteristics]
        self._table = {spec.uuid: _as_seen(spec) for spec in specs}
        self.services = DirectServices(self._table)

    @property
    def address(self) -> str:
        """Address of the device."""
        return self._device.address

    @property
    def name(self) -> str:
        """Advertised name."""
        return self._device.advertisement().local_name

    @property
    def mtu_size(self) -> int:
        """ATT MTU agreed."""
        return min(HOST_MTU, self._device.mtu)

    def as_bleak(self) -> BleakClient:
        """This client for those who ask for bleak's; it has what drivers use."""
        return cast("BleakClient", self)

    def connect(self) -> None:
        """Connect; nothing is subscribed yet."""
        self._callbacks.clear()
        self.is_connected = True
        self._link.connected(self.mtu_size)
        self._news.set()

    async def read_gatt_char(self, specifier: str | DirectCharacteristic) -> bytearray:
        """Read a value."""
        try:
            return bytearray(self._device.read(_uuid(specifier)))
        except FirmwareError as error:
            raise BleakGATTProtocolError(error.att_code) from error
        finally:
            self._news.set()

    async def write_gatt_char(
        self, specifier: str | DirectCharacteristic, data: bytes, response: bool | None = None
    ) -> None:
        """Write a value."""
        del response
        try:
            self._device.write(_uuid(specifier), bytes(data))
        except FirmwareError as error:
            raise BleakGATTProtocolError(error.att_code) from error
        finally:
            self._news.set()

    async def start_notify(self, specifier: str | DirectCharacteristic, callback: Callback) -> None:
        """Listen to a characteristic."""
        self._callbacks[_uuid(specifier)] = callback
        self._device.subscribed(_uuid(specifier), True)
        self._news.set()

    async def stop_notify(self, specifier: str | DirectCharacteristic) -> None:
        """Listen no more."""
        self._callbacks.pop(_uuid(specifier), None)
        self._device.subscribed(_uuid(specifier), False)
        self._news.set()

    async def deliver(self, now_s: Callable[[], float]) -> None:
        """Hand on what the device sends, as it comes, for ever.

        Args:
            now_s: air time.
        """
        while True:
            self._news.clear()
            next_s = self._link.next_s()
            try:
                async with asyncio.timeout(None if next_s is None else max(0.0, next_s - now_s())):
                    await self._news.wait()
                continue  # asked for something new: look again
            except TimeoutError:
                if next_s is not None:
                    self._advance(next_s)

    def _advance(self, until_s: float) -> None:
        for step in self._link.advance(until_s):
            if step.outgoing is not None:
                uuid = step.outgoing.characteristic
                callback = self._callbacks.get(uuid)
                if callback is None or not self.is_connected:
                    self._link.undelivered(step.outgoing)
                else:
                    callback(self._table[uuid], bytearray(step.outgoing.payload))
            elif step.what == "back":
                self.on_back()
            else:
                self.is_connected = False
                self._link.disconnected()
                self.on_lost()


def _as_seen(spec: CharacteristicSpec) -> DirectCharacteristic:
    return DirectCharacteristic(spec.uuid, sorted(spec.properties))


def _uuid(specifier: str | DirectCharacteristic) -> str:
    return specifier.lower() if isinstance(specifier, str) else specifier.uuid
