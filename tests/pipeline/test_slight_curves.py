"""The lean in slight curves: taken off as far as a recording shows that turning comes with a pull."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from levelstride.validation.real_data import treadmill_blocks, treadmill_trials
from pipeline.orientation import FloatArray
from pipeline.slight_curves import SlightCurves, lean_per_turning, set_slight_lean
from pipeline.stride_events import StrideEvents, StrideTimes
from pipeline.track import SensorTrack
from pipeline.track_set import TrackSet
from sensors.placement import Placement
from sensors.sample_block import SampleBlock
from tests.pipeline.test_bend_lean import (
    BLOCK_S,
    HZ,
    RIGHT,
    bend,
    lean_found_deg,
    moving,
    strides_every,
    whole_session,
)

SECONDS = 310.0
SPEED_M_S = 3.0


def wandering() -> FloatArray:
    """Turning rate of a path that wanders as on a road, rad/s: heading by 2.4 degrees RMS."""
    t = np.arange(round(SECONDS * HZ)) / HZ
    rate = sum(
        np.sqrt(2.0) * size_deg * w * np.cos(w * t + phase)
        for size_deg, w, phase in ((1.4, 2.0 * np.pi / p, p) for p in (17.0, 29.0, 61.0))
    )
    return np.radians(np.asarray(rate))


def curves_of(track: SensorTrack, events: list[StrideEvents]) -> SlightCurves:
    return SlightCurves(whole_session(track), events)


def test_a_wandering_path_is_told_from_a_wandering_pelvis() -> None:
    """Overground the force leans with the turning; on a treadmill it does not, and nothing is taken off."""
    events = strides_every(0.7, SECONDS)
    road = lean_per_turning([curves_of(moving(wandering(), SPEED_M_S, live=False), events)])
    treadmill = lean_per_turning([curves_of(moving(wandering(), 0.0, live=False), events)])
    assert road == pytest.approx(SPEED_M_S / 9.81, abs=0.03)
    assert treadmill < 0.01


def test_half_of_the_turning_is_the_path_s() -> None:
    """What is taken off is the part that pulls, not all at the runner's speed."""
    track = moving(wandering(), 0.5 * SPEED_M_S, live=False)
    found = lean_per_turning([curves_of(track, strides_every(0.7, SECONDS))])
    assert found == pytest.approx(0.5 * SPEED_M_S / 9.81, abs=0.03)


def test_the_lean_of_slight_curves_is_taken_off() -> None:
    """Against the same sensor without pull: a third at most is left, and bends keep theirs."""
    rate = wandering() + bend(6.0, 140.0, 170.0, SECONDS)
    track = moving(rate, SPEED_M_S, live=False)
    straight = moving(rate, 0.0, live=False)
    events = strides_every(0.7, SECONDS)
    times, gaits = StrideTimes.of(events), [e.gait for e in events]
    curves = curves_of(track, events)
    before = curves.bends.lean(RIGHT, times, gaits)
    set_slight_lean([curves])
    after = curves.bends.lean(RIGHT, times, gaits)
    at = track.positions_at(times.foot_strike_s + 0.15)
    truly = (lean_found_deg(track) - lean_found_deg(straight))[at]
    slight = (before.turning_deg_s == 0.0) & (times.foot_strike_s > 20.0)
    left = np.sqrt(np.mean((truly - after.lean_deg)[slight] ** 2))
    assert left < np.sqrt(np.mean(truly[slight] ** 2)) / 3.0
    inside = (times.foot_strike_s > 148.0) & (times.foot_strike_s < 162.0)
    np.testing.assert_allclose(after.lean_deg[inside], before.lean_deg[inside], atol=0.02)
    np.testing.assert_array_equal(after.turning_deg_s, before.turning_deg_s)
    np.testing.assert_array_equal(after.se_deg, before.se_deg)


def test_the_drift_of_straights_is_taken_off_bends() -> None:
    """A gyroscope that turns by itself makes no bend sharper, no straight a bend, and the speed no other."""
    rate = sum(bend(6.0, start, start + 25.0, SECONDS) for start in (60.0, 140.0, 220.0))
    events = strides_every(0.7, SECONDS)
    times, gaits = StrideTimes.of(events), [e.gait for e in events]
    found = []
    for drift_deg_s in (0.0, 0.9):
        track = moving(np.asarray(rate), SPEED_M_S, live=False, drift_deg_s=drift_deg_s)
        curves = curves_of(track, events)
        assert np.mean(curves.bends.drift_rad) / BLOCK_S == pytest.approx(
            np.radians(drift_deg_s), abs=np.radians(0.25)
        )
        set_slight_lean([curves])
        found.append(curves.bends.lean(RIGHT, times, gaits))
    here = (times.foot_strike_s > 20.0) & (times.foot_strike_s < SECONDS - 20.0)
    np.testing.assert_allclose(found[1].lean_deg[here], found[0].lean_deg[here], atol=0.15)


def test_walking_and_short_runs_are_left_alone() -> None:
    """Walkers lean by a third of it; of less than a minute of running nothing can be said."""
    track = moving(wandering(), SPEED_M_S, live=False)
    events = strides_every(0.7, SECONDS)
    walk = curves_of(track, [replace(e, gait="walk", next_gait="walk") for e in events])
    assert not walk.any
    assert lean_per_turning([walk]) == 0.0
    short = curves_of(track, [e for e in events if e.foot_strike_s < 55.0])
    assert short.any
    assert lean_per_turning([short]) == 0.0


def test_a_session_without_strides_has_no_slight_curves() -> None:
    """Nothing is found, and nothing set."""
    curves = curves_of(moving(wandering(), SPEED_M_S, live=False), [])
    set_slight_lean([curves])
    assert curves.bends.slight_lean_deg is None
    assert lean_per_turning([]) == 0.0


def test_short_parts_between_breaks_are_left_alone() -> None:
    """The filter has hardly settled there, and there is no heading from one part to the next."""
    whole = moving(wandering(), SPEED_M_S, live=False)
    track = SensorTrack(Placement.PELVIS, HZ, live=False)
    step = round(30.0 * HZ)
    for a in range(0, whole.end, step):
        b = min(whole.end, a + step - round(5.0 * HZ))
        columns = whole.time_s.get(a, b), whole.acc.get(a, b), whole.rate.get(a, b)
        track.push(SampleBlock(Placement.PELVIS, a, HZ, *columns, np.zeros(b - a, np.uint8)))
    track.refine_orientation()
    assert len(track.breaks) >= 9
    curves = curves_of(track, strides_every(0.7, SECONDS))
    assert not curves.any
    assert not curves.turning_deg_s().any()


def test_on_real_treadmills_turning_comes_without_a_pull(shared_data: Path) -> None:
    """The heading of real walkers on a belt wanders as much as that of a path; taken for runners, nothing is found."""
    curves: list[SlightCurves] = []
    for trial in treadmill_trials(shared_data):
        samples = TrackSet([Placement.PELVIS], live=False)
        for block in treadmill_blocks(shared_data, trial):
            if block.placement == Placement.PELVIS:
                samples.push(block)
        pelvis = samples.tracks[Placement.PELVIS]
        pelvis.refine_orientation()
        events = strides_every(0.7, pelvis.watermark_s)
        curves.append(SlightCurves(whole_session(pelvis), events))
    assert sum(len(list(each.stretches())) for each in curves) >= 5
    assert lean_per_turning(curves) < 0.05
    for each in curves:
        largest = float(np.max(np.abs(each.turning_deg_s())))
        assert lean_per_turning([each]) * largest < 0.05
