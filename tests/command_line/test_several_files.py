"""A session whose recording went on in another file is analysed, and stored, as one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sensors.notification import Notification
from sensors.recording_reader import open_recording
from sensors.recording_writer import RecordingWriter
from tests.command_line.conftest import Command


@pytest.fixture
def halves(command: Command, tmp_path: Path) -> tuple[Path, Path, Path]:
    """A recording, and the same notifications in two files."""
    whole = tmp_path / "whole.mcap"
    assert command("simulate", "--out", whole, "--seconds", "50", "--seed", "6").code == 0
    parts = (tmp_path / "run.mcap", tmp_path / "run-001.mcap")
    with open_recording(whole) as recording:
        messages = list(recording.keyed_messages())
        middle = messages[len(messages) // 2][1][2]
        for path, early in zip(parts, (True, False), strict=True):
            with RecordingWriter(
                path, session=recording.session, sensors=recording.sensors, paced=False
            ) as writer:
                for sensor_id, (characteristic, payload, arrival_ns) in messages:
                    if (arrival_ns < middle) == early:
                        writer.notification(
                            Notification(sensor_id, characteristic, payload, arrival_ns)
                        )
    return whole, *parts


def test_two_files_of_a_session_give_the_strides_of_one(
    command: Command, halves: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    whole, first, second = halves
    tables = []
    for name, files in (("one", (whole,)), ("two", (first, second))):
        out = tmp_path / f"{name}.csv"
        assert command("analyze", *files, "--out", out).code == 0
        tables.append(out.read_text())
    assert tables[0] == tables[1]


def test_they_are_stored_as_one_recording(
    command: Command,
    halves: tuple[Path, Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, first, second = halves
    monkeypatch.setenv("LEVELSTRIDE_STORE", str(tmp_path / "library"))
    assert command("analyze", first, second, "--store", "--json").code == 0
    [stored] = (tmp_path / "library" / "recordings").glob("*.mcap")
    found = json.loads(command("doctor", stored, "--json").out)
    both = [json.loads(command("doctor", f, "--json").out)["health"] for f in (first, second)]
    assert found["health"]["messages"] >= sum(h["messages"] for h in both) - 20
    assert found["verdict"] in ("good", "note")


def test_a_recording_and_a_table_are_not_one_session(
    command: Command, halves: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    table = tmp_path / "x.csv"
    table.write_text("time_s,placement\n")
    outcome = command("analyze", halves[0], table)
    assert outcome.code == 2
    assert "x.csv" in outcome.err
