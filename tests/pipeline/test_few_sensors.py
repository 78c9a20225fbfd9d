"""Sessions without one or both shank sensors: what is known is given, the rest is empty and said."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
import pytest

from pipeline.analyse_file import analyse_recording
from pipeline.analysis import BlocksAnalysis, analyse_blocks
from pipeline.errors import InputError
from pipeline.orientation import FloatArray
from pipeline.sacrum_sides import LOCK_STEPS, side_by_shank
from pipeline.sacrum_steps import StepBout, force_hills, step_events
from pipeline.sacrum_strides import strides_of
from pipeline.stride import SIDES, Side
from pipeline.stride_events import StrideEvents
from sensors.placement import Placement
from tests.simulated import Simulated, simulated


@cache
def few(seed: int, gait: str, *worn: Placement) -> tuple[Simulated, BlocksAnalysis]:
    session = simulated(60.0, seed, gait=gait, faults="field")  # type: ignore[arg-type]
    blocks = (b for b in session.blocks if b.placement in worn)
    return session, analyse_blocks(blocks, worn, mode="offline")


def errors_ms(
    truth: pd.DataFrame, result: BlocksAnalysis, side: Side, gait: str
) -> tuple[FloatArray, FloatArray, int]:
    """Errors of foot strikes and toe-offs of a leg, and its missed strides."""
    true = truth[truth["valid"] & (truth["gait"] == gait) & (truth["side"] == side)]
    mine = [s for s in result.strides if s.side == side and s.gait == gait]
    starts = np.array([s.foot_strike_s for s in mine])
    strikes, lifts, missed = [], [], 0
    for row in true.to_dict("records"):
        n = int(np.argmin(np.abs(starts - row["foot_strike_s"]))) if len(starts) else -1
        if n < 0 or abs(starts[n] - row["foot_strike_s"]) > 0.15:
            missed += 1
            continue
        strikes.append(1e3 * (mine[n].foot_strike_s - row["foot_strike_s"]))
        lifts.append(1e3 * (mine[n].toe_off_s - row["toe_off_s"]))
    return np.array(strikes), np.array(lifts), missed


@pytest.mark.parametrize("seed", [601, 602])
def test_the_pelvis_alone_gives_running_strides_of_both_legs(seed: int) -> None:
    """Events within the goals for the sacrum alone, sides right, drop measured, tibia empty."""
    session, result = few(seed, "run", Placement.PELVIS)
    for side in SIDES:
        strikes, lifts, missed = errors_ms(session.truth, result, side, "run")
        assert missed <= 3
        assert abs(strikes.mean()) <= 15.0
        assert strikes.std() <= 15.0
        assert np.sqrt(np.mean((lifts - strikes) ** 2)) <= 35.0
    mine = [s for s in result.strides if s.gait == "run" and s.valid]
    assert all("sacrum_events" in s.flags for s in mine)
    assert all("tir_exc_deg" not in s.metrics for s in mine)
    assert all("tibial_shock_g" not in s.metrics for s in mine)
    assert all({"cpd_peak_deg", "vertical_oscillation_m"} <= set(s.metrics) for s in mine)
    assert any("left strides come from the pelvis" in note for note in result.notes)
    assert any("tell left from right" in note for note in result.notes)


def test_one_shank_and_the_pelvis_give_the_other_leg_nearly_as_well() -> None:
    """The shank says which step is whose and how late the pelvis is; events within 12 ms."""
    session, result = few(601, "run", Placement.PELVIS, Placement.SHANK_LEFT)
    strikes, _, missed = errors_ms(session.truth, result, "right", "run")
    assert missed <= 2
    assert abs(strikes.mean()) < 12.0
    assert strikes.std() < 8.0
    right = [s for s in result.strides if s.side == "right" and s.valid]
    left = [s for s in result.strides if s.side == "left" and s.valid]
    assert all("sacrum_events" in s.flags for s in right)
    assert all("sacrum_events" not in s.flags for s in left)
    assert all("tir_exc_deg" in s.metrics for s in left)
    assert any("right strides come from the pelvis" in note for note in result.notes)


def test_one_shank_alone_gives_its_leg_and_says_what_is_missing() -> None:
    """No pelvis: no drop, no strides of the other leg."""
    _, result = few(601, "run", Placement.SHANK_LEFT)
    assert {s.side for s in result.strides} == {"left"}
    assert all("cpd_exc_deg" not in s.metrics for s in result.strides)
    notes = " ".join(result.notes)
    assert "no right strides" in notes
    assert "pelvic drop is not known" in notes


def test_both_shanks_without_pelvis_are_unchanged_by_this_mode() -> None:
    """Nothing of the pelvis' events enters when both shanks are there."""
    _, result = few(601, "run", Placement.SHANK_LEFT, Placement.SHANK_RIGHT)
    assert {s.side for s in result.strides} == {"left", "right"}
    assert all("sacrum_events" not in s.flags for s in result.strides)


