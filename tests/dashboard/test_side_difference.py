"""Left minus right with an interval."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dashboard.side_difference import effective_count, side_difference


def _autocorrelated(n: int, r: float, seed: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    rng = np.random.default_rng(seed)
    values = np.empty(n)
    values[0] = rng.standard_normal()
    for i in range(1, n):
        values[i] = r * values[i - 1] + math.sqrt(1 - r * r) * rng.standard_normal()
    return values


def test_swapping_the_legs_changes_the_sign_only() -> None:
    left, right = _autocorrelated(80, 0.3, 1) + 5, _autocorrelated(60, 0.3, 2) + 3
    one, other = side_difference(left, right), side_difference(right, left)
    assert one is not None
    assert other is not None
    assert one.difference == pytest.approx(-other.difference)
    assert one.half_width == pytest.approx(other.half_width)


def test_unknown_values_are_left_out_and_a_leg_without_values_gives_none() -> None:
    known = np.array([5.0, np.nan, 6.0, 7.0])
    result = side_difference(known, np.array([1.0, 2.0, 3.0]))
    assert result is not None
    assert result.difference == pytest.approx(4.0)
    assert math.isnan(result.half_width)
    assert side_difference(known, np.array([np.nan])) is None


def test_resembling_neighbours_count_for_fewer() -> None:
    assert effective_count(_autocorrelated(4000, 0.6, 3)) == pytest.approx(1000, rel=0.2)
    assert effective_count(_autocorrelated(4000, 0.0, 4)) == pytest.approx(4000, rel=0.1)
    assert effective_count(np.array([2.0, 2.0, 2.0])) == 3


@pytest.mark.parametrize("r", [0.0, 0.5])
def test_the_interval_holds_the_true_difference_about_as_often_as_it_says(r: float) -> None:
    hits = 0
    runs = 400
    for seed in range(runs):
        left = 2.0 + _autocorrelated(150, r, 2 * seed)
        right = _autocorrelated(150, r, 2 * seed + 1)
        result = side_difference(left, right)
        assert result is not None
        hits += abs(result.difference - 2.0) <= result.half_width
    assert 0.89 <= hits / runs <= 0.99
