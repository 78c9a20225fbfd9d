# ruff: noqa: ARG002 - the signatures are bleak's
"""The client half of the virtual bleak backend."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from bleak.args import SizedBuffer
from bleak.assigned_numbers import CharacteristicPropertyName
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakDeviceNotFoundError, BleakError, BleakGATTProtocolError
from bumble import att, core
from bumble.core import UUID
from bumble.device import Connection, Peer
from bumble.gatt import Characteristic

from sensors.virtual_radio.central import Central

MTU = 247
"""ATT MTU asked for: the largest whose notifications fit one link-layer packet."""
REQUEST_TIMEOUT_S = 5.0
"""Longest wait for an answer to a read or write. bumble waits 30 s."""

_T = TypeVar("_T")
_HIDDEN_SERVICES = frozenset({"00001800-0000-1000-8000-00805f9b34fb"})
_PROPERTY_NAMES: tuple[tuple[Characteristic.Properties, CharacteristicPropertyName], ...] = (
    (Characteristic.Properties.BROADCAST, "broadcast"),
    (Characteristic.Properties.READ, "read"),
    (Characteristic.Properties.WRITE_WITHOUT_RESPONSE, "write-without-response"),
    (Characteristic.Properties.WRITE, "write"),
    (Characteristic.Properties.NOTIFY, "notify"),
    (Characteristic.Properties.INDICATE, "indicate"),
)


def _uuid_text(uuid: UUID) -> str:
    text = uuid.to_hex_str("-").lower()
    return text if len(text) == 36 else f"{int(text, 16):08x}-0000-1000-8000-00805f9b34fb"


class VirtualClient(BaseBleakClient):
    """What ``BleakClient(backend=VirtualClient, central=...)`` runs on.

    Args:
        address_or_ble_device: see bleak.
        central: the central to connect with.
        kwargs: see bleak; platform arguments are ignored.
    """

    def __init__(
        self, address_or_ble_device: BLEDevice | str, *, central: Central, **kwargs: Any
    ) -> None:
        super().__init__(address_or_ble_device, **kwargs)
        self._central = central
        self._connection: Connection | None = None
        self._peer: Peer | None = None
        self._subscribers: dict[int, Callable[[bytes], None]] = {}
        self._name = (
            address_or_ble_device.name or "" if isinstance(address_or_ble_device, BLEDevice) else ""
        )

    @property
    def name(self) -> str:
        """Advertised name, or the address."""
        return self._name or self.address

    @property
    def mtu_size(self) -> int:
        """Negotiated ATT MTU, bytes."""
        return self._connection.att_mtu if self._connection is not None else 23

    @property
    def is_connected(self) -> bool:
        """Whether the link is up."""
        return self._connection is not None

    async def connect(self, pair: bool, **kwargs: Any) -> None:
        """Connect, agree on an MTU and discover the services.

        Raises:
            BleakDeviceNotFoundError: the peripheral did not answer in time.
            BleakError: the link ended during discovery.
        """
        if self._connection is not None:
            raise BleakError("already connected")
        try:
            connection = await self._central.connect(self.address, self._timeout)
        except TimeoutError as error:
            raise BleakDeviceNotFoundError(self.address, str(error)) from error
        except core.BaseBumbleError as error:
            raise BleakError(f"connection to {self.address} failed: {error}") from error
        self._connection = connection
        self._peer = Peer(connection)
        connection.on("disconnection", self._on_disconnection)
        try:
            await self._request(self._peer.request_mtu(MTU))
            self.services = await self._discover(self._peer)
        except BaseException:
            await self.disconnect()
            raise

    async def disconnect(self) -> None:
        """End the link; harmless when there is none."""
        connection = self._connection
        if connection is None:
            return
        try:
            await connection.disconnect()
        except core.BaseBumbleError as error:
            if self._connection is not None:
                raise BleakError(f"disconnecting from {self.address} failed: {error}") from error

    def _on_disconnection(self, _reason: int) -> None:
        self._connection = None
        self._peer = None
        self.services = None
        self._subscribers.clear()
        if self._disconnected_callback is not None:
            self._disconnected_callback()

    async def pair(self, *args: Any, **kwargs: Any) -> None:
        """Pairing is not part of the virtual radio.

        Raises:
            BleakError: always.
        """
        raise BleakError("the virtual radio does not pair")

    async def unpair(self) -> None:
        """Pairing is not part of the virtual radio.

        Raises:
            BleakError: always.
        """
        raise BleakError("the virtual radio does not pair")

    def _open_peer(self) -> Peer:
        if self._peer is None:
            raise BleakError("not connected")
        return self._peer

    async def _request(self, request: Coroutine[Any, Any, _T]) -> _T:
        """Await a GATT request, with bumble's failures turned into bleak's.

        bumble cancels its own future when the link ends; without the conversion the caller's task
        would be cancelled, silently.
        """
        connection = self._connection
        task = asyncio.ensure_future(request)
        try:
            # not wait_for, which in Python 3.11 may lose a cancellation
            async with asyncio.timeout(REQUEST_TIMEOUT_S):
                return await task
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                raise
            raise BleakError("the link ended during a request") from None
        except att.ATT_Error as error:
            raise BleakGATTProtocolError(error.error_code) from error
        except TimeoutError as error:
            raise BleakError(f"no answer within {REQUEST_TIMEOUT_S:g} s") from error
        except core.BaseBumbleError as error:
            if self._connection is not connection:
                raise BleakError("the link ended during a request") from error
            raise BleakError(str(error)) from error

    async def _discover(self, peer: Peer) -> BleakGATTServiceCollection:
        collection = BleakGATTServiceCollection()
        for service in await self._request(peer.discover_services()):
            uuid = _uuid_text(service.uuid)
            if uuid in _HIDDEN_SERVICES:
                continue
            bleak_service = BleakGATTService(service, service.handle, uuid)
            collection.add_service(bleak_service)
            for proxy in await self._request(peer.discover_characteristics(service=service)):
                names = [name for bit, name in _PROPERTY_NAMES if proxy.properties & bit]
                characteristic = BleakGATTCharacteristic(
                    proxy,
                    proxy.handle,
                    _uuid_text(proxy.uuid),
                    names,
                    lambda: self.mtu_size - 3,
                    bleak_service,
                )
                collection.add_characteristic(characteristic)
                for descriptor in await self._request(peer.discover_descriptors(proxy)):
                    collection.add_descriptor(
                        BleakGATTDescriptor(
                            descriptor,
                            descriptor.handle,
                            _uuid_text(descriptor.type),
                            characteristic,
                        )
                    )
        return collection

    async def read_gatt_char(
        self, characteristic: BleakGATTCharacteristic, *, use_cached: bool = False, **kwargs: Any
    ) -> bytearray:
        """Read a characteristic."""
        return bytearray(await self._request(self._open_peer().read_value(characteristic.obj)))

    async def read_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, *, use_cached: bool = False, **kwargs: Any
    ) -> bytearray:
        """Read a descriptor."""
        return bytearray(await self._request(self._open_peer().read_value(descriptor.obj)))

    async def write_gatt_char(
        self, characteristic: BleakGATTCharacteristic, data: SizedBuffer, response: bool
    ) -> None:
        """Write a characteristic, with or without response."""
        await self._request(
            self._open_peer().write_value(characteristic.obj, bytes(data), with_response=response)
        )

    async def write_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, data: SizedBuffer
    ) -> None:
        """Write a descriptor."""
        await self._request(
            self._open_peer().write_value(descriptor.obj, bytes(data), with_response=True)
        )

    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **kwargs: Any
    ) -> None:
        """Subscribe; ``callback`` gets one bytearray per notification."""

        def deliver(value: bytes) -> None:
            callback(bytearray(value))

        await self._request(self._open_peer().subscribe(characteristic.obj, deliver))
        self._subscribers[characteristic.handle] = deliver

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        """Undo :meth:`start_notify`."""
        deliver = self._subscribers.pop(characteristic.handle, None)
        await self._request(self._open_peer().unsubscribe(characteristic.obj, deliver))