def test_the_pelvis_alone_is_not_for_online(tmp_path: Path) -> None:
    """A clear refusal, not an empty table."""
    from firmware_sim import SimulatedSession
    from levelstride.simulated_recording import write_recording
    from sensors.recording_reader import open_recording
    from sensors.session_info import SessionInfo

    path = tmp_path / "a.mcap"
    write_recording(SimulatedSession(20.0, 1, quick=True), path, SessionInfo(source="simulated"))
    with open_recording(path) as recording:
        ids = {s.placement: s.sensor_id for s in recording.sensors}
    unworn = cast(
        "dict[str, Placement]",
        {ids[p]: None for p in (Placement.SHANK_LEFT, Placement.SHANK_RIGHT)},
    )
    with pytest.raises(InputError, match="whole session"):
        analyse_recording(path, mode="online", placements=unworn)


def sine_force(step_s: float, steps: int, rate_hz: float = 200.0) -> tuple[FloatArray, FloatArray]:
    """Vertical force of running: half sines of 60 % of each step, nothing in flight."""
    time_s = np.arange(round(steps * step_s * rate_hz)) / rate_hz
    share = np.remainder(time_s, step_s) / step_s
    return time_s, np.where(share < 0.6, 25.0 * np.sin(np.pi * share / 0.6), 0.0)


@pytest.mark.parametrize("step_s", [0.3, 0.36, 0.42])
def test_steps_of_a_known_force_are_found_each_once(step_s: float) -> None:
    """Half sines: every step but those at the edges, strikes within 20 ms."""
    time_s, force = sine_force(step_s, 40)
    (bout,) = step_events(force, time_s, 200.0, force_hills(force, 200.0), running=True)
    assert 37 <= len(bout) <= 40
    nearest = np.abs(bout.strike_s / step_s - np.round(bout.strike_s / step_s)) * step_s
    assert np.max(nearest) < 0.02
    assert np.all(bout.lift_s[:-1] > bout.strike_s[:-1])


@pytest.mark.parametrize("force", [np.full(2000, 9.81), np.zeros(2000), np.full(10, 9.81)])
def test_stillness_and_scraps_hold_no_steps(force: FloatArray) -> None:
    """Standing, free fall, ten samples."""
    hills = force_hills(force, 200.0)
    assert step_events(force, np.arange(len(force)) / 200.0, 200.0, hills, running=True) == []


def test_sides_follow_the_shank_and_are_refused_when_it_disagrees() -> None:
    """Strikes that hit every second step name it; strikes at any step name nothing."""
    bout = StepBout(True, 0.35 * np.arange(40), 0.35 * np.arange(40) + 0.25)

    def shank(times: FloatArray) -> list[StrideEvents]:
        return [
            StrideEvents("left", "run", "run", t, t + 0.24, t + 0.7, first_of_bout=False)
            for t in times.tolist()
        ]

    match = side_by_shank(bout, shank(0.35 * np.arange(1, 39, 2) - 0.01))
    assert match is not None
    assert match.even == "right"
    assert match.strike_late_s == pytest.approx(0.01)
    assert match.lift_late_s == pytest.approx(0.02)
    assert side_by_shank(bout, shank(0.35 * np.array([1, 4, 6, 9, 11, 14, 20, 23]))) is None
    assert side_by_shank(bout, []) is None


def test_strides_of_a_bout_alternate_and_end_where_the_next_begins() -> None:
    """n steps make n - 2 strides."""
    bout = StepBout(True, 0.35 * np.arange(LOCK_STEPS), 0.35 * np.arange(LOCK_STEPS) + 0.25)
    strides = strides_of(bout, "left")
    assert len(strides) == LOCK_STEPS - 2
    assert [s.side for s in strides[:3]] == ["left", "right", "left"]
    assert [s.first_of_bout for s in strides[:4]] == [True, True, False, False]
    assert strides[2].foot_strike_s == strides[0].next_foot_strike_s
