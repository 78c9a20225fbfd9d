"""Strides of simulated sessions against exact truth, over runners that were drawn, not chosen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from firmware_sim.body.script import Script, Segment
from pipeline.analyse_file import analyse_recording
from pipeline.stride import SIDES, Stride
from tests.pipeline.stride_errors import stride_errors
from tests.simulated import simulated

SECONDS = 75.0
SEEDS = (101, 102, 103, 104)
COLUMNS = ("cpd_peak_deg", "cpd_exc_deg", "tir_exc_deg")
RMSE_DEG = {"cpd_peak_deg": 0.8, "cpd_exc_deg": 0.6, "tir_exc_deg": 1.2}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("mode", ["offline", "online"])
def test_steady_running_of_any_runner_is_within_bounds(seed: int, mode: str) -> None:
    """No stride missed or invented; angles and events within the bounds, on each leg."""
    session = simulated(SECONDS, seed)
    strides = analyse_recording(session.path, mode=mode).strides  # type: ignore[arg-type]
    for side in SIDES:
        errors = stride_errors(strides, session.truth, side, COLUMNS)
        assert (errors.missed, errors.extra) == (0, 0)
        for column, bound in RMSE_DEG.items():
            assert errors.rmse(column) <= bound, (seed, side, column)
        assert errors.sd("foot_strike_s") <= 0.010
        assert errors.sd("toe_off_s") <= 0.015
        assert abs(errors.bias("foot_strike_s")) <= 0.015
        assert abs(errors.bias("toe_off_s")) <= 0.015


@pytest.mark.parametrize("seed", SEEDS[:2])
def test_walking_is_within_bounds(seed: int) -> None:
    """The same in walking."""
    session = simulated(SECONDS, seed, gait="walk")
    strides = analyse_recording(session.path).strides
    for side in SIDES:
        errors = stride_errors(strides, session.truth, side, COLUMNS, gait="walk")
        assert errors.missed <= 1
        assert errors.extra == 0
        for column, bound in RMSE_DEG.items():
            assert errors.rmse(column) <= bound, (seed, side, column)
        assert errors.sd("foot_strike_s") <= 0.010
        assert errors.sd("toe_off_s") <= 0.015


@pytest.mark.parametrize("seed", SEEDS)
def test_online_and_offline_agree(seed: int) -> None:
    """Median and 95th percentile of the difference: what runner and therapist may disagree on."""
    session = simulated(SECONDS, seed)
    online = analyse_recording(session.path, mode="online").strides
    offline = analyse_recording(session.path, mode="offline").strides
    pairs = _same_strides(online, offline)
    assert len(pairs) > 60
    for column, middle, far in (
        ("cpd_peak_deg", 0.2, 0.5),
        ("cpd_exc_deg", 0.2, 0.5),
        ("tir_exc_deg", 0.4, 1.0),
    ):
        difference = [abs(a.metrics[column] - b.metrics[column]) for a, b in pairs]
        assert np.median(difference) <= middle
        assert np.percentile(difference, 95) <= far
    strikes = [abs(a.foot_strike_s - b.foot_strike_s) for a, b in pairs]
    assert np.median(strikes) <= 0.003
    assert np.percentile(strikes, 95) <= 0.008


def _same_strides(first: Sequence[Stride], second: Sequence[Stride]) -> list[tuple[Stride, Stride]]:
    pairs = []
    for a in first:
        near = [
            b for b in second if b.side == a.side and abs(b.foot_strike_s - a.foot_strike_s) < 0.1
        ]
        if near and a.valid and near[0].valid:
            pairs.append((a, near[0]))
    return pairs


def test_squats_and_standing_give_no_strides() -> None:
    """Nothing before walking off is taken for a stride."""
    session = simulated(SECONDS, SEEDS[0])
    first = session.truth["foot_strike_s"].min()
    for mode in ("online", "offline"):
        strides = analyse_recording(session.path, mode=mode).strides  # type: ignore[arg-type]
        assert all(s.foot_strike_s > first - 0.2 for s in strides)


def test_lost_packets_are_flagged_not_hidden() -> None:
    """Strides whose gap was filled say so; those it leaves in doubt are invalid."""
    everyday = simulated(SECONDS, 21, faults="field")
    result = analyse_recording(everyday.path)
    lost = sum(int(result.quality[p]["lost_samples"]) for p in ("pelvis", "shank_left"))  # type: ignore[index]
    assert lost > 0
    assert any("filled" in s.flags and s.valid for s in result.strides)
    harsh = analyse_recording(simulated(120.0, 80, faults="harsh").path)
    assert any("gap" in s.flags and not s.valid for s in harsh.strides)


@pytest.mark.parametrize(("seed", "gait"), [(514, "walk"), (520, "walk"), (515, "run")])
def test_without_squats_the_gait_tells_how_the_pelvis_sensor_sits(seed: int, gait: str) -> None:
    """Standing and gait only; walkers who lean back and who lean forward."""
    script = Script((Segment("stand", 0.0, 8.0), Segment(gait, 8.0, float("inf"))))  # type: ignore[arg-type]
    session = simulated(60.0, seed, gait=gait, script=script)  # type: ignore[arg-type]
    result = analyse_recording(session.path)
    assert result.quality["calibration"]["pelvis_axis"] == "gait"  # type: ignore[index]
    for side in SIDES:
        errors = stride_errors(result.strides, session.truth, side, COLUMNS, gait=gait)
        assert errors.missed <= 1
        for column in ("cpd_peak_deg", "cpd_exc_deg"):
            assert errors.rmse(column) <= RMSE_DEG[column], (seed, side, column)


@pytest.mark.parametrize("mode", ["offline", "online"])
def test_harsh_faults_give_strides_and_sentences_not_crashes(mode: str) -> None:
    """Dropouts of seconds in each sensor: tracks break, strides near the breaks are not used."""
    session = simulated(120.0, 80, faults="harsh")
    result = analyse_recording(session.path, mode=mode)  # type: ignore[arg-type]
    assert len(result.valid_strides()) > 100
    assert any("missing" in problem for problem in result.problems)
    for stride in result.valid_strides():
        assert all(np.isfinite(value) for value in stride.metrics.values())
