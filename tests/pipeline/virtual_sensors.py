"""Real running motion as worn by drawn sensors: other mountings, biases, scales and noise."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.spatial.transform import Rotation

from pipeline.analysis import BlocksAnalysis, analyse_blocks
from sensors.placement import Placement
from sensors.sample_block import SampleBlock

RUNS = ("r001_T25", "r001_T35", "r001_T45")
RATE_HZ = 200.0
RUNNING_FROM_S = 11.0
Worn = dict[Placement, tuple[np.ndarray, np.ndarray, np.ndarray]]
"""Times (n,), specific force (n, 3) and angular rate (n, 3) of each sensor."""


@cache
def recorded(folder: Path, variant: str) -> Worn:
    """The three sensors of a trial as they are in the file."""
    frame = pd.read_csv(folder / f"imu_{variant}.csv.gz")
    return {
        Placement(name): (
            rows["time_s"].to_numpy(np.float64),
            rows[["acc_x", "acc_y", "acc_z"]].to_numpy(np.float64),
            rows[["gyr_x", "gyr_y", "gyr_z"]].to_numpy(np.float64),
        )
        for name, rows in frame.groupby("placement")
    }


def truth(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "truth_strides.csv").assign(valid=True, gait="run")


def drawn(folder: Path, seed: int) -> Worn:
    """The trial with sensors of everyday quality, strapped on in any direction.

    Any turn about the long axis, tilt SD 10 degrees, accelerometer bias SD 12 mg per axis,
    gyroscope bias 0.5 degrees per second, scale 0.4 and 0.7 %, cross-axis 0.4 %, noise.
    """
    rng = np.random.default_rng(seed)
    worn: Worn = {}
    for placement, (time_s, acc, gyr) in recorded(folder, "clean").items():
        tilt = rng.normal(size=3) * np.array([1.0, 0.0, 1.0])
        tilt *= np.radians(rng.normal(0.0, 10.0)) / np.linalg.norm(tilt)
        about = np.array([0.0, rng.uniform(-np.pi, np.pi), 0.0])
        mount = (Rotation.from_rotvec(tilt) * Rotation.from_rotvec(about)).as_matrix()
        bias = rng.normal(0.0, 0.012 * 9.81, 3), np.radians(rng.normal(0.0, 0.5, 3))
        errors = [
            np.diag(1.0 + rng.normal(0.0, scale, 3))
            + rng.normal(0.0, 0.004, (3, 3)) * (1.0 - np.eye(3))
            for scale in (0.004, 0.007)
        ]
        noise = 0.02, np.radians(0.08)
        acc, gyr = (
            values @ mount @ error.T + offset + rng.normal(0.0, size, values.shape)
            for values, error, offset, size in zip((acc, gyr), errors, bias, noise, strict=True)
        )
        worn[placement] = time_s, acc, gyr
    return worn


def with_gaps(worn: Worn, seed: int, gap_s: float, share: float) -> Iterator[SampleBlock]:
    """Blocks of the samples, with gaps of one length in each sensor while running."""
    rng = np.random.default_rng(seed)
    missing = round(gap_s * RATE_HZ)
    for placement, (time_s, acc, gyr) in worn.items():
        start, stop = 0, round(RUNNING_FROM_S * RATE_HZ)
        while True:
            stop += 20 + int(rng.exponential(missing / share))
            last = stop + missing >= len(time_s) - 5
            here = slice(start, len(time_s) if last else stop)
            yield _block(placement, start, time_s[here], acc[here], gyr[here])
            if last:
                break
            start = stop = stop + missing


def analysed(worn: Worn, mode: str = "offline") -> BlocksAnalysis:
    blocks = [_block(placement, 0, *samples) for placement, samples in worn.items()]
    return analyse_blocks(blocks, tuple(worn), mode=mode)  # type: ignore[arg-type]


def _block(
    placement: Placement, first: int, time_s: np.ndarray, acc: np.ndarray, gyr: np.ndarray
) -> SampleBlock:
    return SampleBlock(placement, first, RATE_HZ, time_s, acc, gyr, np.zeros(len(time_s), np.uint8))
