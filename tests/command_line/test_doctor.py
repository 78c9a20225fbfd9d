"""``doctor``: the file as it is, in words and as an object; repairs go to a new file."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.command_line.conftest import Command


@pytest.fixture
def recording(command: Command, tmp_path: Path) -> Path:
    path = tmp_path / "run.mcap"
    assert command("simulate", "--out", path, "--seconds", "20").code == 0
    return path


def test_a_sound_file_is_called_good(command: Command, recording: Path) -> None:
    outcome = command("doctor", recording)
    assert outcome.code == 0
    assert outcome.out.count(" 0 lost") == 3
    found = json.loads(command("doctor", recording, "--json").out)
    assert found["verdict"] in ("good", "note")
    assert {s["placement"] for s in found["sensors"]} == {"pelvis", "shank_left", "shank_right"}


def test_a_cut_file_is_reported_and_repaired_to_a_new_one(
    command: Command, recording: Path, tmp_path: Path
) -> None:
    cut, mended = tmp_path / "cut.mcap", tmp_path / "mended.mcap"
    cut.write_bytes(recording.read_bytes()[:-30_000])
    before = hashlib.sha256(cut.read_bytes()).digest()
    outcome = command("doctor", cut, "--repair", mended)
    assert outcome.code == 3
    assert "not whole" in outcome.out
    assert hashlib.sha256(cut.read_bytes()).digest() == before
    again = json.loads(command("doctor", mended, "--json").out)
    assert again["health"]["complete"]
    samples = sum(s["samples"] for s in again["sensors"])
    assert samples == sum(
        s["samples"] for s in json.loads(command("doctor", cut, "--json").out)["sensors"]
    )
    assert command("doctor", cut, "--repair", mended).code == 2  # nothing is ever replaced


@pytest.mark.parametrize("content", [b"", b"time_s,placement\n", b"\x89MCAP0\r\n"])
def test_what_is_no_recording_is_one_plain_line(
    command: Command, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "x.mcap"
    path.write_bytes(content)
    outcome = command("doctor", path)
    assert outcome.code == 2
    assert str(path) in outcome.err
    assert "Traceback" not in outcome.err
