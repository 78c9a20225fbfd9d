"""Every dead end of the set-up: said with a next step, accessible, and as somebody saw it last."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import expect

from pipeline.setup_progress import PreparationStatus
from sensors.placement import Placement
from sensors.sensor_status import SensorState
from tests.dashboard.browser_checks import accessibility_problems, overflow_px
from tests.dashboard.conftest import OpenPage, ServeDashboard
from tests.dashboard.looks import OTHER_FONT, Looks
from tests.dashboard.made_sessions import make_strides
from tests.dashboard.replay_source import ReplaySource
from tests.dashboard.setup_script import SENSORS, ScriptedSetup
from tests.dashboard.test_live_states import GOOD

pytestmark = pytest.mark.browser

SHANK = (Placement.SHANK_LEFT,)
CALIBRATION = {
    "standing": PreparationStatus("stand", 2.5, 5.0, (), "", (), 0.0),
    "not-still": PreparationStatus("stand", 0.0, 5.0, SHANK, "not_still", SHANK, 0.0),
    "no-gravity": PreparationStatus("stand", 0.0, 5.0, (), "gravity", SHANK, 0.0),
    "not-one-axis": PreparationStatus(
        "move", 0.0, 5.0, (), "not_one_axis", (Placement.PELVIS,), 1.0
    ),
}


@pytest.mark.parametrize("look", ["light", pytest.param("dark", marks=pytest.mark.full), "phone"])
def test_every_dead_end_of_the_set_up_says_what_to_do(
    serve_dashboard: ServeDashboard, open_page: OpenPage, look: str
) -> None:
    source = ReplaySource(make_strides(40), strides_per_s=20, sensors=GOOD, calibrating_s=3600)
    setup = ScriptedSetup(())
    page = open_page("dark" if look == "dark" else "light", phone=look == "phone", forgive=("409",))
    page.goto(f"{serve_dashboard(source, setup).url}/setup")
    looks, problems = Looks(), []

    def check(name: str) -> None:
        assert overflow_px(page) <= 0, name
        assert accessibility_problems(page) == [], name
        problems.extend(looks.problems(page, f"setup-{name}-{look}"))

    expect(page.locator("#setup-find-start")).to_be_enabled()
    page.get_by_role("button", name="Find sensors").click()
    expect(page.locator("#setup-find-status")).to_contain_text("Press the button of each sensor")
    check("none-found")
    setup.sensors = SENSORS[:2]
    page.get_by_role("button", name="Search again").click()
    expect(page.locator("#setup-find-status")).to_contain_text("2 of 3 sensors found")
    check("two-found")
    setup.sensors = SENSORS
    page.get_by_role("button", name="Search again").click()
    expect(page.locator("#setup-find-status")).to_have_text("3 sensors found.")
    page.locator("#setup-find-next").click()
    page.get_by_label("OGI-3", exact=True).select_option("pelvis")
    page.get_by_role("button", name="Take over and go on").click()
    expect(page.locator("#setup-assign-status")).to_contain_text("Two sensors have the same place")
    check("one-place-twice")
    page.get_by_label("OGI-3", exact=True).select_option("shank_right")
    page.get_by_role("button", name="Take over and go on").click()
    expect(page.locator("#setup-wear-title")).to_be_focused()
    check("wear")
    page.get_by_role("button", name="They are on").click()
    source.forced = ("failed", "no sensor answered within 12 s. Switch the sensors on")
    expect(page.locator("#setup-signal-status")).to_contain_text("Then try again")
    expect(page.locator("#setup-refind")).to_be_visible()
    check("not-started")
    source.sensors = (*GOOD[:2], replace(GOOD[2], state=SensorState.RECOVERING, battery_percent=9))
    source.forced = None
    page.get_by_role("button", name="Start and check").click()
    expect(page.locator("#setup-notices")).to_contain_text("battery at 9 %")
    check("poor-signal")
    source.sensors = GOOD
    expect(page.locator("#setup-notices")).to_be_hidden()  # what is below it moves up
    page.locator("#setup-signal-next").click()
    expect(page.locator("#setup-calibrate-title")).to_be_focused()
    box = page.locator("#setup-preparation")
    for name, status in CALIBRATION.items():
        source.preparation = status
        expect(box).to_have_attribute("data-step", status.step)
        if status.refusal:
            expect(box.get_by_role("alert")).to_be_visible()
            page.wait_for_timeout(200)
        else:
            expect(box).to_contain_text("still for 2.5 of 5 s")
        check(name)
    source.stop()
    expect(page.locator("#setup-calibrate-status")).to_contain_text("Go back and start one")
    assert problems == []
    if looks.other_font:
        pytest.skip(OTHER_FONT)
