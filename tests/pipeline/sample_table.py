"""Neutral samples for tests: standing, then leg swings like a run's, in plain formulas."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

ALL = ("pelvis", "shank_left", "shank_right")
ACC = ["acc_x", "acc_y", "acc_z"]
GYR = ["gyr_x", "gyr_y", "gyr_z"]
COLUMNS = ["time_s", "placement", *ACC, *GYR]


def make_samples(
    seconds: float = 12.0, rate_hz: float = 200.0, placements: tuple[str, ...] = ALL, seed: int = 0
) -> pd.DataFrame:
    """Rows in time order, placements interleaved; the first third is standing still."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(int(seconds * rate_hz)) / rate_hz
    moving = time_s > seconds / 3
    parts = []
    for number, placement in enumerate(placements):
        swing = np.sin(2 * np.pi * 1.4 * time_s + number) * moving
        size = 1.5 if placement == "pelvis" else 8.0
        parts.append(
            pd.DataFrame(
                {
                    "time_s": time_s,
                    "placement": placement,
                    "acc_x": 3.0 * swing + rng.normal(0, 0.02, len(time_s)),
                    "acc_y": 9.81 + 6.0 * swing + rng.normal(0, 0.02, len(time_s)),
                    "acc_z": rng.normal(0, 0.02, len(time_s)),
                    "gyr_x": rng.normal(0, 0.01, len(time_s)),
                    "gyr_y": 0.1 * size * swing + rng.normal(0, 0.01, len(time_s)),
                    "gyr_z": size * swing + rng.normal(0, 0.01, len(time_s)),
                }
            )
        )
    return pd.concat(parts).sort_values("time_s", kind="stable").reset_index(drop=True)[COLUMNS]


def write_csv(frame: pd.DataFrame, path: Path) -> Path:
    """Write with full precision."""
    frame.to_csv(path, index=False, lineterminator="\n")
    return path
