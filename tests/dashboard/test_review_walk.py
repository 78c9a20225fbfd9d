"""A therapist's way in a real browser: import, review, compare, journal, report."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from pipeline.store import Store
from sensors.recording_reader import open_recording
from tests.dashboard.browser_checks import accessibility_problems, drag_over, drop_files, fits_phone
from tests.dashboard.conftest import OpenPage, ServeDashboard
from tests.dashboard.made_sessions import make_session
from tests.pipeline.activity_files import Run, write_fit
from tests.pipeline.sample_table import make_samples, write_csv
from tests.simulated import simulated

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]
RUNNER = "<script>document.title='x'</script> ليلى"
SLOW_MS = 120_000


def test_import_review_compare_journal_report(
    serve_dashboard: ServeDashboard, open_page: OpenPage, store: Store, tmp_path: Path
) -> None:
    for number in range(3):
        store.add_session(make_session(number, per_side=60, runner=RUNNER))
    url = serve_dashboard().url
    page = open_page(forgive=("status of 409",))
    page.goto(f"{url}/sessions")

    # import: a watch's activity dropped with a recording, then a table and rubbish by choosing
    recording = simulated(45.0, 3).path
    with open_recording(recording) as reader:
        started = reader.session.started_utc
    watch = write_fit(tmp_path / "watch.fit", Run(seconds=45, start=started))
    rubbish = tmp_path / "notes.csv"
    rubbish.write_text("hello,world\n1,2\n")
    table = write_csv(make_samples(), tmp_path / "table.csv")
    page.locator("#import-box summary").click()
    page.get_by_label("Runner (name or code)").fill(RUNNER)
    page.get_by_label("Condition (optional)").fill("insole: on")
    drop_files(page, "#import-drop", [recording, watch])
    jobs = page.locator("#import-jobs li")
    link = jobs.filter(has_text="watch.fit").get_by_role("link", name="Open the session")
    expect(link).to_be_visible(timeout=SLOW_MS)
    recorded = link.get_attribute("href")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose files").click()
    chooser.value.set_files([str(table), str(rubbish)])
    expect(jobs.filter(has_text="notes.csv")).to_contain_text("not imported")
    foreign = jobs.filter(has_text="table.csv").get_by_role("link", name="Open the session")
    expect(foreign).to_be_visible(timeout=SLOW_MS)
    expect(page.locator("#library tbody tr")).to_have_count(5)
    assert accessibility_problems(page) == []
    foreign.click()
    expect(page.locator("#session-runner")).to_have_text(RUNNER)
    page.goto(f"{url}{recorded}")

    # review: cards, what the watch said, raw signals, zoom, notes
    expect(page.locator("#session-runner")).to_have_text(RUNNER)
    expect(page.locator("#card-baseline-cpd_exc_deg")).to_contain_text("own baseline")
    expect(page.locator("#card-baseline-cpd_exc_deg")).to_contain_text("Minimal detectable change")
    expect(page.locator("#trend-graph")).to_contain_text("Heart rate")
    page.get_by_role("button", name="Show raw signals").click()
    raw = page.locator("#raw-graph")
    expect(raw.locator(".ls-lines path").first).to_be_attached(timeout=SLOW_MS)
    whole = raw.locator(".ls-lines path").first.get_attribute("d") or ""
    assert 0 < whole.count("L") < 4_000
    raw.scroll_into_view_if_needed()
    drag_over(raw.locator(".ls-plot"), 0.5, 0.55)
    expect(raw).to_have_attribute("data-shows", re.compile(r"^[\d.]+ [\d.]+$"), timeout=SLOW_MS)
    low, high = (float(edge) for edge in (raw.get_attribute("data-shows") or "").split())
    assert 0 < high - low < 0.2
    assert raw.locator(".ls-lines path").first.get_attribute("d") != whole
    raw.get_by_role("button", name="Show all").click()
    expect(raw.locator(".ls-lines path").first).to_have_attribute("d", whole)
    page.locator("#remark-edit > summary").click()
    page.get_by_label("Note", exact=True).fill("line one\n<b>bold?</b> 🏃")
    page.get_by_label("Tags, separated by commas").fill("after")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.locator("#session-note")).to_have_text("line one\n<b>bold?</b> 🏃")
    assert accessibility_problems(page) == []

    # report, out of the page
    with page.context.expect_page() as opened:
        page.locator("#report-html").click()
    expect(opened.value.locator("h1")).to_have_text(RUNNER)
    expect(opened.value.locator("body")).to_contain_text("<b>bold?</b>")
    assert accessibility_problems(opened.value) == []
    opened.value.close()

    # compare
    page.locator("#to-runner").click()
    expect(page.locator("#runner-name")).to_have_text(RUNNER)
    page.get_by_role("link", name="Compare sessions").click()
    expect(page.locator("#compare-words li").first).to_contain_text("error")
    expect(page.locator("#compare-cpd_peak_deg .ls-lines")).to_be_attached()
    assert accessibility_problems(page) == []
    fits_phone(page)

    # journal
    page.goto(f"{url}/runners/{store.sessions()[0].runner_id}")
    page.get_by_label("Pain in the run (0–10)").select_option("4")
    page.get_by_label("Distance (km)").fill("8,5")
    page.locator("#journal-note").fill("<i>note</i> שלום")
    page.get_by_role("button", name="Write into the journal").click()
    expect(page.locator("#journal-entries li")).to_contain_text("<i>note</i> שלום")
    expect(page.locator("#load-table")).to_contain_text("8.5 km")
    assert accessibility_problems(page) == []
    fits_phone(page)
    page.locator("#journal-write summary").click()
    page.get_by_label("Day", exact=True).first.fill("someday")
    page.get_by_label("Effort (0–10)").select_option("2")
    with page.expect_response("**/journal") as answer:
        page.get_by_role("button", name="Write into the journal").click()
    assert answer.value.status == 409
    expect(page.locator("#journal-form [role=status]")).to_contain_text("no day")


def test_the_library_is_filtered_and_german_is_spoken(
    serve_dashboard: ServeDashboard, open_page: OpenPage, store: Store
) -> None:
    for number in range(60):
        store.add_session(make_session(number, per_side=8, runner=f"R{number % 3} ä"))
    page = open_page()
    page.goto(f"{serve_dashboard().url}/sessions")
    expect(page.locator("#library-count")).to_have_text("60 sessions")
    expect(page.locator("#library tbody tr")).to_have_count(50)
    page.get_by_label("Search", exact=True).fill("R1")
    expect(page.locator("#library-count")).to_have_text("20 of 60 sessions")
    page.get_by_label("Search", exact=True).fill("nobody")
    expect(page.get_by_role("heading", name="No session matches")).to_be_visible()
    page.get_by_label("Search", exact=True).fill("")
    expect(page.locator("#library-count")).to_have_text("60 sessions")
    page.get_by_role("button", name="2", exact=True).click()
    expect(page.locator("#library tbody tr")).to_have_count(10)
    page.get_by_label("Language").select_option("de")
    expect(page.get_by_role("heading", name="Sitzungen")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("#library tbody tr").first).to_contain_text(re.compile(r"\d,\d°"))
    assert accessibility_problems(page) == []
