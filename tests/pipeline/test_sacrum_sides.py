"""Feet told apart by the pelvis alone in walking: obliquity and the push sideways must agree."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.pelvis_axes import PelvisAxes
from pipeline.sacrum_sides import side_by_pelvis
from pipeline.sacrum_steps import StepBout
from pipeline.track import SensorTrack
from sensors.placement import Placement
from sensors.sample_block import SampleBlock

RATE_HZ = 100.0
STRIDE_S = 1.1
AXES = PelvisAxes(np.array([0.0, 0.0, 1.0]), np.array([0.0, -1.0, 0.0]), True, "functional", 0.5)


def rocking(right_highest_s: float) -> SensorTrack:
    """A pelvis that rocks by four degrees, its right side up at that time of every stride.

    From 0.05 to 0.55 of the strides the ground pushes it to the left, then to the right.
    """
    time_s = np.arange(round(40.0 * RATE_HZ)) / RATE_HZ
    turn = 2.0 * np.pi / STRIDE_S
    size = np.radians(4.0) * (1.0 + 0.1 * np.sin(0.7 * time_s))  # no two strides are the same
    obliquity = size * np.cos(turn * (time_s - right_highest_s))
    acc = 9.81 * np.stack([0.0 * time_s, -np.sin(obliquity), np.cos(obliquity)], axis=1)
    push = 1.2 * np.cos(turn * (time_s - 0.3 * STRIDE_S))
    acc[:, 1] += push * np.cos(obliquity)
    acc[:, 2] += push * np.sin(obliquity)
    gyr = np.stack([-np.gradient(obliquity, time_s), 0.0 * time_s, 0.0 * time_s], axis=1)
    track = SensorTrack(Placement.PELVIS, RATE_HZ)
    flags = np.zeros(len(time_s), np.uint8)
    track.push(SampleBlock(Placement.PELVIS, 0, RATE_HZ, time_s, acc, gyr, flags))
    return track


def side(right_highest: float, late: float = 0.0) -> str | None:
    """Who makes the steps that begin with right stance, or so late after it, in parts of a stride."""
    strike_s = (10.0 + late + 0.5 * np.arange(46)) * STRIDE_S
    bout = StepBout(False, strike_s, strike_s + 0.6 * STRIDE_S)
    return side_by_pelvis(bout, rocking(right_highest * STRIDE_S), AXES)


@pytest.mark.parametrize("highest", [0.0, 0.08, 0.16])
def test_the_leg_on_the_side_that_is_up_and_pushes_away_has_the_step(highest: float) -> None:
    """The same movement half a stride later names the other foot."""
    assert side(highest) == "right"
    assert side(highest, late=0.5) == "left"


def test_feet_stay_unknown_where_the_two_signs_disagree() -> None:
    """A drop that comes half a stride late: no foot rather than the wrong one."""
    assert side(0.55) is None
    assert side(0.55, late=0.5) is None
