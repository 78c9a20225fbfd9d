"""The lean of the vertical in sustained bends: how large it is, where it is taken off, and where not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.bend_lean import (
    LiveBends,
    SessionBends,
    bend_weights,
    turning_rate_deg_s,
)
from pipeline.bend_speed import FoundSpeed, find_speed
from pipeline.heading_blocks import HeadingBlocks
from pipeline.orientation import FloatArray, up_in_sensor
from pipeline.stride_events import StrideEvents, StrideTimes
from pipeline.track import SensorTrack
from pipeline.track_set import TrackSet
from pipeline.uncertainty import GRAVITY_M_S2
from pipeline.usual_speed import USUAL_SE_DEG_PER_DEG_S, UsualSpeed
from sensors.placement import Placement
from sensors.sample_block import SampleBlock
from tests.pipeline.virtual_sensors import RATE_HZ, RUNS, recorded

HZ = 50.0
BLOCK_S = 0.25
RIGHT = np.array([0.0, -1.0, 0.0])


def bend(turn_deg_s: float, start_s: float, end_s: float, seconds: float) -> FloatArray:
    """Turning rate of a path, rad/s, with ramps of two seconds."""
    t = np.arange(round(seconds * HZ)) / HZ
    return np.radians(turn_deg_s) * np.interp(
        t, [start_s, start_s + 2.0, end_s, end_s + 2.0], [0.0, 1.0, 1.0, 0.0]
    )


def moving(
    rate_rad_s: FloatArray, speed_m_s: float, *, live: bool, drift_deg_s: float = 0.0
) -> SensorTrack:
    """A sensor with x forward, y to the left and z up that glides along a path.

    Its gyroscope has a bias of 0.1 degrees per second about each axis but the vertical, its accelerometer
    one of 10 mg to the left. With a drift about the vertical it bounces: the filter would find that at rest.
    """
    n = len(rate_rad_s)
    turning, force = np.zeros((n, 3)), np.zeros((n, 3))
    turning[:, 2], turning[:, :2] = rate_rad_s + np.radians(drift_deg_s), np.radians(0.1)
    force[:, 1], force[:, 2] = speed_m_s * rate_rad_s + 0.098, 9.81
    if drift_deg_s:
        force[:, 2] += 5.0 * np.sin(2.0 * np.pi * 2.5 * np.arange(n) / HZ)
    track = SensorTrack(Placement.PELVIS, HZ, live=live)
    marks = np.zeros(n, np.uint8)
    track.push(SampleBlock(Placement.PELVIS, 0, HZ, np.arange(n) / HZ, force, turning, marks))
    if not live:
        track.refine_orientation()
    return track


def whole_session(track: SensorTrack, right: FloatArray = RIGHT) -> SessionBends:
    blocks = HeadingBlocks(track)
    blocks.advance()
    return SessionBends(track, blocks, right, 0.0, track.watermark_s)


def strides_every(step_s: float, seconds: float) -> list[StrideEvents]:
    starts = np.arange(1.0, seconds - 2.0 * step_s, step_s).tolist()
    return [StrideEvents("right", "run", "run", s, s + 0.3, s + step_s, s == 1.0) for s in starts]


def lean_found_deg(track: SensorTrack) -> FloatArray:
    """How far the orientation's vertical leans to the left, at each sample; the sensor is upright."""
    up = up_in_sensor(track.quat.get(0, track.end))
    lean: FloatArray = np.degrees(np.arctan2(up[:, 1], up[:, 2]))
    return lean


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("turn_deg_s", [5.0, -9.0, 14.0])
def test_the_lean_follows_the_filter(turn_deg_s: float, live: bool) -> None:
    """What a bend does to the vertical of the filter is known, also while it sets in and ends."""
    speed_m_s, seconds = 3.0, 100.0
    track = moving(bend(turn_deg_s, 35.0, 60.0, seconds), speed_m_s, live=live)
    straight = moving(np.zeros(track.end), 0.0, live=live)
    events = strides_every(0.7, seconds)
    times = StrideTimes.of(events)
    bends = LiveBends(track) if live else whole_session(track)
    found = bends.lean(RIGHT, times, ["run"] * len(events))
    at = track.positions_at(times.foot_strike_s + 0.15)
    truly = (lean_found_deg(track) - lean_found_deg(straight))[at]
    per_turning = speed_m_s / 9.81
    # live, a bend is known as one after some turning; the filter settles from nothing before 20 s
    known_s = 35.0 + 2.0 + 40.0 / abs(turn_deg_s)
    here = times.foot_strike_s > (known_s if live else 20.0)
    apart = found.turning_deg_s * per_turning - truly
    largest = per_turning * abs(turn_deg_s)
    assert np.max(np.abs(apart[here])) < 0.08 + 0.03 * largest
    assert np.max(np.abs(truly[here])) > 0.6 * largest


@pytest.mark.parametrize("speed_m_s", [2.0, 4.5])
def test_the_speed_is_found(speed_m_s: float) -> None:
    """Sensors with everyday biases: within a tenth, and within what is said of it."""
    seconds = 200.0
    rate = sum(bend(6.0, start, start + 30.0, seconds) for start in (20.0, 80.0, 140.0))
    track = moving(np.asarray(rate), speed_m_s, live=False)
    events = strides_every(0.7, seconds)
    bends = whole_session(track)
    stretches = find_speed(bends, events)
    assert len(stretches) >= 4
    found, se = FoundSpeed(stretches, bends.times_s(), events).at(100.0, "run", 0.3)
    assert found == pytest.approx(speed_m_s / 9.81, abs=0.05)
    assert 0.0 < se < 0.06


