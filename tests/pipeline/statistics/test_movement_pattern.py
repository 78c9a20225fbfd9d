"""Movement patterns: that the probabilities are what they say, and what is called."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.statistics.estimate import Estimate
from pipeline.statistics.movement_pattern import (
    PELVIC_REFERENCE,
    TIBIAL_EXPLORATORY,
    PatternReference,
    elevated_probability,
    leg_pattern,
    pattern_over_runs,
)

PEOPLE = PatternReference("drawn people", mean=4.5, sd=1.8, n=100_000)


def value(x: float, se: float) -> Estimate:
    return Estimate(x, se, 0.0, 50.0, 100, 50.0)


@pytest.mark.parametrize("se", [0.3, 0.5, 0.65])
def test_probabilities_come_true_as_often_as_they_say(se: float) -> None:
    """20 000 legs of known truth: expected calibration error <= 0.05, confidently wrong <= 2 %."""
    rng = np.random.default_rng(51)
    truth = rng.normal(PEOPLE.mean, PEOPLE.sd, 20_000)
    measured = truth + se * rng.normal(size=truth.size)
    said = np.array([elevated_probability(x, se, PEOPLE) for x in measured])
    elevated = truth > PEOPLE.mean + PEOPLE.sd
    bins = np.minimum((said * 10).astype(int), 9)
    error = sum(
        abs(said[bins == b].mean() - elevated[bins == b].mean()) * np.mean(bins == b)
        for b in np.unique(bins)
    )
    wrong = np.mean(((said >= 0.8) & ~elevated) | ((said <= 0.2) & elevated))
    assert error <= 0.05
    assert wrong <= 0.02


def test_patterns_are_named_by_both_calls_and_withheld_when_unsure() -> None:
    """High and low in each, and one near the limit."""
    tibial = PatternReference("own baseline", 10.0, 2.0, 1000)
    high, low, near = value(12.0, 0.3), value(1.0, 0.3), value(6.3, 0.3)
    turned, still = value(15.0, 0.3), value(8.0, 0.3)
    people = PEOPLE
    assert leg_pattern(high, turned, pelvic=people, tibial=tibial).pattern == "both"
    assert leg_pattern(high, still, pelvic=people, tibial=tibial).pattern == "pelvic"
    assert leg_pattern(low, turned, pelvic=people, tibial=tibial).pattern == "tibial"
    assert leg_pattern(low, still, pelvic=people, tibial=tibial).pattern == "neither"
    unsure = leg_pattern(near, still, pelvic=people, tibial=tibial)
    assert unsure.pattern == "undetermined"
    assert (unsure.pelvic, unsure.tibial) == ("undetermined", "not elevated")


def test_without_a_norm_for_the_tibia_nothing_is_called_of_it() -> None:
    """The default; the exploratory reference says that it is one."""
    found = leg_pattern(value(12.0, 0.3), value(20.0, 0.3))
    assert found.pattern == "undetermined"
    assert found.pelvic == "elevated"
    assert found.tibial_probability is None
    assert not found.exploratory
    explored = leg_pattern(value(12.0, 0.3), value(20.0, 0.3), tibial=TIBIAL_EXPLORATORY)
    assert explored.pattern == "both"
    assert explored.exploratory
    assert len(explored.references) == 2


def test_what_is_unsure_in_the_reference_or_between_days_keeps_from_calling() -> None:
    """The published zero may be off by a degree; other days by more."""
    x = value(PELVIC_REFERENCE.mean + PELVIC_REFERENCE.sd + 0.6, 0.1)
    exact = PatternReference("exact", PELVIC_REFERENCE.mean, PELVIC_REFERENCE.sd, 10**6)
    assert leg_pattern(x, None, pelvic=exact).pelvic == "elevated"
    assert leg_pattern(x, None).pelvic == "undetermined"
    far = value(PELVIC_REFERENCE.mean + PELVIC_REFERENCE.sd + 1.5, 0.1)
    assert leg_pattern(far, None).pelvic == "elevated"
    assert leg_pattern(far, None, between_session_sd=(2.0, 0.0)).pelvic == "undetermined"


def test_few_strides_or_no_sensor_call_nothing() -> None:
    """No error known, no probability."""
    found = leg_pattern(value(12.0, float("nan")), None)
    assert found.pelvic_probability is None
    assert found.pattern == "undetermined"


def test_a_pattern_needs_two_of_the_last_three_runs() -> None:
    """One run alone is not enough, nor are old ones."""
    assert pattern_over_runs(["pelvic"]) == "undetermined"
    assert pattern_over_runs(["pelvic", "undetermined", "pelvic"]) == "pelvic"
    assert pattern_over_runs(["both", "both", "pelvic", "neither", "both"]) == "undetermined"
    assert pattern_over_runs([]) == "undetermined"
