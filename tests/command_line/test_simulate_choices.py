"""``simulate`` with scenarios, faults and devices: what is asked for is in the file."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from firmware_sim.devices import device_kinds
from sensors.drivers.registry import side_kinds
from sensors.recording_reader import open_recording
from tests.command_line.conftest import Command

OTHER_SENSORS = sorted(set(device_kinds()) - set(side_kinds()) - {"open_gait_imu"})


def test_a_scenario_gives_its_script_its_faults_and_their_truth(
    command: Command, tmp_path: Path
) -> None:
    out, truth = tmp_path / "s.mcap", tmp_path / "t"
    words = ("--scenario", "reboot", "--seconds", "150", "--truth", truth, "--truth-samples")
    assert command("simulate", "--out", out, *words).code == 0
    assert json.loads((truth / "meta.json").read_text())["scenario"] == "reboot"
    faults = pd.read_csv(truth / "faults.csv")
    assert "reboot" in set(faults["fault"])
    strides = pd.read_csv(truth / "strides.csv")
    assert {"cpd_peak_deg", "cpd_peak_sensor_deg"} <= set(strides.columns)
    samples = pd.read_parquet(truth / "samples.parquet")
    counted = samples.groupby("placement").size()
    assert (counted.between(150 * 195, 150 * 205)).all()
    assert set(counted.index) == {"pelvis", "shank_left", "shank_right"}


def test_one_fault_set_otherwise_is_seen_in_the_file(command: Command, tmp_path: Path) -> None:
    for name, value in (("clean", "0"), ("lossy", "0.2")):
        out = tmp_path / f"{name}.mcap"
        command("simulate", "--out", out, "--seconds", "20", "--fault", f"loss={value}")
        with open_recording(out) as recording:
            lost = sum(b.time_s.size for b in recording.blocks())
        if name == "clean":
            whole = lost
    assert lost < 0.9 * whole


def test_the_same_arguments_give_the_same_bytes(command: Command, tmp_path: Path) -> None:
    words = ("--seconds", "20", "--scenario", "bad-radio", "--seed", "4")
    for name in ("a", "b"):
        assert command("simulate", "--out", tmp_path / name, *words).code == 0
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("device", OTHER_SENSORS)
def test_other_sensors_are_simulated_recorded_and_analysed(
    command: Command, tmp_path: Path, device: str
) -> None:
    """Bytes of the device, read by the project's own driver: strides like those of the truth."""
    out, truth, table = tmp_path / "s.mcap", tmp_path / "t", tmp_path / "strides.csv"
    words = ("--device", device, "--seconds", "45", "--seed", "2", "--truth", truth)
    assert command("simulate", "--out", out, *words).code == 0
    outcome = command("analyze", out, "--out", table)
    assert outcome.code in (0, 3), outcome.err
    found, true = pd.read_csv(table), pd.read_csv(truth / "strides.csv")
    for side in ("left", "right"):
        mine = found[(found["side"] == side) & found["valid"]]
        theirs = true[(true["side"] == side) & true["valid"]]
        assert len(mine) >= 0.85 * len(theirs), device
        difference = mine["cpd_peak_deg"].median() - theirs["cpd_peak_deg"].median()
        assert abs(difference) < 0.6, device


def test_side_channels_are_recorded_too(command: Command, tmp_path: Path) -> None:
    out = tmp_path / "s.mcap"
    words = ("--beside", "heart_rate", "--beside", "running_speed", "--seconds", "30")
    assert command("simulate", "--out", out, *words).code == 0
    with open_recording(out) as recording:
        assert {s.kind for s in recording.sensors} >= {"heart_rate", "running_speed"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--scenario", "nowhere"), "easy-run"),
        (("--scenario", "no/such/file.json"), "cannot be read"),
        (("--scenario", "easy-run", "--speed", "3"), "leave --speed"),
        (("--fault", "loss"), "NAME=VALUE"),
        (("--fault", "lost=1"), "not known"),
        (("--fault", "loss=2"), "0 to 0.9"),
        (("--device", "abacus"), "witmotion"),
        (("--device", "movella_dot+gold"), "no variant"),
        (("--truth-samples",), "--truth"),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(
    command: Command, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    outcome = command("simulate", "--out", tmp_path / "s.mcap", *words)
    assert outcome.code == 2
    assert said in outcome.err
    assert len(outcome.err.splitlines()) == 1
    assert not (tmp_path / "s.mcap").exists()


def test_the_list_names_every_scenario_and_device(command: Command) -> None:
    listed = command("simulate", "--list")
    assert listed.code == 0
    for word in ("insole-on-off", "polar_verity", "connection_interval_ms"):
        assert word in listed.out


def test_the_conditions_of_a_scenario_are_marked_in_the_recording(
    command: Command, tmp_path: Path
) -> None:
    """With and without the insole: the recording itself says when, as a person would note it."""
    path = tmp_path / "s.mcap"
    assert (
        command("simulate", "--scenario", "insole-on-off", "--seconds", 180, "--out", path).code
        == 0
    )
    with open_recording(path) as recording:
        marked = [(m.time_s, m.kind, m.text) for m in recording.markers()]
    assert marked == [
        (35.0, "condition", "insole off"),
        (155.0, "condition", "end"),
        (170.0, "condition", "insole on"),
    ]
