"""Every review page in every state: no serious finding of axe-core, nothing wider than a phone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from dashboard import routes
from pipeline.journal_entry import INSTRUMENTS, Goal, JournalEntry, Plan, Remark, Score
from pipeline.store import Store
from pipeline.tasks.repetition import TASK_METRICS, Repetition
from sensors.recording_writer import RecordingWriter
from sensors.session_info import SessionInfo
from tests.dashboard.browser_checks import (
    SMALL_PHONE,
    accessibility_problems,
    fits_phone,
    overflow_px,
    unfold,
)
from tests.dashboard.conftest import OpenPage
from tests.dashboard.made_sessions import make_session, make_stride
from tests.dashboard.served import ServedDashboard

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
HOSTILE = "<script>document.title='x'</script> ليلى שלום 🏃‍♀️ " + "W" * 60


def _journal(store: Store, runner_id: str) -> None:
    journal = store.journal
    for number in range(3):
        day = date(2026, 3, 1 + 2 * number)
        journal.add_entry(
            runner_id,
            JournalEntry(
                day,
                pain_during=number,
                pain_after=2,
                swelling=True,
                distance_km=5.0 + number,
                shoes=HOSTILE,
                note=HOSTILE * 80,
            ),
        )
    journal.add_score(runner_id, Score(date(2026, 3, 1), next(iter(INSTRUMENTS)), 70.0))
    journal.add_goal(runner_id, Goal(HOSTILE, date(2026, 3, 1), date(2026, 9, 1)))
    journal.write_plan(runner_id, Plan(HOSTILE, "W" * 300, HOSTILE))


def _tasks() -> Any:
    metrics = dict.fromkeys(TASK_METRICS, 7.5)
    repetitions = [
        Repetition("step_down", side, n + 1, 4.0 * n, 4.0 * n + 1, 4.0 * n + 2, metrics)
        for n in range(3)
        for side in ("left", "right")
    ]
    return replace(make_session(20, strides=[], runner=""), repetitions=repetitions)


def _marked(path: Path) -> Path:
    """A recording with marks, one of them a word that is wider than a phone."""
    with RecordingWriter(path, session=SessionInfo(source="live"), sensors=[]) as writer:
        writer.marker(5_000_000_000, HOSTILE, "note")
        writer.marker(9_000_000_000, "W" * 200, "condition")
    return path


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A served library with sessions in every state: address, and what tells that it stands."""
    folder: Path = tmp_path_factory.mktemp("access") / "library"
    with Store.open(folder) as store:
        whole = [store.add_session(make_session(n, per_side=40, runner=HOSTILE)) for n in range(4)]
        for session_id in whole:
            store.journal.write_remark(session_id, Remark(("<b>tag", "x" * 40), HOSTILE * 60))
        damaged = store.add_session(make_session(8, per_side=40, runner=HOSTILE))
        (folder / "strides" / f"{damaged}.parquet").unlink()
        marked = store.add_session(make_session(10), _marked(folder.parent / "marks.mcap"))
        few = store.add_session(make_session(9, strides=[make_stride(n, "left") for n in range(4)]))
        tasks = store.add_session(_tasks())
        runner_id = store.summary(whole[0]).runner_id
        _journal(store, runner_id)
        report = {"session_id": whole[3], "kind": "html"}
        addresses = {
            routes.SESSIONS: "#library",
            routes.session_url(whole[3]): "#curve-tibial_rotation .ls-lines",
            routes.session_url(few): "#trend-graph .ls-lines",
            routes.session_url(marked): "#session-marks",
            routes.session_url(damaged): "#session-unread",
            routes.session_url(tasks): "#task-step_down",
            routes.session_url("unknown"): ".ls-notice",
            routes.COMPARE: "#compare-page",
            routes.compare_url(whole[3]): "#compare-box p",
            routes.compare_url(*whole, damaged): "#compare-cpd_peak_deg .ls-lines",
            routes.RUNNERS: "#runners",
            routes.runner_url(runner_id): "#history-cpd_peak_deg .ls-lines",
            routes.METRICS: "#metric-tir_exc_deg",
            routes.HELP_RUNNER: "#help-page",
            routes.HELP_THERAPIST: "#help-page",
            routes.filled(routes.SESSION_REPORT, **report): "h1",
        }
        served = ServedDashboard(store, None)
        served.start()
        try:
            yield {served.url + path: selector for path, selector in addresses.items()}
        finally:
            served.stop()


def test_pages_are_accessible_and_fit_a_phone(pages: dict[str, str], open_page: OpenPage) -> None:
    page = open_page()
    for address, selector in pages.items():
        page.goto(address)
        expect(page.locator(selector).first).to_be_attached()
        assert accessibility_problems(page) == [], address
        assert overflow_px(page) <= 0, address
        fits_phone(page)
        assert page.title() != "x"


def test_numbers_beside_the_pointer_stay_within_a_phone(
    pages: dict[str, str], open_page: OpenPage
) -> None:
    """German names of axes are the longest."""
    page = open_page(locale="de-DE")
    page.set_viewport_size(SMALL_PHONE)
    page.goto(next(url for url, seen in pages.items() if seen.startswith("#curve")))
    box = page.locator("#curve-tibial_rotation")
    place = box.locator(".ls-plot")
    place.scroll_into_view_if_needed()
    for share in (0.3, 0.6, 0.95):
        size = place.bounding_box()
        assert size is not None
        place.hover(position={"x": share * size["width"], "y": 60})
        expect(box.locator(".ls-tip")).to_contain_text("Rechts")
        assert overflow_px(page) <= 0


@pytest.mark.full
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_unfolded_german_pages_are_accessible_on_a_phone(
    pages: dict[str, str], open_page: OpenPage, scheme: str
) -> None:
    page = open_page(scheme, locale="de-DE")
    page.set_viewport_size(SMALL_PHONE)
    for address, selector in pages.items():
        page.goto(address)
        expect(page.locator(selector).first).to_be_attached()
        unfold(page)
        assert accessibility_problems(page) == [], address
        assert overflow_px(page) <= 0, address
