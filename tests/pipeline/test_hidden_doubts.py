"""What sensors show of errors that they cannot measure: shaking skin, clipped acceleration."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.analysis import Mode, analyse_blocks
from pipeline.clip_doubt import clip_tilt_se_deg
from pipeline.live_shake import EVERY_ONE, LiveShake
from pipeline.orientation import FloatArray
from pipeline.skin_shake import (
    FEWEST_STRIKES,
    LARGEST_SCALE,
    LEAST_SCALE,
    shake_deg2_s2,
    tissue_scale,
)
from pipeline.stride_events import StrideEvents, StrideTimes
from pipeline.track import SensorTrack
from pipeline.track_set import TrackSet
from pipeline.uncertainty import SKIN_SHAKING_DEG, skin_on_excursion_deg
from sensors.placement import Placement
from sensors.sample_block import FLAG_CLIPPED_ACC, SampleBlock
from tests.simulated import simulated

RATE_HZ = 200.0


def track_of(rate: FloatArray, flags: np.ndarray | None = None) -> SensorTrack:
    """A pelvis that lies level and turns at a rate (n, 3)."""
    n = len(rate)
    track = SensorTrack(Placement.PELVIS, RATE_HZ)
    acc = np.tile([0.0, 0.0, 9.81], (n, 1))
    marks = np.zeros(n, np.uint8) if flags is None else flags
    block = SampleBlock(Placement.PELVIS, 0, RATE_HZ, np.arange(n) / RATE_HZ, acc, rate, marks)
    track.push(block)
    return track


def swinging(strikes_s: FloatArray, size_rad: float) -> FloatArray:
    """Rates of a body that turns slowly under a sensor that swings after each strike, (n, 3)."""
    time_s = np.arange(round(30.0 * RATE_HZ)) / RATE_HZ
    rate = np.zeros((len(time_s), 3))
    rate[:, 0] = 2.0 * np.sin(2.0 * np.pi * 2.8 * time_s)
    for strike in strikes_s:
        after = time_s - strike
        pulse = np.exp(-after / 0.04) * np.cos(2.0 * np.pi * 12.0 * after) * (after >= 0.0)
        rate[:, 1] += size_rad * 2.0 * np.pi * 12.0 * pulse
    return rate


def test_shaking_grows_with_its_square_and_slow_turns_do_not_count() -> None:
    """Twice the swing is four times the power; without any there is next to nothing."""
    strikes = np.arange(1.0, 28.0, 0.7)
    none, small, large = (
        shake_deg2_s2(track_of(swinging(strikes, np.radians(deg))), strikes)
        for deg in (0.0, 0.5, 1.0)
    )
    assert none is not None
    assert small is not None
    assert large is not None
    assert abs(none) < 2.0 < small
    assert large / small == pytest.approx(4.0, rel=0.05)


def test_few_strikes_or_slow_sampling_say_nothing_of_shaking() -> None:
    """No answer rather than one from a handful of strikes."""
    strikes = np.arange(1.0, 4.0, 0.7)
    assert shake_deg2_s2(track_of(swinging(strikes, 0.01)), strikes) is None


def test_allowance_for_skin_follows_the_shaking_within_bounds() -> None:
    """A sensor that shakes wildly widens the intervals up to a limit; one that sits quiet narrows
    them by a fifth, no more: skin may move slowly."""
    strikes = np.arange(1.0, 28.0, 0.7)
    for size_rad, scale in ((0.0, LEAST_SCALE), (0.2, LARGEST_SCALE)):
        samples = TrackSet([Placement.PELVIS], live=False)
        samples.tracks[Placement.PELVIS] = track_of(swinging(strikes, size_rad))
        events = [
            StrideEvents("left", "run", "run", float(t), float(t) + 0.25, float(t) + 0.7, False)
            for t in strikes
        ]
        assert tissue_scale(samples, events) == pytest.approx(scale)


def test_skin_is_seen_by_an_excursion_as_far_as_peak_and_foot_strike_are_apart() -> None:
    """None at once but for the shaking, most half a stride apart, and the same a stride later."""
    for key in ("cpd_exc_deg", "tir_exc_deg"):
        at_once, early, late, again = skin_on_excursion_deg(key, np.array([0.0, 0.05, 0.4, 1.0]))
        assert at_once == pytest.approx(again) == pytest.approx(SKIN_SHAKING_DEG[key])
        assert at_once < early < 0.5 * late


def test_clipped_acceleration_is_doubted_near_it_and_forgotten() -> None:
    """Three samples at the end of the range: one to two degrees next to them, before and after;
    nothing 12 s on."""
    doubts = clip_doubts(live=False)
    assert 0.8 < doubts[1] < 2.0
    assert 0.8 < doubts[2] < 2.0
    assert doubts[0] == 0.0
    assert doubts[3] < 0.05


def test_live_a_stride_is_doubted_for_its_own_clipped_samples() -> None:
    """What has been trimmed or has not come yet does not count, whatever the chunks were."""
    doubts = clip_doubts(live=True)
    assert 0.4 < doubts[1] < 12.0
    assert doubts[0] == doubts[2] == doubts[3] == 0.0


def clip_doubts(*, live: bool) -> FloatArray:
    flags = np.zeros(6000, np.uint8)
    flags[3000:3003] = FLAG_CLIPPED_ACC
    starts = np.array([1.0, 14.8, 15.5, 28.5])
    times = StrideTimes(starts, starts + 0.25, starts + 0.7)
    return clip_tilt_se_deg(track_of(np.zeros((6000, 3)), flags), times, live=live)


@pytest.mark.parametrize("mode", ["offline", "online"])
def test_a_session_whose_sensors_shake_states_wider_errors(mode: Mode) -> None:
    """The same runner with harsh soft tissue against everyday one."""
    errors = {}
    for faults in ("none", "harsh"):
        session = simulated(45.0, 6003, faults=faults)  # type: ignore[arg-type]
        found = analyse_blocks(session.blocks, tuple(Placement), mode=mode).strides
        errors[faults] = np.median([s.standard_errors["cpd_exc_deg"] for s in found if s.valid])
    assert errors["harsh"] > 1.5 * errors["none"]


@given(st.lists(st.integers(1, 12), min_size=4, max_size=8))
def test_live_the_shaking_is_that_of_the_strides_so_far(cuts: list[int]) -> None:
    """One by one or many at once, and in the end as of the whole session; a few strikes say nothing."""
    strikes = np.arange(1.0, 28.0, 0.7)
    assert len(strikes) <= EVERY_ONE
    sizes = np.where(strikes < 14.0, 0.004, 0.03)
    rate = sum(swinging(strikes[sizes == size], float(size)) for size in np.unique(sizes))
    samples = TrackSet([Placement.PELVIS], live=False)
    samples.tracks[Placement.PELVIS] = track_of(np.asarray(rate))
    events = [
        StrideEvents("left", "run", "run", float(t), float(t) + 0.25, float(t) + 0.7, False)
        for t in strikes
    ]
    one_by_one, together = LiveShake(), LiveShake()
    expected = [one_by_one.scales([e], samples.tracks)[0] for e in events]
    edges = [0, *np.cumsum(cuts).tolist(), len(events)]
    found = [s for a, b in pairwise(edges) for s in together.scales(events[a:b], samples.tracks)]
    assert found == expected
    assert expected[: FEWEST_STRIKES - 1] == [1.0] * (FEWEST_STRIKES - 1)
    assert expected[FEWEST_STRIKES] < expected[-1]
    assert expected[-1] == pytest.approx(tissue_scale(samples, events))
