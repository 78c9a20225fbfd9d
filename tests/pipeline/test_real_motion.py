"""Real runners and walkers, against optical motion, force plates and instrumented treadmills.

The errors found are printed (``pytest -rP``), bounded here, and stated in docs/validation.md.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.analyse_file import analyse
from pipeline.importers.neutral_table import read_neutral_csv
from pipeline.session import Session
from pipeline.stride import SIDES, Side
from pipeline.stride_table import strides_to_frame
from tests.pipeline.stride_errors import stride_errors

RUNS = ("r001_T25", "r001_T35", "r001_T45")
COLUMNS = ("cpd_peak_deg", "cpd_exc_deg", "tir_exc_deg")


def run_truth(folder: Path) -> pd.DataFrame:
    truth = pd.read_csv(folder / "truth_strides.csv")
    return truth.assign(valid=True, gait="run")


@pytest.mark.parametrize("variant", ["clean", "field"])
@pytest.mark.parametrize("trial", RUNS)
def test_real_running_motion(shared_data: Path, trial: str, variant: str) -> None:
    """Optical motion of a real runner, virtual sensors, standing and running only.

    Nothing is known of the mounting. RMSE per leg: peak drop 0.3, excursion 0.25, tibial rotation
    1.6 degrees (one accelerometer's bias turns the tibia, see docs/validation.md); foot strike
    against the force plate: bias 3 ms, SD 4 ms, toe-off 10 and 6 ms; every stride found.
    """
    folder = shared_data / "running_motion" / trial
    session = analyse([folder / f"imu_{variant}.csv.gz"])
    for side in SIDES:
        errors = stride_errors(session.strides, run_truth(folder), side, COLUMNS)
        print(
            trial,
            variant,
            side,
            {c: f"{errors.bias(c):+.2f} rmse {errors.rmse(c):.2f} deg" for c in COLUMNS},
            {
                c: f"{errors.bias(c) * 1e3:+.1f} sd {errors.sd(c) * 1e3:.1f} ms"
                for c in ("foot_strike_s", "toe_off_s")
            },
        )
        assert errors.missed <= 1  # the last truth stride may end where the file does
        assert errors.extra == 0
        assert errors.rmse("cpd_peak_deg") <= 0.3
        assert errors.rmse("cpd_exc_deg") <= 0.25
        assert errors.rmse("tir_exc_deg") <= 1.6
        for event, bias_s, sd_s in (("foot_strike_s", 0.003, 0.004), ("toe_off_s", 0.010, 0.006)):
            assert abs(errors.bias(event)) <= bias_s
            assert errors.sd(event) <= sd_s


def neutral_file(data: Path, trial: str, folder: Path) -> Path:
    """An Xsens treadmill trial as a neutral CSV."""
    wide = pd.read_parquet(data / "cmu_xsens_treadmill_walk" / f"{trial}_imu.parquet")
    parts = []
    for name, placement in (
        ("pelvis", "pelvis"),
        ("shank_l", "shank_left"),
        ("shank_r", "shank_right"),
    ):
        part = wide[["t_s"]].rename(columns={"t_s": "time_s"})
        part.insert(1, "placement", placement)
        for quantity in ("acc", "gyr"):
            for axis in "xyz":
                part[f"{quantity}_{axis}"] = wide[f"{name}_{quantity}_{axis}"]
        parts.append(part)
    path = folder / f"{trial}.csv"
    pd.concat(parts).to_csv(path, index=False)
    return path


@pytest.mark.parametrize("subject", ["Sub01", "Sub02", "Sub03", "Sub04"])
def test_real_treadmill_walking_against_force(
    shared_data: Path, tmp_path: Path, subject: str
) -> None:
    """Xsens on pelvis and tibiae, split-belt force as reference, synchronised to ±20 ms.

    Every one of about 450 strides is found; foot strike and toe-off within 30 ms, SD 20 ms.
    """
    trial = f"{subject}_CSBaseline"
    session = analyse([neutral_file(shared_data, trial, tmp_path)])
    reference = pd.read_csv(shared_data / "cmu_xsens_treadmill_walk" / "strides.csv")
    reference = reference[(reference["trial"] == trial) & reference["valid"]]
    for side in SIDES:
        mine = reference[reference["side"] == side[0]]
        found = nearest_events(session, side, mine)
        print(trial, side, f"{found.mean(axis=0) * 1e3} sd {found.std(axis=0) * 1e3} ms")
        assert len(found) == len(mine)
        assert np.abs(found.mean(axis=0)).max() <= 0.030
        assert found.std(axis=0).max() <= 0.020


def nearest_events(session: Session, side: Side, reference: pd.DataFrame) -> np.ndarray:
    """Errors of foot strike and toe-off, shape (n, 2), of the strides within 0.15 s."""
    strides = [s for s in session.strides if s.side == side and s.gait == "walk"]
    starts = np.array([s.foot_strike_s for s in strides])
    errors = []
    for strike, lift in zip(reference["t_fs"], reference["t_to"], strict=True):
        n = int(np.argmin(np.abs(starts - strike)))
        if abs(starts[n] - strike) < 0.15:
            errors.append((starts[n] - strike, strides[n].toe_off_s - lift))
    return np.array(errors)


def test_real_xsens_export_against_vicon(shared_data: Path) -> None:
    """MT Manager text exports of a walk with a turn; pelvis markers (PSIS line) as reference.

    Straight strides: drop excursion within 2 degrees of the markers each, range within 1.5;
    foot strike within 60 ms, toe-off within 40 ms of hand-set events (sensors lag by 20 ms).
    """
    folder = shared_data / "gaittoolbox_s02_walk"
    files = sorted((folder / "original").glob("*.txt"))
    session = analyse(files, sensor_map=folder / "original" / "sensor_map.json")
    table = strides_to_frame(session.strides)
    reference = pd.read_csv(folder / "strides.csv")
    compared = 0
    for row in reference[reference["straight"]].to_dict("records"):
        side = {"l": "left", "r": "right"}[row["side"]]
        mine = table[table["side"] == side]
        near = mine.loc[(mine["foot_strike_s"] - row["t_fs"]).abs().idxmin()]
        if abs(near["foot_strike_s"] - row["t_fs"]) > 0.2:
            continue
        compared += 1
        print(
            side,
            f"excursion {near['cpd_exc_deg']:.1f}, markers {row['cpd_rise_from_fs_psis_deg']:.1f};",
            f"range {near['pelvis_rom_deg']:.1f}, markers {row['obliq_range_stride_psis_deg']:.1f}",
        )
        assert abs(near["foot_strike_s"] - row["t_fs"]) <= 0.06
        assert abs(near["toe_off_s"] - row["t_to"]) <= 0.04
        assert abs(near["cpd_exc_deg"] - row["cpd_rise_from_fs_psis_deg"]) <= 2.0
        assert abs(near["pelvis_rom_deg"] - row["obliq_range_stride_psis_deg"]) <= 1.5
    assert compared >= 5


def test_neutral_csv_of_a_real_runner_reads_as_it_is(shared_data: Path) -> None:
    """The field file holds three sensors at 200 Hz without a doubt worth a warning."""
    imported = read_neutral_csv(shared_data / "running_motion" / "r001_T35" / "imu_field.csv.gz")
    assert len(imported.sensors) == 3
    assert imported.warnings == ()
    assert all(s.rate_hz == pytest.approx(200.0, abs=0.01) for s in imported.sensors.values())
