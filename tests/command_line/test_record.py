"""``record`` and ``scan`` on the virtual radio, in processes of their own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from levelstride import cli
from sensors.placement import Placement
from sensors.recording_reader import open_recording

pytestmark = pytest.mark.real_time

LEVELSTRIDE = (sys.executable, "-m", "levelstride")
START_TIMEOUT_S = 200.0


def recording_process(path: Path, seconds: float) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*LEVELSTRIDE, "record", "--radio", "sim", "--for", str(seconds), "--out", str(path)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def wait_for_stream(path: Path, size: int) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not path.exists() or path.stat().st_size < size:
        assert time.monotonic() < deadline, "nothing was recorded"
        time.sleep(0.02)


def pause(seconds: float) -> float:
    """Let time pass; by how much this computer came late to look at the clock meanwhile, seconds."""
    end, latest_s = time.monotonic() + seconds, 0.0
    while (before := time.monotonic()) < end:
        time.sleep(0.01)
        latest_s = max(latest_s, time.monotonic() - before - 0.01)
    return latest_s


@pytest.mark.parametrize("wait_s", [0.37, 3.11])
def test_kill_9_loses_a_quarter_second_at_most(tmp_path: Path, wait_s: float) -> None:
    """The file opens as it is, reaches up to the kill, and analyses (exit code 3).

    The bound adds one packet (50 ms), and for a machine that is busy elsewhere half a second and what
    it came late by.
    """
    path = tmp_path / "run.mcap"
    process = recording_process(path, 60)
    try:
        wait_for_stream(path, 20_000)
        late_s = pause(wait_s)
        killed_utc = datetime.now(UTC)
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
    before = path.read_bytes()
    with open_recording(path) as recording:
        last_s = max(n.arrival_ns for n in recording.notifications()) * 1e-9
        killed_s = (killed_utc - recording.session.started_utc).total_seconds()
        assert not recording.health.complete
        assert {s.placement for s in recording.sensors} == set(Placement)
    assert killed_s - last_s < 0.25 + 0.05 + 0.5 + 3.0 * late_s
    answer = subprocess.run(
        [*LEVELSTRIDE, "analyze", str(path), "--json"], capture_output=True, check=False
    )
    assert answer.returncode == 3, answer.stderr
    assert json.loads(answer.stdout)["quality"]["pelvis"]["samples"] > 100
    assert path.read_bytes() == before


def test_an_interrupt_ends_a_recording_whole(tmp_path: Path) -> None:
    """Ctrl-C: sensors stopped, file closed; too early for strides, which it says (code 3)."""
    path = tmp_path / "run.mcap"
    process = recording_process(path, 600)
    try:
        wait_for_stream(path, 20_000)
        process.send_signal(signal.SIGINT)
        assert process.wait(200) == 3
    finally:
        process.kill()
        process.wait()
    with open_recording(path) as recording:
        assert recording.health.complete


def test_scan_lists_the_virtual_sensors(capsys: pytest.CaptureFixture[str]) -> None:
    """Three sensors with serial, battery and placement."""
    assert cli.run(["scan", "--radio", "sim", "--seconds", "3", "--json"]) == 0
    sensors = json.loads(capsys.readouterr().out)["sensors"]
    assert {s["placement"] for s in sensors} == {p.value for p in Placement}
    assert all(s["sensor_id"] and 0 <= s["battery_percent"] <= 100 for s in sensors)
