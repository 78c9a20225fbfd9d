"""The live page in a real browser."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from pipeline.store import Store
from tests.dashboard.browser_checks import accessibility_problems, fits_phone, overflow_px
from tests.dashboard.conftest import OpenPage, ServeDashboard
from tests.dashboard.made_sessions import make_session, make_strides
from tests.dashboard.replay_source import ReplaySource

pytestmark = pytest.mark.browser

NUMBER = re.compile(r"^−?\d+\.\d$")
REFUSED = ("WebSocket connection", "ERR_CONNECTION_REFUSED", "Failed to load resource")


@pytest.fixture
def running() -> ReplaySource:
    """A session that was started and goes on for longer than a test."""
    source = ReplaySource(make_strides(4000), strides_per_s=20)
    source.start()
    return source


def text_changes(page: Any, selector: str) -> None:
    """Wait until an element's text is another one."""
    before = page.locator(selector).inner_text()
    page.wait_for_function(
        "([selector, before]) => document.querySelector(selector).textContent !== before",
        arg=[selector, before],
    )


def strides_grow(page: Any) -> None:
    """Wait until more strides have come."""
    before = int(page.locator("#live-root").get_attribute("data-strides") or 0)
    page.wait_for_function(
        "before => Number(document.querySelector('#live-root')?.dataset.strides) > before",
        arg=before,
    )


def test_values_of_both_legs_change_while_strides_come(
    serve_dashboard: ServeDashboard, open_page: OpenPage, running: ReplaySource
) -> None:
    page = open_page()
    page.goto(serve_dashboard(running).url)
    expect(page).to_have_title("Live · levelstride")
    for side in ("left", "right"):
        for key in ("cpd_peak_deg", "tir_exc_deg"):
            for part in ("", "-median", "-spread"):
                expect(page.locator(f"#live-{side}-{key}{part}")).to_have_text(NUMBER)
            text_changes(page, f"#live-{side}-{key}")
    expect(page.locator("#live-root")).to_have_attribute("data-transport", "socket")
    expect(page.locator("#live-gait")).to_have_text("running")
    expect(page.locator("#live-cadence_spm")).to_have_text("167")
    expect(page.locator("#live-left-contact_time_ms")).to_have_text("250")
    expect(page.locator("#live-summary")).to_have_text(re.compile("Left: pelvic drop"))


def test_plots_show_both_legs_with_different_marks_and_lines(
    serve_dashboard: ServeDashboard, open_page: OpenPage, running: ReplaySource
) -> None:
    page = open_page()
    page.goto(serve_dashboard(running).url + "/live")
    plot = page.locator("#live-plot-cpd_peak_deg")
    expect(plot.locator("circle.ls-left").nth(20)).to_be_attached()
    expect(plot.locator("path.ls-mark.ls-right").nth(20)).to_be_attached()
    for name in ("drop", "tibial_rotation"):
        curve = page.locator(f"#live-curve-{name}")
        expect(curve.locator("path.ls-line.ls-left")).to_have_attribute("d", re.compile("^M.*L"))
        expect(curve.locator("path.ls-band.ls-right")).to_have_attribute("d", re.compile("Z$"))
        expect(page.locator(f"#live-curve-{name}-n-left")).to_have_text("20")
    # In one step: the chart is redrawn at every stride, and a handle to its line gets stale.
    dash = page.evaluate(
        "getComputedStyle(document.querySelector('#live-curve-drop path.ls-line.ls-right'))"
        ".strokeDasharray"
    )
    assert dash not in {"", "none"}


def test_a_session_from_start_to_review_by_its_buttons(
    serve_dashboard: ServeDashboard, open_page: OpenPage, store: Store
) -> None:
    session_id = store.add_session(make_session(1))
    source = ReplaySource(
        make_strides(400), strides_per_s=20, calibrating_s=1.0, stored_session_id=session_id
    )
    page = open_page()
    page.goto(serve_dashboard(source).url)
    expect(page.locator("#live-phase")).to_have_text("Not started")
    expect(page.locator("#live-stop")).to_be_disabled()
    expect(page.locator("#live-mark")).to_be_disabled()
    expect(page.locator("#live-left-cpd_peak_deg")).to_have_text("–")
    page.get_by_label("Runner (name or code)").fill("<b>Runner</b>")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#live-message")).to_have_text("Stand still for 5 seconds.")
    expect(page.locator("#live-start")).to_be_disabled()
    expect(page.locator("#live-phase")).to_have_text("Measuring")
    assert source.runner == "<b>Runner</b>"
    expect(page.locator("#live-left-cpd_peak_deg")).to_have_text(NUMBER)
    page.get_by_label("Note for a mark").fill("new shoe")
    page.get_by_label("Note for a mark").press("Enter")
    expect(page.locator("#live-command-result")).to_have_text("Marked: new shoe")
    assert source.marks == ["new shoe"]
    expect(page.locator("#live-stored")).to_be_hidden()
    page.get_by_role("button", name="Stop and store").click()
    expect(page.locator("#live-phase")).to_have_text("Stopped")
    page.get_by_role("link", name="Review the stored session").click()
    expect(page.locator("#session-runner")).to_have_text("Runner A")


