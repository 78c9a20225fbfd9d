"""Bends are seen from the heading of the pelvis alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.offline_orientation import orientation_offline
from pipeline.orientation import up_in_sensor
from sensors.placement import Placement
from tests.pipeline.virtual_sensors import RATE_HZ, RUNS, Worn, analysed, recorded

FROM_S, TO_S = 18.0, 28.0
SPEED_M_S = 3.5


def round_a_bend(worn: Worn, turn_deg_s: float) -> Worn:
    """The same run with a left bend of ten seconds: its turning rate, and its pull inwards."""
    bent: Worn = {}
    for placement, (time_s, acc, gyr) in worn.items():
        quat = orientation_offline(gyr, acc, RATE_HZ)
        up = up_in_sensor(quat)
        inside = ((time_s >= FROM_S) & (time_s < TO_S))[:, None]
        turn = np.radians(turn_deg_s)
        if placement is Placement.PELVIS:  # recorded with x forward, so inwards is -z
            inwards = np.array([0.0, 0.0, -1.0]) - up * -up[:, 2:]
            acc = acc + inside * turn * SPEED_M_S * inwards
        bent[placement] = time_s, acc, gyr + inside * turn * up
    return bent


@pytest.mark.parametrize(("turn_deg_s", "flagged"), [(5.0, True), (-4.0, True), (1.0, False)])
def test_a_bend_is_flagged_and_widens_the_interval(
    shared_data: Path, turn_deg_s: float, flagged: bool
) -> None:
    """5 degrees per second are a track bend; the drop is off by about a degree and a half there."""
    worn = recorded(shared_data / "running_motion" / "r001_T35", "clean")
    strides = analysed(round_a_bend(worn, turn_deg_s)).strides
    in_bend = [s for s in strides if FROM_S + 3.0 < s.foot_strike_s < TO_S - 1.0]
    after = [s for s in strides if s.foot_strike_s > TO_S + 3.5]
    assert len(in_bend) > 10
    assert all(("turning" in s.flags) is flagged for s in in_bend)
    assert not any("turning" in s.flags for s in after)
    if flagged:
        straight = max(s.standard_errors["cpd_peak_deg"] for s in after)
        assert min(s.standard_errors["cpd_peak_deg"] for s in in_bend) > straight + 0.5


@pytest.mark.parametrize("trial", RUNS)
def test_straight_running_is_no_bend(shared_data: Path, trial: str) -> None:
    """The pelvis turns by 10 degrees and more in each stride; that is not the runner turning."""
    worn = recorded(shared_data / "running_motion" / trial, "field")
    assert not any("turning" in s.flags for s in analysed(worn).strides if s.foot_strike_s > 14.0)
