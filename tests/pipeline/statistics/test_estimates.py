"""What intervals of medians and of side differences hold, and what they leave out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.statistics.asymmetry import asymmetry
from pipeline.statistics.estimate import estimate_leg, estimate_series
from pipeline.statistics.leg_series import leg_series, main_gait_of
from pipeline.statistics.stride_memory import mean_certainty, median_certainty, t_factor
from tests.pipeline.statistics.drawn_strides import series_of, table_of, with_memory


@pytest.mark.parametrize(("correlation", "n"), [(0.3, 60), (0.6, 60), (0.3, 400), (0.6, 400)])
def test_intervals_of_dependent_strides_hold_as_often_as_they_say(
    correlation: float, n: int
) -> None:
    """300 runs each: 93 to 97 %, give or take the 1.3 % that so few runs leave open."""
    rng = np.random.default_rng(11)
    held = 0
    for _ in range(300):
        values = with_memory(rng, n, correlation)
        certain = median_certainty(values)
        held += abs(np.median(values)) < t_factor(certain.df) * certain.se
    assert 0.92 < held / 300 < 0.98


def test_taking_strides_as_independent_would_not_hold() -> None:
    """The same count with the usual formula: without memory one interval in five is wrong."""
    rng = np.random.default_rng(12)
    held = 0
    for _ in range(300):
        values = with_memory(rng, 200, 0.6)
        held += abs(values.mean()) < 1.96 * values.std(ddof=1) / np.sqrt(200)
    assert held / 300 < 0.8


def test_one_wild_stride_does_not_widen_the_interval_by_half() -> None:
    """Outliers are moved in before the memory is looked at."""
    rng = np.random.default_rng(13)
    values = with_memory(rng, 200, 0.4)
    before = median_certainty(values).se
    values[100] = 80.0
    assert median_certainty(values).se < 1.5 * before


def test_constant_values_are_certain_and_two_values_say_nothing() -> None:
    """The edges of the formula."""
    assert mean_certainty(np.full(30, 2.0)).se == 0.0
    with pytest.raises(ValueError, match="three"):
        mean_certainty(np.array([1.0, 2.0]))


@given(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=60))
def test_no_series_makes_a_negative_or_unknown_error(values: list[float]) -> None:
    """Any finite strides: the error is a finite number, the effective count lies within n."""
    certain = median_certainty(np.array(values))
    assert certain.se >= 0.0
    assert np.isfinite(certain.se)
    assert 1.0 <= certain.effective <= len(values)


def test_measurement_error_is_in_the_interval_and_does_not_shrink_with_strides() -> None:
    """A thousand strides of a wrongly calibrated leg are still wrongly calibrated."""
    rng = np.random.default_rng(14)
    few, many = (
        estimate_series(series_of(with_memory(rng, n, 0.4, 0.6), se=0.5)) for n in (50, 1000)
    )
    assert few is not None
    assert many is not None
    assert many.sampling_se < 0.3 * few.sampling_se
    assert many.measurement_se == few.measurement_se > 0.45
    assert many.high - many.low > 2 * 1.9 * 0.45


def test_few_strides_have_a_value_and_no_interval() -> None:
    """Under seven strides nothing is said of the error, and zero is not excluded by it."""
    estimate = estimate_series(series_of(np.array([3.0, 4.0, 5.0])))
    assert estimate is not None
    assert estimate.value == 4.0
    assert np.isnan(estimate.low)
    assert not estimate.excludes_zero
    assert not estimate.enough


def test_only_valid_strides_of_the_main_gait_count() -> None:
    """Walking strides and invalid ones stay out of a running leg's value."""
    table = table_of(np.full(30, 2.0), np.full(30, 2.0))
    table.loc[3, "cpd_exc_deg"] = 50.0
    table.loc[3, "valid"] = False
    table.loc[5, "gait"] = "walk"
    assert main_gait_of(table) == "run"
    series = leg_series(table, "left", "cpd_exc_deg")
    assert len(series) == 28
    assert (series.values == 2.0).all()
    assert estimate_leg(table, "left", "cpd_exc_deg", "walk") is not None
    assert main_gait_of(table[~table["valid"]]) is None


def test_asymmetry_holds_as_often_as_it_says() -> None:
    """400 runners without a difference and with a measurement error per leg."""
    rng = np.random.default_rng(15)
    held = 0
    for _ in range(400):
        left, right = (4.0 + with_memory(rng, 120, 0.5, 0.6) + 0.5 * rng.normal() for _ in range(2))
        found = asymmetry(table_of(left, right, se=0.5), "cpd_exc_deg")
        assert found is not None
        held += not found.difference.excludes_zero
    assert 0.92 < held / 400 < 0.98


def test_asymmetry_is_left_minus_right_in_degrees_and_swaps_with_the_sides() -> None:
    """No percent for an angle, percent for a time; the caution where an offset enters."""
    rng = np.random.default_rng(16)
    left, right = 5.0 + with_memory(rng, 60, 0.4), 3.0 + with_memory(rng, 60, 0.4)
    one = asymmetry(table_of(left, right, key="cpd_peak_deg"), "cpd_peak_deg")
    other = asymmetry(table_of(right, left, key="cpd_peak_deg"), "cpd_peak_deg")
    assert one is not None
    assert other is not None
    assert one.difference.value == pytest.approx(2.0, abs=0.6)
    assert other.difference.value == -one.difference.value
    assert other.difference.se == pytest.approx(one.difference.se)
    assert one.percent is None
    assert "twice" in one.caution
    times = asymmetry(table_of(left, right, key="contact_time_s"), "contact_time_s")
    assert times is not None
    assert times.percent == pytest.approx(50.0, abs=15.0)
    assert times.caution == ""


def test_a_leg_without_strides_has_no_asymmetry() -> None:
    """One sensor missing: nothing is compared with nothing."""
    table = table_of(np.full(20, 1.0), np.full(0, 1.0))
    assert asymmetry(table, "cpd_exc_deg") is None
