"""How often a change between sessions is called beyond error when there was none."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pipeline.statistics.detectable_change import (
    LEAST_SESSIONS,
    USUAL_SPREAD,
    SessionValue,
    detectable_change,
)
from pipeline.statistics.estimate import Estimate
from pipeline.statistics.session_series import SessionPoint, session_series

KEY = "cpd_exc_deg"
USUAL = USUAL_SPREAD[KEY].sd


def estimate(value: float, se: float = 0.1) -> Estimate:
    return Estimate(value, se, 0.0, 50.0, 100, 50.0)


def points(values: np.ndarray, baseline: int) -> list[SessionPoint]:
    return [
        SessionPoint(f"s{n}", None, estimate(float(v)), n < baseline) for n, v in enumerate(values)
    ]


def test_fewer_than_three_sessions_give_the_reference_and_say_so() -> None:
    """The published form, 1.96 sqrt(2) SD."""
    found = detectable_change("cpd_peak_deg", [SessionValue(4.0), SessionValue(9.0)])
    assert found is not None
    assert found.basis == "reference"
    assert "Dingenen" in found.source
    assert found.between_two == pytest.approx(2.69, abs=0.02)


def test_own_sessions_count_from_three_on() -> None:
    """A steady runner's change is smaller than the reference's, a restless one's larger."""
    steady = detectable_change(KEY, [SessionValue(v, 0.1) for v in (4.0, 4.1, 3.9, 4.0, 4.05)])
    restless = detectable_change(KEY, [SessionValue(v, 0.1) for v in (2.0, 6.0, 4.5, 3.0, 5.5)])
    usual = detectable_change(KEY)
    assert steady is not None
    assert restless is not None
    assert usual is not None
    assert steady.basis == restless.basis == "own baseline"
    assert steady.sessions == 5 >= LEAST_SESSIONS
    assert steady.between_two < usual.between_two < restless.between_two
    assert steady.against_baseline < steady.between_two


def test_sessions_that_agree_by_chance_do_not_undercut_their_own_error() -> None:
    """Three equal values with an error of a degree each are not certain to less than that."""
    found = detectable_change(KEY, [SessionValue(4.0, 1.2)] * 3)
    assert found is not None
    assert found.session_sd == pytest.approx(1.2)


def test_a_metric_without_reference_needs_own_sessions() -> None:
    """Cadence has no usual spread here."""
    assert detectable_change("cadence_spm", [SessionValue(160.0)]) is None
    found = detectable_change(
        "cadence_spm", [SessionValue(v) for v in (160.0, 162.0, 161.0, 164.0)]
    )
    assert found is not None
    assert found.df == 3.0
    assert math.isfinite(found.between_two)


@pytest.mark.parametrize("baseline", [1, 3, 5, 8])
def test_unchanged_runners_are_called_changed_in_one_session_of_twenty(baseline: int) -> None:
    """4000 runners whose own spread scatters by 30 % about the usual; one new session each."""
    rng = np.random.default_rng(21)
    false = 0
    for _ in range(4000):
        sd = USUAL * np.exp(0.3 * rng.normal() - 0.045)
        found = session_series(KEY, points(4.0 + sd * rng.normal(size=baseline + 1), baseline))
        false += bool(found.sessions[-1].beyond_error)
    assert 0.025 < false / 4000 < 0.075


def test_a_change_of_twice_the_detectable_is_found() -> None:
    """Power: three degrees with a spread of half a degree."""
    rng = np.random.default_rng(22)
    found = 0
    for _ in range(200):
        values = 4.0 + 0.5 * rng.normal(size=6)
        values[-1] += 3.0
        found += bool(session_series(KEY, points(values, 5)).sessions[-1].beyond_error)
    assert found > 190


def test_the_series_says_each_change_in_one_sentence() -> None:
    """Baseline sessions are not held against themselves; the words follow the interval."""
    values = np.array([4.0, 4.2, 3.9, 4.1, 7.5, 4.1])
    found = session_series(KEY, points(values, 4), name="Drop excursion, left")
    assert [row.beyond_error for row in found.sessions] == [None, None, None, None, True, False]
    assert found.baseline == pytest.approx(4.05)
    assert found.band[0] < 4.05 < found.band[1]
    assert found.sessions[4].sentence.startswith("Drop excursion, left: +3.5° against the baseline")
    assert found.sessions[4].sentence.endswith("beyond error.")
    assert "within error" in found.sessions[5].sentence


def test_a_session_of_few_certain_strides_gets_a_wider_interval() -> None:
    """Its own error counts where it is larger than the usual spread."""
    base = points(np.array([4.0, 4.1, 3.9]), 3)
    poor = SessionPoint("x", None, estimate(6.0, 2.5), is_baseline=False)
    good = SessionPoint("y", None, estimate(6.0, 0.1), is_baseline=False)
    rows = session_series(KEY, [*base, poor, good]).sessions
    assert rows[3].high - rows[3].low > 1.5 * (rows[4].high - rows[4].low)


def test_an_empty_series_is_empty() -> None:
    """No session, no baseline, nothing called."""
    found = session_series(KEY, [])
    assert found.sessions == ()
    assert math.isnan(found.baseline)
