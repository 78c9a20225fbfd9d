"""How near to the beginning and the end of a bout strides lie, and what that does to the drop's error."""

from __future__ import annotations

import numpy as np
import pytest

from levelstride.validation.leg_errors import tissue_scale_of
from pipeline.analysis import analyse_blocks
from pipeline.bout_edges import END_SHARE, bouts, edge_share, live_edge_share
from pipeline.live_shake import LiveShake
from pipeline.stride import SIDES, Gait
from pipeline.stride_events import StrideEvents, StrideTimes
from pipeline.uncertainty import sensor_part_deg
from sensors.placement import Placement
from tests.simulated import simulated


def strides_of(gaits: list[Gait], pause_before: int) -> list[StrideEvents]:
    """Strides of one second; before one of them nobody moves for a minute."""
    return [
        StrideEvents("left", gait, gait, float(t), float(t) + 0.4, float(t) + 1.0, first)
        for n, gait in enumerate(gaits)
        for t, first in [(n + 60 * (n >= pause_before), n in (0, pause_before))]
    ]


def test_a_pause_and_another_gait_begin_a_bout() -> None:
    events = strides_of(["walk"] * 3 + ["run"] * 4, 5)
    assert bouts(events).tolist() == [1, 1, 1, 2, 2, 3, 3]


def test_what_is_left_of_a_change_of_speed_is_most_at_the_ends_of_each_bout() -> None:
    """One at the beginning, half at the end, nothing ten seconds from both, in each bout anew."""
    events = strides_of(["run"] * 60, 30)
    share = edge_share(StrideTimes.of(events), bouts(events))
    for bout in (share[:30], share[30:]):
        assert bout[0] == pytest.approx(1.0, abs=0.01)
        assert bout[-1] == pytest.approx(END_SHARE, abs=0.01)
        assert np.all(bout[12:18] < 0.01)
        assert np.all(np.diff(bout[:12]) < 0.0)
    assert len(edge_share(StrideTimes.of([]), bouts([]))) == 0


def test_live_it_is_most_in_the_first_seconds_and_gone_after_fifteen() -> None:
    share = live_edge_share(np.array([0.0, 2.0, 5.0, 15.0]))
    assert share[0] == 1.0
    assert share[1] > 0.8 > 0.5 > share[2] > 0.2
    assert share[3] < 0.001


@pytest.mark.parametrize("metric", ["cpd_peak_deg", "cpd_exc_deg"])
def test_the_sensors_part_is_larger_at_the_beginning_of_a_run(metric: str) -> None:
    """With good sensors; offline, since live nobody knows where a bout will end."""
    session = simulated(75.0, 101)
    found = analyse_blocks(session.blocks, tuple(Placement), mode="offline")
    scale = tissue_scale_of(found.quality)
    for side in SIDES:
        running = [s for s in found.strides if s.side == side and s.gait == "run" and s.valid]
        sizes = np.array([sensor_part_deg(s, metric, scale) for s in running])
        assert sizes[0] > 1.2 * np.median(sizes[10:-10])


@pytest.mark.parametrize("metric", ["cpd_peak_deg", "cpd_exc_deg"])
def test_live_too_and_for_longer(metric: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run begins out of a walk."""
    # without skin, whose size live changes from stride to stride
    monkeypatch.setattr(LiveShake, "scales", lambda _self, strides, _tracks: [0.0] * len(strides))
    found = analyse_blocks(simulated(75.0, 101).blocks, tuple(Placement), mode="online")
    for side in SIDES:
        running = [s for s in found.strides if s.side == side and s.gait == "run" and s.valid]
        sizes = np.array([s.standard_errors[metric] for s in running])
        since_s = np.array([s.foot_strike_s for s in running]) - running[0].foot_strike_s
        later = np.median(sizes[since_s > 12.0])
        assert np.median(sizes[since_s < 2.0]) > 1.4 * later
        assert np.median(sizes[(since_s > 8.0) & (since_s < 12.0)]) < 1.1 * later
