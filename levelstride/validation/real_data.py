"""Reading the real data sets: samples as blocks, references as tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.importers.imported_samples import to_blocks
from pipeline.importers.neutral_table import read_neutral_csv
from pipeline.stride import Side
from sensors.placement import Placement
from sensors.sample_block import SampleBlock

PLACE_OF = {
    "pelvis": Placement.PELVIS,
    "sacrum": Placement.PELVIS,
    "shank_l": Placement.SHANK_LEFT,
    "shank_r": Placement.SHANK_RIGHT,
}
SIDE_OF: Mapping[str, Side] = {"l": "left", "r": "right"}
RUNS = "running_motion"
TREADMILL = "cmu_xsens_treadmill_walk"
CLUSTERS = "grouvel_walk_run"
PLATES = "zju_shank_vicon"


def wide_blocks(
    table: pd.DataFrame, rate_hz: float, skew_s: Mapping[str, float] | None = None
) -> list[SampleBlock]:
    """One block per sensor of a table with columns ``<sensor>_acc_x`` … and ``t_s``.

    Args:
        table: rows of one trial.
        rate_hz: sampling rate.
        skew_s: sensor to what has to be added to its times.
    """
    blocks = []
    for name, placement in PLACE_OF.items():
        if f"{name}_acc_x" not in table:
            continue
        acc = table[[f"{name}_acc_{a}" for a in "xyz"]].to_numpy(np.float64)
        gyr = table[[f"{name}_gyr_{a}" for a in "xyz"]].to_numpy(np.float64)
        known = np.isfinite(acc).all(axis=1) & np.isfinite(gyr).all(axis=1)
        time_s = table["t_s"].to_numpy(np.float64) + (skew_s or {}).get(name, 0.0)
        flags = np.zeros(int(known.sum()), np.uint8)
        blocks.append(
            SampleBlock(placement, 0, rate_hz, time_s[known], acc[known], gyr[known], flags)
        )
    return blocks


def running_trials(data: Path) -> list[Path]:
    """Folders of the trials of real running motion, in order."""
    return sorted(p.parent for p in (data / RUNS).glob("*/truth_strides.csv"))


def running_blocks(trial: Path, variant: str) -> list[SampleBlock]:
    """Virtual sensors on real running motion; variants ``clean`` and ``field``."""
    return list(to_blocks(read_neutral_csv(trial / f"imu_{variant}.csv.gz"), 1e6))


def running_truth(trial: Path) -> pd.DataFrame:
    """Stride table of a running trial; its truth is the sensor's."""
    return pd.read_csv(trial / "truth_strides.csv").assign(valid=True, gait="run")


def treadmill_trials(data: Path) -> list[str]:
    """Names of the treadmill walking trials."""
    names = pd.read_csv(data / TREADMILL / "trials.csv")["trial"]
    return sorted(str(name) for name in names)


def treadmill_blocks(data: Path, trial: str) -> list[SampleBlock]:
    """Xsens on pelvis and tibiae, 100 Hz."""
    return wide_blocks(pd.read_parquet(data / TREADMILL / f"{trial}_imu.parquet"), 100.0)


def treadmill_strides(data: Path, trial: str, side: Side) -> pd.DataFrame:
    """Strides of one leg by split-belt force; rows without ``valid`` are doubtful."""
    table = pd.read_csv(data / TREADMILL / "strides.csv")
    return table[(table["trial"] == trial) & (table["side"] == side[0])]
