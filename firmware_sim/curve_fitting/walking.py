"""Walking curves from mean inertial waveforms of two walkers.

Input: a folder with ``P01_walk.parquet``, ``P03_walk.parquet`` (100 phases of a stride, segment axes) and
``info.json`` (speed, duration, sensor positions) of the BioMAC-Sim-Toolbox, Apache-2.0. A mean stride is
closed: a constant added to the rate closes the rotation, mean gravity levels it.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from firmware_sim.curve_fitting.harmonics import (
    PHASES,
    Array,
    Complex,
    flexion_heading,
    harmonics,
    pelvis_angles,
    pelvis_row,
    point_position,
    shank_angles,
    shank_row,
    turn_about_up,
)

TRIALS = ("P01_walk", "P03_walk")
ORDER = 14
DUTY_FACTOR = 0.617
"""Mean vertical force falls below 3 % of body weight here in both walkers."""
ANKLE_BELOW_KNEE_M = 0.42


def _denser(curve: Array) -> Array:
    """A periodic curve at PHASES points, by its harmonics."""
    c = np.fft.rfft(curve, axis=0)
    padded = np.zeros((PHASES // 2 + 1, curve.shape[1]), dtype=np.complex128)
    padded[: len(curve) // 2] = c[: len(curve) // 2]
    return np.asarray(np.fft.irfft(padded, PHASES, axis=0) * PHASES / len(curve))


def _turn(vector: Array) -> Array:
    """Rotation matrix of a rotation vector."""
    angle = float(np.linalg.norm(vector))
    if angle < 1e-12:
        return np.eye(3)
    x, y, z = vector / angle
    skew = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.asarray(np.eye(3) + np.sin(angle) * skew + (1.0 - np.cos(angle)) * skew @ skew)


def _closed_rotation(rate: Array, duration_s: float) -> Array:
    """Orientation over one stride, (PHASES, 3, 3), closed by a constant added to the rate."""
    dt = duration_s / PHASES
    middle = 0.5 * (rate + np.roll(rate, -1, axis=0))
    offset = np.zeros(3)
    rotations: list[Array] = []
    for _ in range(8):
        rotations = [np.eye(3)]
        for row in middle:
            rotations.append(rotations[-1] @ _turn((row + offset) * dt))
        end = rotations[-1]
        missing = np.array([end[2, 1] - end[1, 2], end[0, 2] - end[2, 0], end[1, 0] - end[0, 1]])
        offset = offset - 0.5 * missing / duration_s
    return np.stack(rotations[:PHASES])


def _levelled(rotation: Array, acc: Array) -> tuple[Array, Array]:
    """Turn so that the mean force points up; also the ground-frame acceleration without gravity."""
    mean = np.einsum("nij,nj->ni", rotation, acc).mean(axis=0)
    size = float(np.linalg.norm(mean))
    across = np.cross(mean / size, [0.0, 1.0, 0.0])
    sine = float(np.linalg.norm(across))
    level = _turn(across / sine * np.arctan2(sine, mean[1] / size)) @ rotation
    return level, np.einsum("nij,nj->ni", level, acc) - [0.0, size, 0.0]


def _half_stride_earlier(c: Complex) -> Complex:
    """Move phase 0 from the right foot strike to the left one."""
    return np.asarray(c * np.exp(1j * np.pi * np.arange(len(c)))[:, None])


def walking_rows(folder: Path) -> list[dict[str, object]]:
    """One row per walker; shanks in the order right, left."""
    info = json.loads((folder / "info.json").read_text("utf-8"))
    found = []
    for trial in TRIALS:
        curves = pd.read_parquet(folder / f"{trial}.parquet")
        about = info[trial]
        hz = 1.0 / about["dur"]

        def segment(
            name: str, curves: pd.DataFrame = curves, duration_s: float = about["dur"]
        ) -> tuple[Array, Array, Array]:
            acc = _denser(curves[[f"{name}_acc_{a}" for a in "xyz"]].to_numpy())
            gyr = _denser(curves[[f"{name}_gyr_{a}" for a in "xyz"]].to_numpy())
            rotation, acceleration = _levelled(_closed_rotation(gyr, duration_s), acc)
            return rotation, acceleration, np.einsum("nij,nj->ni", rotation, gyr)

        rotation, acceleration, _ = segment("pelvis")
        facing = rotation[:, :, 2].mean(axis=0)
        turn = turn_about_up(-float(np.arctan2(facing[0], facing[2])))
        position = point_position(
            acceleration @ turn.T, turn @ rotation @ np.asarray(about["pelvis"]), hz
        )
        pelvis = pelvis_row(
            harmonics(pelvis_angles(turn @ rotation))[: ORDER + 1], position[: ORDER + 1]
        )
        shanks = []
        for name, side in (("tibia_r", 1.0), ("tibia_l", -1.0)):
            rotation, acceleration, rate = segment(name)
            turn = turn_about_up(-flexion_heading(rate, rotation[:, :, 2]))
            _, below_knee, across = about[name]
            arm = turn @ rotation @ np.array([0.0, ANKLE_BELOW_KNEE_M + below_knee, across])
            mirror = np.array([1.0, 1.0, side])
            position = point_position(acceleration @ turn.T * mirror, arm * mirror, hz)
            angles = harmonics(shank_angles(turn @ rotation, side))
            if side < 0.0:
                position, angles = _half_stride_earlier(position), _half_stride_earlier(angles)
            shanks.append(shank_row(angles[: ORDER + 1], position[: ORDER + 1], DUTY_FACTOR))
        found.append(
            {
                "source": f"BioMAC {trial}",
                "speed_m_s": round(about["speed"], 3),
                "stride_hz": round(hz, 4),
                "pelvis": pelvis,
                "shanks": shanks,
            }
        )
    return found
