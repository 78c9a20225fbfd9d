"""Numbers as people read them."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.number_text import clock_text, date_text, metric_text, signed_text, unit_text


def test_a_value_has_the_decimals_of_the_registry() -> None:
    assert metric_text("cpd_peak_deg", 5.249) == "5.2"
    assert metric_text("contact_time_s", 0.25) == "0.250"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_known_is_empty_and_never_zero(value: float) -> None:
    assert metric_text("cpd_peak_deg", value) == ""
    assert signed_text("cpd_peak_deg", value) == ""


def test_a_rounded_zero_has_no_sign() -> None:
    assert metric_text("cpd_peak_deg", -0.01) == "0.0"
    assert signed_text("cpd_peak_deg", -0.01) == "0.0"


@given(st.floats(-90, 90))
def test_a_difference_shows_its_sign_and_reads_back(value: float) -> None:
    text = signed_text("cpd_exc_deg", value)
    assert float(text.replace("−", "-")) == pytest.approx(value, abs=0.0500001)
    if float(text.replace("−", "-")) != 0:
        assert text[0] == ("+" if value > 0 else "−")


def test_units_follow_numbers_as_they_are_printed() -> None:
    assert unit_text("cpd_peak_deg") == "°"
    assert unit_text("contact_time_s") == "\N{NO-BREAK SPACE}s"


def test_durations() -> None:
    assert clock_text(0) == "0:00"
    assert clock_text(61.9) == "1:01"
    assert clock_text(3 * 3600 + 5) == "3:00:05"
    assert clock_text(math.nan) == "0:00"


def test_a_date_that_is_not_known_says_so() -> None:
    assert date_text(None) == "date not known"
    moment = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
    assert date_text(moment) == moment.astimezone().strftime("%Y-%m-%d %H:%M")
