"""A bumble peripheral that speaks Open Gait IMU, and misbehaves on request."""

from __future__ import annotations

import asyncio
import struct

import numpy as np
from bumble import hci
from bumble.att import ATT_Error, Attribute
from bumble.controller import Controller
from bumble.core import AdvertisingData
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.link import LocalLink

from tests.sensors.open_gait_builder import config_bytes, info_bytes, packet

_BASE = "d8a7{:04x}-0661-4e6c-b861-ac3ce2dd49da"
_P = Characteristic.Properties
_READ, _WRITE = Attribute.READABLE, Attribute.WRITEABLE
REFUSED = 0x80


class SmallPeripheral:
    """One sensor: counts up, 10 samples a packet, as fast as asked."""

    def __init__(
        self,
        link: LocalLink,
        number: int = 1,
        placement: str = "pelvis",
        *,
        packets_per_s: float = 40.0,
        ready: bool = True,
        samples_per_packet: int = 10,
        start_status: int | None = 0,
        has_serial: bool = True,
    ) -> None:
        self.link = link
        self.serial = f"OGI0{number}"
        self.name = f"OGI-00{number:02d}"
        self.address = f"F0:00:00:00:00:{number:02X}"
        self.placement = placement
        self.sent = 0
        self.starts = 0
        self.streaming = False
        self.ready = ready
        self.delay_s = 1.0 / packets_per_s
        self.start_status = start_status
        self.has_serial = has_serial
        self.config = bytearray(config_bytes(placement=placement, actual_rate_hz=10 / self.delay_s))
        self.config[6] = samples_per_packet
        self.payloads: list[bytes] = []
        self.muted = False
        self._task: asyncio.Task[None] | None = None
        self._boot = asyncio.get_running_loop().time() - 100.0

    async def power_on(self) -> None:
        controller = Controller(self.name, link=self.link)
        controller.le_acl_data_packet_length = 251
        self.controller = controller
        self.device = Device.from_config_with_hci(
            DeviceConfiguration(
                name=self.name,
                address=hci.Address(self.address),
                advertising_interval_min=20,
                advertising_interval_max=20,
            ),
            controller,
            controller,
        )
        self.device.gatt_server.max_mtu = 247
        self.control = Characteristic(
            _BASE.format(4), _P.WRITE | _P.INDICATE, _WRITE,
            CharacteristicValue(write=self._on_control),
        )  # fmt: skip
        self.data = Characteristic(_BASE.format(5), _P.NOTIFY, _READ, b"")
        self.sync = Characteristic(
            _BASE.format(6), _P.WRITE_WITHOUT_RESPONSE | _P.NOTIFY, _WRITE,
            CharacteristicValue(write=self._on_sync),
        )  # fmt: skip
        refusing = Characteristic(
            _BASE.format(9), _P.READ, _READ, CharacteristicValue(read=self._refuse)
        )
        silent = Characteristic(
            _BASE.format(10), _P.READ, _READ, CharacteristicValue(read=self._never)
        )
        self.device.add_services(
            [
                Service(
                    _BASE.format(1),
                    [
                        Characteristic(_BASE.format(2), _P.READ, _READ, info_bytes()),
                        Characteristic(
                            _BASE.format(3), _P.READ | _P.WRITE, _READ | _WRITE,
                            CharacteristicValue(
                                read=lambda _: bytes(self.config), write=self._on_config
                            ),
                        ),
                        self.control, self.data, self.sync, refusing, silent,
                    ],
                ),
                Service("180F", [Characteristic("2A19", _P.READ, _READ, bytes([87]))]),
                *(
                    [Service("180A", [Characteristic("2A25", _P.READ, _READ, self.serial.encode())])]
                    if self.has_serial
                    else []
                ),
            ]
        )  # fmt: skip
        await self.device.power_on()
        self.device.on("disconnection", lambda *_: None)
        if self.ready:
            await self.advertise()

    async def advertise(self) -> None:
        self.device.advertising_data = bytes(
            AdvertisingData(
                [
                    (AdvertisingData.FLAGS, b"\x06"),
                    (
                        AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
                        bytes.fromhex(_BASE.format(1).replace("-", ""))[::-1],
                    ),
                    (AdvertisingData.COMPLETE_LOCAL_NAME, self.name.encode()),
                ]
            )
        )
        await self.device.start_advertising(auto_restart=True)

    def now_us(self) -> int:
        return round((asyncio.get_running_loop().time() - self._boot) * 1e6)

    def connection(self) -> Connection:
        return next(iter(self.device.connections.values()))

    def _on_config(self, _: Connection, value: bytes) -> None:
        self.config[1:10] = value[1:10]
        self.config[0] = (self.config[0] + 1) % 256

    async def _on_control(self, connection: Connection, value: bytes) -> None:
        op, token, status = value[0], value[1], 0
        if op == 1 and self.start_status is None:
            return  # firmware that hangs
        if op == 1 and self.start_status:
            status = self.start_status
        elif op == 1:
            self.starts += 1
            status = 3 if self.streaming else 0
            if not self.streaming:
                self.streaming = True
                self._task = asyncio.create_task(self._stream())
        elif op == 2:
            self.streaming = False
        reply = bytes((op | 0x80, token, status))
        asyncio.get_running_loop().create_task(
            self.device.indicate_subscriber(connection, self.control, reply)
        )

    async def _on_sync(self, connection: Connection, value: bytes) -> None:
        _, _, seq, t1 = struct.unpack("<BBHQ", value)
        now = self.now_us()
        reply = struct.pack("<BBHQQQ", 1, 1, seq, t1, now, now)
        await self.device.notify_subscriber(connection, self.sync, reply)

    async def _refuse(self, _: Connection) -> bytes:
        raise ATT_Error(REFUSED)

    async def _never(self, _: Connection) -> bytes:
        await asyncio.sleep(3600)
        return b""

    async def _stream(self) -> None:
        """Samples are evenly spaced, however late the loop gets round to sending them."""
        loop = asyncio.get_running_loop()
        began, began_us, index = loop.time(), self.now_us(), 0
        while self.streaming:
            done = index // 10 + 1
            await asyncio.sleep(max(0.0, began + done * self.delay_s - loop.time()))
            if not self.streaming:
                return  # stopped meanwhile, and the link may be gone
            payload = packet(
                index,
                began_us + round(index / 10 * self.delay_s * 1e6),
                np.full((10, 6), 100 + index // 10 % 7),
                seq=index // 10,
                cfg=self.config[0] & 0x0F,
            )
            index += 10
            if not self.device.connections or self.muted:
                continue
            self.payloads.append(payload)
            self.sent += 1
            await self.device.notify_subscriber(self.connection(), self.data, payload)

    def drop_link(self) -> None:
        """End the link at both ends, as a lost signal does."""
        ends = [
            (controller, connection)
            for controller in self.link.controllers
            for connection in controller.le_connections.values()
            if self.address
            in (str(connection.peer_address)[:17], str(connection.self_address)[:17])
        ]
        for controller, connection in ends:
            controller.on_le_disconnected(connection, 0x08)

    async def power_off(self) -> None:
        self.streaming = False
        if self._task is not None:
            await self._task
        self.drop_link()
        await self.device.power_off()
        self.link.remove_controller(self.controller)
