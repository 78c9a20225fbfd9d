"""A simulated session of any kind of device as a recording: drivers and devices, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from firmware_sim import SimulatedSession
from firmware_sim.air import OTHER_DEVICES
from firmware_sim.device import AirClock, SimDevice
from firmware_sim.devices import make_device
from firmware_sim.fault_log import FaultLog
from firmware_sim.peripherals.runner_clock import RunnerClock
from firmware_sim.radio.device_link import DeviceLink
from levelstride.direct_client import DirectClient
from levelstride.simulated_recording import is_simulated
from levelstride.virtual_time import run_in_virtual_time
from sensors.drivers.base import Device
from sensors.drivers.registry import device_for
from sensors.notification import Notification
from sensors.placement import Placement
from sensors.recording_writer import RecordingWriter
from sensors.session_info import SensorInfo, SessionInfo

RATE_HZ = 200.0
PROGRESS_S = 2.0


class _Worn:
    """One device, its driver, and what the recording gets of it."""

    def __init__(self, driver: Device, client: DirectClient, placement: Placement | None) -> None:
        self.client = client
        self._driver = driver
        self._placement = placement
        self._info: SensorInfo | None = None
        self._keep: Callable[[Notification], None] = lambda _: None
        self._now_ns: Callable[[], int] = lambda: 0

    async def configure(self) -> SensorInfo:
        """Let the driver set the device up."""
        client = self.client.as_bleak()
        identity = await self._driver.read_identity(client)
        found = await self._driver.configure(
            client, identity, name=self.client.name, rate_hz=RATE_HZ
        )
        self._info = replace(found, placement=self._placement)
        return self._info

    async def start(self, keep: Callable[[Notification], None], now_ns: Callable[[], int]) -> None:
        """Let the driver start the stream; notifications go to ``keep``."""
        assert self._info is not None
        self._keep, self._now_ns = keep, now_ns
        client = self.client.as_bleak()
        await self._driver.subscribe(client, self._take)
        await self._driver.start(client, self._info, self._take)

    async def start_again(self, writer: RecordingWriter) -> None:
        """The device is back in range."""
        before = self._info
        self.client.connect()
        if await self.configure() != before and self._info is not None:
            writer.add_sensor(self._info)
        await self.start(self._keep, self._now_ns)

    def _take(self, characteristic: str, payload: bytes) -> None:
        assert self._info is not None
        self._keep(
            Notification(self._info.sensor_id, characteristic, bytes(payload), self._now_ns())
        )


class SimulatedDevice(NamedTuple):
    """A device to simulate.

    Attributes:
        kind: out of ``firmware_sim.devices.device_kinds()``.
        placement: where it is worn; None for side channels.
        variant: options of the kind.
    """

    kind: str
    placement: Placement | None
    variant: str | None = None


def write_device_recording(
    session: SimulatedSession,
    path: Path,
    info: SessionInfo,
    devices: Sequence[SimulatedDevice],
    progress: Callable[[float], None],
) -> tuple[int, FaultLog]:
    """Let drivers configure and start simulated devices, and record what they send.

    Args:
        session: what is worn and done.
        path: recording to write; a simulated one in its place is replaced.
        info: what the recording says about the session.
        devices: what is worn.
        progress: told the share that is done.

    Returns:
        The number of notifications, and what went wrong on the air.

    Raises:
        RecordingError: the file cannot be written.
        OutputError: there is a file that is not a simulated recording.
        SensorError: a driver and a device did not understand each other.
    """
    overwrite = is_simulated(path)
    log = FaultLog()

    async def record() -> int:
        clock = RunnerClock()
        worn = [_worn(session, clock, log, n, device) for n, device in enumerate(devices)]
        async with _delivered(worn, clock) as tasks:
            infos = [await one.configure() for one in worn]
            with RecordingWriter(
                path, session=info, sensors=infos, paced=False, overwrite=overwrite
            ) as writer:
                return await _stream(session, worn, writer, clock, tasks, progress)

    return run_in_virtual_time(record()), log


def simulated_device(
    session: SimulatedSession, wanted: SimulatedDevice, clock: AirClock
) -> SimDevice:
    """Make one device of a session.

    Raises:
        SimulationError: no such kind or variant.
    """
    place = next((s.placement for s in session.sensors if s.placement == wanted.placement), None)
    return make_device(wanted.kind, session, place, clock, variant=wanted.variant)


def _worn(
    session: SimulatedSession,
    clock: RunnerClock,
    log: FaultLog,
    number: int,
    wanted: SimulatedDevice,
) -> _Worn:
    device = simulated_device(session, wanted, clock)
    link = DeviceLink(
        device, clock, session.seed, OTHER_DEVICES + number, session.fault_settings, log
    )
    return _Worn(device_for(wanted.kind), DirectClient(link), wanted.placement)


@asynccontextmanager
async def _delivered(
    worn: Sequence[_Worn], clock: RunnerClock
) -> AsyncIterator[set[asyncio.Task[None]]]:
    """Connect all, and keep handing on what they send; further tasks may be added to the set."""
    loop = asyncio.get_running_loop()
    for one in worn:
        one.client.connect()
    tasks = {loop.create_task(one.client.deliver(clock.now_s)) for one in worn}
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _stream(
    session: SimulatedSession,
    worn: Sequence[_Worn],
    writer: RecordingWriter,
    clock: RunnerClock,
    tasks: set[asyncio.Task[None]],
    progress: Callable[[float], None],
) -> int:
    count = 0

    def keep(notification: Notification) -> None:
        nonlocal count
        writer.notification(notification)
        count += 1

    def now_ns() -> int:
        return round(clock.session_s(clock.now_s()) * 1e9)

    for one in worn:
        one.client.on_back = _starting_again(one, writer, tasks)
        await one.start(keep, now_ns)
    while (left_s := session.seconds - clock.session_s(clock.now_s())) > 0.0:
        await asyncio.sleep(min(left_s, PROGRESS_S))
        progress(min(1.0, 1.0 - left_s / session.seconds))
        for task in [task for task in tasks if task.done()]:
            tasks.discard(task)
            await task
    return count


def _starting_again(
    one: _Worn, writer: RecordingWriter, tasks: set[asyncio.Task[None]]
) -> Callable[[], None]:
    return lambda: tasks.add(asyncio.get_running_loop().create_task(one.start_again(writer)))
