"""What the definitions demand of real running motion too: strapping, facing and side do not matter."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from pipeline.analysis import Mode
from pipeline.stride import SIDES, Stride
from sensors.placement import Placement
from tests.pipeline.virtual_sensors import Worn, analysed, recorded

HEADLINE = ("cpd_peak_deg", "cpd_exc_deg", "tir_exc_deg")
SAME_DEG = 0.05
SAME_S = 1e-6


def differences(first: Sequence[Stride], second: Sequence[Stride]) -> dict[str, float]:
    """Largest differences of valid strides, in degrees, and of their events in seconds.

    Live, the first strides come before the pelvis axis is known and have no drop.
    """
    assert [s.valid for s in first] == [s.valid for s in second]
    pairs = [(a, b) for a, b in zip(first, second, strict=True) if a.valid]
    assert len(pairs) > 30
    for a, b in pairs:
        assert a.metrics.keys() == b.metrics.keys()
    largest = {
        key: max(abs(a.metrics[key] - b.metrics[key]) for a, b in pairs if key in a.metrics)
        for key in HEADLINE
    }
    largest["events_s"] = max(
        max(abs(a.foot_strike_s - b.foot_strike_s), abs(a.toe_off_s - b.toe_off_s))
        for a, b in pairs
    )
    return largest


def of_side(strides: Sequence[Stride], side: str) -> Sequence[Stride]:
    return [s for s in strides if s.side == side]


@pytest.mark.parametrize("mode", ["offline", "online"])
def test_real_motion_under_any_strapping(shared_data: Path, mode: Mode) -> None:
    """Field sensors of a real runner, each turned by any rotation: every stride as it was."""
    worn = recorded(shared_data / "running_motion" / "r001_T35", "field")
    expected = analysed(worn, mode).strides

    @settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, 2**32 - 1))
    def same(seed: int) -> None:
        turns = Rotation.random(len(worn), rng=np.random.default_rng(seed))
        other: Worn = {
            p: (time_s, turn.apply(acc), turn.apply(gyr))
            for (p, (time_s, acc, gyr)), turn in zip(worn.items(), turns, strict=True)
        }
        found = analysed(other, mode).strides
        for side in SIDES:
            apart = differences(of_side(found, side), of_side(expected, side))
            assert apart.pop("events_s") < SAME_S
            assert max(apart.values()) < SAME_DEG, apart

    same()


def test_real_motion_seen_in_a_mirror(shared_data: Path) -> None:
    """Left and right exchanged and every sensor mirrored: the sides swap, nothing else."""
    worn = recorded(shared_data / "running_motion" / "r001_T45", "field")
    mirror = np.array([1.0, 1.0, -1.0])  # rates are axial vectors, so their sign turns too
    other_leg = {
        Placement.PELVIS: Placement.PELVIS,
        Placement.SHANK_LEFT: Placement.SHANK_RIGHT,
        Placement.SHANK_RIGHT: Placement.SHANK_LEFT,
    }
    seen: Worn = {
        other_leg[p]: (time_s, acc * mirror, gyr * -mirror)
        for p, (time_s, acc, gyr) in worn.items()
    }
    expected, found = analysed(worn).strides, analysed(seen).strides
    for side, other in zip(SIDES, reversed(SIDES), strict=True):
        apart = differences(of_side(found, other), of_side(expected, side))
        assert apart.pop("events_s") < SAME_S
        assert max(apart.values()) < SAME_DEG, apart
