"""Set-up, live, feedback, marks, a killed browser, stop, review: on the virtual radio, for real."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from pipeline.feedback_effect import cues_of
from pipeline.store import Store
from sensors.recording_reader import open_recording
from sensors.sensor_status import SensorState
from tests.dashboard.live_process import live_process, mortal_browser

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

NUMBER = re.compile(r"^−?\d+\.\d$")
SLOW_MS = 90_000


def strides(page: Any) -> int:
    return int(page.locator("#live-root").get_attribute("data-strides") or 0)


def more_strides(page: Any, than: int) -> None:
    page.wait_for_function(
        "n => Number(document.querySelector('#live-root')?.dataset.strides) > n",
        arg=than,
        timeout=SLOW_MS,
    )


def set_up(page: Any, url: str) -> None:
    """All five steps, up to the calibration."""
    page.goto(f"{url}/setup")
    page.get_by_role("button", name="Find sensors").click()
    expect(page.locator("#setup-find-status")).to_have_text("3 sensors found.", timeout=SLOW_MS)
    page.locator("#setup-find-next").click()
    page.locator("#setup-places button").first.click()
    expect(page.locator("#setup-assign-status")).to_contain_text("shows itself", timeout=SLOW_MS)
    page.get_by_role("button", name="Take over and go on").click()
    page.get_by_role("button", name="They are on").click()
    page.locator("#setup-runner").fill("Runner W")
    page.locator("#setup-condition").fill("insole on")
    page.get_by_role("button", name="Start and check").click()
    expect(page.locator("#setup-signal-next")).to_be_enabled(timeout=SLOW_MS)
    page.locator("#setup-signal-next").click()
    expect(page.locator("#setup-preparation")).to_contain_text("three squats", timeout=SLOW_MS)
    expect(page.locator("#setup-calibrate-status")).to_contain_text(
        "calibrated from standing and movement", timeout=SLOW_MS
    )
    page.get_by_role("link", name="Go to the live page").click()


def test_wizard_live_marker_stop_review_and_a_killed_browser_in_between(
    browser: Any, open_page: Callable[..., Any], tmp_path: Path
) -> None:
    """One session from the set-up to its review.

    A reload, a closed tab and a browser killed outright leave the recording as it is: every
    sample is there, no link was lost, and marks and cues are in it.
    """
    with live_process(tmp_path) as url, mortal_browser(tmp_path) as (process, address):
        doomed = browser.browser_type.connect_over_cdp(address).contexts[0].new_page()
        set_up(doomed, url)
        expect(doomed.locator("#live-left-cpd_peak_deg-median")).to_have_text(
            NUMBER, timeout=SLOW_MS
        )
        doomed.reload()
        expect(doomed.locator("#live-left-cpd_peak_deg-median")).to_have_text(
            NUMBER, timeout=SLOW_MS
        )
        process.kill()
        page = open_page()
        page.goto(f"{url}/live")
        expect(page.locator("#live-phase")).to_have_text("Measuring")
        expect(page.locator("#live-condition")).to_have_text("insole on")
        other = open_page()
        other.goto(f"{url}/live")
        other.close()
        page.locator("#live-feedback summary").click()
        page.get_by_role("button", name="Give cues").click()
        page.get_by_label("Note for a mark").fill("new shoe")
        page.get_by_role("button", name="Mark", exact=True).click()
        page.get_by_role("button", name="Lap").click()
        expect(page.locator("#live-cue")).to_have_attribute("data-fresh", "true", timeout=SLOW_MS)
        more_strides(page, strides(page) + 6)
        page.get_by_role("button", name="Stop and store").click()
        expect(page.locator("#live-phase")).to_have_text("Stopped", timeout=SLOW_MS)
        page.get_by_role("link", name="Review the stored session").click()
        expect(page.locator("#session-runner")).to_have_text("Runner W")
        expect(page.locator("#session-marks")).to_contain_text("new shoe")
        expect(page.locator("#session-cues")).to_contain_text("Cadence")
    check_recording(tmp_path / "library")


def check_recording(library: Path) -> None:
    """The session's recording is whole, whatever became of its viewers."""
    with Store.open(library) as store:
        (summary,) = store.sessions()
        path = store.session(summary.session_id).recording
    assert summary.conditions["condition"] == "insole on"
    assert summary.conditions["feedback"] == "cadence_spm, session 1 of 8"
    assert path is not None
    with open_recording(path) as recording:
        assert recording.health.complete
        markers = recording.markers()
        assert ("marker", "new shoe") in [(m.kind, m.text) for m in markers]
        assert ("lap", "lap 1") in [(m.kind, m.text) for m in markers]
        assert cues_of(markers)
        events = [e.event for e in recording.link_events()]
        assert str(SensorState.RECOVERING) not in events
        for _ in recording.blocks():
            pass
        assert len(recording.counts) == 3
        for counts in recording.counts.values():
            assert counts.samples > 20 * 190
            assert counts.lost == 0
