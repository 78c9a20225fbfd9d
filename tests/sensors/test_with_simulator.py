"""The simulator's sensors, over the virtual radio and over the fast path, through this room."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import numpy as np
import pytest
from bumble.link import LocalLink

from firmware_sim import SimulatedSession, VirtualSensors, air_packets
from sensors.collector import Collector
from sensors.drivers import open_gait_imu_bytes as wire
from sensors.drivers.registry import driver_for
from sensors.notification import Notification
from sensors.placement import Placement
from sensors.radio import VirtualRadio
from sensors.recording_reader import open_recording
from sensors.recording_writer import RecordingWriter
from sensors.sample_block import SampleBlock
from sensors.sensor_status import SensorState, SensorStatus
from sensors.session_info import SensorInfo, SessionInfo
from tests.sensors.patient_scan import scan_for


@pytest.fixture(autouse=True)
def as_the_simulator_packs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten samples a packet, as the packets have that are compared with, byte for byte."""
    monkeypatch.setattr("sensors.drivers.open_gait_imu.SAMPLES_PER_PACKET", 10)


def sensor_infos(session: SimulatedSession) -> list[SensorInfo]:
    driver = driver_for("open_gait_imu")
    return [
        driver.describe(
            sensor.info_bytes,
            sensor.config_bytes,
            sensor_id=sensor.sensor_id,
            name=sensor.name,
            serial=sensor.serial,
            firmware=sensor.firmware,
        )
        for sensor in session.sensors
    ]


def write(path: Path, session: SimulatedSession) -> Path:
    infos = sensor_infos(session)
    with RecordingWriter(path, session=SessionInfo(), sensors=infos, paced=False) as writer:
        for each in air_packets(session):
            writer.notification(
                Notification(each.sensor_id, each.characteristic, each.payload, each.arrival_ns)
            )
    return path


@pytest.mark.real_time
def test_virtual_sensors_are_scanned_recorded_and_none_of_their_samples_is_lost(
    tmp_path: Path,
) -> None:
    session = SimulatedSession(30, seed=4)
    blocks: list[SampleBlock] = []
    states: list[SensorStatus] = []
    starts: dict[str, float] = {}

    async def main() -> None:
        link = LocalLink()
        radio, worn = VirtualRadio(link), VirtualSensors(link, session)
        await worn.start()
        try:
            found = await scan_for(3, radio, 1.5)
            assert {f.sensor_id: f.placement for f in found} == {
                s.sensor_id: s.placement for s in session.sensors
            }
            assert all(f.battery_percent for f in found)
            recording = RecordingWriter(tmp_path / "run.mcap", session=SessionInfo())
            await Collector(
                radio, recording=recording, on_block=blocks.append, on_state=states.append
            ).run(5.0)
            starts.update(worn.start_s)
            assert not any(worn.packets_lost.values())
        finally:
            await worn.stop()
            await radio.close()

    asyncio.run(main())
    assert {s.placement for s in states if s.state is SensorState.STREAMING} == set(Placement)
    truth = {sensor.sensor_id: [] for sensor in session.sensors}
    for each in itertools.takewhile(lambda p: p.arrival_ns < 30e9, air_packets(session, starts)):
        if each.characteristic == wire.DATA:
            truth[each.sensor_id].append(each.payload)
    with open_recording(tmp_path / "run.mcap") as reader:
        assert reader.health.complete
        assert [s.sensor_id for s in reader.sensors] == [s.sensor_id for s in session.sensors]
        for sensor in session.sensors:
            mine = [
                n.payload
                for n in reader.notifications()
                if n.sensor_id == sensor.sensor_id and n.characteristic == wire.DATA
            ]
            assert len(mine) > 50
            assert mine == truth[sensor.sensor_id][: len(mine)]
            exchanges = [n for n in reader.notifications() if n.characteristic == wire.SYNC]
            assert len(exchanges) >= 3 * 8
        offline = list(reader.blocks())
    for placement in Placement:
        live = [b for b in blocks if b.placement is placement]
        assert live[0].first_index == 0
        assert not any(b.flags[0] & 4 for b in live)
        later = [b for b in offline if b.placement is placement]
        live_s = np.concatenate([b.time_s for b in live])
        later_s = np.concatenate([b.time_s for b in later])
        assert len(live_s) == len(later_s)


@pytest.mark.parametrize("faults", ["none", "field", "harsh"])
def test_times_of_simulated_samples_are_right(tmp_path: Path, faults: str) -> None:
    """Offline within 3 ms at p95, live and offline 3 ms apart at the median and 8 ms at p95."""
    for seed in (1, 2):
        session = SimulatedSession(75, seed=seed, faults=faults)  # type: ignore[arg-type]
        with open_recording(write(tmp_path / f"{seed}.mcap", session)) as reader:
            offline, live = list(reader.blocks()), list(reader.blocks(online=True))
        for sensor in session.sensors:
            columns = []
            for blocks in (offline, live):
                mine = [b for b in blocks if b.placement == sensor.placement]
                index = np.concatenate([b.first_index + np.arange(len(b)) for b in mine])
                columns.append((index, np.concatenate([b.time_s for b in mine])))
            (index, time_s), (live_index, live_s) = columns
            assert np.array_equal(index, live_index)
            rate = sensor.errors.sample_hz
            truth = (np.ceil(sensor.start_delay_s * rate - 1e-9) + index) / rate
            assert np.percentile(np.abs(time_s - truth), 95) < 3e-3
            assert np.median(np.abs(live_s - time_s)) < 3e-3
            assert np.percentile(np.abs(live_s - time_s), 95) < 8e-3


def test_lost_samples_are_counted_exactly(tmp_path: Path) -> None:
    """Samples and losses together are what the sensors took."""
    session = SimulatedSession(60, seed=5, faults="harsh")
    with open_recording(write(tmp_path / "x.mcap", session)) as reader:
        for _ in reader.blocks():
            pass
        counts = reader.counts
    whole = SimulatedSession(60, seed=5, faults="none")
    for sensor, clean in zip(session.sensors, whole.sensors, strict=True):
        mine = counts[sensor.sensor_id]
        assert mine.lost > 0
        assert mine.damaged == 0
        assert mine.lost + mine.samples == pytest.approx(
            (60 - clean.start_delay_s) * sensor.errors.sample_hz, abs=60
        )
