"""The live page and the set-up in German: no English sentence is left, and numbers have a comma."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from pipeline.feedback_request import FeedbackRequest
from pipeline.setup_progress import PreparationStatus
from sensors.errors import SensorNotFound
from sensors.placement import Placement
from tests.dashboard.browser_checks import accessibility_problems, last_look, overflow_px
from tests.dashboard.conftest import OpenPage, ServeDashboard
from tests.dashboard.looks import keep
from tests.dashboard.made_sessions import make_strides
from tests.dashboard.replay_source import ReplaySource
from tests.dashboard.setup_script import ScriptedSetup
from tests.dashboard.test_live_states import GONE, GOOD, STATES

pytestmark = pytest.mark.browser

ENGLISH = re.compile(
    r"\b(the|and|of|with|that|this|not|are|was|has|yet|from|to|strides?|steps|left|right|"
    r"shank|pelvis|pelvic|battery|signal check|worn|running|walking|measuring)\b",
    re.IGNORECASE,
)
NO_SENSOR = str(
    SensorNotFound(
        "no sensor answered within 12.5 s",
        remedy="Switch the sensors on, bring them near, and make sure that no other program is "
        "connected to them",
    )
)
POINT = re.compile(r"\d\.\d")
EVERYTHING = """() => {
  const shown = (e) => e.checkVisibility();
  const texts = [];
  const walk = document.createTreeWalker(document.querySelector("#main"), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode.textContent.trim();
    if (text && shown(walk.currentNode.parentElement)) texts.push(text);
  }
  for (const e of document.querySelectorAll("#main [aria-label], #main [placeholder], #main [alt]")) {
    texts.push(e.getAttribute("aria-label") || e.getAttribute("placeholder") || e.getAttribute("alt"));
  }
  return texts.filter(Boolean);
}"""


def english(page: Any) -> list[str]:
    """Texts of a page that stay other than German, or have a decimal point."""

    def look() -> list[str]:
        found = page.evaluate(EVERYTHING)
        assert len(found) > 10
        return [text for text in found if ENGLISH.search(text) or POINT.search(text)]

    return last_look(page, look, lambda found: not found)


def test_every_state_of_the_live_page_is_german(
    serve_dashboard: ServeDashboard, open_page: OpenPage
) -> None:
    source = ReplaySource(make_strides(400), strides_per_s=400, sensors=GOOD)
    source.start("A")
    url = serve_dashboard(source).url
    page = open_page(locale="de-DE", forgive=("409",))  # a request that is refused, below
    page.goto(f"{url}/live")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("#live-root")).to_have_attribute("data-strides", "800")
    expect(page.locator("#live-left-cpd_peak_deg-median")).to_have_text(re.compile(r"^−?\d+,\d$"))
    for state in STATES:
        state.make(source)
        if state.name == "no-sensor":
            source.forced = ("failed", NO_SENSOR)
        expect(page.locator(state.where)).to_be_visible()
        page.wait_for_timeout(250)
        assert english(page) == [], state.name
        keep(page, f"german-{state.name}")
    source.sensors = (*GOOD[:2], GONE)
    source.forced = None
    page.locator("#live-feedback summary").click()
    page.locator("#feedback-metric").select_option("tir_exc_deg")
    page.locator("#feedback-basis").select_option("reference")
    page.get_by_role("button", name="Hinweise geben").click()
    source.set_feedback(FeedbackRequest("cpd_peak_deg", "fixed", low=2.0, high=4.5))
    expect(page.locator("#feedback-state")).to_contain_text("(Sitzung 1 von 8)")
    source.mark("Schuh", "lap")
    expect(page.locator("#live-marks")).to_contain_text("Runde")
    assert english(page) == []
    assert accessibility_problems(page) == []
    assert overflow_px(page) <= 0
    page.get_by_role("button", name="Fernansicht").click()
    expect(page.locator("#glance-left")).to_have_text(re.compile(r"^−?\d+,\d°$"))
    assert english(page) == []
    keep(page, "german-glance")


def test_viewers_of_two_languages_watch_one_session(
    serve_dashboard: ServeDashboard, open_page: OpenPage
) -> None:
    source = ReplaySource(make_strides(400), strides_per_s=20, sensors=GOOD)
    source.start()
    url = serve_dashboard(source).url
    pages = {"Misst": open_page(locale="de-DE"), "Measuring": open_page(locale="en-GB")}
    for page in pages.values():
        page.goto(f"{url}/live")
    for words, page in pages.items():
        expect(page.locator("#live-root")).to_have_attribute("data-transport", "socket")
        expect(page.locator("#live-left-cpd_peak_deg-median")).to_be_visible()
        expect(page.locator("#live-phase")).to_have_text(words)


def test_every_step_of_the_set_up_is_german(
    serve_dashboard: ServeDashboard, open_page: OpenPage
) -> None:
    source = ReplaySource(make_strides(40), strides_per_s=20, sensors=GOOD, calibrating_s=3600)
    setup = ScriptedSetup(
        (), "the computer cannot scan. Switch Bluetooth off and on, and try again."
    )
    page = open_page(locale="de-DE", phone=True, forgive=("409",))
    page.goto(f"{serve_dashboard(source, setup).url}/setup")
    status = page.locator("#setup-find-status")
    setup.problem = (
        "the computer cannot scan for Bluetooth devices: the Bluetooth adapter is switched off. "
        "Switch Bluetooth on, and allow this program to use it."
    )
    page.get_by_role("button", name="Sensoren suchen").click()
    expect(status).to_contain_text("Bluetooth einschalten und diesem Programm erlauben.")
    assert english(page) == []
    setup.problem = ""
    page.get_by_role("button", name="Noch einmal suchen").click()
    expect(status).to_contain_text("Kein Sensor hat geantwortet.")
    setup.sensors = ScriptedSetup().sensors
    page.get_by_role("button", name="Noch einmal suchen").click()
    expect(status).to_have_text("3 Sensoren gefunden.")
    assert english(page) == []
    page.locator("#setup-find-next").click()
    page.get_by_role("button", name="OGI-3 blinken lassen").click()
    expect(page.locator("#setup-assign-status")).to_contain_text("OGI-3 zeigt sich jetzt")
    page.get_by_label("OGI-3", exact=True).select_option("pelvis")
    page.get_by_role("button", name="Übernehmen und weiter").click()
    expect(page.locator("#setup-assign-status")).to_contain_text("Zwei Sensoren haben denselben")
    assert english(page) == []
    page.get_by_label("OGI-3", exact=True).select_option("shank_right")
    page.get_by_role("button", name="Übernehmen und weiter").click()
    assert english(page) == []
    page.get_by_role("button", name="Sie sind angelegt").click()
    page.get_by_role("button", name="Starten und prüfen").click()
    expect(page.locator("#setup-signal-status")).to_contain_text("Weiter.")
    assert english(page) == []
    page.locator("#setup-signal-next").click()
    source.preparation = PreparationStatus("stand", 2.5, 5.0, (), "", (), 0.0)
    expect(page.locator("#setup-preparation")).to_contain_text("still seit 2,5 von 5 s")
    shanks = (Placement.SHANK_LEFT, Placement.SHANK_RIGHT)
    source.preparation = PreparationStatus("stand", 0.0, 5.0, shanks, "not_still", shanks, 0.0)
    expect(page.locator("#setup-preparation").get_by_role("alert")).to_contain_text(
        "linker Unterschenkel und rechter"
    )
    assert english(page) == []
    assert overflow_px(page) <= 0
    assert accessibility_problems(page) == []
    keep(page, "german-setup-phone")
