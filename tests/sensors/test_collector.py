"""The collector end to end over the virtual radio: nothing lost, links restored, clean ends."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import io
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest
from bleak.backends.scanner import BaseBleakScanner
from bumble.link import LocalLink

from sensors.collector import Collector
from sensors.drivers import open_gait_imu_bytes as wire
from sensors.errors import RecordingError, SensorError, SensorNotFound
from sensors.placement import Placement
from sensors.radio import HostRadio, VirtualRadio
from sensors.recording_reader import open_recording
from sensors.recording_writer import RecordingWriter
from sensors.sample_block import SampleBlock
from sensors.sensor_status import SensorState, SensorStatus
from sensors.session_info import SessionInfo
from tests.sensors.patient_scan import scan_for
from tests.sensors.small_peripheral import SmallPeripheral

pytestmark = pytest.mark.real_time

PLACEMENTS = ("pelvis", "shank_left", "shank_right")


@contextlib.asynccontextmanager
async def air(count: int = 3) -> AsyncIterator[tuple[VirtualRadio, list[SmallPeripheral]]]:
    link = LocalLink()
    radio = VirtualRadio(link)
    sensors = [SmallPeripheral(link, k + 1, PLACEMENTS[k]) for k in range(count)]
    for sensor in sensors:
        await sensor.power_on()
    try:
        yield radio, sensors
    finally:
        for sensor in sensors:
            await sensor.power_off()
        await radio.close()


async def until(condition: object, seconds: float = 60.0) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(seconds):
        while not condition():  # type: ignore[operator]
            await asyncio.sleep(0.02)


async def run_until(collector: Collector, condition: Callable[[], bool]) -> None:
    """Collect until something is true, however long this computer takes for it."""
    stop = asyncio.Event()
    run = asyncio.create_task(collector.run(stop))
    await until(lambda: run.done() or condition())
    stop.set()
    await run


def total(blocks: list[SampleBlock], placement: str) -> int:
    return sum(len(block) for block in blocks if block.placement == placement)


def test_scan_lists_serial_battery_and_placement() -> None:
    async def main() -> None:
        async with air(2) as (radio, sensors):
            found = sorted(await scan_for(2, radio), key=lambda each: each.name)
            assert [
                (f.sensor_id, f.name, f.kind, f.battery_percent, f.placement) for f in found
            ] == [(s.serial, s.name, "open_gait_imu", 87, s.placement) for s in sensors]

    asyncio.run(main())


def test_every_packet_sent_is_recorded_and_becomes_samples(tmp_path: Path) -> None:
    """What three sensors sent, what the recording holds and what came out live are the same."""
    path = tmp_path / "run.mcap"
    blocks: list[SampleBlock] = []
    sent: dict[str, list[bytes]] = {}

    async def main() -> None:
        async with air() as (radio, sensors):
            with RecordingWriter(path, session=SessionInfo(runner="R")) as recording:
                collector = Collector(radio, recording=recording, on_block=blocks.append)
                stop = asyncio.Event()
                run = asyncio.create_task(collector.run(stop))
                await until(lambda: len(blocks) > 20)
                collector.marker("lap 1", "lap")
                await until(lambda: all(len(sensor.payloads) > 40 for sensor in sensors))
                stop.set()
                await run
            for sensor in sensors:
                assert not sensor.streaming, "STOP was not written"
                sent[sensor.serial] = sensor.payloads

    asyncio.run(main())
    with open_recording(path) as reader:
        assert reader.health.complete
        assert [(marker.text, marker.kind) for marker in reader.markers()] == [("lap 1", "lap")]
        assert {event.event for event in reader.link_events()} == {
            "configuring",
            "signal",
            "streaming",
        }
        assert {s.sensor_id: s.placement for s in reader.sensors} == dict(
            zip(sent, PLACEMENTS, strict=True)
        )
        recorded: dict[str, list[bytes]] = {key: [] for key in sent}
        for notification in reader.notifications():
            if notification.characteristic == wire.DATA:
                recorded[notification.sensor_id].append(notification.payload)
        replayed = list(reader.blocks(online=True))
    assert recorded == sent
    for placement, payloads in zip(PLACEMENTS, sent.values(), strict=True):
        assert total(blocks, placement) == 10 * len(payloads) > 100
        for name in ("time_s", "acc", "gyr"):
            live = np.concatenate([getattr(b, name) for b in blocks if b.placement == placement])
            again = np.concatenate([getattr(b, name) for b in replayed if b.placement == placement])
            assert np.array_equal(live, again), f"live and replayed {name} differ"


def test_lost_link_is_restored_and_the_gap_is_counted() -> None:
    states: list[SensorStatus] = []
    blocks: list[SampleBlock] = []

    async def main() -> None:
        async with air(1) as (radio, [sensor]):
            collector = Collector(
                radio,
                placements={sensor.serial: Placement.PELVIS},
                on_block=blocks.append,
                on_state=states.append,
            )
            stop = asyncio.Event()
            run = asyncio.create_task(collector.run(stop))
            await until(lambda: total(blocks, "pelvis") > 200)
            sensor.drop_link()
            await until(lambda: any(s.state is SensorState.RECOVERING for s in states))
            before = total(blocks, "pelvis")
            await until(lambda: total(blocks, "pelvis") > before + 200)
            await until(lambda: states[-1].state is SensorState.STREAMING)  # samples come before
            stop.set()
            await run

    asyncio.run(main())
    course = [s.state for k, s in enumerate(states) if k == 0 or s.state != states[k - 1].state]
    assert course == [
        SensorState.CONFIGURING,
        SensorState.STREAMING,
        SensorState.RECOVERING,
        SensorState.CONFIGURING,
        SensorState.STREAMING,
    ]
    gaps = [k for k, block in enumerate(blocks) if block.flags[0] & 4]
    assert len(gaps) == 1
    lost = blocks[gaps[0]].first_index - blocks[gaps[0] - 1].first_index - len(blocks[gaps[0] - 1])
    assert lost > 0
    assert states[-1].lost_samples == lost
    time_s = np.concatenate([block.time_s for block in blocks])
    assert (np.diff(time_s) > 0).all()


def test_sensor_that_was_switched_off_is_found_again() -> None:
    """A second life begins with index zero and another clock; time goes on."""
    blocks: list[SampleBlock] = []

    async def main() -> None:
        async with air(1) as (radio, [sensor]):
            collector = Collector(
                radio, placements={sensor.serial: Placement.PELVIS}, on_block=blocks.append
            )
            stop = asyncio.Event()
            run = asyncio.create_task(collector.run(stop))
            await until(lambda: total(blocks, "pelvis") > 200)
            await sensor.power_off()
            second = SmallPeripheral(sensor.link, 1)
            await second.power_on()
            second._boot += 95.0
            before = total(blocks, "pelvis")
            await until(lambda: total(blocks, "pelvis") > before + 200)
            stop.set()
            await run
            sensor.device, sensor.controller = second.device, second.controller
            await second.power_off()
            sensor.link.add_controller(sensor.controller)

    asyncio.run(main())
    time_s = np.concatenate([block.time_s for block in blocks])
    index = np.concatenate([block.first_index + np.arange(len(block)) for block in blocks])
    assert (np.diff(time_s) > 0).all()
    assert (np.diff(index) > 0).all()
    step = int(np.argmax(np.diff(index)))
    missed_s = np.diff(index)[step] * float(np.median(np.diff(time_s)))
    assert missed_s == pytest.approx(np.diff(time_s)[step], abs=0.2)


def test_no_sensor_in_range_says_what_to_do() -> None:
    async def main() -> None:
        radio = VirtualRadio(LocalLink())
        with pytest.raises(SensorNotFound, match="Switch the sensors on"):
            await Collector(radio, search_s=0.3).run(5.0)
        await radio.close()

    asyncio.run(main())


class _NoService(BaseBleakScanner):
    """A backend on a computer without Bluetooth."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(None, None)

    async def start(self) -> None:
        raise FileNotFoundError(2, "No such file or directory")

    async def stop(self) -> None:
        """Never started."""


