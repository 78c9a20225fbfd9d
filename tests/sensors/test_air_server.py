"""A virtual air over TCP: hosts of other processes are on it like those of this one."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest
from bleak import BleakClient, BleakScanner
from bumble.link import LocalLink
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.errors import SensorError
from sensors.radio import VirtualRadio
from sensors.virtual_radio.air_server import AirServer
from tests.sensors.small_peripheral import SmallPeripheral

pytestmark = pytest.mark.real_time


@contextlib.asynccontextmanager
async def served_air() -> AsyncIterator[tuple[AirServer, SmallPeripheral]]:
    link = LocalLink()
    sensor = SmallPeripheral(link)
    await sensor.power_on()
    server = AirServer(link)
    await server.start()
    try:
        yield server, sensor
    finally:
        await server.stop()
        await sensor.power_off()


async def find(radio: VirtualRadio, sensor: SmallPeripheral) -> BleakClient:
    device = await BleakScanner.find_device_by_name(sensor.name, **radio.scanner_kwargs())
    assert device is not None
    return BleakClient(device, **radio.client_kwargs())


def test_a_guest_scans_connects_and_reads() -> None:
    async def main() -> None:
        async with served_air() as (server, sensor):
            radio = VirtualRadio(("127.0.0.1", server.port))
            try:
                async with await find(radio, sensor) as client:
                    assert bytes(await client.read_gatt_char("2A19")) == bytes([87])
            finally:
                await radio.close()

    asyncio.run(main())


def test_a_guest_that_vanishes_is_noticed_and_the_next_one_finds_the_sensor() -> None:
    async def main() -> None:
        async with served_air() as (server, sensor):
            first = VirtualRadio(("127.0.0.1", server.port))
            client = await find(first, sensor)
            await client.connect()
            [guest] = server.guests
            guest.drop()  # as when the process is killed: no word of farewell
            async with asyncio.timeout(60.0):
                while server.guests or client.is_connected:
                    await asyncio.sleep(0.02)
            second = VirtualRadio(("127.0.0.1", server.port))
            try:
                async with await find(second, sensor) as again:
                    assert again.is_connected
            finally:
                await second.close()
                await first.close()

    asyncio.run(main())


def test_nobody_listening_is_a_plain_error() -> None:
    async def main() -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))  # bound, never listening: refuses
            radio = VirtualRadio(taken.getsockname())
            with pytest.raises(SensorError, match="no virtual air"):
                await BleakScanner.discover(0.2, **radio.scanner_kwargs())
            await radio.close()

    asyncio.run(main())


@settings(max_examples=30, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=5))
def test_garbage_from_a_guest_harms_nobody(chunks: list[bytes]) -> None:
    async def main() -> None:
        async with served_air() as (server, sensor):
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            with contextlib.suppress(ConnectionError):
                for chunk in chunks:
                    writer.write(chunk)
                    await writer.drain()
            writer.close()
            radio = VirtualRadio(("127.0.0.1", server.port))
            try:
                async with await find(radio, sensor) as client:
                    assert client.is_connected
            finally:
                await radio.close()

    asyncio.run(main())