def test_too_few_strides_are_said_to_be_too_few(
    serve_dashboard: ServeDashboard, open_page: OpenPage
) -> None:
    source = ReplaySource(make_strides(4), strides_per_s=100)
    source.start()
    page = open_page()
    page.goto(serve_dashboard(source).url)
    expect(page.locator("#live-left-cpd_peak_deg")).to_have_text(NUMBER)
    expect(page.locator("#live-left-cpd_peak_deg-note")).to_have_text(
        "not enough data yet: 4 of 7 strides"
    )
    expect(page.locator("#live-left-cpd_peak_deg-median")).to_be_hidden()


def test_the_sensor_strip_says_state_battery_rate_and_loss_in_words(
    serve_dashboard: ServeDashboard, open_page: OpenPage, running: ReplaySource
) -> None:
    page = open_page()
    page.goto(serve_dashboard(running).url)
    pelvis = page.locator('[data-sensor="LS-0001"]')
    expect(pelvis).to_contain_text("pelvis")
    expect(pelvis).to_contain_text("streaming")
    expect(pelvis).to_contain_text("battery 87 %")
    expect(pelvis).to_contain_text("200 Hz")
    expect(page.locator('[data-sensor="LS-0002"]')).to_contain_text("clipped 4 samples")
    lost = page.locator('[data-sensor="LS-0003"]')
    expect(lost).to_contain_text("reconnecting")
    expect(lost).to_contain_text("lost 0.3 %")
    expect(lost).to_contain_text("The link was lost; trying again in 2 s.")
    expect(lost).not_to_contain_text("battery")


def test_several_viewers_watch_the_same_session(
    serve_dashboard: ServeDashboard, open_page: OpenPage, running: ReplaySource
) -> None:
    url = serve_dashboard(running).url
    pages = [open_page(), open_page("dark", phone=True)]
    for page in pages:
        page.goto(url)
    for page in pages:
        expect(page.locator("#live-left-tir_exc_deg")).to_have_text(NUMBER)
        strides_grow(page)
    pages[0].close()
    strides_grow(pages[1])


def test_the_page_says_that_values_are_old_and_comes_back_after_a_restart(
    serve_dashboard: ServeDashboard, open_page: OpenPage, running: ReplaySource
) -> None:
    dashboard = serve_dashboard(running)
    page = open_page(forgive=REFUSED)
    page.goto(dashboard.url)
    expect(page.locator("#live-left-cpd_peak_deg")).to_have_text(NUMBER)
    port = dashboard.port
    dashboard.stop()
    expect(page.locator("#live-stale")).to_contain_text("values are old")
    expect(page.locator("#live-root")).to_have_attribute("data-stale", "true")
    dashboard.start(port)
    expect(page.locator("#live-root")).to_have_attribute("data-stale", "false")
    expect(page.locator("#live-root")).to_have_attribute("data-transport", "socket")
    strides_grow(page)


@pytest.mark.parametrize(
    "script",
    [
        "delete window.WebSocket;",
        # A proxy that lets no socket through: every one closes at once.
        "window.WebSocket = class { constructor() { setTimeout(() => this.onclose({}), 10); } close() {} };",
    ],
    ids=["no sockets in the browser", "sockets are refused"],
)
def test_without_a_socket_the_page_polls(
    serve_dashboard: ServeDashboard, open_page: OpenPage, running: ReplaySource, script: str
) -> None:
    page = open_page(script=script)
    page.goto(serve_dashboard(running).url)
    expect(page.locator("#live-root")).to_have_attribute("data-transport", "polling")
    text_changes(page, "#live-left-cpd_peak_deg")
    strides_grow(page)


def test_leaving_the_page_closes_the_socket_and_coming_back_opens_one(
    serve_dashboard: ServeDashboard, open_page: OpenPage, running: ReplaySource
) -> None:
    page = open_page()
    sockets: list[Any] = []
    page.on("websocket", lambda socket: sockets.append(socket))
    page.goto(serve_dashboard(running).url)
    expect(page.locator("#live-left-cpd_peak_deg")).to_have_text(NUMBER)
    page.get_by_role("link", name="Metrics").click()
    expect(page.locator("#metric-cpd_peak_deg")).to_be_visible()
    for socket in sockets:
        if not socket.is_closed():
            socket.wait_for_event("close")
    page.get_by_role("link", name="Live").click()
    expect(page.locator("#live-left-cpd_peak_deg")).to_have_text(NUMBER)
    strides_grow(page)
    assert [socket.is_closed() for socket in sockets[-2:]] == [True, False]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_live_page_is_accessible_and_fits_a_phone(
    serve_dashboard: ServeDashboard, open_page: OpenPage, running: ReplaySource, scheme: str
) -> None:
    page = open_page(scheme)
    page.goto(serve_dashboard(running).url)
    expect(page.locator("#live-right-tir_exc_deg-median")).to_have_text(NUMBER)
    assert accessibility_problems(page) == []
    assert overflow_px(page) <= 0
    fits_phone(page)


def test_the_session_can_be_run_by_keyboard_alone(
    serve_dashboard: ServeDashboard, open_page: OpenPage
) -> None:
    source = ReplaySource(make_strides(400), strides_per_s=20)
    page = open_page()
    page.goto(serve_dashboard(source).url)
    expect(page.locator("#live-start")).to_be_enabled()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "live-start":
            break
    page.keyboard.press("Enter")
    expect(page.locator("#live-phase")).to_have_text("Measuring")
    expect(page.locator("#live-left-cpd_peak_deg")).to_have_text(NUMBER)