def test_without_stretches_the_speed_that_goes_with_the_contact_time_counts() -> None:
    """And it is as uncertain as people differ. Contact times of RBDS, and some that nobody has."""
    for contact_s, speed_m_s in ((0.285, 2.5), (0.24, 3.5), (0.205, 4.5)):
        found = UsualSpeed().at(0.0, "run", contact_s)[0] * GRAVITY_M_S2
        assert found == pytest.approx(speed_m_s, abs=0.1)
    assert UsualSpeed().at(0.0, "run", 0.01) == UsualSpeed().at(0.0, "run", 0.1)
    assert UsualSpeed().at(0.0, "walk", 9.0) == UsualSpeed().at(0.0, "walk", 2.0)
    events = strides_every(0.7, 60.0)
    found, se = FoundSpeed([], np.array([10.0]), events).at(10.0, "run", 0.24)
    assert found == pytest.approx(UsualSpeed().at(10.0, "run", 0.3)[0])
    assert se == pytest.approx(USUAL_SE_DEG_PER_DEG_S["run"], abs=0.001)
    assert FoundSpeed([], np.array([10.0]), []).at(10.0, "run", 0.24)[0] == pytest.approx(0.35)


def test_what_is_no_sustained_bend_is_left_alone() -> None:
    """Wandering, a heading that drifts, a turn round; a bend of thirty degrees in part, a larger one wholly."""
    t = np.arange(0.0, 60.0, BLOCK_S)
    wandering = 2.5 * np.sin(2.0 * np.pi * t / 12.0)
    assert not bend_weights(wandering, BLOCK_S).any()
    assert not bend_weights(np.where((t > 10.0) & (t < 50.0), 1.9, 0.0), BLOCK_S).any()
    assert not bend_weights(np.where((t > 10.0) & (t < 13.0), 60.0, 0.0), BLOCK_S).any()
    partly = bend_weights(np.where((t >= 10.0) & (t < 16.0), -5.0, 0.0), BLOCK_S)
    assert set(partly.tolist()) == {0.0, 0.5}
    assert bend_weights(np.where((t >= 10.0) & (t < 20.0), 5.0, 0.0), BLOCK_S).max() == 1.0


def test_the_turning_rate_is_right_to_both_ends() -> None:
    """A steady turn is steady from the first block to the last."""
    rate = turning_rate_deg_s(np.full(30, np.radians(1.0)), BLOCK_S)
    np.testing.assert_allclose(rate, 4.0)


@pytest.mark.parametrize("trial", RUNS)
def test_real_running_on_a_treadmill_has_no_bend(shared_data: Path, trial: str) -> None:
    """So nothing at all is taken off there, live or offline."""
    worn_right = np.array([0.0, 0.0, 1.0])
    for live in (False, True):
        samples = TrackSet([Placement.PELVIS], live=live)
        time_s, acc, gyr = recorded(shared_data / "running_motion" / trial, "field")[
            Placement.PELVIS
        ]
        marks = np.zeros(len(time_s), np.uint8)
        samples.push(SampleBlock(Placement.PELVIS, 0, RATE_HZ, time_s, acc, gyr, marks))
        pelvis = samples.tracks[Placement.PELVIS]
        if not live:
            pelvis.refine_orientation()
            assert not whole_session(pelvis, worn_right).any
            continue
        starts = np.arange(12.0, time_s[-1] - 2.0, 0.7).tolist()
        times = StrideTimes.of(
            [StrideEvents("left", "run", "run", s, s + 0.3, s + 0.7, False) for s in starts]
        )
        assert not LiveBends(pelvis).lean(worn_right, times, ["run"] * len(times)).lean_deg.any()


def test_a_break_of_the_track_ends_a_bend() -> None:
    """Headings on either side have nothing to do with one another; the filter starts anew."""
    rate = bend(6.0, 10.0, 50.0, 80.0)
    whole = moving(rate, 3.0, live=False)
    track = SensorTrack(Placement.PELVIS, HZ, live=False)
    for a, b in ((0, 1500), (1750, whole.end)):  # five seconds are lost within the bend
        time_s = whole.time_s.get(a, b)
        turning = np.zeros((b - a, 3))
        turning[:, 2] = rate[a:b]
        force = np.zeros((b - a, 3))
        force[:, 1], force[:, 2] = 3.0 * rate[a:b], 9.81
        marks = np.zeros(b - a, np.uint8)
        track.push(SampleBlock(Placement.PELVIS, a, HZ, time_s, force, turning, marks))
    track.refine_orientation()
    assert len(track.breaks) == 1
    bends = whole_session(track)
    events = [e for e in strides_every(0.7, 78.0) if not 29.0 < e.foot_strike_s < 35.0]
    found = bends.lean(RIGHT, StrideTimes.of(events), ["run"] * len(events))
    at = track.positions_at(np.array([e.foot_strike_s + 0.15 for e in events]))
    apart = found.turning_deg_s * 3.0 / 9.81 - lean_found_deg(track)[at]
    assert np.max(np.abs(apart)) < 0.35
