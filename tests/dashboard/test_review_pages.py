"""Library and review pages in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from dashboard.number_text import metric_text
from pipeline.store import Store
from tests.dashboard.conftest import OpenPage, ServeDashboard
from tests.dashboard.made_sessions import make_session

pytestmark = pytest.mark.browser

HOSTILE = "<script>document.title='x'</script>"


@pytest.fixture
def filled(store: Store) -> Store:
    """A library of three sessions, one of a runner with a hostile name."""
    store.add_session(make_session(1, per_side=40))
    store.add_session(make_session(2, runner=HOSTILE, problems=("Something was lost.",)))
    store.add_session(make_session(3, runner="", per_side=600))
    return store


def test_an_empty_library_says_what_to_do(
    serve_dashboard: ServeDashboard, open_page: OpenPage
) -> None:
    page = open_page()
    page.goto(serve_dashboard().url)
    expect(page.get_by_role("heading", name="No sessions yet")).to_be_visible()
    expect(page.get_by_text("levelstride demo")).to_be_visible()
    expect(page.get_by_text("Not a medical device.")).to_be_visible()
    expect(page.get_by_role("link", name="Live")).to_have_count(0)


def test_the_library_lists_sessions_with_the_medians_of_the_store(
    serve_dashboard: ServeDashboard, open_page: OpenPage, filled: Store
) -> None:
    page = open_page()
    page.goto(serve_dashboard().url)
    expect(page.locator("#library-count")).to_have_text("3 sessions")
    for summary in filled.sessions():
        row = page.locator(f'[data-session="{summary.session_id}"]')
        left = summary.metrics["left"]["cpd_peak_deg"].median
        right = summary.metrics["right"]["cpd_peak_deg"].median
        expect(row).to_contain_text(f"{left:.1f}° / {right:.1f}°")
        expect(row).to_contain_text(f"{summary.strides_left} / {summary.strides_right}")


def test_a_hostile_name_is_text_everywhere(
    serve_dashboard: ServeDashboard, open_page: OpenPage, filled: Store
) -> None:
    page = open_page()
    page.goto(serve_dashboard().url)
    row = page.locator("#library tr", has_text=HOSTILE)
    expect(row).to_have_count(1)
    row.get_by_role("link").first.click()
    expect(page.locator("#session-runner")).to_have_text(HOSTILE)
    expect(page).to_have_title("Session · levelstride")


def test_cards_equal_the_numbers_of_the_store(
    serve_dashboard: ServeDashboard, open_page: OpenPage, filled: Store
) -> None:
    summary = filled.sessions()[1]
    page = open_page()
    page.goto(f"{serve_dashboard().url}/sessions/{summary.session_id}")
    for side in ("left", "right"):
        for key in ("cpd_peak_deg", "tir_exc_deg", "cpd_exc_deg"):
            known = summary.metrics[side][key]
            card = f"#card-{side}-{key}"
            expect(page.locator(card)).to_have_text(metric_text(key, known.median))
            spread = f"± {metric_text(key, known.robust_sd)}°"
            expect(page.locator(f"{card}-spread")).to_have_text(spread)
            expect(page.locator(f"{card}-n")).to_have_text(f"{known.n} strides")
    expect(page.locator("#card-difference-cpd_peak_deg")).to_contain_text("roll offset twice")
    expect(page.locator("#card-difference-cpd_exc_deg")).to_have_text(
        re.compile(r"^\+\d\.\d° \(95 % interval \+\d\.\d to \+\d\.\d\)$")
    )
    expect(page.get_by_text("Something was lost.")).to_be_visible()


def test_charts_hold_the_numbers_and_the_metric_can_be_chosen(
    serve_dashboard: ServeDashboard, open_page: OpenPage, filled: Store
) -> None:
    summary = filled.sessions()[2]
    page = open_page()
    page.goto(f"{serve_dashboard().url}/sessions/{summary.session_id}")
    expect(page.locator("#trend-graph .ls-lines path").first).to_be_attached()
    legend = page.locator("#trend-graph .ls-legend > span")
    expect(legend).to_have_text(["Left (n = 40)", "Right (n = 38)"])
    expect(page.locator("#curve-drop .ls-lines path").first).to_be_attached()
    expect(page.locator("#curve-drop .ls-legend")).to_contain_text("Left (n = 40)")
    page.locator("#trend-graph .ls-plot").hover()
    expect(page.locator("#trend-graph .ls-tip")).to_contain_text("Time (min)")
    page.get_by_label("Metric", exact=True).select_option("tir_exc_deg")
    expect(page.locator("#trend-box figcaption").first).to_have_text(
        "Tibial internal rotation excursion: each valid stride."
    )
    expect(page.locator("#trend-box")).to_contain_text("Tibial rotation (°)")


def test_the_stride_table_shows_valid_strides_only_when_asked(
    serve_dashboard: ServeDashboard, open_page: OpenPage, filled: Store
) -> None:
    summary = filled.sessions()[2]
    page = open_page()
    page.goto(f"{serve_dashboard().url}/sessions/{summary.session_id}")
    grid = page.locator("#stride-grid")
    grid.scroll_into_view_if_needed()
    expect(grid.locator("#stride-count")).to_contain_text("of 80")
    page.get_by_label("Shown", exact=True).select_option("yes")
    expect(grid.locator("#stride-count")).to_contain_text("of 78")
    page.get_by_label("Shown", exact=True).select_option("")
    expect(grid.locator("#stride-count")).to_contain_text("of 80")
    first = grid.locator("tbody tr").first.inner_text()
    assert re.search(r"\d\.\d", first)
    grid.get_by_role("button", name="Next").click()
    expect(grid.locator("#stride-count")).to_have_text("51 to 80 of 80")
    grid.get_by_role("button", name="No.").click()
    expect(grid.locator("tbody th").first).to_have_text("80")
    page.get_by_label("Flag", exact=True).select_option("gap")
    expect(grid.locator("#stride-count")).to_have_text("1 to 2 of 2")
    expect(page.locator("#flag-list")).to_contain_text("samples are missing inside the stride")


def test_explanations_name_what_a_value_does_not_mean(
    serve_dashboard: ServeDashboard, open_page: OpenPage, filled: Store
) -> None:
    page = open_page()
    page.goto(f"{serve_dashboard().url}/sessions/{filled.sessions()[0].session_id}")
    explanation = page.locator("#explain-cpd_peak_deg")
    explanation.locator("summary").click()
    expect(explanation.get_by_text("Does not mean")).to_be_visible()
    expect(
        explanation.get_by_text("Where a group lay, not where a runner ought to be.")
    ).to_be_visible()


def test_unknown_addresses_get_a_friendly_page(
    serve_dashboard: ServeDashboard, open_page: OpenPage
) -> None:
    url = serve_dashboard().url
    page = open_page(forgive=("status of 404",))
    page.goto(f"{url}/sessions/00000000-0000-0000-0000-000000000000")
    expect(page.get_by_role("heading", name="No such session")).to_be_visible()
    page.goto(f"{url}/nothing")
    expect(page.get_by_role("heading", name="No such page")).to_be_visible()
    page.get_by_role("link", name="Go to the sessions").click()
    expect(page.get_by_role("heading", name="No sessions yet")).to_be_visible()


def test_a_damaged_session_is_said_to_be_damaged_and_the_rest_goes_on(
    serve_dashboard: ServeDashboard, open_page: OpenPage, filled: Store
) -> None:
    summary = filled.sessions()[0]
    session_id = summary.session_id
    (filled.folder / "strides" / f"{session_id}.parquet").write_bytes(b"not a table")
    page = open_page()
    page.goto(f"{serve_dashboard().url}/sessions/{session_id}")
    expect(page.locator("#session-unread")).to_contain_text("The file of strides cannot be read")
    median = summary.metrics["left"]["cpd_peak_deg"].median
    expect(page.locator("#kept-medians")).to_contain_text(f"{median:.1f}°")
    expect(page.locator("#curve-drop .ls-lines")).to_be_attached()
    page.get_by_role("link", name="Sessions", exact=True).click()
    expect(page.locator("#library")).to_be_visible()
    expect(page.get_by_role("alert")).to_be_empty()


def test_strides_can_be_bounded_by_a_metric(
    serve_dashboard: ServeDashboard, open_page: OpenPage, filled: Store
) -> None:
    session_id = filled.sessions()[2].session_id
    known = filled.session(session_id).strides["tir_exc_deg"]
    page = open_page()
    page.goto(f"{serve_dashboard().url}/sessions/{session_id}")
    grid = page.locator("#stride-grid")
    grid.scroll_into_view_if_needed()
    expect(grid.locator("#stride-count")).to_contain_text("of 80")
    page.get_by_label("Values of", exact=True).select_option("tir_exc_deg")
    page.get_by_label("from", exact=True).fill("10,0")
    page.get_by_label("from", exact=True).press("Enter")
    expect(grid.locator("#stride-count")).to_contain_text(f"of {int((known >= 10.0).sum())}")
    page.get_by_label("up to", exact=True).fill("11")
    page.get_by_label("up to", exact=True).press("Enter")
    between = int(known.between(10.0, 11.0).sum())
    expect(grid.locator("#stride-count")).to_contain_text(f"of {between}")


def test_the_colour_scheme_follows_the_system_until_it_is_chosen(
    serve_dashboard: ServeDashboard, open_page: OpenPage, filled: Store
) -> None:
    page = open_page("dark")
    page.goto(serve_dashboard().url)
    expect(page.locator("#library")).to_be_visible()
    root = page.locator("html")
    background = "getComputedStyle(document.body).backgroundColor"
    expect(root).to_have_attribute("data-colour-scheme", "dark")
    dark = page.evaluate(background)
    page.get_by_role("button", name="Dark colours").click()
    expect(root).to_have_attribute("data-colour-scheme", "light")
    assert page.evaluate(background) != dark
    page.reload()
    expect(page.locator("#library")).to_be_visible()
    expect(root).to_have_attribute("data-colour-scheme", "light")
    expect(page.get_by_role("button", name="Dark colours")).to_have_attribute(
        "aria-pressed", "false"
    )
