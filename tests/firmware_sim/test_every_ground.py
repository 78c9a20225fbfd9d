"""What must hold in every activity and on every ground: exact rates, exact forces, smooth signals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from firmware_sim import SimulatedSession
from firmware_sim.body.motion import SegmentMotion, rotation_columns
from firmware_sim.body.rotation import Trigonometry
from tests.firmware_sim.everything import SECONDS, everything, starts

SEGMENTS = ("pelvis", "right", "left")
FULL_SCALE_M_S2 = 16 * 9.80665


@pytest.fixture(scope="module")
def session() -> SimulatedSession:
    return SimulatedSession(SECONDS, seed=5, faults="field", script=everything())


def _motion(session: SimulatedSession, segment: str, t: np.ndarray) -> SegmentMotion:
    body = session.body()
    return body.pelvis(t) if segment == "pelvis" else body.shank(t, int(segment == "left"))


def _orientation(motion: SegmentMotion) -> Rotation:
    columns = [np.stack(rotation_columns(motion.chain, i), -1) for i in range(3)]
    return Rotation.from_matrix(np.stack(columns, -1))


@pytest.mark.parametrize(("name", "start_s"), starts())
def test_gyro_at_200_hz_integrates_back_over_10_s(
    session: SimulatedSession, name: str, start_s: float
) -> None:
    """Within 0.1 deg, from before each segment into it; trapezoid with the coning term."""
    dt = 0.005
    t = max(start_s - 2.0, 0.0) + np.arange(0.0, 10.0, dt)
    for segment in SEGMENTS:
        motion = _motion(session, segment, t)
        w = np.stack(Trigonometry(motion.chain).rates()[0], -1)
        steps = 0.5 * dt * (w[:-1] + w[1:]) + dt**2 / 12.0 * np.cross(w[:-1], w[1:])
        true = _orientation(motion)
        found = true[0]
        for step in Rotation.from_rotvec(steps):
            found = found * step
        off_deg = np.degrees((found.inv() * true[-1]).magnitude())
        assert off_deg < 0.1, (name, segment)


@pytest.mark.parametrize(("name", "start_s"), starts())
def test_force_is_the_second_derivative_of_position(
    session: SimulatedSession, name: str, start_s: float
) -> None:
    """Within 1e-4 of the full scale of 16 g; position and speed of the path, differentiated numerically."""
    h = 2e-4
    t = max(start_s - 0.7, 0.0) + np.arange(0.0, 2.5, h)
    for segment in SEGMENTS:
        motion = _motion(session, segment, t)
        position = np.stack(motion.carried.position_of(motion.point), -1)
        velocity = np.zeros_like(position)
        if motion.carried.speed is not None:
            forward, up = (jet.v for jet in motion.carried.speed)
            heading = 0.0 if motion.heading is None else motion.heading.v
            velocity = np.stack(
                [forward * np.cos(heading), up, -forward * np.sin(heading)], axis=-1
            )
        numeric = (position[2:] - 2.0 * position[1:-1] + position[:-2]) / h**2
        numeric += (velocity[2:] - velocity[:-2]) / (2.0 * h)
        exact = np.stack(motion.point_acceleration, -1)[1:-1]
        assert np.abs(numeric - exact).max() < 1e-4 * FULL_SCALE_M_S2, (name, segment)


@pytest.mark.parametrize("placement", ["pelvis", "shank_left", "shank_right"])
def test_no_signal_jumps_anywhere(session: SimulatedSession, placement: str) -> None:
    """Four times finer sampling about every boundary makes steps about four times smaller."""
    sensor = next(s for s in session.sensors if s.placement == placement)

    def largest_steps(dt: float) -> np.ndarray:
        sampler = sensor.sampler()
        found = []
        for _, start_s in starts()[1:]:
            gyr, acc = sampler.ideal(start_s + np.arange(-0.8, 0.8, dt))
            both = np.hstack([gyr, acc])
            assert np.isfinite(both).all()
            found.append(np.abs(np.diff(both, axis=0)).max(axis=0))
        return np.max(found, axis=0)

    assert (largest_steps(0.00025) < 0.35 * largest_steps(0.001)).all()


@pytest.mark.parametrize("seed", range(4))
def test_standing_still_measures_gravity_within_the_bias_drawn(seed: int) -> None:
    """9.81 m/s^2, but for bias and scale; sway and noise average out."""
    session = SimulatedSession(20, seed=seed)
    for sensor in session.sensors:
        counts = sensor.sampler().block(0).counts[:800]  # four of the five seconds of standing
        acc = counts[:, :3].mean(axis=0) * sensor.part.acc_lsb_m_s2
        largest = np.linalg.norm(sensor.errors.acc_bias_m_s2)
        largest += 9.81 * np.abs(sensor.errors.acc_matrix - np.eye(3)).sum()
        assert abs(np.linalg.norm(acc) - 9.81) < largest + 0.01
