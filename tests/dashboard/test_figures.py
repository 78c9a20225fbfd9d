"""Figures: what is drawn, from plain tables."""

from __future__ import annotations

import ast
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import dashboard
from dashboard.figures.chart import Chart
from dashboard.figures.stance_curves import stance_curve_figure, stance_curve_rows
from dashboard.figures.trend import (
    BINS,
    LEAST_IN_BIN,
    MAX_POINTS,
    binned,
    is_binned,
    trend_caption,
    trend_figure,
    trend_rows,
)
from dashboard.figures.trend_axes import POINTS, add_lanes, thinned
from dashboard.sides import SIDE_STYLES
from pipeline.mean_curves import mean_curves
from pipeline.statistics.within_run_trend import Profile
from pipeline.stride_table import strides_to_frame
from tests.dashboard.made_sessions import make_strides


def named(figure: Any, text: str) -> Any:
    """The one visible trace whose name begins with ``text``."""
    found = [
        t for t in figure.data if t["name"].startswith(text) and t.get("showlegend") is not False
    ]
    assert len(found) == 1
    return found[0]


def test_a_chart_as_json_has_no_markup_and_no_number_that_json_lacks() -> None:
    chart = Chart({"xaxis": {"title": {"text": "x"}}})
    chart.add_line(x=np.array([1.0, np.nan, np.inf]), y=pd.Series([1, 2, 3]), name="</script>")
    chart.add_note("<b>bold</b> & more", x=1)
    text = chart.to_json()
    assert "<" not in text
    read = json.loads(text)
    assert read["data"][0]["x"] == [1.0, None, None]
    assert read["data"][0]["name"] == "</script>"
    assert read["layout"]["annotations"][0]["text"] == "<b>bold</b> & more"


def test_the_factory_is_the_only_place_that_makes_a_chart_component() -> None:
    folder = Path(dashboard.__file__).parent
    for path in folder.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        makes = any(
            (isinstance(n, ast.Constant) and n.value == "ls-graph")
            or (isinstance(n, ast.Attribute) and n.attr == "Graph")
            for n in ast.walk(tree)
        )
        assert makes == (path.name == "graph.py"), path


def test_sides_differ_in_colour_line_and_marker() -> None:
    left, right = SIDE_STYLES["left"], SIDE_STYLES["right"]
    assert left.colour != right.colour
    assert left.dash != right.dash
    assert left.symbol != right.symbol


def test_few_strides_are_drawn_one_by_one_and_only_valid_ones() -> None:
    strides = make_strides(45)
    table = strides_to_frame(strides)
    figure = trend_figure(table, "cpd_peak_deg")
    left, right = named(figure, "Left"), named(figure, "Right")
    assert list(left["y"]) == [s.metrics["cpd_peak_deg"] for s in strides if s.side == "left"]
    assert len(right["x"]) == sum(s.valid for s in strides if s.side == "right") == 42
    assert left["x"][0] == pytest.approx(strides[0].foot_strike_s / 60)
    assert figure.layout["yaxis"]["title"]["text"] == "Pelvic drop (°)"
    assert trend_caption(table, "cpd_peak_deg").endswith("each valid stride.")


def test_many_strides_become_a_median_with_a_band_of_bounded_size() -> None:
    table = strides_to_frame(make_strides(MAX_POINTS + 200))
    assert is_binned(table, "tir_exc_deg")
    figure = trend_figure(table, "tir_exc_deg")
    left = named(figure, "Left")
    assert len(left["x"]) == BINS
    values = table[(table["side"] == "left") & table["valid"]]["tir_exc_deg"]
    assert np.nanmedian(left["y"]) == pytest.approx(values.median(), abs=0.3)
    assert all(len(trace["x"]) <= 2 * BINS for trace in figure.data)


