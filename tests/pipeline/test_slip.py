"""A sensor that slips in mid run is noticed; one that stays is not doubted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from sensors.placement import Placement
from tests.pipeline.virtual_sensors import RUNS, analysed, recorded

SLIP_S = 24.0


@pytest.mark.parametrize("placement", list(Placement))
def test_a_slip_of_six_degrees_is_flagged_from_then_on(
    shared_data: Path, placement: Placement
) -> None:
    """About the sensor's forward axis, all at once; strides before it carry no flag."""
    worn = dict(recorded(shared_data / "running_motion" / "r001_T25", "field"))
    time_s, acc, gyr = worn[placement]
    turn = Rotation.from_euler("x", 6.0, degrees=True).as_matrix()
    late = (time_s >= SLIP_S)[:, None]
    worn[placement] = time_s, np.where(late, acc @ turn, acc), np.where(late, gyr @ turn, gyr)
    sides = {"pelvis": ("left", "right"), "shank_left": ("left",), "shank_right": ("right",)}
    result = analysed(worn)
    assert any("slipped" in problem for problem in result.problems)
    strides = [s for s in result.strides if s.side in sides[placement.value]]
    late_strides = [s for s in strides if s.foot_strike_s > SLIP_S + 4.0]
    assert len(late_strides) >= 10
    assert np.mean(["slipped" in s.flags for s in late_strides]) > 0.8
    assert not any("slipped" in s.flags for s in strides if s.foot_strike_s < SLIP_S - 4.0)


@pytest.mark.parametrize("trial", RUNS)
def test_sensors_that_stay_are_not_doubted(shared_data: Path, trial: str) -> None:
    """Real running at three speeds."""
    worn = recorded(shared_data / "running_motion" / trial, "field")
    assert not any("slipped" in s.flags for s in analysed(worn).strides)
