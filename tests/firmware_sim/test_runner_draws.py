"""What is drawn for a person, over many people."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from firmware_sim import SimulatedSession, SimulationError
from firmware_sim.body.gaits import GaitBook
from firmware_sim.body.mode_curves import CurveBook
from firmware_sim.body.runner import draw_runner
from firmware_sim.body.script import default_script
from firmware_sim.body.segment import Mode
from firmware_sim.body.steps import StepPlan


@pytest.fixture(scope="module")
def people():
    return [draw_runner(seed, None, "run") for seed in range(400)]


def test_speed_cadence_contact_drop_and_rotation_are_in_the_stated_ranges(people) -> None:
    speed = np.array([r.run.speed_m_s for r in people])
    assert 2.2 <= speed.min() < 2.35
    assert 4.6 < speed.max() <= 5.0
    assert np.mean((speed > 2.5) & (speed < 3.9)) == pytest.approx(0.8, abs=0.06)
    cadence = np.array([120 * r.run.stride_hz for r in people])
    assert cadence.min() >= 150
    assert cadence.max() <= 190
    duty = np.array([r.run.duty_factor for r in people])
    assert duty.min() >= 0.28
    assert duty.max() <= 0.42
    drop = np.array([r.run.cpd_peak_deg for r in people])
    assert drop.min() >= 1.0
    assert drop.max() <= 12.0
    assert drop.mean() == pytest.approx(4.6, abs=0.4)
    assert np.corrcoef(drop.T)[0, 1] == pytest.approx(0.55, abs=0.2)
    tir = np.array([r.run.tir_exc_deg for r in people])
    assert tir.mean() == pytest.approx(10.5, abs=0.5)


def test_strike_types_are_drawn_in_their_shares_and_change_the_impact(people) -> None:
    share = Counter(r.traits.strike for r in people)
    assert share["rearfoot"] / 400 == pytest.approx(0.78, abs=0.07)
    assert share["forefoot"] > 5
    peak, when = {}, {}
    base = draw_runner(3, 3.2, "run")
    for strike in ("rearfoot", "midfoot", "forefoot"):
        traits = replace(base.traits, strike=strike)
        session = SimulatedSession(30, seed=3, runner_changes={"run": base.run, "traits": traits})
        strikes = session.truth_events()
        right = strikes[(strikes.side == "right") & (strikes.event == "foot_strike")]
        start = float(right.time_s[right.time_s > 24].iloc[0])
        t = start + np.arange(0.0, 0.12, 0.0005)
        impact = np.stack(session.body().shank(t, 0).impact)[1]
        peak[strike], when[strike] = impact.max(), t[impact.argmax()] - start
    assert peak["forefoot"] < 0.65 * peak["rearfoot"]
    assert peak["forefoot"] < peak["midfoot"] < peak["rearfoot"]
    assert when["rearfoot"] < when["midfoot"] < when["forefoot"] < 0.06


def test_shapes_differ_between_people_by_more_than_an_amplitude(people) -> None:
    """Normalised curves of people at one speed: they correlate, and are not the same curve."""
    mode = Mode("run", speed_m_s=3.2)
    phase = np.linspace(0.0, 1.0, 101)
    curves = np.stack(
        [CurveBook(r, GaitBook(r))[mode].shanks[0].values(phase) for r in people[:30]]
    )
    for column in (0, 1, 2):
        r = np.corrcoef(curves[:, :, column])[np.triu_indices(30, 1)]
        assert r.min() < (0.9999 if column == 0 else 0.98)
        assert np.median(r) > (0.99 if column == 0 else 0.5)


def test_step_width_leans_the_shanks(people) -> None:
    lean = []
    for width in (0.02, 0.12):
        base = draw_runner(3, 3.2, "run")
        traits = replace(base.traits, run_step_width_m=width)
        session = SimulatedSession(30, seed=3, runner_changes={"run": base.run, "traits": traits})
        motion = session.body().shank(np.arange(24.0, 29.0, 0.005), 0)
        lean.append(np.degrees(motion.chain[-2][1].v.mean()))
    assert lean[0] - lean[1] == pytest.approx(np.degrees(0.05 / 0.85), rel=0.05)


def _fluctuation_exponent(x: np.ndarray) -> float:
    """Detrended fluctuation analysis, linear trends, windows of 8 to an eighth of the series."""
    profile = np.cumsum(x - x.mean())
    sizes = np.unique(np.geomspace(8, len(x) / 8, 14).astype(int))
    spread = []
    for n in sizes:
        parts = profile[: len(x) // n * n].reshape(-1, n)
        k = np.arange(n)
        a, b = np.polynomial.polynomial.polyfit(k, parts.T, 1)
        spread.append(np.sqrt(np.mean((parts - a[:, None] - b[:, None] * k) ** 2)))
    return float(np.polyfit(np.log(sizes), np.log(spread), 1)[0])


def test_the_exponent_of_the_analysis_is_right_for_known_noise() -> None:
    rng = np.random.default_rng(1)
    white = [_fluctuation_exponent(rng.standard_normal(600)) for _ in range(10)]
    assert np.mean(white) == pytest.approx(0.5, abs=0.06)
    walk = [_fluctuation_exponent(np.cumsum(rng.standard_normal(600))) for _ in range(10)]
    assert np.mean(walk) == pytest.approx(1.5, abs=0.12)


def test_stride_times_are_long_range_correlated_as_in_people() -> None:
    """600 strides of each of 12 runners: exponent 0.7-0.9 on average, CV 1-2 %; drop is AR(1) with 0.5."""
    exponents, spread, memory = [], [], []
    for seed in range(12):
        runner = replace(draw_runner(seed, None, "run"), fatigue_cadence=0.0)
        plan = StepPlan(seed, runner, default_script(3000, "run", False), GaitBook(runner))
        plan.reach(900.0)
        t = plan.column("time_s")
        first = int(np.searchsorted(t, 60.0)) // 2 * 2
        stride = np.diff(t[first : first + 1202 : 2])[:600]
        exponents.append(_fluctuation_exponent(stride))
        spread.append(stride.std() / stride.mean())
        drop = plan.column("cpd_extra_deg")[first::2]
        memory.append(np.corrcoef(drop[1:], drop[:-1])[0, 1])
    assert 0.7 < np.mean(exponents) < 0.9
    assert min(exponents) > 0.55
    assert max(exponents) < 1.05
    assert min(spread) > 0.01
    assert max(spread) < 0.02
    assert np.mean(memory) == pytest.approx(0.52, abs=0.08)


def test_unknown_attributes_of_a_runner_are_refused() -> None:
    with pytest.raises(SimulationError) as caught:
        SimulatedSession(60, runner_changes={"speed": 3})
    assert caught.value.field == "runner_changes"
