from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.mean_curves import CURVE_COLUMNS, mean_curves
from pipeline.stride import Stride
from pipeline.synopsis import main_gait, summarise, summarise_sides, summarise_values
from tests.pipeline.stride_factory import make_session, make_stride


def test_median_and_spread_of_known_numbers():
    summary = summarise_values([1.0, 2.0, 3.0, 4.0, 100.0, math.nan])
    assert summary is not None
    assert (summary.median, summary.q25, summary.q75, summary.n) == (3.0, 2.0, 4.0, 5)
    assert summary.robust_sd == pytest.approx(1.4826, abs=1e-4)


def test_robust_sd_is_the_sd_of_normal_numbers():
    values = np.random.default_rng(1).normal(5.0, 2.0, 20_000)
    summary = summarise_values(values)
    assert summary is not None
    assert summary.robust_sd == pytest.approx(2.0, rel=0.03)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.floats(-100, 100))
def test_moving_all_values_moves_the_median_and_not_the_spread(values, by):
    before, after = summarise_values(values), summarise_values([v + by for v in values])
    assert before is not None
    assert after is not None
    assert after.median == pytest.approx(before.median + by, abs=1e-6)
    if before.n > 1:
        assert after.robust_sd == pytest.approx(before.robust_sd, abs=1e-6)


def test_one_value_has_no_spread_and_none_has_no_summary():
    one = summarise_values([4.0])
    assert one is not None
    assert math.isnan(one.robust_sd)
    assert summarise_values([math.nan]) is None


def test_invalid_strides_and_the_other_gait_stay_out():
    strides = [
        make_stride(0, drop_deg=3.0),
        make_stride(1, drop_deg=5.0),
        make_stride(2, drop_deg=50.0, flags=("gap",)),
        make_stride(3, gait="walk", drop_deg=90.0),
        make_stride(4, "right", drop_deg=70.0),
    ]
    summary = summarise(strides, "left")["cpd_peak_deg"]
    assert (summary.median, summary.n) == (4.0, 2)
    assert summarise(strides, "left", "walk")["cpd_peak_deg"].median == 90.0


def test_both_sides_are_summarised_in_the_gait_of_most_strides():
    strides = [make_stride(n, "left", "walk") for n in range(2)]
    strides += [make_stride(n, "right") for n in range(3)]
    assert main_gait(strides) == "run"
    sides = summarise_sides(strides)
    assert sides["left"] == {}
    assert sides["right"]["cpd_peak_deg"].n == 3
    assert main_gait([make_stride(flags=("gap",))]) is None


def test_metrics_that_no_stride_knows_are_absent():
    keys = summarise([Stride("left", "run", 0.0, 0.2, 0.7)], "left").keys()
    assert list(keys) == ["stride_time_s", "contact_time_s", "cadence_spm", "duty_factor_pct"]


def test_mean_curve_of_known_curves():
    curves = mean_curves(make_session(strides=3).strides)
    assert list(curves) == list(CURVE_COLUMNS)
    assert len(curves) == 2 * 2 * 101
    drop = curves[(curves["side"] == "left") & (curves["metric"] == "drop")]
    np.testing.assert_allclose(drop["mean_deg"], 1.0)
    np.testing.assert_allclose(drop["sd_deg"], 1.0)
    assert set(drop["n"]) == {3}
    assert list(drop["percent"]) == list(range(101))
    rotation = curves[(curves["side"] == "left") & (curves["metric"] == "tibial_rotation")]
    np.testing.assert_allclose(rotation["mean_deg"], 2.0)


def test_unknown_curves_neither_count_nor_make_rows():
    strides = [
        make_stride(0, curve=3.0),
        make_stride(1, curve=None),
        make_stride(2, "right", curve=None),
    ]
    curves = mean_curves(strides)
    assert set(curves["side"]) == {"left"}
    assert set(curves["n"]) == {1}
    assert curves["sd_deg"].isna().all()
    assert list(mean_curves([])) == list(CURVE_COLUMNS)
    assert (mean_curves([]).dtypes == curves.dtypes).all()
