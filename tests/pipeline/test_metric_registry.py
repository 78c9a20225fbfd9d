from __future__ import annotations

import runpy
import string
from pathlib import Path

import pytest

from pipeline.metrics.definition import MetricDefinition
from pipeline.metrics.registry import HEADLINE, METRICS
from pipeline.stride_table import STRIDE_COLUMNS

ROOT = Path(__file__).resolve().parents[2]
COLUMNS_OF_THE_CONTRACT = (
    "side, foot_strike_s, toe_off_s, next_foot_strike_s, stride_time_s, contact_time_s, "
    "flight_time_s, cadence_spm, cpd_peak_deg, cpd_peak_abs_deg, cpd_exc_deg, cpd_mid_deg, "
    "cpd_peak_pct, pelvis_rom_deg, tir_exc_deg, tir_peak_pct, tir_vel_deg_s, tibial_shock_g"
)
FORBIDDEN = ("diagnos", "abnormal", "pathological", "too high", "safe ", "unsafe", "healthy")


def test_columns_begin_as_the_contract_says_and_end_with_gait_valid_flags():
    contract = COLUMNS_OF_THE_CONTRACT.split(", ")
    assert list(STRIDE_COLUMNS[: len(contract)]) == contract
    assert STRIDE_COLUMNS[-3:] == ("gait", "valid", "flags")
    between = STRIDE_COLUMNS[len(contract) : -3]
    assert all(
        name in METRICS or (name.endswith("_se") and name[:-3] in METRICS) for name in between
    )
    assert [name.endswith("_se") for name in between] == sorted(n.endswith("_se") for n in between)


def test_headline_is_drop_and_rotation_and_both_have_a_standard_error():
    assert HEADLINE == ("cpd_peak_deg", "tir_exc_deg")
    assert all(METRICS[key].has_standard_error for key in HEADLINE)


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS.keys())
def test_every_metric_is_described_in_full(metric: MetricDefinition):
    for field in (
        "name",
        "short_name",
        "unit",
        "definition",
        "source",
        "formula",
        "does_not_mean",
    ):
        assert getattr(metric, field).strip(), field
    assert 0 <= metric.decimals <= 3
    for sentence in (metric.definition, metric.does_not_mean, *metric.context):
        assert sentence.rstrip()[-1] in ".)", sentence
        assert sentence[0] in string.ascii_uppercase + string.digits, sentence
    text = " ".join((metric.definition, metric.sign, metric.does_not_mean)).casefold()
    assert not [word for word in FORBIDDEN if word in text]


@pytest.mark.parametrize("metric", METRICS.values(), ids=METRICS.keys())
def test_every_band_names_people_number_speed_and_source(metric: MetricDefinition):
    for band in metric.reference_bands:
        assert band.population
        assert band.n >= 10
        assert "m/s" in band.speed
        assert any(year in band.source for year in map(str, range(1990, 2027)))
        assert band.sd > 0


def test_tibial_rotation_has_no_band_because_no_norm_is_accepted():
    assert METRICS["tir_exc_deg"].reference_bands == ()


def test_the_page_of_metrics_is_in_step_with_the_registry():
    generator = runpy.run_path(str(ROOT / "docs" / "generate_metrics.py"))
    assert (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8") == generator["metrics_page"]()
