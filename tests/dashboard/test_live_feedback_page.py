"""Feedback, laps and conditions in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.dashboard.browser_checks import accessibility_problems, fits_phone
from tests.dashboard.conftest import OpenPage, ServeDashboard
from tests.dashboard.made_sessions import make_strides
from tests.dashboard.replay_source import ReplaySource

pytestmark = pytest.mark.browser

COUNT_TONES = """
window.tones = [];
const Real = window.AudioContext;
window.AudioContext = class extends Real {
  createOscillator() {
    const made = super.createOscillator();
    const start = made.start.bind(made);
    made.start = (when) => { window.tones.push(made.frequency.value); start(when); };
    return made;
  }
};
"""


@pytest.fixture
def running() -> ReplaySource:
    source = ReplaySource(make_strides(4000), strides_per_s=20)
    source.start()
    return source


def test_a_therapist_sets_a_zone_and_sees_and_hears_cues(
    serve_dashboard: ServeDashboard, open_page: OpenPage, running: ReplaySource
) -> None:
    """Zone, words, width and sound; no sound before someone asks for it."""
    page = open_page(script=COUNT_TONES)
    page.goto(serve_dashboard(running).url)
    expect(page.locator("#live-left-cpd_peak_deg-median")).to_be_visible()
    page.locator("#live-feedback summary").click()
    expect(page.locator("#feedback-low")).to_be_hidden()
    page.get_by_label("Cue", exact=True).select_option("cpd_peak_deg")
    page.get_by_label("Target from").select_option("fixed")
    page.get_by_label("Zone from").fill("2")
    page.get_by_label("Zone to").fill("4,5")
    page.get_by_role("button", name="Give cues").click()
    expect(page.locator("#live-cue")).to_have_text("▼ left: keep the pelvis level")
    expect(page.locator("#feedback-zone")).to_have_text(
        "Peak contralateral pelvic drop 2.0 to 4.5°"
    )
    expect(page.locator("#live-left-cpd_peak_deg-zone")).to_have_text("▲ above the zone")
    expect(page.locator("#live-right-cpd_peak_deg-zone")).to_have_text("● in the zone")
    expect(page.locator(".ls-gauge-zone")).to_have_count(2)
    expect(page.locator(".ls-zone-edge")).to_have_count(4)
    page.wait_for_timeout(400)
    assert page.evaluate("window.tones") == []
    page.get_by_role("button", name="Sound is off").click()
    expect(page.get_by_role("button", name="Sound is on")).to_have_attribute("aria-pressed", "true")
    page.wait_for_selector("#live-root[data-sounded]")
    tones = page.evaluate("window.tones")
    assert tones[0] == 440
    assert len(tones) >= 3
    assert tones[1] > 440  # above the zone: higher
    assert tones[2] < tones[1]  # and it should sink
    page.get_by_role("button", name="Sound is on").click()
    expect(page.get_by_role("button", name="Sound is off")).to_be_visible()
    assert accessibility_problems(page) == []
    fits_phone(page)
    page.get_by_role("button", name="End cues").click()
    expect(page.locator("#live-feedback-words")).to_have_text("no cues")
    expect(page.locator("#live-cue")).to_be_hidden()
    assert ("feedback", "feedback off") in running.markers
    assert any(kind == "cue" for kind, _ in running.markers)


def test_cadence_comes_first_and_its_baseline_is_counted(
    serve_dashboard: ServeDashboard, open_page: OpenPage
) -> None:
    source = ReplaySource(make_strides(4000), strides_per_s=10)
    page = open_page()
    page.goto(serve_dashboard(source).url)
    page.locator("#live-feedback summary").click()
    expect(page.get_by_label("Cue", exact=True)).to_have_value("cadence_spm")
    expect(page.get_by_label("Below the baseline by")).to_be_hidden()
    page.get_by_role("button", name="Give cues").click()
    source.start()
    expect(page.locator("#feedback-state")).to_have_text(
        re.compile(r"own baseline: \d+ of 20 strides of each leg")
    )
    expect(page.locator("#live-cue")).to_have_text("▲ quicker, shorter steps")
    expect(page.locator("#live-cadence-zone")).to_contain_text("▼ below the zone")


def test_a_target_that_makes_no_sense_is_refused_in_words(
    serve_dashboard: ServeDashboard, open_page: OpenPage, running: ReplaySource
) -> None:
    page = open_page(forgive=("409", "422"))
    page.goto(serve_dashboard(running).url)
    page.locator("#live-feedback summary").click()
    page.get_by_label("Cue", exact=True).select_option("tir_exc_deg")
    page.get_by_label("Target from").select_option("reference")
    page.get_by_role("button", name="Give cues").click()
    expect(page.locator("#feedback-result")).to_contain_text("No accepted reference is known")
    page.get_by_label("Target from").select_option("fixed")
    page.get_by_label("Zone from").fill("nine")
    page.get_by_role("button", name="Give cues").click()
    expect(page.locator("#feedback-result")).to_contain_text("A fixed zone needs two numbers")


def test_laps_and_conditions_are_kept_and_listed(
    serve_dashboard: ServeDashboard, open_page: OpenPage, running: ReplaySource
) -> None:
    page = open_page()
    page.goto(serve_dashboard(running).url)
    page.get_by_role("button", name="Lap").click()
    page.get_by_label("Condition").fill("insole <b>on</b>")
    page.get_by_label("Condition").press("Enter")
    expect(page.locator("#live-condition")).to_have_text("insole <b>on</b>")
    expect(page.locator("#live-marks li")).to_have_count(2)
    expect(page.locator("#live-marks li").first).to_contain_text("condition insole <b>on</b>")
    assert running.condition == "insole <b>on</b>"


def test_a_page_that_opens_late_does_not_sound_an_old_cue(
    serve_dashboard: ServeDashboard, open_page: OpenPage
) -> None:
    """The cue is shown to nobody any more, and not played when the sound is switched on."""
    source = ReplaySource(make_strides(20), strides_per_s=200)
    from pipeline.feedback_request import FeedbackRequest

    source.start()
    source.set_feedback(FeedbackRequest("cpd_peak_deg", "fixed", low=1.0, high=2.0))
    page = open_page(script=COUNT_TONES)
    page.goto(serve_dashboard(source).url)
    expect(page.locator("#live-root")).to_have_attribute("data-strides", "40")
    page.wait_for_timeout(1_600)  # the cue is from before the page came; now it is too old for sure
    page.locator("#live-feedback summary").click()
    page.get_by_role("button", name="Sound is off").click()
    page.wait_for_timeout(500)
    assert page.evaluate("window.tones") == [440]
