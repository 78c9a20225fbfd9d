"""What real computers do to a recording: Bluetooth switched off, its service gone, a program killed."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from firmware_sim import SimulatedSession
from sensors.errors import SensorError
from sensors.radio import HostRadio
from sensors.recording_reader import open_recording
from sensors.scan import scan
from tests.bluez.adapter import set_powered
from tests.bluez.bench import BUS_VARIABLE, Bench
from tests.bluez.message_bus import MessageBus
from tests.bluez.recorded_run import LiveRun, live_indices, record
from tests.bluez.waiting import wait_for

pytestmark = [pytest.mark.full, pytest.mark.bluez, pytest.mark.timeout(900)]

STREAMS_S = 90.0
KILLED_LOSS_S = 0.25
"""Most that a killed program may cost (issue: a recording that survives), beyond what was on its way."""
ON_ITS_WAY_S = 0.25
NOT_PLAIN = re.compile(r"[<>{}]|\('|Error\b|Traceback")

RECORD = """
import asyncio, sys
from pathlib import Path
from sensors.collector import Collector
from sensors.radio import HostRadio
from sensors.recording_writer import RecordingWriter
from sensors.session_info import SessionInfo
recording = RecordingWriter(Path(sys.argv[1]), session=SessionInfo())
asyncio.run(Collector(HostRadio(), recording=recording).run(600.0))
"""


def streams_of(bench: Bench, names: set[str]) -> bool:
    """Whether all sensors have sent for some seconds."""
    return all(len(bench.air.passed[name]) > 80 for name in names)


def said(live: LiveRun) -> set[str]:
    return {status.message for status in live.states if status.message}


def test_bluetooth_switched_off_and_on(bench: Bench, tmp_path: Path) -> None:
    """The recording goes on as soon as it can; until then it says why not, in plain words."""
    session = SimulatedSession(60, seed=4)
    names = {s.name for s in session.sensors}

    async def story(live: LiveRun) -> None:
        await live.until_streaming()
        await set_powered(bench.bus.address, on=False)
        await live.until(lambda: not live.streaming())
        await asyncio.sleep(2.0)
        await set_powered(bench.bus.address, on=True)
        print(f"streaming again {await live.until_streaming():.1f} s after switching on")
        await asyncio.sleep(2.0)

    with bench.worn(session):
        live, run = record(tmp_path / "run.mcap", story)
    assert run.complete
    assert run.sensors.keys() == names
    assert all(states.count("streaming") == 2 for states in run.link_states.values())
    assert any("cannot scan" in message for message in said(live))
    assert not [message for message in said(live) if NOT_PLAIN.search(message)]


def test_the_bluetooth_service_goes_away_and_comes_back(bench: Bench, tmp_path: Path) -> None:
    """As when a dongle is pulled, or the service restarted: another box takes the place of the first."""
    session = SimulatedSession(120, seed=5)
    names = {s.name for s in session.sensors}

    async def story(live: LiveRun) -> None:
        await live.until_streaming()
        bench.replace_box()
        await live.until(lambda: not live.streaming())
        await bench.scan_works()
        print(f"streaming again {await live.until_streaming():.1f} s after the adapter was there")
        await asyncio.sleep(2.0)

    with bench.worn(session):
        live, run = record(tmp_path / "run.mcap", story)
    assert run.complete
    assert run.sensors.keys() == names
    assert all(states.count("streaming") == 2 for states in run.link_states.values())
    assert not [message for message in said(live) if NOT_PLAIN.search(message)]


def test_a_killed_program_keeps_its_recording(bench: Bench, tmp_path: Path) -> None:
    session = SimulatedSession(60, seed=6)
    names = {s.name for s in session.sensors}
    with bench.worn(session):
        killed_ns = killed_while_recording(bench, names, tmp_path / "killed.mcap")
        passed = {name: list(bench.air.passed[name]) for name in names}
    with open_recording(tmp_path / "killed.mcap") as reader:
        payloads: dict[str, list[bytes]] = {name: [] for name in names}
        by_id = {sensor.sensor_id: sensor.name for sensor in reader.sensors}
        for each in reader.notifications():
            payloads[by_id[each.sensor_id]].append(each.payload)
        assert not reader.health.complete
        assert reader.health.damaged_chunks == 0
    for name in names:
        safe_ns = killed_ns - (KILLED_LOSS_S + ON_ITS_WAY_S) * 1e9
        owed = live_indices([p.payload for p in passed[name] if p.sent_ns < safe_ns])
        assert len(owed) > 300
        assert owed <= live_indices(payloads[name])


def test_sensors_are_found_after_a_program_was_killed(bench: Bench, tmp_path: Path) -> None:
    """BlueZ keeps the links of a dead program, and a sensor that has a link does not advertise."""
    session = SimulatedSession(60, seed=3)
    names = {s.name for s in session.sensors}

    async def story(live: LiveRun) -> None:
        await live.until_streaming()
        await asyncio.sleep(2.0)

    with bench.worn(session):
        killed_while_recording(bench, names, tmp_path / "killed.mcap")
        _, run = record(tmp_path / "next.mcap", story)
    assert run.complete
    assert run.sensors.keys() == names


def killed_while_recording(bench: Bench, names: set[str], path: Path) -> int:
    """Record in a program of its own and kill it; returns the performance counter at that moment."""
    program = subprocess.Popen([sys.executable, "-c", RECORD, str(path)])
    try:
        wait_for(lambda: streams_of(bench, names), STREAMS_S, "the sensors did not stream")
    finally:
        at_ns = time.perf_counter_ns()
        program.send_signal(signal.SIGKILL)
        program.wait()
    return at_ns


def test_without_a_bluetooth_service_the_user_is_told_in_plain_words(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bus on which nobody is BlueZ, and no bus at all."""
    bus = MessageBus(tmp_path)
    monkeypatch.setenv(BUS_VARIABLE, bus.address)
    try:
        with pytest.raises(SensorError) as nobody:
            asyncio.run(scan(HostRadio(), 1.0))
    finally:
        bus.stop()
    with pytest.raises(SensorError) as nothing:
        asyncio.run(scan(HostRadio(), 1.0))
    for failure in (nobody, nothing):
        print(failure.value)
        assert "cannot scan" in str(failure.value)
        assert not NOT_PLAIN.search(str(failure.value))
