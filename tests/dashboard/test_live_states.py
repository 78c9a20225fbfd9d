"""Every state of the live page, on a desktop in both schemes, on a phone, and at a glance.

Each is compared with how it looked when somebody looked at it last, see ``looks.py``. With a folder in
``LEVELSTRIDE_SCREENSHOTS`` the pictures are kept there, for people to look at.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from playwright.sync_api import expect

from pipeline.feedback_request import FeedbackRequest
from pipeline.setup_progress import PreparationStatus
from sensors.placement import Placement
from sensors.sensor_status import SensorState, SensorStatus
from tests.dashboard.browser_checks import accessibility_problems, last_look, overflow_px
from tests.dashboard.conftest import OpenPage, ServeDashboard
from tests.dashboard.looks import OTHER_FONT, Looks, keep
from tests.dashboard.made_sessions import make_strides
from tests.dashboard.replay_source import ReplaySource, made_sensors

pytestmark = pytest.mark.browser

GOOD = tuple(
    replace(s, state=SensorState.STREAMING, message="", battery_percent=80, clipped_samples=0)
    for s in made_sensors()
)


def _one(state: SensorState, *, battery: int = 80) -> tuple[SensorStatus, ...]:
    return (*GOOD[:2], replace(GOOD[2], state=state, battery_percent=battery))


@dataclass(frozen=True)
class State:
    """A state and where the page must say it.

    Attributes:
        name: of the picture.
        make: brings the source into it.
        where: selector of what says it.
        words: part of what is said.
    """

    name: str
    make: Callable[[ReplaySource], None]
    where: str
    words: str


def _force(phase: Any, message: str, sensors: tuple[SensorStatus, ...] = GOOD) -> Any:
    def make(source: ReplaySource) -> None:
        source.forced, source.sensors, source.slips_deg = (phase, message), sensors, {}
        source.preparation, source.warnings = None, ()

    return make


def _refused(source: ReplaySource) -> None:
    _force("calibrating", "Stand still for 5 seconds, both feet loaded.")(source)
    shank = (Placement.SHANK_LEFT,)
    source.preparation = PreparationStatus("stand", 1.2, 5.0, shank, "not_still", shank, 0.0)


def _slipped(source: ReplaySource) -> None:
    _force("measuring", "Measuring.")(source)
    source.slips_deg = {Placement.SHANK_LEFT: 7.4}


def _swapped(source: ReplaySource) -> None:
    _force("measuring", "Measuring.")(source)
    source.warnings = (SWAPPED,)


NOT_FOUND = "no sensor answered within 12 s. Switch the sensors on, bring them near."
GONE = SensorStatus(
    "", "", Placement.SHANK_RIGHT, SensorState.SEARCHING, message="not found yet; still looking"
)
SWAPPED = "the two shank sensors seem to be swapped"
STATES = (
    State("measuring", _force("measuring", "Measuring."), "#live-phase", "Measuring"),
    State("no-sensor", _force("failed", NOT_FOUND, ()), "#live-message", "Switch the sensors on"),
    State(
        "one-missing",
        _force("measuring", "Measuring.", (*GOOD[:2], GONE)),
        '[data-code="missing"]',
        "Right shank: not found",
    ),
    State(
        "recovering",
        _force("measuring", "Measuring.", _one(SensorState.RECOVERING)),
        '[data-code="reconnecting"]',
        "being made again",
    ),
    State(
        "battery-low",
        _force("measuring", "Measuring.", _one(SensorState.STREAMING, battery=9)),
        '[data-code="battery_low"]',
        "battery at 9 %",
    ),
    State(
        "calibration-refused",
        _refused,
        '#live-preparation [data-preparation="refusal"]',
        "left shank moved",
    ),
    State("slip-suspected", _slipped, '[data-code="slip"]', "Left shank: may have slipped"),
    State(
        "swap-suspected",
        _swapped,
        '[data-code="worn"]',
        "Sensors: the two shank sensors seem to be swapped.",
    ),
    State("stopped", _force("stopped", "The session has ended."), "#live-message", "ended"),
)


def ends_px(page: Any, part: Any) -> float:
    """Where a part of a page stays to end, pixels from the window's top; far below when it is gone."""

    def look() -> float:
        box = part.bounding_box()
        return math.inf if box is None else float(box["y"] + box["height"])

    return last_look(page, look, lambda edge: edge <= page.viewport_size["height"])


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_every_state_is_said_on_the_first_screen(
    serve_dashboard: ServeDashboard, open_page: OpenPage, look: str
) -> None:
    """Said in words inside the window, without scrolling; nothing too wide; axe finds nothing.

    And each looks as it did when somebody looked at it last.
    """
    # fewer than a snapshot holds: however late the page comes, it has seen every stride
    source = ReplaySource(make_strides(290), strides_per_s=400)
    source.start("Runner A")
    phone = look == "phone"
    page = open_page("dark" if look == "dark" else "light", phone=phone)
    page.goto(f"{serve_dashboard(source).url}/live")
    expect(page.locator("#live-root")).to_have_attribute("data-strides", "580")
    expect(page.locator("#live-right-tir_exc_deg-median")).to_be_visible()
    looks, problems = Looks(), []
    for state in STATES:
        state.make(source)
        said = page.locator(state.where)
        expect(said).to_contain_text(state.words)
        assert ends_px(page, said) <= page.viewport_size["height"], state.name
        assert overflow_px(page) <= 0, state.name
        assert accessibility_problems(page) == [], state.name
        problems += looks.problems(page, f"{state.name}-{look}")
    assert problems == []
    if looks.other_font:
        pytest.skip(OTHER_FONT)


