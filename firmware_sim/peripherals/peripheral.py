"""One sensor on the air: GATT services around the firmware, and the sender of packets."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bumble import att, core, data_types, gatt
from bumble.controller import Controller
from bumble.core import UUID, AdvertisingData
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.hci import Address

from firmware_sim.errors import FirmwareError
from firmware_sim.profile import uuids
from firmware_sim.profile.firmware import Firmware
from firmware_sim.sensor import BATTERY_S_PER_PERCENT

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from bumble.link import LocalLink

    from firmware_sim.peripherals.runner_clock import RunnerClock
    from firmware_sim.sensor import SimSensor
    from firmware_sim.session import SimulatedSession

ACL_LENGTH = 251
"""One link-layer packet carries a whole notification; the default of 27 costs four times the CPU."""
MTU = 247
ADVERTISING_INTERVAL_MS = 100.0
ADVERTISING_LIMIT = 31

_READ = gatt.Characteristic.Properties.READ
_WRITE = gatt.Characteristic.Properties.WRITE
_WRITE_COMMAND = gatt.Characteristic.Properties.WRITE_WITHOUT_RESPONSE
_NOTIFY = gatt.Characteristic.Properties.NOTIFY
_INDICATE = gatt.Characteristic.Properties.INDICATE
_READABLE = gatt.Characteristic.READABLE
_WRITEABLE = gatt.Characteristic.WRITEABLE


class Peripheral:
    """A virtual sensor in range.

    Streaming goes on while no host is connected, as the profile wants; what is not delivered is counted
    as lost. A host that is slow gets everything late; nothing is skipped.

    Args:
        link: The virtual air.
        session: The session; gives losses.
        sensor: Who this is.
        clock: The runner's clock, shared by all sensors of the session.
    """

    def __init__(
        self, link: LocalLink, session: SimulatedSession, sensor: SimSensor, clock: RunnerClock
    ) -> None:
        self.sensor = sensor
        self.start_s: float | None = None
        self._link = link
        self._session = session
        self._clock = clock
        self._connection: Connection | None = None
        self._stream: asyncio.Task[None] | None = None
        self._replies: set[asyncio.Task[None]] = set()
        self.firmware = Firmware(
            sensor.config,
            device_time_us=self._device_time_us,
            battery_percent=self._battery_percent,
            on_start=self._on_start,
            on_stop=self._on_stop,
        )
        self._controller = Controller(sensor.name, link=link)
        self._controller.le_acl_data_packet_length = ACL_LENGTH
        self._controller.acl_data_packet_length = ACL_LENGTH
        self._device = Device.from_config_with_hci(
            DeviceConfiguration(
                name=sensor.name,
                address=Address(sensor.address, Address.RANDOM_DEVICE_ADDRESS),
                advertising_interval_min=ADVERTISING_INTERVAL_MS,
                advertising_interval_max=ADVERTISING_INTERVAL_MS,
            ),
            self._controller,
            self._controller,
        )
        self._device.gatt_server.max_mtu = MTU
        self._control, self._data, self._sync, self._battery = self._add_services()
        self._device.on("connection", self._on_connection)
        self._device.advertising_data = self._advertising_data()

    # --- life ---

    async def start(self) -> None:
        """Power on and advertise."""
        await self._device.power_on()
        await self._device.start_advertising(auto_restart=True)

    async def stop(self) -> None:
        """Stop streaming, drop the connection and leave the air."""
        tasks = [*self._replies, *([self._stream] if self._stream else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._stream = None
        self._clock.leave(self.sensor.sensor_id)
        await self._device.stop_advertising()  # first, or it restarts when the host is gone
        if self._connection is not None:
            try:
                await self._connection.disconnect()
            except core.BaseBumbleError:
                self._connection = None  # the host went first
        await self._device.power_off()
        self._link.remove_controller(self._controller)

    # --- GATT ---

    def _advertising_data(self) -> bytes:
        data = bytes(
            AdvertisingData(
                [
                    data_types.Flags(
                        AdvertisingData.Flags.LE_GENERAL_DISCOVERABLE_MODE
                        | AdvertisingData.Flags.BR_EDR_NOT_SUPPORTED
                    ),
                    data_types.CompleteListOf128BitServiceUUIDs([UUID(uuids.SERVICE)]),
                    data_types.CompleteLocalName(self.sensor.name),
                ]
            )
        )
        if len(data) > ADVERTISING_LIMIT:
            raise FirmwareError(
                att.ATT_INVALID_ATTRIBUTE_LENGTH_ERROR,
                f"Advertising data of {len(data)} bytes do not fit {ADVERTISING_LIMIT}; shorten the name.",
            )
        return data

    def _add_services(
        self,
    ) -> tuple[
        gatt.Characteristic[bytes],
        gatt.Characteristic[bytes],
        gatt.Characteristic[bytes],
        gatt.Characteristic[bytes],
    ]:
        def fixed(uuid: str, value: bytes) -> gatt.Characteristic[bytes]:
            return gatt.Characteristic(UUID(uuid), _READ, _READABLE, value)

        config: gatt.Characteristic[bytes] = gatt.Characteristic(
            UUID(uuids.CONFIG),
            _READ | _WRITE,
            _READABLE | _WRITEABLE,
            gatt.CharacteristicValue(
                read=lambda _: self.firmware.config.encode(), write=self._write_config
            ),
        )
        control: gatt.Characteristic[bytes] = gatt.Characteristic(
            UUID(uuids.CONTROL),
            _WRITE | _INDICATE,
            _WRITEABLE,
            gatt.CharacteristicValue(write=self._write_control),
        )
        data = gatt.Characteristic(
            UUID(uuids.DATA), _NOTIFY, gatt.Characteristic.Permissions(0), b""
        )
        sync: gatt.Characteristic[bytes] = gatt.Characteristic(
            UUID(uuids.SYNC),
            _WRITE_COMMAND | _NOTIFY,
            _WRITEABLE,
            gatt.CharacteristicValue(write=self._write_sync),
        )
        battery: gatt.Characteristic[bytes] = gatt.Characteristic(
            UUID(uuids.BATTERY_LEVEL),
            _READ | _NOTIFY,
            _READABLE,
            gatt.CharacteristicValue(read=lambda _: bytes([self._battery_percent()])),
        )
        s = self.sensor
        self._device.add_services(
            [
                gatt.Service(
                    UUID(uuids.SERVICE),
                    [fixed(uuids.INFO, s.info_bytes), config, control, data, sync],
                ),
                gatt.Service(UUID(uuids.BATTERY_SERVICE), [battery]),
                gatt.Service(
                    UUID(uuids.DEVICE_INFORMATION_SERVICE),
                    [
                        fixed(uuids.MANUFACTURER_NAME, b"Open Gait IMU simulator"),
                        fixed(uuids.MODEL_NUMBER, s.part.name.encode()),
                        fixed(uuids.SERIAL_NUMBER, s.serial.encode()),
                        fixed(uuids.FIRMWARE_REVISION, s.firmware.encode()),
                    ],
                ),
            ]
        )
        return control, data, sync, battery

    def _on_connection(self, connection: Connection) -> None:
        self._connection = connection
        connection.on("disconnection", self._on_disconnection)

    def _on_disconnection(self, _reason: int) -> None:
        self._connection = None

    def _write_config(self, _: Connection, value: bytes) -> None:
        try:
            self.firmware.write_config(bytes(value))
        except FirmwareError as error:
            raise att.ATT_Error(error.att_code) from error

    def _write_control(self, connection: Connection, value: bytes) -> None:
        try:
            reply = self.firmware.control(bytes(value))
        except FirmwareError as error:
            raise att.ATT_Error(error.att_code) from error
        # the write is answered first, the indication follows
        self._later(self._device.indicate_subscriber(connection, self._control, reply))

    def _write_sync(self, connection: Connection, value: bytes) -> None:
        # before the runner's first START the device clock has no place in session time
        reply = (
            self.firmware.sync(bytes(value), self._device_time_us())
            if self._clock.started
            else None
        )
        if reply is not None:
            self._later(self._device.notify_subscriber(connection, self._sync, reply))

    def _later(self, coroutine: Coroutine[object, object, None]) -> None:
        async def send() -> None:
            try:
                await coroutine
            except (core.BaseBumbleError, TimeoutError):
                return  # the host went away before it was answered

        task = asyncio.get_running_loop().create_task(send())
        self._replies.add(task)
        task.add_done_callback(self._replies.discard)

    # --- firmware hooks ---

    def _shift_us(self) -> int:
        return round(self._clock.shift_s() * 1e6 * (1.0 + self.sensor.errors.clock_ppm * 1e-6))

    def _device_time_us(self) -> int:
        return self.sensor.errors.device_time_us(self._clock.now_s()) + self._shift_us()

    def _battery_percent(self) -> int:
        return self.sensor.battery_percent(self._clock.now_s() + self._clock.shift_s())

    def _on_start(self, at_us: int) -> None:
        delay_us = max(0, at_us - self._device_time_us()) if at_us else 0
        self.start_s = self._clock.join(self.sensor.sensor_id) + delay_us * 1e-6
        self._stream = asyncio.get_running_loop().create_task(self._send(self.start_s))

    def _on_stop(self) -> None:
        self._clock.leave(self.sensor.sensor_id)
        if self._stream is not None:
            self._stream.cancel()
            self._stream = None

    async def _send(self, start_s: float) -> None:
        loss = self._session.loss(self.sensor)
        config = self.firmware.config
        next_battery_s = start_s
        for packet in self.sensor.packets(start_s, config, self._shift_us()):
            await self._clock.wait_until(packet.ready_s)
            if packet.ready_s >= next_battery_s:
                await self._notify(self._battery, bytes([self._battery_percent()]))
                next_battery_s = (
                    packet.ready_s // BATTERY_S_PER_PERCENT + 1.0
                ) * BATTERY_S_PER_PERCENT
            self.firmware.samples_sent += config.packet_samples
            if loss.lost(packet.ready_s) or not await self._notify(self._data, packet.payload):
                self.firmware.packets_lost += 1

    async def _notify(self, characteristic: gatt.Characteristic[bytes], value: bytes) -> bool:
        """Send a notification if a host listens and its MTU carries it whole."""
        connection = self._connection
        if connection is None or len(value) > connection.att_mtu - 3:
            return False
        cccds = self._device.gatt_server.subscribers.get(connection, {})
        if not cccds.get(characteristic.handle, b"\0")[0] & 0x01:
            return False
        try:
            await self._device.notify_subscriber(connection, characteristic, value)
        except core.BaseBumbleError:
            return False  # the link was lost in this moment
        return True