def test_a_pause_is_a_hole_and_not_a_line_through_it() -> None:
    minutes = np.concatenate([np.linspace(0, 10, 300), np.linspace(20, 30, 300)])
    bins = binned(pd.DataFrame({"minute": minutes, "value": np.sin(minutes)}), 0.0, 30.0)
    hole = bins[(bins["minute"] > 10.5) & (bins["minute"] < 19.5)]
    assert hole["median"].isna().all()
    assert (bins["n"] >= LEAST_IN_BIN).sum() == bins["median"].notna().sum() >= 38
    assert bins["n"].sum() == 600
    known = bins.dropna()
    assert (known["low"] <= known["median"]).all()
    assert (known["median"] <= known["high"]).all()


def test_what_lies_under_the_trend_is_broken_at_gaps_and_thinned() -> None:
    time = np.concatenate([np.arange(0, 600, 0.35), np.arange(900, 1200, 0.35)])
    line = thinned(Profile(time, np.where(time < 700, 160.0, 170.0)))
    assert len(line.time_s) <= POINTS + 2
    (hole,) = np.flatnonzero(np.isnan(line.values))
    assert 599 < line.time_s[hole] < 901
    assert (line.values[:hole] == 160).all()
    assert (line.values[hole + 1 :] == 170).all()
    assert (np.diff(line.time_s) > 0).all()
    single = thinned(Profile(np.array([0.0, 100.0, 100.5]), np.ones(3)))
    assert len(single.time_s) >= 3


def test_the_trend_as_text_counts_every_valid_stride_once() -> None:
    table = strides_to_frame(make_strides(70))
    rows = trend_rows(table, "cpd_peak_deg")
    counted = sum(int(row[1].split("n = ")[1].rstrip(")")) for row in rows)
    assert counted == 70


def test_stance_curves_show_mean_and_one_standard_deviation() -> None:
    curves = mean_curves(make_strides(30))
    figure = stance_curve_figure(curves, "drop")
    left = named(figure, "Left")
    expected = curves[(curves["side"] == "left") & (curves["metric"] == "drop")]
    assert np.allclose(left["y"], expected["mean_deg"])
    band = next(t for t in figure.data if t["name"] == "Left, spread")
    assert np.allclose(band["y"][: len(expected)], expected["mean_deg"] + expected["sd_deg"])
    assert np.allclose(band["y"][::-1][: len(expected)], expected["mean_deg"] - expected["sd_deg"])
    assert list(figure.layout["xaxis"]["range"]) == [0, 100]
    rows = stance_curve_rows(curves, "drop")
    assert [row[0] for row in rows] == [str(p) for p in range(0, 101, 10)]
    middle = expected[expected["percent"] == 50].iloc[0]
    assert rows[5][1] == f"{middle['mean_deg']:.1f} ± {middle['sd_deg']:.1f}"


def test_a_leg_without_curves_is_absent_and_said_to_be_not_known() -> None:
    curves = mean_curves([s for s in make_strides(10) if s.side == "left"])
    figure = stance_curve_figure(curves, "tibial_rotation")
    assert not [t for t in figure.data if t["name"].startswith("Right")]
    assert all(row[2] == "not known" for row in stance_curve_rows(curves, "tibial_rotation"))


def test_lanes_under_the_trend_are_named_beside_the_axis_and_share_no_room() -> None:
    figure = trend_figure(strides_to_frame(make_strides(20)), "cpd_peak_deg")
    time = np.arange(0.0, 60.0)
    add_lanes(
        figure,
        {name: Profile(time, 3.0 + 0 * time) for name in ("speed_m_s", "heart_rate_bpm")},
    )
    names = [note["text"] for note in figure.layout["annotations"]]
    assert names == ["Speed (m/s)", "Heart rate (1/min)"]
    rooms = sorted(figure.layout[f"yaxis{n}"]["domain"] for n in ("", 2, 3))
    assert all(low[1] < high[0] for low, high in pairwise(rooms))
    assert all(
        any(room[1] < note["y"] < following[0] for room, following in pairwise(rooms))
        for note in figure.layout["annotations"]
    )
