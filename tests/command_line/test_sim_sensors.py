"""``sim-sensors``: virtual sensors in one process, scanned and recorded from another."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sensors.recording_reader import open_recording
from tests.command_line.conftest import Command

LEVELSTRIDE = (sys.executable, "-m", "levelstride")


@contextlib.contextmanager
def sensors_alone(*words: str) -> Iterator[str]:
    """Run ``sim-sensors`` on a free port; gives the value for ``--radio``."""
    process = subprocess.Popen(
        [*LEVELSTRIDE, "sim-sensors", "--listen", "127.0.0.1:0", *words],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if found := re.search(r"--radio (tcp:\S+)", line):
                yield found[1]
                break
        else:
            pytest.fail("sim-sensors ended without an air")
        process.terminate()
        assert process.wait(20.0) == 0
    finally:
        process.kill()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()


def test_another_process_scans_and_records(command: Command, tmp_path: Path) -> None:
    with sensors_alone("--seed", "3") as radio:
        found = command("scan", "--radio", radio, "--seconds", "2", "--json")
        assert found.code == 0
        listed = {one["placement"]: one["sensor_id"] for one in json.loads(found.out)["sensors"]}
        assert set(listed) == {"pelvis", "shank_left", "shank_right"}
        path = tmp_path / "run.mcap"
        recorded = command("record", "--radio", radio, "--for", "4", "--out", path)
        assert recorded.code in (0, 3)  # four seconds of standing hold no stride
        with open_recording(path) as recording:
            assert {s.sensor_id for s in recording.sensors} == set(listed.values())
            assert recording.session.source == "simulated"


def test_an_air_that_is_not_there_is_one_plain_line(command: Command) -> None:
    outcome = command("scan", "--radio", "tcp:127.0.0.1:9", "--seconds", "1")
    assert outcome.code == 2
    assert "no virtual air at 127.0.0.1:9" in outcome.err
    assert len(outcome.err.splitlines()) == 1


@pytest.mark.parametrize("radio", ["tcp", "tcp:", "tcp:host", "tcp:host:99999", "udp:1:2", "SIM"])
def test_an_unclear_radio_is_refused(command: Command, radio: str) -> None:
    outcome = command("scan", "--radio", radio)
    assert outcome.code == 2
    assert "HOST:PORT" in outcome.err


def test_a_taken_port_is_refused(command: Command) -> None:
    with sensors_alone() as radio:
        outcome = command("sim-sensors", "--listen", radio.removeprefix("tcp:"), "--for", "1")
    assert outcome.code == 2
    assert "cannot listen" in outcome.err
