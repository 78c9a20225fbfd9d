"""Truth per sample: exact orientation, angles of bone and sensor, streamed."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.transform import Rotation

from firmware_sim import SimulatedSession
from firmware_sim.body.script import Script
from firmware_sim.truth.samples import SAMPLE_COLUMNS

ROWS = [
    {"activity": "stand", "seconds": 6},
    {"activity": "walk", "seconds": 8},
    {"activity": "run", "seconds": 16, "bend_radius_m": 20},
]


def _table(session: SimulatedSession) -> pd.DataFrame:
    return pd.concat(session.truth_samples(), ignore_index=True)


@pytest.fixture(scope="module")
def session() -> SimulatedSession:
    return SimulatedSession(30, seed=3, faults="field", script=Script.from_rows(ROWS, 1.0))


@pytest.fixture(scope="module")
def table(session: SimulatedSession) -> pd.DataFrame:
    return _table(session)


def test_every_sensor_has_its_own_sample_instants(session, table) -> None:
    assert tuple(table.columns) == SAMPLE_COLUMNS
    assert np.isfinite(table.drop(columns="placement").to_numpy(float)).all()
    for sensor in session.sensors:
        t = table[table.placement == sensor.placement].time_s.to_numpy()
        assert np.allclose(np.diff(t), 1.0 / sensor.errors.sample_hz)
        grid = t * sensor.errors.sample_hz
        assert np.allclose(grid, np.round(grid), atol=1e-6)
        assert t[0] >= sensor.start_delay_s - 1e-9
        assert t[-1] <= session.seconds < t[-1] + 0.006


def test_the_quaternion_turns_as_the_ideal_gyroscope_says(session, table) -> None:
    """From sample to sample the rotation is the integral of the rate (Simpson's rule) within 0.01 deg."""
    names = ["q_w", "q_x", "q_y", "q_z"]
    for sensor in session.sensors:
        mine = table[table.placement == sensor.placement]
        rows = mine.iloc[3000:4000]
        turn = Rotation.from_quat(rows[names].to_numpy(), scalar_first=True)
        step = (turn[:-1].inv() * turn[1:]).as_rotvec()
        h = 1.0 / sensor.errors.sample_hz
        t = rows.time_s.iloc[0] + 0.5 * h * np.arange(2 * len(rows) - 1)
        w = np.radians(sensor.sampler().ideal(t)[0])
        before, middle, after = w[:-2:2], w[1:-1:2], w[2::2]
        integral = h / 6.0 * (before + 4.0 * middle + after)
        integral += h * h / 12.0 * np.cross(before, after)
        assert np.degrees(np.abs(step - integral).max()) < 0.01


def test_the_quaternion_shows_up_in_standing(session, table) -> None:
    for sensor in session.sensors:
        still = table[table.placement == sensor.placement].iloc[200:700]
        q = still[["q_w", "q_x", "q_y", "q_z"]].to_numpy()
        _, acc = sensor.sampler().ideal(still.time_s.to_numpy())
        up = Rotation.from_quat(q, scalar_first=True).apply(acc)
        assert np.allclose(up, [0, 0, 9.81], atol=0.15)


def test_bone_angles_are_those_of_the_body(session, table) -> None:
    for name in ("pelvis", "shank_left", "shank_right"):
        rows = table[table.placement == name].iloc[3000:3400]
        t = rows.time_s.to_numpy()
        body = session.body()
        motion = body.pelvis(t) if name == "pelvis" else body.shank(t, int(name == "shank_left"))
        assert np.degrees(motion.heading.v) == pytest.approx(rows.heading_deg.to_numpy())
        if name == "pelvis":
            continue  # the lean of the bend adds to its angles
        assert (rows.sagittal_deg - np.degrees(motion.chain[-3][1].v)).abs().max() < 1.5


def test_sensor_angles_differ_from_bone_angles_only_with_soft_tissue(table) -> None:
    for part in ("sagittal", "frontal", "axial"):
        off = (table[f"{part}_sensor_deg"] - table[f"{part}_deg"]).abs()
        assert 0.05 < off[table.time_s > 15].mean() < 4.0
        assert off[table.time_s < 4].max() < 0.05
    clean = _table(SimulatedSession(22, seed=3))
    for part in ("sagittal", "frontal", "axial"):
        assert np.array_equal(clean[f"{part}_sensor_deg"], clean[f"{part}_deg"])


def test_memory_does_not_grow_with_length() -> None:
    session = SimulatedSession(250, seed=1)
    peaks = []
    tracemalloc.start()
    for i, _ in enumerate(session.truth_samples()):
        if i in (20, 65):
            peaks.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert peaks[1] < peaks[0] + 500_000
