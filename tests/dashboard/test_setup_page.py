"""The set-up in a real browser, on a scripted radio: every dead end has a next step."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from pipeline.setup_progress import PreparationStatus
from sensors.placement import Placement
from tests.dashboard.browser_checks import accessibility_problems, fits_phone
from tests.dashboard.conftest import OpenPage, ServeDashboard
from tests.dashboard.made_sessions import make_strides
from tests.dashboard.replay_source import ReplaySource
from tests.dashboard.setup_script import ScriptedSetup
from tests.dashboard.test_live_states import GOOD

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.full)])
def test_all_steps_in_order(
    serve_dashboard: ServeDashboard, open_page: OpenPage, scheme: str
) -> None:
    source = ReplaySource(make_strides(400), strides_per_s=20, sensors=GOOD, calibrating_s=600)
    setup = ScriptedSetup()
    page = open_page(scheme)
    page.goto(f"{serve_dashboard(source, setup).url}/setup")
    step = page.locator("#setup-root")
    expect(page).to_have_title("Set-up · levelstride")
    expect(page.locator("#setup-find-next")).to_be_disabled()
    assert accessibility_problems(page) == []
    page.get_by_role("button", name="Find sensors").click()
    expect(page.locator("#setup-find-status")).to_have_text("3 sensors found.")
    expect(page.locator("#setup-found")).to_contain_text("could not be asked: timeout")
    expect(page.locator("#setup-found")).to_contain_text("charge it soon")
    page.locator("#setup-find-next").click()
    page.get_by_role("button", name="Blink OGI-3").click()
    expect(page.locator("#setup-assign-status")).to_contain_text("OGI-3 shows itself now")
    assert setup.blinked == ["AA:03"]
    page.get_by_label("OGI-3", exact=True).select_option("shank_right")
    assert accessibility_problems(page) == []
    fits_phone(page)
    page.get_by_role("button", name="Take over and go on").click()
    expect(step).to_have_attribute("data-step", "wear")
    assert setup.assigned["AA:03"] is Placement.SHANK_RIGHT
    expect(page.get_by_role("img", name="One sensor on a belt")).to_be_visible()
    assert accessibility_problems(page) == []
    fits_phone(page)
    page.get_by_role("button", name="They are on").click()
    expect(page.locator("#setup-signal-next")).to_be_disabled()
    page.locator("#setup-runner").fill("Runner A")
    page.get_by_role("button", name="Start and check").click()
    expect(page.locator("#setup-signal-status")).to_have_text(
        "3 sensors stream, and nothing is lost. Go on."
    )
    assert source.runner == "Runner A"
    assert accessibility_problems(page) == []
    page.locator("#setup-signal-next").click()
    shank = (Placement.SHANK_LEFT,)
    box = page.locator("#setup-preparation")
    source.preparation = PreparationStatus("stand", 2.5, 5.0, (), "", (), 0.0)
    expect(box).to_contain_text("still for 2.5 of 5 s")
    expect(box.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "50")
    source.preparation = PreparationStatus("stand", 0.0, 5.0, shank, "not_still", shank, 0.0)
    expect(box.get_by_role("alert")).to_contain_text("That was not still: left shank moved")
    assert accessibility_problems(page) == []
    pelvis = (Placement.PELVIS,)
    source.preparation = PreparationStatus("move", 0.0, 5.0, pelvis, "not_one_axis", pelvis, 1.0)
    expect(box.get_by_role("alert")).to_contain_text("Bend straight forward")
    fits_phone(page)
    source.preparation = PreparationStatus("go", 0.0, 5.0, (), "", (), 0.0)
    expect(box).to_contain_text("Done. Walk or run.")
    source.forced = ("measuring", "Measuring.")
    expect(page.locator("#setup-calibrate-status")).to_contain_text("Strides are coming in")
    page.get_by_role("link", name="Go to the live page").click()
    expect(page.locator("#live-phase")).to_have_text("Measuring")


def test_no_sensor_says_what_to_do_and_can_be_repeated(
    serve_dashboard: ServeDashboard, open_page: OpenPage
) -> None:
    setup = ScriptedSetup(())
    page = open_page()
    page.goto(f"{serve_dashboard(ReplaySource([]), setup).url}/setup")
    page.get_by_role("button", name="Find sensors").click()
    expect(page.locator("#setup-find-status")).to_contain_text("Press the button of each sensor")
    expect(page.locator("#setup-find-next")).to_be_disabled()
    setup.sensors = ScriptedSetup().sensors[:2]
    page.get_by_role("button", name="Search again").click()
    expect(page.locator("#setup-find-status")).to_contain_text("2 of 3 sensors found")
    expect(page.locator("#setup-find-next")).to_be_enabled()


def test_a_radio_that_fails_is_said_with_its_remedy(
    serve_dashboard: ServeDashboard, open_page: OpenPage
) -> None:
    setup = ScriptedSetup((), "the computer cannot scan. Switch Bluetooth on.")
    page = open_page()
    page.goto(f"{serve_dashboard(ReplaySource([]), setup).url}/setup")
    page.get_by_role("button", name="Find sensors").click()
    expect(page.locator("#setup-find-status")).to_contain_text("Switch Bluetooth on.")


def test_two_sensors_in_one_place_are_refused_and_the_step_stays(
    serve_dashboard: ServeDashboard, open_page: OpenPage
) -> None:
    page = open_page(forgive=("409",))
    page.goto(f"{serve_dashboard(ReplaySource([]), ScriptedSetup()).url}/setup")
    page.get_by_role("button", name="Find sensors").click()
    page.locator("#setup-find-next").click()
    page.get_by_label("OGI-3", exact=True).select_option("pelvis")
    page.get_by_role("button", name="Take over and go on").click()
    expect(page.locator("#setup-assign-status")).to_contain_text("Two sensors have the same place")
    expect(page.locator("#setup-root")).to_have_attribute("data-step", "assign")


def test_a_start_that_fails_leads_back_to_finding(
    serve_dashboard: ServeDashboard, open_page: OpenPage
) -> None:
    source = ReplaySource([])
    source.forced = ("failed", "no sensor answered within 12 s. Switch the sensors on.")
    page = open_page()
    page.goto(f"{serve_dashboard(source, ScriptedSetup()).url}/setup")
    page.get_by_role("button", name="Find sensors").click()
    page.locator("#setup-find-next").click()
    page.get_by_role("button", name="Take over and go on").click()
    page.get_by_role("button", name="They are on").click()
    expect(page.locator("#setup-signal-status")).to_contain_text("Switch the sensors on")
    page.get_by_role("button", name="Find the sensors again").click()
    expect(page.locator("#setup-root")).to_have_attribute("data-step", "find")


def test_from_set_up_to_review_by_keyboard_alone_and_the_focus_follows(
    serve_dashboard: ServeDashboard, open_page: OpenPage
) -> None:
    """Find, blink, assign, calibrate, mark, stop: Tab, Enter and the letters only."""
    page = open_page()
    source = ReplaySource(make_strides(400), sensors=GOOD, calibrating_s=3600)
    setup = ScriptedSetup()
    page.goto(f"{serve_dashboard(source, setup).url}/setup")
    expect(page.locator("#setup-find-start")).to_be_enabled()

    def reach(name: str) -> None:
        """Tab until the element with this id, or this name, has the focus."""
        for _ in range(40):
            if name in page.evaluate(
                "[document.activeElement.id, document.activeElement.ariaLabel]"
            ):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"{name} cannot be reached by Tab")

    def press(name: str) -> None:
        reach(name)
        page.keyboard.press("Enter")

    press("setup-find-start")
    expect(page.locator("#setup-find-status")).to_have_text("3 sensors found.")
    press("setup-find-next")
    expect(page.locator("#setup-assign-title")).to_be_focused()
    press("Blink OGI-3")
    expect(page.locator("#setup-assign-status")).to_contain_text("OGI-3 shows itself now")
    reach("setup-place-2")
    page.keyboard.type("right")
    press("setup-assign-next")
    expect(page.locator("#setup-wear-title")).to_be_focused()
    assert setup.assigned["AA:03"] is Placement.SHANK_RIGHT
    press("setup-wear-next")
    expect(page.locator("#setup-signal-title")).to_be_focused()
    reach("setup-runner")
    page.keyboard.type("Runner K")
    press("setup-start")
    expect(page.locator("#setup-signal-status")).to_contain_text("Go on.")
    press("setup-signal-next")
    expect(page.locator("#setup-calibrate-title")).to_be_focused()
    shank = (Placement.SHANK_LEFT,)
    source.preparation = PreparationStatus("stand", 0.0, 5.0, shank, "not_still", shank, 0.0, 3)
    box = page.locator("#setup-preparation")
    expect(box.get_by_role("alert")).to_contain_text("refused 3 times")
    source.preparation = None
    source.forced = ("measuring", "Measuring.")
    expect(page.locator("#setup-calibrate-status")).to_contain_text("Strides are coming in")
    press("setup-to-live")
    expect(page.locator("#live-mark")).to_be_enabled()
    reach("live-mark-text")
    page.keyboard.type("new shoe")
    page.keyboard.press("Enter")
    expect(page.locator("#live-marks")).to_contain_text("new shoe")
    source.forced = None
    press("live-stop")
    expect(page.locator("#live-phase")).to_have_text("Stopped")
    assert source.runner == "Runner K"
    press("live-start")
    expect(page.locator("#live-stop")).to_be_focused()


def test_a_reload_while_a_session_runs_comes_back_to_its_signal(
    serve_dashboard: ServeDashboard, open_page: OpenPage
) -> None:
    source = ReplaySource(make_strides(4000), sensors=GOOD)
    source.start()
    page = open_page()
    page.goto(f"{serve_dashboard(source, ScriptedSetup()).url}/setup")
    expect(page.locator("#setup-root")).to_have_attribute("data-step", "signal")
    expect(page.locator("#setup-signal-next")).to_be_enabled()


def test_without_a_radio_the_page_says_what_to_start(
    serve_dashboard: ServeDashboard, open_page: OpenPage
) -> None:
    page = open_page()
    page.goto(f"{serve_dashboard(ReplaySource([])).url}/setup")
    expect(page.get_by_text("levelstride live")).to_be_visible()
