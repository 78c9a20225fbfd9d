"""``sim-sensors``: virtual sensors in one process, scanned and recorded from another."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from bumble.link import LocalLink

from sensors.placement import Placement
from sensors.radio import VirtualRadio
from sensors.recording_reader import open_recording
from sensors.scan import FoundSensor
from sensors.virtual_radio.air_server import AirServer
from tests.command_line.conftest import Command
from tests.sensors.patient_scan import scan_for

pytestmark = pytest.mark.real_time

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
        ended = process.wait(200.0)
        assert ended == 0, process.stderr.read()
    finally:
        process.kill()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()


def test_another_process_scans_and_records(command: Command, tmp_path: Path) -> None:
    with sensors_alone("--seed", "3") as radio:
        listed = {}
        for _ in range(10):  # one scan is enough where the computer does not stand still
            found = command("scan", "--radio", radio, "--seconds", "2", "--json")
            sensors = json.loads(found.out)["sensors"] if found.code == 0 else []
            listed = {one["placement"]: one["sensor_id"] for one in sensors}
            if len(listed) == 3:
                break
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


def test_sensors_on_adapters_of_their_own_are_found_by_a_third_process(command: Command) -> None:
    """``--hci`` with controllers that stand in for dongles: one sensor on each, pelvis first."""

    async def main() -> list[FoundSensor]:
        air = AirServer(LocalLink())
        await air.start()
        adapter = f"tcp-client:127.0.0.1:{air.port}"
        process = await asyncio.create_subprocess_exec(
            *LEVELSTRIDE, "sim-sensors", "--hci", adapter, "--hci", adapter,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            assert process.stderr is not None
            async with asyncio.timeout(200.0):
                while b"Ctrl-C" not in await process.stderr.readline():
                    pass
            radio = VirtualRadio(("127.0.0.1", air.port))
            try:
                found = await scan_for(2, radio, 3.0)
            finally:
                await radio.close()
            process.terminate()
            async with asyncio.timeout(100.0):
                await process.stderr.read()
            assert await process.wait() == 0
            return found
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            await air.stop()

    places = {sensor.placement for sensor in asyncio.run(main())}
    assert places == {Placement.PELVIS, Placement.SHANK_LEFT}


@pytest.mark.parametrize("adapter", ["usb:77", "abacus:0", "tcp-client:127.0.0.1:9"])
def test_an_adapter_that_is_not_there_is_one_plain_line(command: Command, adapter: str) -> None:
    outcome = command("sim-sensors", "--hci", adapter, "--for", "1")
    assert outcome.code == 2
    assert adapter in outcome.err
    assert len(outcome.err.splitlines()) == 1


def test_a_taken_port_is_refused(command: Command) -> None:
    with sensors_alone() as radio:
        outcome = command("sim-sensors", "--listen", radio.removeprefix("tcp:"), "--for", "1")
    assert outcome.code == 2
    assert "cannot listen" in outcome.err


def test_ending_right_after_the_announcement_is_clean() -> None:
    """Who starts it from a program ends it by a signal, at any time after it said where it listens."""
    for _ in range(3):
        with sensors_alone():
            pass
