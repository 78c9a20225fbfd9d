"""A client whose link was lost is let go of before the next one connects.

On Linux it holds a connection to the message bus, and BlueZ delivers every notification once for each
holder that subscribed: after a loss everything came twice (bleak issue 2002).
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from bleak import BleakClient
from bumble.link import LocalLink

from sensors.collector import Collector
from sensors.placement import Placement
from sensors.radio import VirtualRadio
from sensors.sensor_status import SensorState, SensorStatus
from tests.sensors.small_peripheral import SmallPeripheral

pytestmark = pytest.mark.real_time


class WatchedRadio(VirtualRadio):
    """Notes which of its clients were told to disconnect, and how many were not at each new one."""

    def __init__(self, link: LocalLink) -> None:
        super().__init__(link)
        self.held: list[BleakClient] = []
        self.held_at_connect: list[int] = []

    def client(self, *args: Any, **kwargs: Any) -> BleakClient:
        client = super().client(*args, **kwargs)
        end, begin = client.disconnect, client.connect

        async def disconnect() -> None:
            self.held.remove(client)
            await end()

        async def connect(**kwargs: Any) -> None:
            self.held_at_connect.append(len(self.held))
            self.held.append(client)
            await begin(**kwargs)

        client.disconnect, client.connect = disconnect, connect  # type: ignore[method-assign]
        return client


def test_a_lost_client_is_let_go_of_before_the_next_connects() -> None:
    losses = 2
    states: list[SensorStatus] = []

    def times_streaming() -> int:
        course = [s.state for k, s in enumerate(states) if not k or s.state != states[k - 1].state]
        return course.count(SensorState.STREAMING)

    async def main() -> WatchedRadio:
        link = LocalLink()
        radio, sensor = WatchedRadio(link), SmallPeripheral(link, 1, "pelvis")
        await sensor.power_on()
        stop = asyncio.Event()
        placements = {sensor.serial: Placement.PELVIS}
        collector = Collector(radio, placements=placements, on_state=states.append)
        run = asyncio.create_task(collector.run(stop))
        async with asyncio.timeout(100.0):
            for loss in range(losses + 1):
                while times_streaming() <= loss:
                    await asyncio.sleep(0.02)
                if loss < losses:
                    sensor.drop_link()
        stop.set()
        await run
        await sensor.power_off()
        await radio.close()
        return radio

    radio = asyncio.run(main())
    assert len(radio.held_at_connect) > losses
    assert not any(radio.held_at_connect)
    assert not radio.held