def test_computer_without_bluetooth_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HostRadio, "scanner_kwargs", lambda _: {"backend": _NoService})

    async def collect() -> None:
        radio = HostRadio()
        try:
            await Collector(radio).run(1.0)
        finally:
            await radio.close()

    with pytest.raises(SensorError, match=r"service does not answer.*Switch Bluetooth on"):
        asyncio.run(collect())


def test_missing_sensor_is_said_and_the_others_stream() -> None:
    states: list[SensorStatus] = []
    blocks: list[SampleBlock] = []

    async def main() -> None:
        async with air(2) as (radio, _):
            collector = Collector(
                radio, on_block=blocks.append, on_state=states.append, search_s=1.5
            )
            both = ("pelvis", "shank_left")
            await run_until(collector, lambda: min(total(blocks, each) for each in both) > 50)

    asyncio.run(main())
    missing = [s.placement for s in states if s.state is SensorState.SEARCHING]
    assert missing == [Placement.SHANK_RIGHT]
    assert total(blocks, "pelvis") > 50
    assert total(blocks, "shank_left") > 50


def test_second_sensor_for_one_placement_is_not_used() -> None:
    states: list[SensorStatus] = []

    async def main() -> None:
        async with air(2) as (radio, sensors):
            everywhere = {sensor.serial: Placement.PELVIS for sensor in sensors}
            collector = Collector(radio, placements=everywhere, on_state=states.append)
            await run_until(collector, lambda: last() == wanted)

    wanted = [SensorState.STREAMING, SensorState.UNUSED]

    def last() -> list[SensorState]:
        return sorted({status.name: status.state for status in states if status.name}.values())

    asyncio.run(main())
    assert last() == wanted


