"""Running curves from optical motion of one RBDS runner at three speeds.

Input: folders ``r001_T25``, ``r001_T35``, ``r001_T45``, each with ``imu_clean.csv.gz`` (virtual sensors aligned
with the segments, 200 Hz) and ``truth_strides.csv`` (force-plate events). Fukuchi et al. 2017, CC BY 4.0.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.interpolate import CubicSpline, PchipInterpolator
from scipy.ndimage import uniform_filter1d
from vqf import offlineVQF

from firmware_sim.curve_fitting.harmonics import (
    PHASES,
    Array,
    flexion_heading,
    harmonics,
    pelvis_angles,
    pelvis_row,
    point_position,
    shank_angles,
    shank_row,
    turn_about_up,
)

TRIALS = (("T25", 2.5), ("T35", 3.5), ("T45", 4.5))
ANGLE_ORDER = 12
POSITION_ORDER = 10
"""Fewer than for angles: the data carry synthetic impacts in the accelerations."""
RATE_HZ = 200.0
STEADY_FROM_S = 11.5
PELVIS_SENSOR_M = (-0.1927, 0.0, 0.0039)
SHANK_SENSOR_M = (0.045, 0.303, -0.015)
"""Right shank, from the ankle centre; 30 % of shank length below the knee."""


class _Segment:
    def __init__(self, rows: pd.DataFrame) -> None:
        self.t = rows["time_s"].to_numpy()
        self.acc = np.ascontiguousarray(rows[["acc_x", "acc_y", "acc_z"]].to_numpy())
        self.gyr = rows[["gyr_x", "gyr_y", "gyr_z"]].to_numpy()
        mean_rate = self.gyr.copy()
        mean_rate[1:] = 0.5 * (self.gyr[1:] + self.gyr[:-1])
        q = offlineVQF(mean_rate, self.acc, None, 1.0 / RATE_HZ)["quat6D"]
        up_is_y = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
        self.rotation = up_is_y @ _matrix(q)


def _matrix(q: Array) -> Array:
    w, x, y, z = q.T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def _mean_stride(t: Array, values: Array, times: Array, phases: Array) -> Array:
    """Mean over strides at PHASES equal phases; (times, phases) are known events, one unit per stride."""
    first, last = int(np.ceil(phases[0])), int(np.floor(phases[-1]))
    phase = first + np.arange((last - first) * PHASES) / PHASES
    at = PchipInterpolator(phases, times)(phase)
    shape = (last - first, PHASES, values.shape[1])
    return np.asarray(CubicSpline(t, values, axis=0)(at).reshape(shape).mean(axis=0))


def _shank(segment: _Segment, strides: pd.DataFrame, side: float, hz: float) -> dict[str, object]:
    strikes = strides["foot_strike_s"].to_numpy()
    steady = (segment.t > STEADY_FROM_S) & (segment.t < strides["next_foot_strike_s"].max())
    rate = np.einsum("nij,nj->ni", segment.rotation, segment.gyr)[steady]
    heading = flexion_heading(rate, segment.rotation[steady][:, :, 2])
    rotation = turn_about_up(-heading) @ segment.rotation
    mirror = np.array([1.0, 1.0, side])
    arm = rotation @ (np.asarray(SHANK_SENSOR_M) * mirror) * mirror
    force = np.einsum("nij,nj->ni", rotation, segment.acc) * mirror
    signals = np.hstack([shank_angles(rotation, side), force - [0.0, 9.81, 0.0], arm])
    mean = _mean_stride(segment.t, signals, strikes, np.arange(len(strikes), dtype=np.float64))
    stance = strides["toe_off_s"] - strides["foot_strike_s"]
    duty = float((stance / (strides["next_foot_strike_s"] - strides["foot_strike_s"])).mean())
    return shank_row(
        harmonics(mean[:, :3])[: ANGLE_ORDER + 1],
        point_position(mean[:, 3:6], mean[:, 6:], hz)[: POSITION_ORDER + 1],
        duty,
    )


def _pelvis(segment: _Segment, right: Array, left: Array, hz: float) -> dict[str, object]:
    times: list[float] = []
    phases: list[float] = []
    for i, (a, b) in enumerate(pairwise(right)):
        times += [float(a), float(left[(left > a) & (left < b)][0])]
        phases += [i, i + 0.5]
    angles = pelvis_angles(segment.rotation)
    angles[:, 2] = np.unwrap(angles[:, 2])
    steady = (segment.t > STEADY_FROM_S) & (segment.t < 36.0)
    rotation = turn_about_up(-float(angles[steady, 2].mean())) @ segment.rotation
    angles[:, 2] -= uniform_filter1d(angles[:, 2], round(RATE_HZ / hz * 3))
    force = np.einsum("nij,nj->ni", rotation, segment.acc)
    arm = rotation @ np.asarray(PELVIS_SENSOR_M)
    mean = _mean_stride(
        segment.t,
        np.hstack([angles, force - [0.0, 9.81, 0.0], arm]),
        np.asarray(times),
        np.asarray(phases),
    )
    return pelvis_row(
        harmonics(mean[:, :3])[: ANGLE_ORDER + 1],
        point_position(mean[:, 3:6], mean[:, 6:], hz)[: POSITION_ORDER + 1],
    )


def running_rows(folder: Path) -> list[dict[str, object]]:
    """One row per speed; shanks in the order right, left."""
    found = []
    for trial, speed in TRIALS:
        place = folder / f"r001_{trial}"
        samples = pd.read_csv(place / "imu_clean.csv.gz")
        strides = pd.read_csv(place / "truth_strides.csv").sort_values("foot_strike_s")
        hz = float(1.0 / (strides["next_foot_strike_s"] - strides["foot_strike_s"]).median())
        segment = {name: _Segment(rows) for name, rows in samples.groupby("placement")}
        side = {name: strides[strides["side"] == name] for name in ("right", "left")}
        found.append(
            {
                "source": f"RBDS001 {trial}",
                "speed_m_s": speed,
                "stride_hz": round(hz, 4),
                "pelvis": _pelvis(
                    segment["pelvis"],
                    side["right"]["foot_strike_s"].to_numpy(),
                    side["left"]["foot_strike_s"].to_numpy(),
                    hz,
                ),
                "shanks": [
                    _shank(segment["shank_right"], side["right"], 1.0, hz),
                    _shank(segment["shank_left"], side["left"], -1.0, hz),
                ],
            }
        )
    return found
