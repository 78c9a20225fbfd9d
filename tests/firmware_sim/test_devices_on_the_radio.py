"""Every kind of simulated device over the virtual radio, with plain bleak: scan, connect, set up, receive."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakGATTProtocolError
from bumble.link import LocalLink

from firmware_sim import VirtualSensors
from firmware_sim.devices import make_device
from firmware_sim.devices.heart_rate import device as strap
from firmware_sim.devices.movella import device as dot
from firmware_sim.devices.movella.messages import encode_address, encode_message
from firmware_sim.devices.movella.payloads import LONG
from firmware_sim.devices.movesense import device as movesense
from firmware_sim.devices.polar import device as polar
from firmware_sim.devices.running_speed import device as pod
from firmware_sim.devices.standard_services import BATTERY_LEVEL
from firmware_sim.devices.witmotion import device as witmotion
from firmware_sim.imu.mounting import PLACEMENTS, Placement
from sensors.radio import VirtualRadio
from tests.firmware_sim.device_bench import session

pytestmark = pytest.mark.real_time

SPEED = 4.0


class Received:
    """What came on one characteristic."""

    def __init__(self) -> None:
        self.values: list[bytes] = []

    async def wait(self, n: int) -> list[bytes]:
        async with asyncio.timeout(120):
            while len(self.values) < n:
                await asyncio.sleep(0.02)
        return list(self.values)


class Host:
    """A virtual radio with simulated devices in range."""

    def __init__(self, radio: VirtualRadio, worn: VirtualSensors) -> None:
        self.radio = radio
        self.worn = worn

    async def find(self, name: str) -> BleakClient:
        device = await BleakScanner.find_device_by_filter(
            lambda _, adv: (adv.local_name or "").startswith(name),
            timeout=60,
            **self.radio.scanner_kwargs(),
        )
        assert device is not None, name
        return self.radio.client(device)

    async def listen(self, client: BleakClient, uuid: str) -> Received:
        received = Received()
        await client.start_notify(uuid, lambda _, value: received.values.append(bytes(value)))
        return received


@asynccontextmanager
async def in_range(
    *kinds: tuple[str, Placement | None], speed: float = SPEED
) -> AsyncIterator[Host]:
    def maker(kind: str, place: Placement | None) -> Callable[..., object]:
        return lambda clock: make_device(kind, session(), place, clock)

    link = LocalLink()
    radio = VirtualRadio(link)
    worn = VirtualSensors(
        link,
        session(),
        placements=(),
        speed=speed,
        devices=[maker(*k) for k in kinds],  # type: ignore[misc]
    )
    await worn.start()
    try:
        yield Host(radio, worn)
    finally:
        await worn.stop()
        await radio.close()


def test_witmotion() -> None:
    async def run() -> None:
        async with in_range(("witmotion", "pelvis")) as host:
            client = await host.find("WT9011DCL")
            async with client:
                service = client.services.get_service(witmotion.SERVICE)
                assert service is not None
                assert client.services.get_service("FFE5") is None  # not of the Bluetooth base
                stream = await host.listen(client, witmotion.NOTIFY)
                slow = await stream.wait(5)
                assert {len(v) for v in slow} == {20}
                for command in ("ffaa6988b5", "ffaa960000", "ffaa1f0000", "ffaa030b00"):
                    await client.write_gatt_char(
                        witmotion.WRITE, bytes.fromhex(command), response=False
                    )
                fast = b"".join(await stream.wait(len(stream.values) + 20))
                assert [fast[i : i + 2] for i in range(0, len(fast) - 1, 20)][:100] == [
                    b"\x55\x61"
                ] * 100

    asyncio.run(run())


def test_polar_verity_sense() -> None:
    async def run() -> None:
        async with in_range(("polar_verity", "shank_left")) as host:
            client = await host.find("Polar Sense")
            async with client:
                assert client.mtu_size == polar.MTU
                with pytest.raises(BleakGATTProtocolError):
                    await client.write_gatt_char(polar.PMD_CONTROL, b"\x02\x09", response=True)
                replies = await host.listen(client, polar.PMD_CONTROL)
                data = await host.listen(client, polar.PMD_DATA)
                assert bytes(await client.read_gatt_char(polar.PMD_CONTROL))[:1] == b"\x0f"
                for text in (
                    "0209",
                    "02020001d0000101100002011000040103",
                    "02050001d000010110000201d007040103",
                ):
                    n = len(replies.values)
                    await client.write_gatt_char(
                        polar.PMD_CONTROL, bytes.fromhex(text), response=True
                    )
                    assert (await replies.wait(n + 1))[-1][3] == 0
                frames = await data.wait(12)
                assert {f[0] for f in frames} == {2, 5}
                assert all(f[9] == 0x80 and len(f) <= polar.MTU - 3 for f in frames)

    asyncio.run(run())


def test_movella_dots_synchronise_over_closed_links_and_stream_on_after_a_lost_one() -> None:
    async def run() -> None:
        kinds = [("movella_dot", place) for place in PLACEMENTS[:2]]
        async with in_range(*kinds, speed=8.0) as host:  # type: ignore[arg-type]
            devices = {}
            for _ in range(20):  # one scan is enough where the computer does not stand still
                found = await BleakScanner.discover(
                    2.0, return_adv=True, **host.radio.scanner_kwargs()
                )
                devices = {
                    d.address: d for d, adv in found.values() if adv.local_name == "Movella DOT"
                }
                if len(devices) == 2:
                    break
            assert len(devices) == 2
            root = min(devices)
            for device in devices.values():
                async with host.radio.client(device) as client:
                    message = encode_message(2, b"\x01" + encode_address(root))
                    await client.write_gatt_char(dot.MESSAGE_CONTROL, message, response=True)
            await asyncio.sleep(14.5 / 8.0)
            clients = [host.radio.client(device) for device in devices.values()]
            streams = []
            for client in clients:
                await client.connect()
                assert bytes(await client.read_gatt_char(dot.MESSAGE_ACK)).hex() == "02020300f9"
                streams.append(await host.listen(client, LONG))
                await client.write_gatt_char(
                    dot.MEASUREMENT_CONTROL, bytes((1, 1, 26)), response=True
                )
            times = [
                {int.from_bytes(v[:4], "little") for v in await stream.wait(600)}
                for stream in streams
            ]  # the second one starts later, by more on a busy machine
            assert len(times[0] & times[1]) > 10
            assert {len(v) for v in streams[0].values} == {63}
            await clients[0].disconnect()
            async with host.radio.client(devices[root]) as again:
                stream = await host.listen(again, LONG)  # no START: it never stopped
                await stream.wait(10)
            await clients[1].disconnect()

    asyncio.run(run())


def test_movesense() -> None:
    async def run() -> None:
        async with in_range(("movesense", "shank_right")) as host:
            client = await host.find("Movesense ")
            async with client:
                got = await host.listen(client, movesense.NOTIFY)
                await client.write_gatt_char(movesense.WRITE, b"\x00\x07", response=True)
                assert (await got.wait(1))[0][:3] == b"\x01\x07\x01"
                subscribe = b"\x01\x63/Meas/IMU9/104\0"
                await client.write_gatt_char(movesense.WRITE, subscribe, response=True)
                values = await got.wait(12)
                assert values[1] == b"\x01\x63\xc8\x00"
                assert [v[0] for v in values[2:6]] == [2, 3, 2, 3]
                assert len(values[2]) + len(values[3]) - 4 == 292
                boots = host.worn.devices[0].boots  # type: ignore[attr-defined]
                await client.write_gatt_char(movesense.WRITE, b"\x07\x01\x05", response=True)
                async with asyncio.timeout(60):
                    while client.is_connected:
                        await asyncio.sleep(0.02)
                assert host.worn.devices[0].boots == boots + 1  # type: ignore[attr-defined]
            async with await host.find("Movesense ") as again:
                assert again.is_connected

    asyncio.run(run())


def test_heart_rate_and_running_speed_beside_each_other() -> None:
    async def run() -> None:
        kinds = (("heart_rate", None), ("running_speed", None))
        async with in_range(*kinds, speed=10.0) as host:  # noqa: SIM117 the names come first
            async with await host.find("HR-") as heart, await host.find("Pod-") as shoe:
                beats = await host.listen(heart, strap.MEASUREMENT)
                steps = await host.listen(shoe, pod.MEASUREMENT)
                assert 1 <= bytes(await heart.read_gatt_char(BATTERY_LEVEL))[0] <= 99
                assert bytes(await shoe.read_gatt_char(pod.FEATURE)) == b"\x07\x00"
                for value in await beats.wait(5):
                    assert value[0] & 0x06 == 0x06
                for value in await steps.wait(5):
                    assert struct.unpack("<BHBHI", value)[1] == 0  # nobody has started the runner

    asyncio.run(run())
