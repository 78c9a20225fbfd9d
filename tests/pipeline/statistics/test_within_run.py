"""Trends within a run, two conditions in blocks, variability: what the intervals hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pipeline.statistics.comparison import BLOCK_SD, Comparison, compare_conditions
from pipeline.statistics.condition_blocks import ConditionBlock, condition_blocks
from pipeline.statistics.variability import variability
from pipeline.statistics.within_run_trend import Profile, within_run_trend
from sensors.recording_schema import Marker
from tests.pipeline.statistics.drawn_strides import STRIDE_S, Floats, series_of, with_memory

KEY = "cpd_exc_deg"


def test_trend_intervals_hold_with_dependent_strides_and_outliers() -> None:
    """200 runs of ten minutes with a trend of 0.3 degrees per ten minutes."""
    rng = np.random.default_rng(31)
    n, held = 850, 0
    minutes = np.arange(n) * STRIDE_S / 600.0
    for _ in range(200):
        values = with_memory(rng, n, 0.5, 0.6) + 0.3 * minutes
        wild = rng.random(n) < 0.02
        values[wild] += 4.0 * rng.normal(size=int(wild.sum()))
        found = within_run_trend(series_of(values))
        assert found is not None
        held += found.low < 0.3 < found.high
    assert 0.91 < held / 200 < 0.99


def test_a_run_without_a_trend_is_said_to_have_one_in_one_of_twenty() -> None:
    """False positives."""
    rng = np.random.default_rng(32)
    false = 0
    for _ in range(200):
        found = within_run_trend(series_of(with_memory(rng, 500, 0.4)))
        assert found is not None
        false += found.beyond_error
    assert false / 200 < 0.09


def test_what_speed_and_cadence_did_is_no_trend() -> None:
    """A runner who slows down, with drop following speed and cadence but not time."""
    rng = np.random.default_rng(33)
    n, held, naive = 1500, 0, 0
    for _ in range(60):
        time_s = np.arange(n) * STRIDE_S
        speed = 3.2 - 0.4 * time_s / time_s[-1] + 0.15 * np.sin(time_s / rng.uniform(40, 90))
        wander = with_memory(rng, n, 0.99)
        cadence = 165.0 + 5.0 * (speed - 3.0) + wander
        values = 4.0 + 1.0 * speed - 0.2 * wander + with_memory(rng, n, 0.4, 0.6)
        measured = cadence + rng.normal(size=n)
        found = within_run_trend(
            replace(series_of(values), cadence_spm=measured), speed=Profile(time_s, speed)
        )
        assert found is not None
        assert found.adjusted_for == ("speed_m_s", "cadence_spm")
        assert found.not_adjusted_for == ("grade",)
        held += found.low < 0.0 < found.high
        naive += found.unadjusted_per_10_min < -0.1
    assert held >= 53
    assert naive > 50


def test_a_covariate_that_never_changed_is_left_out_and_named() -> None:
    """A treadmill at one speed says nothing of the effect of speed."""
    rng = np.random.default_rng(34)
    time_s = np.arange(400) * STRIDE_S
    found = within_run_trend(
        series_of(with_memory(rng, 400, 0.4)), speed=Profile(time_s, np.full(400, 3.0))
    )
    assert found is not None
    assert found.adjusted_for == ()
    assert set(found.not_adjusted_for) == {"speed_m_s", "cadence_spm", "grade"}


def test_short_runs_have_no_trend() -> None:
    """Under 40 strides or two minutes."""
    rng = np.random.default_rng(35)
    assert within_run_trend(series_of(with_memory(rng, 39, 0.4))) is None
    assert within_run_trend(series_of(with_memory(rng, 120, 0.4))) is None


def turns(design: str, strides: int = 340) -> tuple[list[ConditionBlock], int]:
    blocks = [
        ConditionBlock(c, (n * strides) * STRIDE_S + 30.0, ((n + 1) * strides) * STRIDE_S - 0.1)
        for n, c in enumerate(design)
    ]
    return blocks, strides


def blocked(
    rng: np.random.Generator, design: str, effect: float, block_sd: float, drift: float = 0.0
) -> Comparison:
    blocks, strides = turns(design)
    parts: list[Floats] = [
        with_memory(rng, strides, 0.4, 0.6)
        + block_sd * rng.normal()
        + (effect if c == "B" else 0.0)
        + drift * n
        for n, c in enumerate(design)
    ]
    found = compare_conditions(series_of(4.0 + np.concatenate(parts)), blocks, "A", "B")
    assert found is not None
    return found


@pytest.mark.parametrize(("design", "drift"), [("AB", 0.0), ("ABAB", 0.15), ("ABBA", 0.15)])
def test_block_comparisons_hold_over_runners(design: str, drift: float) -> None:
    """200 runners each, whose blocks scatter by a third to twice what is assumed, with a drift."""
    rng = np.random.default_rng(36)
    usual = BLOCK_SD[KEY]
    held = 0
    for _ in range(200):
        found = blocked(rng, design, 0.5, rng.uniform(usual / 3, 2 * usual), drift)
        held += found.low < 0.5 < found.high
    assert 0.91 < held / 200 < 0.99


def test_no_effect_is_said_to_be_one_in_one_of_twenty_and_a_degree_is_found() -> None:
    """False positives and power of ABAB with four-minute blocks."""
    rng = np.random.default_rng(37)
    false = sum(blocked(rng, "ABAB", 0.0, 0.15).beyond_error for _ in range(200))
    found = sum(blocked(rng, "ABAB", 1.0, 0.15).beyond_error for _ in range(100))
    assert false / 200 < 0.08
    assert found > 95


def test_a_comparison_says_its_pairs_its_sign_and_a_sentence() -> None:
    """Second condition less first; neighbouring blocks are listed in order of time."""
    found = blocked(np.random.default_rng(38), "ABAB", 2.0, 0.05)
    assert len(found.pair_differences) == 3
    assert all(1.0 < pair < 3.0 for pair in found.pair_differences)
    assert found.with_time
    assert found.sentence.endswith("beyond error.")
    assert "against A" in found.sentence
    turned = blocked(np.random.default_rng(38), "AB", 2.0, 0.05)
    assert not turned.with_time


def test_speed_is_adjusted_for_by_how_strides_vary_within_the_blocks() -> None:
    """Condition B was run faster, the drop follows speed, and the condition itself does nothing."""
    rng = np.random.default_rng(39)
    blocks, strides = turns("ABAB")
    time_s = np.arange(4 * strides) * STRIDE_S
    faster = np.repeat([0.0, 0.4, 0.0, 0.4], strides)
    speed = 3.0 + faster + 0.2 * np.sin(time_s / 11.0)
    values = 1.0 * speed + with_memory(rng, 4 * strides, 0.4, 0.5)
    plain = compare_conditions(series_of(values), blocks, "A", "B")
    adjusted = compare_conditions(series_of(values), blocks, "A", "B", speed=Profile(time_s, speed))
    assert plain is not None
    assert adjusted is not None
    assert plain.difference == pytest.approx(0.4, abs=0.15)
    assert adjusted.difference == pytest.approx(0.0, abs=0.2)
    assert not adjusted.beyond_error
    assert adjusted.adjusted_for == ("speed_m_s",)


def test_conditions_that_are_not_there_are_not_compared() -> None:
    """A name without a block, one name twice, blocks with too few strides."""
    blocks, strides = turns("AABB")
    series = series_of(with_memory(np.random.default_rng(40), 4 * strides, 0.4))
    assert compare_conditions(series, blocks, "A", "C") is None
    assert compare_conditions(series, blocks, "A", "A") is None
    assert compare_conditions(series.between(0.0, 3.0), blocks, "A", "B") is None


def test_condition_markers_make_blocks() -> None:
    """A block lasts to the next condition; a repeated name goes on; ``end`` only ends; notes not."""
    marks = [
        Marker(10.0, "insole", "condition"),
        Marker(50.0, "insole", "condition"),
        Marker(60.0, "a remark", "note"),
        Marker(200.0, "without", "condition"),
        Marker(210.0, "end", "condition"),
        Marker(300.0, "insole", "condition"),
    ]
    found = condition_blocks(marks, 400.0)
    assert [(b.condition, b.start_s, b.end_s) for b in found] == [
        ("insole", 40.0, 200.0),
        ("insole", 330.0, 400.0),
    ]
    assert condition_blocks([], 100.0) == []


def test_variability_holds_what_it_says_and_leaves_drift_out() -> None:
    """Stride-to-stride SD 0.6 about a drift of two degrees."""
    rng = np.random.default_rng(41)
    held = 0
    for _ in range(200):
        values = with_memory(rng, 300, 0.4, 0.6) + np.linspace(0.0, 2.0, 300)
        found = variability(series_of(values))
        assert found is not None
        held += found.low < 0.6 < found.high
    assert 0.90 < held / 200 < 0.99
    times = variability(series_of(0.7 + with_memory(rng, 300, 0.3, 0.01), key="stride_time_s"))
    assert times is not None
    assert times.percent == pytest.approx(1.43, abs=0.3)
    assert variability(series_of(np.full(300, 1.0))) is not None
    assert variability(series_of(np.full(10, 1.0))) is None
