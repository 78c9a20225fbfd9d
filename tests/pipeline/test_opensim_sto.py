"""OpenSim orientation files: by OpenSim itself, by their written format, and against the truth."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.transform import Rotation

from firmware_sim import SimulatedSession
from pipeline.errors import CalibrationError, OutputError
from pipeline.exporters.opensim_sto import pose_path, write_opensim_sto
from pipeline.exporters.segment_orientation import segment_orientations
from pipeline.exporters.session_samples import SessionSamples, read_session
from sensors.placement import Placement
from tests.simulated import simulated

SECONDS, SEED = 40.0, 11
COLUMNS = {
    "pelvis_imu": Placement.PELVIS,
    "tibia_l_imu": Placement.SHANK_LEFT,
    "tibia_r_imu": Placement.SHANK_RIGHT,
}
HAS_OPENSIM = importlib.util.find_spec("opensim") is not None


@pytest.fixture(scope="module")
def samples() -> SessionSamples:
    return read_session([simulated(SECONDS, SEED).path])


@pytest.fixture(scope="module")
def truth() -> pd.DataFrame:
    """Exact orientations; earth with x forward, y left, z up, as the files have it."""
    return pd.concat(SimulatedSession(SECONDS, SEED).truth_samples(), ignore_index=True)


@pytest.fixture(scope="module")
def trial(samples: SessionSamples, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sto") / "run.sto"
    files, notes = write_opensim_sto(samples, path)
    assert files == [path, pose_path(path)]
    assert notes == ()
    return path


def true_rotation(truth: pd.DataFrame, placement: Placement, time_s: np.ndarray) -> Rotation:
    mine = truth[truth.placement == placement.value]
    nearest = np.abs(mine.time_s.to_numpy()[:, None] - time_s[None, :]).argmin(axis=0)
    names = ["q_w", "q_x", "q_y", "q_z"]
    return Rotation.from_quat(mine[names].to_numpy()[nearest], scalar_first=True)


@pytest.mark.parametrize("which", ["trial", "pose"])
def test_the_files_have_the_written_format(trial: Path, which: str) -> None:
    """Header keys in order, tabs between cells, four comma separated numbers of length one."""
    text = (trial if which == "trial" else pose_path(trial)).read_text(encoding="ascii")
    lines = text.splitlines()
    assert lines[:5] == [
        "DataRate=100.000000",
        "DataType=Quaternion",
        "version=3",
        "OpenSimVersion=4.5",
        "endheader",
    ]
    assert lines[5].split("\t") == ["time", *COLUMNS]
    rows = [line.split("\t") for line in lines[6:]]
    assert {len(row) for row in rows} == {4}
    times = np.array([float(row[0]) for row in rows])
    np.testing.assert_allclose(np.diff(times), 0.01, atol=1e-9)
    for row in rows:
        for cell in row[1:]:
            assert re.fullmatch(r"-?[\d.e-]+(,-?[\d.e-]+){3}", cell)
            assert np.linalg.norm([float(x) for x in cell.split(",")]) == pytest.approx(1.0)
    assert len(rows) == 1 if which == "pose" else len(rows) > 3900


def test_orientations_are_those_of_the_virtual_sensors(
    samples: SessionSamples, truth: pd.DataFrame
) -> None:
    """Gravity's direction within a degree or two; heading within the toe-out that is not known."""
    found = segment_orientations(samples, 50.0)
    moving = found.time_s > 20.0
    for placement, quat in found.quat.items():
        ours = Rotation.from_quat(quat[moving], scalar_first=True)
        between = ours * true_rotation(truth, placement, found.time_s[moving]).inv()
        tilt_deg = np.degrees(np.arccos(np.clip(between.as_matrix()[:, 2, 2], -1.0, 1.0)))
        assert np.percentile(tilt_deg, 95) < 3.0
        assert np.abs(np.degrees(between.as_rotvec())[:, 2]).mean() < 8.0
        pose = Rotation.from_quat(found.upright[placement], scalar_first=True)
        standing = true_rotation(truth, placement, np.array([2.0]))[0]
        assert np.degrees((pose * standing.inv()).magnitude()) < 10.0