def test_placements_override_what_the_sensors_say() -> None:
    blocks: list[SampleBlock] = []

    async def main() -> None:
        async with air(1) as (radio, [sensor]):
            collector = Collector(
                radio, placements={sensor.name: Placement.SHANK_RIGHT}, on_block=blocks.append
            )
            await run_until(collector, lambda: len(blocks) > 20)

    asyncio.run(main())
    assert {block.placement for block in blocks} == {Placement.SHANK_RIGHT}


def test_silent_link_is_taken_down_and_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensors.collector.STALL_S", 1.0)
    states: list[SensorStatus] = []
    blocks: list[SampleBlock] = []

    async def main() -> None:
        async with air(1) as (radio, [sensor]):
            collector = Collector(
                radio,
                placements={sensor.serial: Placement.PELVIS},
                on_block=blocks.append,
                on_state=states.append,
            )
            stop = asyncio.Event()
            run = asyncio.create_task(collector.run(stop))
            await until(lambda: total(blocks, "pelvis") > 100)
            sensor.muted = True
            await until(lambda: any(s.state is SensorState.RECOVERING for s in states))
            sensor.muted = False
            before = total(blocks, "pelvis")
            await until(lambda: total(blocks, "pelvis") > before + 100)
            stop.set()
            await run

    asyncio.run(main())


def test_stop_while_still_searching_ends_at_once() -> None:
    async def main() -> None:
        radio = VirtualRadio(LocalLink())
        stop = asyncio.Event()
        run = asyncio.create_task(Collector(radio, search_s=60.0).run(stop))
        await asyncio.sleep(0.2)
        stop.set()
        async with asyncio.timeout(30.0):
            await run
        await radio.close()

    asyncio.run(main())


def test_cancelled_run_stops_the_sensors() -> None:
    async def main() -> None:
        async with air(1) as (radio, [sensor]):
            collector = Collector(radio, placements={sensor.serial: Placement.PELVIS})
            run = asyncio.create_task(collector.run(60.0))
            await until(lambda: sensor.sent > 5)
            run.cancel()
            with pytest.raises(asyncio.CancelledError):
                await run
            assert not sensor.streaming

    asyncio.run(main())


