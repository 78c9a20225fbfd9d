"""Bends are seen from the heading of the pelvis alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from pipeline.offline_orientation import orientation_offline
from pipeline.orientation import up_in_sensor
from pipeline.stride import Stride
from sensors.placement import Placement
from tests.pipeline.virtual_sensors import RATE_HZ, RUNS, Worn, analysed, recorded

FROM_S, TO_S = 18.0, 28.0
SPEED_M_S = 3.5
OTHER_LEG = {
    Placement.PELVIS: Placement.PELVIS,
    Placement.SHANK_LEFT: Placement.SHANK_RIGHT,
    Placement.SHANK_RIGHT: Placement.SHANK_LEFT,
}


def round_a_bend(worn: Worn, turn_deg_s: float) -> Worn:
    """The same run with a left bend of ten seconds: its turning rate, and its pull inwards."""
    bent: Worn = {}
    for placement, (time_s, acc, gyr) in worn.items():
        quat = orientation_offline(gyr, acc, RATE_HZ)[0]
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
    """5 degrees per second are a track bend; what the drop is off by there is taken off, not quite surely."""
    worn = recorded(shared_data / "running_motion" / "r001_T35", "clean")
    session = analysed(round_a_bend(worn, turn_deg_s))
    assert any("are in bends" in note for note in session.notes) is flagged
    strides = session.strides
    in_bend = [s for s in strides if FROM_S + 3.0 < s.foot_strike_s < TO_S - 1.0]
    after = [s for s in strides if s.foot_strike_s > TO_S + 3.5]
    assert len(in_bend) > 10
    assert all(("turning" in s.flags) is flagged for s in in_bend)
    assert not any("turning" in s.flags for s in after)
    if flagged:
        straight = max(s.standard_errors["cpd_peak_deg"] for s in after)
        bent = min(s.standard_errors["cpd_peak_deg"] for s in in_bend)
        # a bend of ten seconds tells no speed, and others with its contact time are sure of it to 0.05
        assert bent**2 - straight**2 > (0.03 * turn_deg_s) ** 2, "what is not sure of the lean"


@pytest.mark.parametrize("mode", ["offline", "online"])
@pytest.mark.parametrize("turn_deg_s", [6.0, -6.0])
def test_the_lean_of_a_bend_is_taken_off(shared_data: Path, turn_deg_s: float, mode: str) -> None:
    """Real motion with the pull of a bend of two degrees: the drop is as it was without."""
    worn = recorded(shared_data / "running_motion" / "r001_T35", "clean")
    straight = analysed(worn, mode).strides
    bent = analysed(round_a_bend(worn, turn_deg_s), mode).strides
    # live, thirty degrees have to be turned before it is a bend
    from_s = FROM_S + (7.0 if mode == "online" else 1.0)
    for side in ("left", "right"):
        drops = [
            np.median(
                [s.metrics["cpd_peak_deg"] for s in some if s.side == side and inside(s, from_s)]
            )
            for some in (straight, bent)
        ]
        assert abs(drops[1] - drops[0]) < 0.6


def inside(stride: Stride, from_s: float) -> bool:
    return from_s < stride.foot_strike_s < TO_S - 1.0


@pytest.mark.parametrize("trial", RUNS)
def test_straight_running_is_no_bend(shared_data: Path, trial: str) -> None:
    """The pelvis turns by 10 degrees and more in each stride; that is not the runner turning."""
    worn = recorded(shared_data / "running_motion" / trial, "field")
    assert not any("turning" in s.flags for s in analysed(worn).strides if s.foot_strike_s > 14.0)


def test_strapping_and_side_do_not_matter_in_a_bend(shared_data: Path) -> None:
    """Sensors turned any way: every stride as it was; in a mirror, as in a bend to the other side."""
    worn = recorded(shared_data / "running_motion" / "r001_T35", "clean")
    left = round_a_bend(worn, 6.0)
    turns = Rotation.random(len(worn), rng=np.random.default_rng(5))
    turned: Worn = {
        p: (time_s, turn.apply(acc), turn.apply(gyr))
        for (p, (time_s, acc, gyr)), turn in zip(left.items(), turns, strict=True)
    }
    mirror = np.array([1.0, 1.0, -1.0])  # rates are axial vectors, so their sign turns too
    mirrored: Worn = {
        OTHER_LEG[p]: (time_s, acc * mirror, gyr * -mirror)
        for p, (time_s, acc, gyr) in left.items()
    }
    expected = analysed(left).strides
    for found, swapped in ((analysed(turned).strides, False), (analysed(mirrored).strides, True)):
        for side, other in (("left", "right"), ("right", "left")):
            of_found = [s for s in found if s.side == (other if swapped else side)]
            of_expected = [s for s in expected if s.side == side]
            for a, b in zip(of_found, of_expected, strict=True):
                assert abs(a.metrics["cpd_peak_deg"] - b.metrics["cpd_peak_deg"]) < 0.05
