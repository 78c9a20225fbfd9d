"""Feet told apart by the pelvis alone in walking: the wave of the obliquity against the steps."""

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
    """A pelvis that rocks by four degrees, its right side up at that time of every stride."""
    time_s = np.arange(round(40.0 * RATE_HZ)) / RATE_HZ
    turn = 2.0 * np.pi / STRIDE_S
    size = np.radians(4.0) * (1.0 + 0.1 * np.sin(0.7 * time_s))  # no two strides are the same
    obliquity = size * np.cos(turn * (time_s - right_highest_s))
    acc = 9.81 * np.stack([0.0 * time_s, -np.sin(obliquity), np.cos(obliquity)], axis=1)
    gyr = np.stack([-np.gradient(obliquity, time_s), 0.0 * time_s, 0.0 * time_s], axis=1)
    track = SensorTrack(Placement.PELVIS, RATE_HZ)
    flags = np.zeros(len(time_s), np.uint8)
    track.push(SampleBlock(Placement.PELVIS, 0, RATE_HZ, time_s, acc, gyr, flags))
    return track


def side(right_highest_s: float) -> str | None:
    """Who makes steps 0, 2, 4, …, which begin at a whole number of strides."""
    strike_s = 10 * STRIDE_S + 0.5 * STRIDE_S * np.arange(46)
    bout = StepBout(False, strike_s, strike_s + 0.6 * STRIDE_S)
    return side_by_pelvis(bout, rocking(right_highest_s), AXES)


@pytest.mark.parametrize("share", [0.08, 0.16, 0.24])
def test_early_stance_is_when_the_stance_side_is_highest(share: float) -> None:
    """The same wave half a stride later names the other foot."""
    assert side(share * STRIDE_S) == "right"
    assert side((share + 0.5) * STRIDE_S) == "left"


@pytest.mark.parametrize("share", [0.35, 0.42, 0.49])
def test_feet_stay_unknown_where_the_wave_does_not_fit_the_steps(share: float) -> None:
    """Steps found at another moment: no foot rather than the wrong one, whichever is nearer."""
    assert side(share * STRIDE_S) is None
    assert side((share + 0.5) * STRIDE_S) is None