@pytest.mark.parametrize("look", ["light", pytest.param("dark", marks=pytest.mark.full), "phone"])
def test_the_glance_view_can_be_read_at_three_metres(
    serve_dashboard: ServeDashboard, open_page: OpenPage, look: str
) -> None:
    """Digits at least 15 mm high on the desktop (1/200 of three metres), all inside the window."""
    sensors = GOOD
    source = ReplaySource(make_strides(1000), strides_per_s=60, sensors=sensors)
    source.start()
    source.set_feedback(FeedbackRequest("cpd_peak_deg", "fixed", low=2.0, high=4.5))
    page = open_page("dark" if look == "dark" else "light", phone=look == "phone")
    page.goto(f"{serve_dashboard(source).url}/live")
    expect(page.locator("#live-left-cpd_peak_deg-median")).to_be_visible()
    page.get_by_role("button", name="Glance view").click()
    expect(page.locator("#glance-left")).to_contain_text("°")
    expect(page.locator("#glance-left-words")).to_have_text("▲ above the zone")
    expect(page.locator("#glance-right-words")).to_have_text("● in the zone")
    expect(page.locator("#glance-cue")).to_contain_text("left: keep the pelvis level")
    expect(page.locator("#glance-cadence")).to_have_text("167")
    window = page.viewport_size
    css_px_per_mm = 96 / 25.4
    for name in ("#glance-left", "#glance-right", "#glance-cadence"):
        box = page.locator(name).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= window["width"] + 1, name
        assert box["y"] + box["height"] <= window["height"] + 1, name
        digit_mm = (
            0.72
            * float(page.locator(name).evaluate("e => parseFloat(getComputedStyle(e).fontSize)"))
            / css_px_per_mm
        )
        assert digit_mm >= (9 if look == "phone" else 15), (name, digit_mm)
    assert accessibility_problems(page) == []
    keep(page, f"glance-{look}")
    page.get_by_role("button", name="Tibial rotation").click()
    expect(page.get_by_role("button", name="Tibial rotation")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(page.locator("#glance-left-words")).to_have_text("")
    page.keyboard.press("Escape")
    expect(page.locator("#live-glance")).to_be_hidden()
