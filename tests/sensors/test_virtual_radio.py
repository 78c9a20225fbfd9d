"""The virtual radio behaves as a bleak backend: plain BleakScanner and BleakClient work on it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakDeviceNotFoundError, BleakError, BleakGATTProtocolError
from bumble.link import LocalLink

from sensors.drivers import open_gait_imu_bytes as wire
from sensors.radio import VirtualRadio
from tests.sensors.small_peripheral import REFUSED, SmallPeripheral

pytestmark = pytest.mark.real_time

REFUSING = wire.uuid(9)
SILENT = wire.uuid(10)


@contextlib.asynccontextmanager
async def air(count: int = 1) -> AsyncIterator[tuple[VirtualRadio, list[SmallPeripheral]]]:
    link = LocalLink()
    radio = VirtualRadio(link)
    placements = ("pelvis", "shank_left", "shank_right")
    sensors = [SmallPeripheral(link, k + 1, placements[k]) for k in range(count)]
    for sensor in sensors:
        await sensor.power_on()
    try:
        yield radio, sensors
    finally:
        for sensor in sensors:
            await sensor.power_off()
        await radio.close()


def test_scan_shows_name_address_and_service_of_every_peripheral() -> None:
    async def main() -> None:
        async with air(3) as (radio, sensors):
            found = {}
            for _ in range(20):  # one scan is enough where the computer does not stand still
                found = await BleakScanner.discover(1.0, return_adv=True, **radio.scanner_kwargs())
                if len(found) == len(sensors):
                    break
            assert {a: adv.local_name for a, (_, adv) in found.items()} == {
                s.address: s.name for s in sensors
            }
            for _, adv in found.values():
                assert adv.service_uuids == [wire.SERVICE]

    asyncio.run(main())


def test_scan_filters_by_service() -> None:
    async def main() -> None:
        async with air() as (radio, _):
            scanner = radio.scanner(service_uuids=["0000180d-0000-1000-8000-00805f9b34fb"])
            async with scanner:
                await asyncio.sleep(0.3)
            assert not scanner.discovered_devices

    asyncio.run(main())


def test_plain_client_reads_writes_and_subscribes() -> None:
    async def main() -> None:
        async with air() as (radio, [sensor]):
            device = await BleakScanner.find_device_by_name(sensor.name, **radio.scanner_kwargs())
            assert device is not None
            got: list[bytes] = []
            async with BleakClient(device, **radio.client_kwargs()) as client:
                assert client.mtu_size == 247
                assert client.name == sensor.name
                assert bytes(await client.read_gatt_char("2A19")) == bytes([87])
                data = client.services.get_characteristic(wire.DATA)
                assert data is not None
                assert data.properties == ["notify"]
                assert data.max_write_without_response_size == 244
                await client.start_notify(data, lambda _, value: got.append(bytes(value)))
                await client.start_notify(wire.CONTROL, lambda *_: None)
                start = wire.control_request(wire.Op.START, 1, bytes(6))
                await client.write_gatt_char(wire.CONTROL, start, response=True)
                while len(got) < 20:
                    await asyncio.sleep(0.02)
                await client.stop_notify(data)
                await asyncio.sleep(0.1)
                count = len(got)
                await asyncio.sleep(0.2)
                assert len(got) == count
            assert not client.is_connected
            assert got == sensor.payloads[: len(got)]

    asyncio.run(main())


def test_att_error_becomes_bleaks_protocol_error_with_its_code() -> None:
    async def main() -> None:
        async with air() as (radio, [sensor]), radio.client(sensor.address) as client:
            with pytest.raises(BleakGATTProtocolError) as caught:
                await client.read_gatt_char(REFUSING)
            assert int(caught.value.code) == REFUSED
            assert client.is_connected

    asyncio.run(main())


def test_absent_peripheral_times_out_and_the_radio_connects_afterwards() -> None:
    """bumble's own controller would refuse every later connection."""

    async def main() -> None:
        async with air() as (radio, [sensor]):
            with pytest.raises(BleakDeviceNotFoundError):
                await radio.client("F0:00:00:00:00:EE", timeout_s=0.3).connect()
            async with radio.client(sensor.address) as client:
                assert client.is_connected

    asyncio.run(main())


def test_cancelled_connection_leaves_the_radio_usable() -> None:
    async def main() -> None:
        async with air() as (radio, [sensor]):
            attempt = asyncio.create_task(radio.client("F0:00:00:00:00:EE").connect())
            await asyncio.sleep(0.2)
            attempt.cancel()
            with pytest.raises(asyncio.CancelledError):
                await attempt
            async with radio.client(sensor.address) as client:
                assert client.is_connected

    asyncio.run(main())


def test_lost_link_calls_back_once_and_fails_the_pending_read() -> None:
    """The read fails with an error; the task that waits for it is not cancelled."""

    async def main() -> None:
        async with air() as (radio, [sensor]):
            lost: list[BleakClient] = []
            client = radio.client(sensor.address, disconnected_callback=lost.append)
            await client.connect()
            read = asyncio.create_task(client.read_gatt_char(SILENT))
            await asyncio.sleep(0.1)
            sensor.drop_link()
            with pytest.raises(BleakError):
                await read
            assert lost == [client]
            assert not client.is_connected
            with pytest.raises(BleakError):
                await client.read_gatt_char(wire.INFO)

    asyncio.run(main())


def test_many_losses_and_reconnections() -> None:
    async def main() -> None:
        async with air() as (radio, [sensor]):
            for _ in range(8):
                device = await BleakScanner.find_device_by_address(
                    sensor.address, **radio.scanner_kwargs()
                )
                assert device is not None
                client = radio.client(device)
                await client.connect()
                assert len(await client.read_gatt_char(wire.INFO)) > 20
                sensor.drop_link()
                while client.is_connected:
                    await asyncio.sleep(0.01)

    asyncio.run(main())


def test_connections_asked_for_at_once_are_made_one_after_another() -> None:
    async def main() -> None:
        async with air(3) as (radio, sensors):
            clients = [radio.client(sensor.address) for sensor in sensors]
            await asyncio.gather(*(client.connect() for client in clients))
            serials = [bytes(await client.read_gatt_char("2A25")) for client in clients]
            assert serials == [sensor.serial.encode() for sensor in sensors]
            for client in clients:
                await client.disconnect()

    asyncio.run(main())