def test_failing_consumer_of_samples_ends_the_run_with_its_error() -> None:
    def on_block(_: SampleBlock) -> None:
        raise ZeroDivisionError

    async def main() -> None:
        async with air(1) as (radio, [sensor]):
            collector = Collector(
                radio, placements={sensor.serial: Placement.PELVIS}, on_block=on_block
            )
            with pytest.raises(ZeroDivisionError):
                await collector.run(60.0)
            assert not sensor.streaming

    asyncio.run(main())


class _SmallDisk(io.FileIO):
    """A disk with room for the head of a recording, and little more."""

    room = 3000

    def write(self, data: object) -> int:
        size = len(memoryview(data))  # type: ignore[arg-type]
        self.room -= size
        if self.room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return size


def test_full_disk_ends_the_recording_but_not_the_stream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks: list[SampleBlock] = []
    states: list[SensorStatus] = []

    async def main() -> None:
        async with air(1) as (radio, [sensor]):
            with monkeypatch.context() as patched:
                patched.setattr(
                    Path, "open", lambda path, _: io.BufferedWriter(_SmallDisk(path, "w"))
                )
                recording = RecordingWriter(tmp_path / "run.mcap", session=SessionInfo())
            collector = Collector(
                radio,
                placements={sensor.serial: Placement.PELVIS},
                recording=recording,
                on_block=blocks.append,
                on_state=states.append,
            )
            with pytest.raises(RecordingError, match="free space"):
                await run_until(collector, lambda: total(blocks, "pelvis") > 600)

    asyncio.run(main())
    assert total(blocks, "pelvis") > 600
    assert any("not recorded" in status.message for status in states)


def test_sensor_that_is_switched_on_late_joins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensors.collector.MISSING_EVERY_S", 0.3)
    blocks: list[SampleBlock] = []
    states: list[SensorStatus] = []

    async def main() -> None:
        async with air(1) as (radio, sensors):
            collector = Collector(
                radio, on_block=blocks.append, on_state=states.append, search_s=0.5
            )
            stop = asyncio.Event()
            run = asyncio.create_task(collector.run(stop))
            await until(lambda: total(blocks, "pelvis") > 50)
            late = SmallPeripheral(sensors[0].link, 2, "shank_left")
            sensors.append(late)
            await late.power_on()
            await until(lambda: total(blocks, "shank_left") > 50)
            stop.set()
            await run

    asyncio.run(main())
    said = [s.placement for s in states if s.state is SensorState.SEARCHING]
    assert said[:2] == [Placement.SHANK_LEFT, Placement.SHANK_RIGHT]
    assert said[-1] is Placement.SHANK_RIGHT
    # after each look; on a busy computer one may end before the sensor is on, or after it joined
    assert said.count(Placement.SHANK_LEFT) < said.count(Placement.SHANK_RIGHT)


def test_a_sensor_that_claims_an_assigned_place_is_not_used() -> None:
    """A stranger's left shank in the same gym does not become ours."""
    last: dict[str, SensorStatus] = {}

    async def main() -> None:
        async with air() as (radio, [pelvis, stranger, ours]):
            places = {
                pelvis.name: Placement.PELVIS,
                ours.name: Placement.SHANK_LEFT,
                "left at home": Placement.SHANK_RIGHT,
            }
            collector = Collector(
                radio, placements=places, on_state=lambda s: last.__setitem__(s.name, s)
            )
            stop = asyncio.Event()
            run = asyncio.create_task(collector.run(stop))
            await until(lambda: {pelvis.name, stranger.name, ours.name} <= set(last))
            await until(lambda: last[ours.name].state is SensorState.STREAMING)
            stop.set()
            await run
            assert last[stranger.name].state is SensorState.UNUSED
            assert f"assigned to {ours.name}" in last[stranger.name].message
            assert not stranger.payloads

    asyncio.run(main())
