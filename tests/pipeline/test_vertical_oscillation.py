"""Vertical oscillation, step time and duty factor against the simulator's own body."""

from __future__ import annotations

import numpy as np
import pytest

from firmware_sim import SimulatedSession
from firmware_sim.body.motion import rotation_columns
from pipeline.analyse_file import analyse_recording
from pipeline.stride import SIDES
from tests.simulated import simulated


@pytest.mark.parametrize(("seed", "gait"), [(101, "run"), (102, "run"), (101, "walk")])
def test_vertical_oscillation_is_that_of_the_sensor_on_the_true_body(seed: int, gait: str) -> None:
    """Height of the sensor's place on the true pelvis over each stride; error within 5 mm."""
    session = simulated(75.0, seed, gait=gait)  # type: ignore[arg-type]
    twin = SimulatedSession(75.0, seed, None, gait)  # type: ignore[arg-type]
    lever = next(s.mounting.lever_m for s in twin.sensors if s.placement == "pelvis")
    body = twin.body()
    errors = []
    for stride in analyse_recording(session.path).strides:
        if not stride.valid or stride.gait != gait:
            continue
        t = np.linspace(stride.foot_strike_s, stride.next_foot_strike_s, 200)
        motion = body.pelvis(t)
        up = [rotation_columns(motion.chain, axis)[1] for axis in range(3)]
        height = motion.point[1].v + sum(u * x for u, x in zip(up, lever, strict=True))
        height = height - np.linspace(0.0, 1.0, 200) * (height[-1] - height[0])
        errors.append(stride.metrics["vertical_oscillation_m"] - float(np.ptp(height)))
    assert len(errors) > 60
    assert abs(np.median(errors)) < 0.003
    assert np.quantile(np.abs(errors), 0.95) < 0.006


def test_step_times_of_both_feet_make_a_stride_and_duty_factor_tells_run_from_walk() -> None:
    """Left to right plus right to left is the stride; 50 % of contact parts the gaits."""
    strides = [s for s in analyse_recording(simulated(75.0, 101).path).strides if s.valid]
    for side in SIDES:
        mine = [s for s in strides if s.side == side and s.gait == "run"]
        other = [s for s in strides if s.side != side and s.gait == "run"]
        total = np.median([s.metrics["step_time_s"] for s in mine]) + np.median(
            [s.metrics["step_time_s"] for s in other]
        )
        assert total == pytest.approx(np.median([s.metrics["stride_time_s"] for s in mine]), 0.01)
        assert all(20.0 < s.metrics["duty_factor_pct"] < 50.0 for s in mine)
    walking = [s for s in strides if s.gait == "walk"]
    assert all(s.metrics["duty_factor_pct"] > 50.0 for s in walking)
    assert all("flight_time_s" not in s.metrics for s in walking)
    assert all("step_time_s" in s.metrics for s in walking)
