"""Choosing whom and what to compare, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from pipeline.store import Store
from tests.dashboard.browser_checks import accessibility_problems, fits_phone
from tests.dashboard.conftest import OpenPage, ServeDashboard
from tests.dashboard.made_sessions import make_session

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_a_runner_is_chosen_and_sessions_are_ticked(
    serve_dashboard: ServeDashboard, open_page: OpenPage, store: Store
) -> None:
    for number in range(4):
        store.add_session(make_session(number, per_side=30, runner=f"Runner {number % 2}"))
    page = open_page()
    page.goto(f"{serve_dashboard().url}/compare")
    expect(page.locator("#compare-box")).to_contain_text("Choose a runner and sessions.")
    for runner in ("Runner 0", "Runner 1"):
        page.get_by_label("Runner", exact=True).select_option(label=runner)
        expect(page.locator("#library tbody tr")).to_have_count(2)
        expect(page.locator("#library")).to_contain_text(runner)
        expect(page.locator("#compare-sessions [aria-checked=true]")).to_have_count(2)
        expect(page.locator("#compare-baseline [aria-checked=true]")).to_have_count(0)
        page.locator("#compare-sessions").get_by_role("checkbox").first.click()
        expect(page.locator("#library tbody tr")).to_have_count(1)
    assert accessibility_problems(page) == []
    fits_phone(page)
