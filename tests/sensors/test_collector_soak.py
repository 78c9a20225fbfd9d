"""The whole collector for hours under harsh faults, in time that never waits."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from firmware_sim import SimulatedSession
from levelstride.virtual_time import run_in_virtual_time
from sensors.collector import Collector
from sensors.drivers.base import BATTERY_LEVEL
from sensors.recording_reader import open_recording
from sensors.recording_writer import RecordingWriter
from sensors.sensor_status import SensorState, SensorStatus
from sensors.session_info import SessionInfo
from tests.sensors.direct_radio import DirectRadio, Station, use_virtual_time

REACHABLE_S = 10.0
"""From being in range again to the first notification."""


def outages(seconds: float, seed: int, every_s: float) -> str:
    """Out of range now and then, all or one, for 1 to 90 s."""
    rng = np.random.default_rng(seed)
    found, at_s = [], 40.0
    while at_s < seconds - 130.0:
        who = rng.choice(["all", "pelvis", "shank_left", "shank_right"])
        away_s = float(rng.choice([1.0, 7.0, 25.0, 90.0]) * rng.uniform(0.8, 1.2))
        found.append(f"{at_s:.0f}:{who}:{away_s:.0f}")
        at_s += away_s + rng.uniform(0.5, 1.5) * every_s
    return ";".join(found)


def collect(
    path: Path, seconds: float, seed: int, every_s: float
) -> tuple[list[Station], list[SensorStatus]]:
    session = SimulatedSession(
        seconds,
        seed=seed,
        faults="harsh",
        fault_overrides={"out_of_range": outages(seconds, seed, every_s)},
    )
    said: list[SensorStatus] = []

    async def main() -> list[Station]:
        radio = DirectRadio(session, ["open_gait_imu"] * 3)
        tasks = [asyncio.create_task(s.client.deliver(radio.clock.now_s)) for s in radio.stations]
        recording = RecordingWriter(path, session=SessionInfo(), paced=False)
        await Collector(radio, recording=recording, on_state=said.append).run(seconds)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return radio.stations

    return run_in_virtual_time(main()), said


def check(path: Path, stations: list[Station], said: list[SensorStatus]) -> None:
    with open_recording(path) as reader:
        assert reader.health.complete
        recorded: dict[str, list[tuple[str, bytes]]] = {s.sensor_id: [] for s in reader.sensors}
        for one in reader.notifications():
            if one.characteristic != BATTERY_LEVEL:
                recorded[one.sensor_id].append((one.characteristic, one.payload))
        for _ in reader.blocks():
            pass
        counts = reader.counts
    waits: list[float] = []
    for station in stations:
        mine = recorded[station.device.sensor_id]
        kinds = {uuid for uuid, _ in mine}  # answers to the driver's questions are not recorded
        sent = [each for each in station.delivered if each[0] in kinds]
        assert mine == sent, "what the radio delivered is not in the file once and in order"
        back = np.array(station.streaming_s) - station.reachable_s[: len(station.streaming_s)]
        assert len(station.streaming_s) >= len(station.reachable_s) - 1
        waits += back.tolist()
        count = counts[station.device.sensor_id]
        print(
            f"{station.device.sensor_id}: {len(sent)} notifications, {count.samples} samples,"
            f" {count.lost} lost, {len(back)} times back, after {back.max(initial=0.0):.1f} s at most"
        )
    assert waits
    assert max(waits) < REACHABLE_S
    for status in said:
        assert "Traceback" not in status.message
        assert "Error" not in status.message
        assert "object at" not in status.message
    assert {SensorState.STREAMING, SensorState.RECOVERING} <= {status.state for status in said}


def test_harsh_minutes_out_of_range_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every notification is in the file once; all sensors are back soon after they can be."""
    use_virtual_time(monkeypatch)
    path = tmp_path / "run.mcap"
    check(path, *collect(path, 260.0, 5, 15.0))


@pytest.mark.full
@pytest.mark.timeout(3000)
def test_two_harsh_hours_out_of_range_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same for two hours."""
    use_virtual_time(monkeypatch)
    path = tmp_path / "run.mcap"
    check(path, *collect(path, 7200.0, 17, 120.0))
