"""Running or walking by the force on the pelvis alone."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.gait_kind import GaitJudge
from pipeline.track import SensorTrack
from sensors.placement import Placement
from sensors.sample_block import SampleBlock

RATE_HZ = 100.0


def judged(mean: float, swing: float, step_s: float, *, floor: float = -np.inf) -> bool:
    """Whether ten seconds of a force of one wave per step count as running."""
    time_s = np.arange(round(10.0 * RATE_HZ)) / RATE_HZ
    force = np.maximum(mean + swing * np.cos(2.0 * np.pi * time_s / step_s), floor)
    acc = np.stack([np.zeros_like(force), force, np.zeros_like(force)], axis=1)
    track = SensorTrack(Placement.PELVIS, RATE_HZ)
    flags = np.zeros(len(force), np.uint8)
    track.push(SampleBlock(Placement.PELVIS, 0, RATE_HZ, time_s, acc, np.zeros_like(acc), flags))
    return bool(GaitJudge(track).running(np.array([5.0, 6.0]), np.array([0.9, 0.9])).all())


@pytest.mark.parametrize(
    ("mean", "swing", "step_s", "running"),
    [
        pytest.param(10.0, 14.0, 0.37, True, id="running pushes hard"),
        pytest.param(9.0, 8.5, 0.45, True, id="slow jogging pushes softly but leaves the ground"),
        pytest.param(10.5, 5.0, 0.45, False, id="brisk walking does neither"),
        pytest.param(9.8, 2.0, 0.6, False, id="walking"),
    ],
)
def test_gait_by_push_and_lightness(
    mean: float, swing: float, step_s: float, *, running: bool
) -> None:
    """Hard pushes or lightness between them make running; a foot is always down in walking."""
    assert judged(mean, swing, step_s, floor=0.0) is running
