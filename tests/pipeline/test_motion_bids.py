"""Motion-BIDS data sets: by the official validator, and by the rules it does not check."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.analyse_file import analyse
from pipeline.errors import OutputError
from pipeline.exporters.bids_labels import BidsLabels
from pipeline.exporters.motion_bids import write_motion_bids
from pipeline.exporters.session_samples import SessionSamples, read_session
from sensors.placement import Placement
from tests.simulated import simulated

SENSORS = {"pelvis": "pelvis", "shankleft": "shank_left", "shankright": "shank_right"}


@pytest.fixture(scope="module")
def samples() -> SessionSamples:
    return read_session([simulated(30.0, 11, faults="field").path])


@pytest.fixture(scope="module")
def data_set(samples: SessionSamples, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set with two people, one of them with session and run labels, and their strides."""
    folder = tmp_path_factory.mktemp("bids") / "data"
    session = analyse([samples.source])
    write_motion_bids(samples, folder, strides=session)
    labels = BidsLabels(subject="02", session="pre", task="treadmill", run=2)
    write_motion_bids(samples, folder, labels=labels, strides=session)
    return folder


def errors_of(folder: Path) -> list[dict[str, str]]:
    validator = Path(sys.executable).with_name("bids-validator-deno")
    run = subprocess.run([validator, "--json", folder], capture_output=True, check=False)
    issues = json.loads(run.stdout)["issues"]["issues"]
    return [issue for issue in issues if issue["severity"] == "error"]


def test_the_official_validator_accepts_the_data_set_and_its_strides(data_set: Path) -> None:
    assert errors_of(data_set) == []
    assert errors_of(data_set / "derivatives" / "levelstride") == []


def test_the_official_validator_would_have_found_a_missing_channel(
    data_set: Path, tmp_path: Path
) -> None:
    """So that the test above cannot pass for want of looking."""
    broken = tmp_path / "broken"
    shutil.copytree(data_set, broken)
    channels = next(broken.glob("sub-01/motion/*pelvis_channels.tsv"))
    channels.write_text("\n".join(channels.read_text().splitlines()[:-1]) + "\n")
    assert "TSV_EQUAL_ROWS" in {issue["code"] for issue in errors_of(broken)}


def test_the_motion_tables_hold_every_sample_and_a_row_for_every_lost_one(
    data_set: Path, samples: SessionSamples
) -> None:
    """No header (the validator does not look); the numbers are those measured, bit for bit."""
    lost = 0
    for label, placement in SENSORS.items():
        stem = data_set / "sub-01" / "motion" / f"sub-01_task-gait_tracksys-{label}"
        channels = pd.read_csv(f"{stem}_channels.tsv", sep="\t", keep_default_na=False)
        text = pd.read_csv(f"{stem}_motion.tsv", sep="\t", header=None, dtype=str, na_values="n/a")
        table = text.set_axis(list(channels["name"]), axis=1).astype(float)
        sensor = samples.sensors[Placement(placement)]
        assert list(table[f"{placement}_sample_index"]) == list(range(len(table)))
        there = table.notna().all(axis=1).to_numpy()
        np.testing.assert_array_equal(np.flatnonzero(there), sensor.index - sensor.index[0])
        for quantity, values in (("acc", sensor.acc), ("gyr", sensor.gyr)):
            columns = [f"{placement}_{quantity}_{axis}" for axis in "xyz"]
            np.testing.assert_array_equal(table.loc[there, columns].to_numpy(), values)
        latency = table[f"{placement}_latency"].to_numpy()
        np.testing.assert_array_equal(latency[there], sensor.time_s)
        assert (np.diff(latency) > 0).all()
        facts = json.loads(Path(f"{stem}_motion.json").read_text())
        assert facts["SamplingFrequencyEffective"] == sensor.rate_hz
        lost += sensor.lost_samples
    assert lost > 0, "the session of this test should lose samples"


def test_the_runner_is_not_named(samples: SessionSamples, tmp_path: Path) -> None:
    """A data set is made to be passed on."""
    write_motion_bids(replace(samples, runner="Ann Example"), tmp_path / "data")
    for path in (tmp_path / "data").rglob("*"):
        assert "Ann" not in path.name
        assert not path.is_file() or b"Ann" not in path.read_bytes()


def test_a_recording_is_replaced_on_request_only(samples: SessionSamples, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    write_motion_bids(samples, folder)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(OutputError, match=r"holds .* already"):
        write_motion_bids(samples, folder)
    assert {p: p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file()} == before
    write_motion_bids(samples, folder, force=True)
    assert set(before) == {path for path in folder.rglob("*") if path.is_file()}


def test_a_folder_of_other_things_is_left_alone(samples: SessionSamples, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(OutputError, match="other things"):
        write_motion_bids(samples, tmp_path, force=True)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("label", ["Ann Smith", "../x", "a_b", "", "é"])
def test_labels_are_letters_and_digits(label: str) -> None:
    with pytest.raises(OutputError):
        BidsLabels(subject=label)
