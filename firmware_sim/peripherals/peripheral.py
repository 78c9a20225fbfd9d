"""One simulated device on the air: GATT services around it, and the sender of what it has ready."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from bumble import att, core, gatt
from bumble.core import UUID
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.hci import Address

from firmware_sim.errors import FirmwareError
from firmware_sim.peripherals.advertising import advertising_data

if TYPE_CHECKING:
    from firmware_sim.device import CharacteristicSpec, Outgoing, Property
    from firmware_sim.peripherals.adapter import Adapter
    from firmware_sim.peripherals.runner_clock import RunnerClock
    from firmware_sim.radio.device_link import DeviceLink, Step

ADVERTISING_INTERVAL_MS = 100.0

_PROPERTIES: dict[Property, gatt.Characteristic.Properties] = {
    "read": gatt.Characteristic.Properties.READ,
    "write": gatt.Characteristic.Properties.WRITE,
    "write-without-response": gatt.Characteristic.Properties.WRITE_WITHOUT_RESPONSE,
    "notify": gatt.Characteristic.Properties.NOTIFY,
    "indicate": gatt.Characteristic.Properties.INDICATE,
}


class Peripheral:
    """A device in range, of any kind.

    A host that is slow gets everything late; nothing is skipped. What has no listener when its time has
    come is told to the device as undelivered.

    Args:
        adapter: What it is put on the air with.
        way: The device behind the impairments of its air.
        clock: The runner's clock, shared by all devices of the air.
    """

    def __init__(self, adapter: Adapter, way: DeviceLink, clock: RunnerClock) -> None:
        self.way = way
        self.device = way.device
        self._adapter = adapter
        self._clock = clock
        self._connection: Connection | None = None
        self._sender: asyncio.Task[None] | None = None
        self._indication: asyncio.Future[None] | None = None
        self._news = asyncio.Event()
        self._on_air = False
        self._changing = asyncio.Lock()
        self._changes: set[asyncio.Task[None]] = set()
        self._characteristics: dict[str, gatt.Characteristic[bytes]] = {}
        name = self.device.advertisement().local_name
        self._bumble = Device.from_config_with_hci(
            DeviceConfiguration(
                name=name,
                address=Address(self.device.address, Address.RANDOM_DEVICE_ADDRESS),
                advertising_interval_min=ADVERTISING_INTERVAL_MS,
                advertising_interval_max=ADVERTISING_INTERVAL_MS,
            ),
            adapter.source,
            adapter.sink,
        )
        self._bumble.gatt_server.max_mtu = self.device.mtu
        self._bumble.add_services(
            [
                gatt.Service(UUID(s.uuid), [self._characteristic(c) for c in s.characteristics])
                for s in self.device.services()
            ]
        )
        self._bumble.on("connection", self._on_connection)

    # --- life ---

    async def start(self) -> None:
        """Power on and advertise."""
        await self._bumble.power_on()
        await self._set_on_air(True)
        self._sender = asyncio.get_running_loop().create_task(self._send())

    async def stop(self) -> None:
        """Drop the connection and leave the air."""
        if self._sender is not None:
            self._sender.cancel()
            await asyncio.gather(self._sender, return_exceptions=True)
            self._sender = None
        self._clock.leave(self.device.sensor_id)
        await self._set_on_air(False)
        if self._connection is not None:
            with suppress(core.BaseBumbleError):  # the host went first
                await self._connection.disconnect()
        await self._bumble.power_off()
        self._adapter.leave()

    async def _set_on_air(self, on_air: bool) -> None:
        """Advertise whenever there is no link, or never."""
        self._on_air = on_air
        await asyncio.shield(self._match_air())

    def _match_air(self) -> asyncio.Task[None]:
        """Bring the advertisements in line with what is wanted.

        One change after the other, each to its end: a command that is given up half way leaves the
        controller in a state that nobody knows. That is also why bumble does not restart them itself.
        """
        task = asyncio.get_running_loop().create_task(self._advertise_or_not())
        self._changes.add(task)
        task.add_done_callback(self._changes.discard)
        return task

    async def _advertise_or_not(self) -> None:
        async with self._changing:
            if self._on_air and self._connection is None:
                self._bumble.advertising_data = advertising_data(self.device.advertisement())
                await self._bumble.start_advertising()
            else:
                await self._bumble.stop_advertising()

    # --- GATT ---

    def _characteristic(self, spec: CharacteristicSpec) -> gatt.Characteristic[bytes]:
        uuid = spec.uuid
        properties = gatt.Characteristic.Properties(0)
        for name in spec.properties:
            properties |= _PROPERTIES[name]
        permissions = gatt.Characteristic.Permissions(0)
        if "read" in spec.properties:
            permissions |= gatt.Characteristic.READABLE
        if {"write", "write-without-response"} & spec.properties:
            permissions |= gatt.Characteristic.WRITEABLE

        def read(_: Connection) -> bytes:
            try:
                return self.device.read(uuid)
            except FirmwareError as error:
                raise att.ATT_Error(error.att_code) from error

        def write(_: Connection, value: bytes) -> None:
            try:
                self.device.write(uuid, bytes(value))
            except FirmwareError as error:
                raise att.ATT_Error(error.att_code) from error
            finally:
                self._news.set()

        found: gatt.Characteristic[bytes] = gatt.Characteristic(
            UUID(uuid), properties, permissions, gatt.CharacteristicValue(read=read, write=write)
        )

        def subscription(_: Connection, notify: bool, indicate: bool) -> None:
            self.device.subscribed(uuid, notify or indicate)
            self._news.set()

        found.on("subscription", subscription)
        self._characteristics[uuid] = found
        return found

    def _on_connection(self, connection: Connection) -> None:
        self._connection = connection
        connection.on("disconnection", self._on_disconnection)
        connection.on("connection_att_mtu_update", self._on_mtu)
        self.way.connected(connection.att_mtu)
        self._news.set()

    def _on_mtu(self) -> None:
        if self._connection is not None:
            self.way.connected(self._connection.att_mtu)
            self._news.set()

    def _on_disconnection(self, _reason: int) -> None:
        self._connection = None
        if self._indication is not None:
            self._indication.cancel()
        self.way.disconnected()
        self._news.set()
        if self._on_air:
            self._match_air()

    # --- sending ---

    async def _send(self) -> None:
        while True:
            for step in self.way.advance(self._clock.now_s()):
                await self._do(step)
            next_s = self.way.next_s()
            self._news.clear()
            wall_s = None if next_s is None else max(0.0, self._clock.wall_s(next_s))
            with suppress(TimeoutError):
                async with asyncio.timeout(wall_s):
                    await self._news.wait()

    async def _do(self, step: Step) -> None:
        if step.outgoing is not None:
            if not await self._deliver(step.outgoing):
                self.way.undelivered(step.outgoing)
        elif step.what == "back":
            await self._set_on_air(True)
        else:
            await self._set_on_air(False)
            if self._connection is not None:
                await self._adapter.drop(self._connection)

    async def _deliver(self, outgoing: Outgoing) -> bool:
        """Send to the host if it listens and its MTU carries the value whole."""
        connection = self._connection
        characteristic = self._characteristics[outgoing.characteristic]
        if connection is None or len(outgoing.payload) > connection.att_mtu - 3:
            return False
        cccds = self._bumble.gatt_server.subscribers.get(connection, {})
        wanted = cccds.get(characteristic.handle, b"\0")[0]
        try:
            if wanted & 0x01:
                await self._bumble.notify_subscriber(connection, characteristic, outgoing.payload)
            elif wanted & 0x02:
                return await self._indicate(connection, characteristic, outgoing.payload)
            else:
                return False
        except (core.BaseBumbleError, TimeoutError):
            return False  # the link was lost in this moment
        return True

    async def _indicate(
        self, connection: Connection, characteristic: gatt.Characteristic[bytes], value: bytes
    ) -> bool:
        """Send and wait for the confirmation; bumble waits 30 s for that of a host that has gone."""
        indication = asyncio.ensure_future(
            self._bumble.indicate_subscriber(connection, characteristic, value)
        )
        self._indication = indication
        try:
            await asyncio.wait({indication})
            if indication.cancelled():
                return False
            indication.result()
            return True
        finally:
            self._indication = None
            indication.cancel()
