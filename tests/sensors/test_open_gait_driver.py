"""The Open Gait IMU driver in conversation with a device, over the virtual radio."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from bleak import BleakClient
from bumble.link import LocalLink

from sensors.collector import Collector
from sensors.drivers import open_gait_imu_bytes as wire
from sensors.drivers.open_gait_imu import OpenGaitImu
from sensors.errors import SensorError
from sensors.placement import Placement
from sensors.radio import VirtualRadio
from sensors.sensor_status import SensorState, SensorStatus
from tests.sensors.open_gait_builder import sensor_info
from tests.sensors.small_peripheral import SmallPeripheral

pytestmark = pytest.mark.real_time

Talk = Callable[[OpenGaitImu, BleakClient, SmallPeripheral], Awaitable[None]]


def converse(talk: Talk, **options: object) -> None:
    """Connect to a peripheral with these options, and talk to it."""

    async def main() -> None:
        link = LocalLink()
        radio = VirtualRadio(link)
        sensor = SmallPeripheral(link, 1, "shank_left", **options)  # type: ignore[arg-type]
        await sensor.power_on()
        try:
            async with radio.client(sensor.address) as client:
                await talk(OpenGaitImu(), client, sensor)
        finally:
            await sensor.power_off()
            await radio.close()

    asyncio.run(main())


def test_device_that_is_set_as_wanted_is_not_written_to() -> None:
    async def talk(driver: OpenGaitImu, client: BleakClient, sensor: SmallPeripheral) -> None:
        before = bytes(sensor.config)
        identity = await driver.read_identity(client)
        info = await driver.configure(client, identity, name="n", rate_hz=200.0)
        assert (identity.sensor_id, info.placement) == (sensor.serial, Placement.SHANK_LEFT)
        assert bytes(sensor.config) == before == info.config

    converse(talk, samples_per_packet=11)


def test_packet_size_and_nearest_rate_are_set_and_read_back() -> None:
    async def talk(driver: OpenGaitImu, client: BleakClient, sensor: SmallPeripheral) -> None:
        identity = await driver.read_identity(client)
        info = await driver.configure(client, identity, name="n", rate_hz=330.0)
        config = wire.parse_config(info.config)
        assert (config.rate_hz, config.samples_per_packet, config.cfg_id) == (400, 11, 4)
        assert info.config == bytes(sensor.config)

    converse(talk, samples_per_packet=19)


def test_device_without_a_serial_is_known_by_its_unique_id() -> None:
    async def talk(driver: OpenGaitImu, client: BleakClient, sensor: SmallPeripheral) -> None:
        assert (await driver.read_identity(client)).sensor_id == "0001020304050607"

    converse(talk, has_serial=False)


def test_refused_start_names_the_reason() -> None:
    async def talk(driver: OpenGaitImu, client: BleakClient, sensor: SmallPeripheral) -> None:
        with pytest.raises(SensorError, match=r"refused to start \(busy\)"):
            await driver.start(client, sensor_info(), lambda *_: None)

    converse(talk, start_status=int(wire.Status.BUSY))


def test_start_of_a_streaming_device_and_stop_of_a_stopped_one_are_no_errors() -> None:
    async def talk(driver: OpenGaitImu, client: BleakClient, sensor: SmallPeripheral) -> None:
        await driver.start(client, sensor_info(), lambda *_: None)
        await driver.start(client, sensor_info(), lambda *_: None)
        assert (sensor.starts, sensor.streaming) == (2, True)
        await driver.stop(client)
        await driver.stop(client)
        await driver.identify(client)
        assert not sensor.streaming

    converse(talk)


def test_device_that_does_not_reply_is_given_up_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sensors.drivers.dialogue.ANSWER_TIMEOUT_S", 0.3)

    async def talk(driver: OpenGaitImu, client: BleakClient, sensor: SmallPeripheral) -> None:
        with pytest.raises(SensorError, match="no reply to START"):
            await driver.start(client, sensor_info(), lambda *_: None)

    converse(talk, start_status=None)


def test_device_that_refuses_is_tried_again_by_the_collector() -> None:
    """Busy at first, willing a moment later."""
    states: list[SensorStatus] = []

    async def main() -> None:
        link = LocalLink()
        radio = VirtualRadio(link)
        sensor = SmallPeripheral(link, 1, start_status=int(wire.Status.BUSY))
        await sensor.power_on()
        collector = Collector(
            radio, placements={sensor.serial: Placement.PELVIS}, on_state=states.append
        )
        stop = asyncio.Event()
        run = asyncio.create_task(collector.run(stop))
        async with asyncio.timeout(100.0):
            while not any(s.state is SensorState.RECOVERING for s in states):
                await asyncio.sleep(0.02)
            sensor.start_status = 0
            while not any(s.state is SensorState.STREAMING for s in states):
                await asyncio.sleep(0.02)
        stop.set()
        await run
        await sensor.power_off()
        await radio.close()

    asyncio.run(main())
    refusal = next(s for s in states if s.state is SensorState.RECOVERING)
    assert "busy" in refusal.message
