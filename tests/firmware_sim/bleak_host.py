"""A host of the virtual sensors that uses nothing but plain bleak calls."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bumble.link import LocalLink

from firmware_sim import SimulatedSession, VirtualSensors
from firmware_sim.profile import uuids
from firmware_sim.profile.control import Op
from firmware_sim.sensor import SimSensor
from sensors.radio import VirtualRadio

NOTIFYING = (uuids.CONTROL, uuids.BULK, uuids.EVENT, uuids.SYNC, uuids.DATA)
PATIENCE_S = 120.0


class BleakHost:
    """One client and everything that it is told."""

    def __init__(self, client: BleakClient, lost: asyncio.Event) -> None:
        self.client = client
        self.lost = lost
        self.got: dict[str, list[bytes]] = defaultdict(list)

    async def subscribe(self) -> None:
        for uuid in NOTIFYING:

            def take(_: BleakGATTCharacteristic, value: bytearray, uuid: str = uuid) -> None:
                self.got[uuid].append(bytes(value))

            await self.client.start_notify(uuid, take)

    async def ask(self, op: int, args: bytes = b"") -> tuple[int, bytes]:
        """Status and data of the reply."""
        before = len(self.got[uuids.CONTROL])
        await self.client.write_gatt_char(uuids.CONTROL, bytes((op, 1)) + args, response=True)
        await self.until(lambda: len(self.got[uuids.CONTROL]) > before)
        reply = self.got[uuids.CONTROL][-1]
        assert reply[:2] == bytes((op | 0x80, 1))
        return reply[2], reply[3:]

    async def start(self) -> None:
        assert await self.ask(Op.START, bytes(6)) == (0, b"")

    async def until(self, condition: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        async with asyncio.timeout(patience_s):
            while not condition():
                await asyncio.sleep(0.005)

    @property
    def data(self) -> list[bytes]:
        return self.got[uuids.DATA]

    async def bulk(self, stream: int) -> list[tuple[int, bytes]]:
        """(position, data) of a whole Bulk stream."""

        def chunks() -> list[bytes]:
            return [c for c in self.got[uuids.BULK] if c[0] == stream]

        await self.until(lambda: any(c[1] & 1 for c in chunks()))
        found = [
            (int.from_bytes(c[4:8], "little"), c[8:-4] if c[1] & 1 else c[8:]) for c in chunks()
        ]
        self.got[uuids.BULK].clear()
        return found


class Air:
    """A session's sensors and one radio."""

    def __init__(self, session: SimulatedSession, speed: float) -> None:
        link = LocalLink()
        self.session = session
        self.sensors = VirtualSensors(link, session, speed=speed)
        self.radio = VirtualRadio(link)

    async def connect(self, sensor: SimSensor, timeout_s: float = 30.0) -> BleakHost:
        lost = asyncio.Event()
        client = self.radio.client(
            sensor.address, disconnected_callback=lambda _: lost.set(), timeout_s=timeout_s
        )
        await client.connect()
        host = BleakHost(client, lost)
        await host.subscribe()
        return host


@asynccontextmanager
async def on_air(session: SimulatedSession, speed: float) -> AsyncIterator[Air]:
    air = Air(session, speed)
    await air.sensors.start()
    try:
        yield air
    finally:
        await air.radio.close()
        await air.sensors.stop()
