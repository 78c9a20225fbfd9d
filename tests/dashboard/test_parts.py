"""Parts and pages as components, without server or browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import numpy as np
import pytest
from dash.development.base_component import Component

from dashboard.number_text import metric_text
from dashboard.pages.metrics import metrics_page
from dashboard.pages.router import is_page, page_for
from dashboard.pages.session import session_page
from dashboard.pages.shell import shell
from dashboard.parts.headline_card import difference_text, headline_card
from dashboard.parts.library_table import quality_text
from dashboard.parts.metric_explanation import band_sentence
from dashboard.parts.quality_section import plain_text, quality_section, sensor_entries
from dashboard.parts.stride_grid import flag_words, flags_in, grid_columns, grid_rows
from dashboard.routes import session_id_of, session_url
from dashboard.session_callbacks import trend_for
from dashboard.session_view import session_view
from dashboard.still import StillPart
from dashboard.stride_rows import StrideQuery, query_of, stride_rows
from dashboard.text import FOOTER
from pipeline.metrics.registry import METRICS
from pipeline.store import Store
from pipeline.stride import FLAG_NAMES
from pipeline.stride_table import strides_to_frame
from tests.dashboard.made_sessions import make_session, make_stride, make_strides


def pieces(component: Any) -> Iterator[str]:
    """Texts of a component and its children, in order."""
    if isinstance(component, str | int | float):
        yield str(component)
    elif isinstance(component, list | tuple):
        for child in component:
            yield from pieces(child)
    elif isinstance(component, StillPart):
        yield from texts_in(component.inner)
    elif isinstance(component, Component):
        yield from pieces(getattr(component, "children", None))
    elif isinstance(component, dict):  # drawn already, as browsers get it
        props = component["props"]
        yield from texts_in(props.get("dangerouslySetInnerHTML", {}).get("__html", ""))
        yield from pieces(props.get("children"))


def texts_in(markup: str) -> Iterator[str]:
    """Texts between the elements of a piece of HTML."""
    for text in re.split(r"<[^>]*>", markup):
        if text:
            yield unescape(text)


def words(component: Any) -> str:
    """All texts of a component."""
    return " ".join(pieces(component))


def by_id(component: Any, element_id: str) -> Component:
    """The component with an id."""
    found = [c for c in component._traverse() if getattr(c, "id", None) == element_id]
    assert len(found) == 1, f"{len(found)} components have the id {element_id}"
    assert isinstance(found[0], Component)
    return found[0]


def test_a_card_shows_median_spread_and_number_of_valid_strides() -> None:
    strides = make_strides(60)
    card = headline_card(strides_to_frame(strides), "tir_exc_deg")
    values = [s.metrics["tir_exc_deg"] for s in strides if s.side == "right" and s.valid]
    spread = 1.4826 * np.median(np.abs(np.array(values) - np.median(values)))
    assert words(by_id(card, "card-right-tir_exc_deg")) == f"{np.median(values):.1f}"
    assert words(by_id(card, "card-right-tir_exc_deg-spread")) == f"± {spread:.1f}°"
    assert words(by_id(card, "card-right-tir_exc_deg-n")) == f"{len(values)} strides"


def test_a_card_says_that_strides_are_few_or_absent() -> None:
    table = strides_to_frame([make_stride(n, "left") for n in range(3)])
    card = headline_card(table, "cpd_peak_deg")
    assert words(by_id(card, "card-left-cpd_peak_deg-n")) == "3 strides, few"
    assert words(by_id(card, "card-right-cpd_peak_deg")) == "–"
    assert words(by_id(card, "card-difference-cpd_peak_deg")) == "not known"


def test_the_difference_is_left_minus_right_in_degrees_with_an_interval() -> None:
    text = difference_text(strides_to_frame(make_strides(80)), "cpd_exc_deg")
    difference, interval = text.split(" (95 % interval ")
    low, high = interval.rstrip(")").split(" to ")
    value = float(difference.rstrip("°"))
    assert value == pytest.approx(5.2 - 3.9, abs=0.4)
    assert float(low) < value < float(high)
    assert "%" not in difference


def test_a_difference_that_a_roll_offset_enters_twice_gets_no_interval() -> None:
    table = strides_to_frame(make_strides(80))
    for key in ("cpd_peak_deg", "cpd_peak_abs_deg"):
        assert difference_text(table, key).endswith("(uncertain: holds any roll offset twice)")
        assert "interval" not in difference_text(table, key)


def test_the_stride_table_has_every_stride_with_its_flags_and_unknown_values_as_dashes() -> None:
    table = strides_to_frame(make_strides(20))
    found = stride_rows(table, StrideQuery())
    assert (found.count, found.page) == (40, 1)
    fields = [field for field, _ in grid_columns()]
    rows = [dict(zip(fields, cells, strict=True)) for cells in grid_rows(found.rows)]
    assert [row["number"] for row in rows] == [str(n) for n in range(1, 41)]
    gap = next(row for row in rows if row["flags"] == "gap")
    assert (gap["valid"], gap["cpd_peak_deg"]) == ("no", "–")


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_the_stride_table_is_sorted_with_unknown_values_last(order: str) -> None:
    table = strides_to_frame(make_strides(40))
    rows = stride_rows(table, StrideQuery(sort="cpd_peak_deg", order=order, size=1000)).rows
    known = rows["cpd_peak_deg"].dropna().tolist()
    assert known == sorted(known, reverse=order == "desc")
    assert rows["cpd_peak_deg"].tolist()[: len(known)] == known
    assert len(known) < len(rows)


def test_the_stride_table_keeps_what_is_asked_for_and_never_leaves_its_pages() -> None:
    table = strides_to_frame(make_strides(40))
    valid = stride_rows(table, StrideQuery(side="left", valid=True, size=1000))
    assert valid.count == int((table["valid"] & (table["side"] == "left")).sum())
    assert set(valid.rows["side"]) == {"left"}
    beyond = stride_rows(table, StrideQuery(page=99))
    assert (beyond.page, len(beyond.rows)) == (2, 30)
    nothing = stride_rows(table, StrideQuery(gait="walk"))
    assert (nothing.count, len(nothing.rows), nothing.page) == (0, 0, 1)
    flagged = stride_rows(table, StrideQuery(flag="gap"))
    assert set(flagged.rows["flags"]) == {"gap"}


@pytest.mark.parametrize(
    "asked",
    [
        None,
        [],
        "x",
        {"sort": "__class__", "order": "; drop", "page": "-1", "size": "10000000000"},
        {"sort": ["number"], "page": "²", "side": "both", "gait": 5, "flag": None},
    ],
)
def test_a_question_that_makes_no_sense_is_the_usual_one(asked: object) -> None:
    assert query_of(asked) == StrideQuery()


def test_flags_are_counted_and_described() -> None:
    table = strides_to_frame(
        [make_stride(0, "left", flags=("turning", "clipped")), make_stride(1, "left")]
    )
    assert flags_in(table) == {"turning": 1, "clipped": 1}
    assert flag_words("turning|clipped") == f"{FLAG_NAMES['turning']}; {FLAG_NAMES['clipped']}"
    assert flag_words("") == ""


def test_quality_finds_sensors_at_the_top_or_one_level_below() -> None:
    entry = {"rate_hz": 200.0, "samples": 900, "lost_samples": 100}
    assert sensor_entries({"pelvis": entry, "other": {"a": 1}}) == {"pelvis": entry}
    assert sensor_entries({"sensors": {"pelvis": entry}}) == {"pelvis": entry}
    text = words(
        quality_section({"sensors": {"pelvis": entry}, "calibration": {"residual": 1.5}}, ())
    )
    assert "100 (10.00 %)" in text
    assert "residual 1.5" in text
    assert "Nothing else was noticed about the data." in text


def test_problems_come_as_they_are_said() -> None:
    text = words(quality_section({}, ("The left shank was silent for 3 s.",), ("No squats.",)))
    assert "No squats." in text
    assert text.startswith("The left shank was silent for 3 s.")


def test_quality_values_of_any_plain_kind_become_text() -> None:
    assert plain_text(None) == "–"
    assert plain_text(True) == "yes"
    assert plain_text([1, 2.5]) == "1, 2.5"
    assert plain_text({"some_value": 1.8}) == "some value 1.8"


@pytest.mark.parametrize("key", METRICS)
def test_every_metric_is_explained_with_what_it_does_not_mean(key: str) -> None:
    text = words(by_id(metrics_page(), f"metric-{key}"))
    metric = METRICS[key]
    for part in (metric.name, metric.definition, metric.sign, metric.does_not_mean, metric.source):
        assert part in text


def test_a_reference_band_is_named_with_population_number_speed_and_source() -> None:
    metric = METRICS["cpd_peak_deg"]
    band = metric.reference_bands[0]
    sentence = band_sentence(metric, band)
    for part in (band.population[1:], f"n = {band.n}", band.speed, band.source, band.caution):
        assert part in sentence


def test_the_frame_says_that_this_is_no_medical_device() -> None:
    assert FOOTER == "For training and research. Not a medical device."
    assert FOOTER in words(shell(live=True))


def test_a_session_page_has_the_numbers_of_the_library(store: Store) -> None:
    session_id = store.add_session(make_session(1, problems=("Something was lost.",)))
    stored = store.session(session_id)
    page = session_page(session_view(store, session_id))
    for side in ("left", "right"):
        for key in ("cpd_peak_deg", "tir_exc_deg", "cpd_exc_deg"):
            known = stored.summary.metrics[side][key]
            assert words(by_id(page, f"card-{side}-{key}")) == metric_text(key, known.median)
            assert words(by_id(page, f"card-{side}-{key}-n")) == f"{known.n} strides"
    text = words(page)
    assert "Something was lost." in text
    assert "treadmill" in text
    assert "functional" in text
    assert "ab" * 32 in text


def test_a_session_without_any_valid_stride_has_a_page(store: Store) -> None:
    strides = [make_stride(n, "left", flags=("gap",), known=False) for n in range(4)]
    for number, chosen in enumerate(([], strides)):
        session_id = store.add_session(make_session(number, strides=chosen))
        text = words(session_page(session_view(store, session_id)))
        assert "No valid stride" in text


def test_strides_of_the_other_gait_stay_out_of_the_numbers_and_the_page_says_so(
    store: Store,
) -> None:
    running = make_strides(30)
    walking = [make_stride(n, "left", gait="walk") for n in range(200, 210)]
    session_id = store.add_session(make_session(1, strides=[*running, *walking]))
    page = session_page(session_view(store, session_id))
    assert words(by_id(page, "card-left-cpd_peak_deg-n")) == "30 strides"
    assert "10 strides of the other gait" in words(page)


def test_an_empty_library_says_what_to_do(store: Store) -> None:
    text = words(page_for("/sessions", store=store, live=False).content)
    assert "No sessions yet" in text
    assert "levelstride demo" in text


def test_library_quality_is_a_share_and_remarks_and_no_grade(store: Store) -> None:
    store.add_session(make_session(1, per_side=15, problems=("a", "b")))
    assert quality_text(store.sessions()[0]) == "97 % valid, 2 remarks"
    store.add_session(make_session(2, strides=[]))
    assert quality_text(store.sessions()[0]) == "no strides"


@pytest.mark.parametrize(
    "path",
    ["/sessions/none", "/sessions/..%2F..%2Fetc", "/sessions/%00", "/sessions/'; DROP TABLE x"],
)
def test_an_unknown_session_gets_a_friendly_page(store: Store, path: str) -> None:
    assert "No such session" in words(page_for(path, store=store, live=False).content)


@pytest.mark.parametrize("path", ["/nothing", "/sessions/a/b", "/livestock"])
def test_an_unknown_address_gets_a_friendly_page(store: Store, path: str) -> None:
    assert not is_page(path)
    assert "No such page" in words(page_for(path, store=store, live=False).content)


def test_the_live_page_without_a_live_session_says_how_to_get_one(store: Store) -> None:
    assert "No live session here" in words(page_for("/live", store=store, live=False).content)
    assert "Live session" in words(page_for("/", store=store, live=True).content)


def test_session_addresses_read_back() -> None:
    assert session_id_of(session_url("a/b c")) == "a/b c"
    assert session_id_of("/sessions") is None
    assert session_id_of("/other/sessions/x") is None


@pytest.mark.parametrize(
    ("session_id", "key"),
    [
        (None, "cpd_peak_deg"),
        ({"a": 1}, "cpd_peak_deg"),
        ("x", "no_metric"),
        ("x", ["tir_exc_deg"]),
    ],
)
def test_values_of_a_wrong_kind_from_the_browser_change_nothing(
    store: Store, session_id: object, key: object
) -> None:
    from dash import no_update

    assert trend_for(store, session_id, key) is no_update


def test_the_chosen_metric_is_drawn(store: Store) -> None:
    session_id = store.add_session(make_session(1))
    assert METRICS["contact_time_s"].name in words(trend_for(store, session_id, "contact_time_s"))


def test_the_picture_of_wearing_is_the_one_of_the_docs() -> None:
    """The set-up shows a copy; it must not fall behind."""
    from pathlib import Path

    root = Path(__file__).resolve().parents[2]
    shown = (root / "dashboard" / "assets" / "wearing.svg").read_bytes()
    assert shown == (root / "docs" / "figures" / "wearing.svg").read_bytes()
