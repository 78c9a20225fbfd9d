"""Placements are remembered on this computer, and a damaged memory is said, not lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from levelstride.placement_memory import FILE_NAME, placements_for, remember, remembered
from levelstride.radio_name import RadioName
from pipeline.errors import InputError, OutputError
from sensors.placement import Placement
from tests.command_line.conftest import Command

LEFT, RIGHT, PELVIS = Placement.SHANK_LEFT, Placement.SHANK_RIGHT, Placement.PELVIS


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LEVELSTRIDE_CONFIG", str(tmp_path))
    return tmp_path / FILE_NAME


def test_what_was_said_once_holds_for_later_runs() -> None:
    assert placements_for(RadioName("host"), {"A": LEFT}) == {"A": LEFT}
    assert placements_for(RadioName("host"), {"B": PELVIS}) == {"A": LEFT, "B": PELVIS}
    assert placements_for(RadioName("host"), {}) == {"A": LEFT, "B": PELVIS}


def test_a_placement_goes_to_the_sensor_named_last() -> None:
    remember({"A": LEFT, "B": RIGHT})
    assert remember({"C": LEFT}) == {"B": RIGHT, "C": LEFT}
    assert remember({"B": LEFT}) == {"B": LEFT}


def test_simulated_sensors_are_not_remembered(own_settings: Path) -> None:
    assert placements_for(RadioName("sim"), {"A": LEFT}) == {"A": LEFT}
    assert not own_settings.exists()


@pytest.mark.parametrize("content", ["", "[]", '{"A": "knee"}', "nonsense"])
def test_a_damaged_memory_is_named_and_kept(own_settings: Path, content: str) -> None:
    own_settings.write_text(content)
    with pytest.raises(InputError, match=FILE_NAME):
        remembered()
    with pytest.raises(InputError):
        remember({"A": LEFT})
    assert own_settings.read_text() == content


def test_a_folder_that_cannot_be_written_is_a_plain_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LEVELSTRIDE_CONFIG", str(tmp_path / "file" / "inside"))
    with pytest.raises((OutputError, InputError)):
        remember({"A": LEFT})


@pytest.mark.real_time
def test_scan_identifies_a_sensor_and_says_when_it_is_not_there(command: Command) -> None:
    listed = json.loads(command("scan", "--radio", "sim", "--seconds", "2", "--json").out)
    one = listed["sensors"][0]
    for name in (one["name"], one["sensor_id"]):
        outcome = command("scan", "--radio", "sim", "--seconds", "2", "--identify", name)
        assert (outcome.code, one["name"] in outcome.err) == (0, True)
    absent = command("scan", "--radio", "sim", "--seconds", "1", "--identify", "OGI-0000")
    assert absent.code == 2
    assert "no sensor 'OGI-0000'" in absent.err