def test_forward_is_where_the_runner_runs(samples: SessionSamples) -> None:
    """Whatever heading the filter began with; and no quaternion jumps to its negative."""
    found = segment_orientations(samples, 50.0)
    for quat in found.quat.values():
        assert (np.sum(quat[1:] * quat[:-1], axis=1) > 0.0).all(), "neighbours differ in sign"
    pelvis = Rotation.from_quat(found.quat[Placement.PELVIS], scalar_first=True)
    upright = Rotation.from_quat(found.upright[Placement.PELVIS], scalar_first=True)
    right = (pelvis * upright.inv()).apply([0.0, -1.0, 0.0])
    assert right[found.time_s > 20.0].mean(axis=0) == pytest.approx([0.0, -1.0, 0.0], abs=0.05)


@pytest.mark.skipif(not HAS_OPENSIM, reason="OpenSim has no wheel for this platform")
def test_opensim_reads_the_files_and_opensense_finds_the_pelvis_in_them(
    trial: Path, truth: pd.DataFrame, tmp_path: Path
) -> None:
    """OpenSim's own reader, IMUPlacer and inverse kinematics, with the rotation the page names."""
    reader = Path(__file__).with_name("opensim_reader.py")
    arguments = [trial, pose_path(trial), tmp_path, "20.0", "24.0"]
    run = subprocess.run(
        [sys.executable, "-W", "ignore", reader, *arguments], capture_output=True, check=True
    )
    found = json.loads(run.stdout.splitlines()[-1])
    for which in ("trial", "pose"):
        assert found[which]["labels"] == list(COLUMNS)
        assert found[which]["rate"] == "100.000000"
    written = [line.split("\t") for line in trial.read_text().splitlines()[6:]]
    assert found["trial"]["rows"] == len(written)
    assert found["trial"]["time_s"] == pytest.approx([float(row[0]) for row in written])
    for cell, quat in zip(written[0][1:], found["trial"]["first"], strict=True):
        assert quat == pytest.approx([float(x) for x in cell.split(",")])
    angles = pd.read_csv(found["angles"], sep="\t", skiprows=6)
    names = [f"pelvis_joint_coord_{k}" for k in range(3)]
    turned = Rotation.from_euler("XYZ", np.radians(angles[names].to_numpy()))
    # OpenSim's ground has z to the right: how far the right axis points down is the drop
    right_down = -np.degrees(np.arcsin(turned.apply([0.0, 0.0, 1.0])[:, 1]))
    time_s = angles["time"].to_numpy()
    standing = true_rotation(truth, Placement.PELVIS, np.array([2.0]))[0]
    true_turn = true_rotation(truth, Placement.PELVIS, time_s) * standing.inv()
    true_down = -np.degrees(np.arcsin(true_turn.apply([0.0, -1.0, 0.0])[:, 2]))
    assert np.ptp(true_down) > 4.0, "the pelvis of this test should move"
    assert np.abs(right_down - true_down).max() < 1.5


def test_without_strides_nothing_is_written(samples: SessionSamples, tmp_path: Path) -> None:
    """Standing alone does not tell how a shank sensor faces."""
    short = read_session([simulated(20.0, 1).path])
    still = {
        placement: type(sensor)(
            placement, "", sensor.rate_hz, sensor.index[:600], sensor.time_s[:600],
            sensor.acc[:600], sensor.gyr[:600], sensor.flags[:600],
        )
        for placement, sensor in short.sensors.items()
    }  # fmt: skip
    with pytest.raises(CalibrationError, match="for want of strides"):
        write_opensim_sto(SessionSamples(still, short.source), tmp_path / "still.sto")
    assert list(tmp_path.iterdir()) == []


def test_files_are_replaced_on_request_only(samples: SessionSamples, tmp_path: Path) -> None:
    """The pose counts, too: it is never taken from under another trial."""
    pose_path(tmp_path / "run.sto").write_text("mine")
    with pytest.raises(OutputError, match="there is a file already"):
        write_opensim_sto(samples, tmp_path / "run.sto")
    assert [path.name for path in tmp_path.iterdir()] == ["run_pose.sto"]
    with pytest.raises(OutputError, match="suffix"):
        write_opensim_sto(samples, tmp_path / "run.txt")
