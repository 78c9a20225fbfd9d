"""Gravity of standing, carried into a run: what it shows of the accelerometer, and when it is asked."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.carried_gravity import LONGEST_S, CarriedGravity
from pipeline.stillness import Standing
from pipeline.track import SensorTrack
from sensors.placement import Placement
from sensors.sample_block import SampleBlock

RATE_HZ = 200.0
STANDING = Standing(0.5, 6.0)
RIGHT = np.array([0.0, 0.0, 1.0])
GYRO_BIAS = np.radians([0.4, -0.3, 0.2])
STRIDE_S = 0.7


def lean_deg(
    lean: float,
    *,
    run_from_s: float = 6.5,
    drift_deg_s: float = 0.0,
    turn_deg_s: float = 0.0,
    lost: bool = False,
) -> float:
    """What is believed of a shank (x forward, y up, z right) that swings 40 degrees to and fro.

    Args:
        lean: gravity as the accelerometer sees it leans so far to the right in running, degrees.
        run_from_s: the first foot strike.
        drift_deg_s: error of the gyroscope about the forward axis in running.
        turn_deg_s: turning rate of the runner about the vertical.
        lost: a second of samples is missing before the run.
    """
    time_s = np.arange(0.0, run_from_s + 21.0, 1.0 / RATE_HZ)
    runs = time_s >= run_from_s
    phase = 2.0 * np.pi / STRIDE_S * (time_s - run_from_s)
    angle = np.where(runs, np.radians(40.0) * np.sin(phase), 0.0)
    rate = np.zeros((len(time_s), 3))
    rate[1:, 2] = np.diff(angle) * RATE_HZ
    turn = np.where(runs, np.radians(turn_deg_s), 0.0)
    up = np.stack([np.sin(angle), np.cos(angle), np.zeros(len(time_s))], axis=1)
    rate += turn[:, None] * up
    sampled = np.concatenate(
        [0.5 * (rate[1:] + rate[:-1]), rate[-1:]]
    )  # a block holds rates at its times
    sampled[runs, 0] += np.radians(drift_deg_s)
    force = 9.81 * up
    force[runs, 2] += 9.81 * np.radians(lean)
    track = SensorTrack(Placement.SHANK_LEFT, RATE_HZ, live=False)
    for part in (time_s < run_from_s - 1.5, time_s >= run_from_s - (0.5 if lost else 1.5)):
        here = np.flatnonzero(part)
        track.push(
            SampleBlock(
                Placement.SHANK_LEFT,
                int(here[0]),
                RATE_HZ,
                time_s[here],
                force[here],
                sampled[here] + GYRO_BIAS,
                np.zeros(len(here), np.uint8),
            )
        )
    carried = CarriedGravity(track, STANDING)
    for start_s in run_from_s + STRIDE_S * np.arange(28):
        carried.add(RIGHT, start_s, start_s + STRIDE_S)
    return float(np.degrees(carried.lean_rad))


def test_most_of_a_lean_is_put_down_to_the_accelerometer_right_after_standing() -> None:
    """One degree either way: 70 to 95 % of it, and the more of it the sooner the run begins."""
    soon, later, late = (lean_deg(1.0, run_from_s=s) for s in (6.5, 9.5, 18.5))
    assert 0.95 > soon > 0.7 > later > 0.3 > late > 0.0
    assert lean_deg(-1.0) == pytest.approx(-soon, abs=0.02)
    assert lean_deg(0.0) == pytest.approx(0.0, abs=0.02)


def test_drift_of_the_gyroscope_in_running_is_told_from_a_lean() -> None:
    """0.1 degrees per second over seventeen seconds is not taken for a lean of 0.85."""
    assert abs(lean_deg(0.0, drift_deg_s=0.1)) < 0.25


def test_what_proves_nothing_is_not_believed() -> None:
    """A run that begins late, samples lost before it, a bend: nothing, nothing, hardly anything."""
    assert lean_deg(1.0, run_from_s=6.0 + LONGEST_S + 1.0) == 0.0
    assert lean_deg(1.0, lost=True) == 0.0
    assert 0.0 < lean_deg(1.0, turn_deg_s=10.0) < 0.15


def test_a_lean_that_is_too_large_is_bounded() -> None:
    """Ten degrees are something else: no more than 1.5 is taken off."""
    assert lean_deg(10.0) == pytest.approx(1.5)
