"""When the engine decides: about once a stride, soon after it can be known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from pipeline.sample_gathering import LONGEST_S, SampleGathering
from pipeline.stride import SIDES, Side
from sensors.placement import Placement
from sensors.sample_block import SampleBlock

PACKET_S = 0.02
CERTAIN_S = 0.165
"""So long after the foot strike that ends it a stride can be known."""


def packet(placement: Placement, end_s: float) -> SampleBlock:
    time_s = end_s - 0.005 * np.arange(3.0, -1.0, -1.0)
    nothing = np.zeros((4, 3))
    return SampleBlock(placement, 0, 200.0, time_s, nothing, nothing, np.zeros(4, np.uint8))


def decided(
    duration_s: float, stride_s: Callable[[float], float]
) -> tuple[int, list[tuple[float, float]]]:
    """Decisions while both legs stride in turn, and when each stride ended and how much later than
    possible it was known."""
    coming: list[tuple[float, float, Side]] = []
    for n, side in enumerate(SIDES):
        start_s = 0.5 * n * stride_s(0.0)
        while start_s < duration_s:
            coming.append((start_s, start_s + stride_s(start_s), side))
            start_s = coming[-1][1]
    coming.sort(key=lambda stride: stride[1])
    gathering = SampleGathering(Placement)
    decisions, late = 0, []
    for k in range(1, round(duration_s / PACKET_S)):
        now_s = k * PACKET_S
        may_be = [gathering.add(packet(placement, now_s)) for placement in Placement]
        if any(may_be) and gathering.is_due():
            decisions += 1
            known = [stride for stride in coming if stride[1] + CERTAIN_S < now_s]
            coming = coming[len(known) :]
            late += [(end_s, now_s - end_s - CERTAIN_S) for _, end_s, _ in known]
            gathering.take()
            gathering.expect((side, start_s, end_s) for start_s, end_s, side in known)
    return decisions, late


@pytest.mark.parametrize("stride_s", [0.64, 0.7, 0.78])
def test_a_steady_run_needs_little_more_than_a_decision_for_each_stride(stride_s: float) -> None:
    """Strides differ in duration by a hundredth of a second."""
    rng = np.random.default_rng(1)
    decisions, late = decided(120.0, lambda _: stride_s + float(rng.normal(0.0, 0.01)))
    assert decisions < 1.5 * len(late)
    assert np.percentile([each for _, each in late], 95) < 0.06


def test_a_change_of_pace_delays_few_strides() -> None:
    """From running to walking and back, no stride waits longer than samples are gathered at all."""
    _, late = decided(90.0, lambda at_s: 1.1 if 30.0 < at_s < 60.0 else 0.7)
    assert max(each for _, each in late) <= LONGEST_S + PACKET_S
    assert sum(each > 0.1 for end_s, each in late if end_s > 5.0) <= 8
