"""Viewers that do not look: five of them, one stopped for a minute. Nobody waits for it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from pipeline.store import Store
from sensors.recording_reader import open_recording
from tests.dashboard.live_process import live_process, mortal_browser, with_children

pytestmark = [
    pytest.mark.browser,
    pytest.mark.full,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds processes in /proc"),
]

HELD_S = 60.0
VIEWERS = 4
SLOW_MS = 120_000
COUNT_FRAMES = """() => {
  window.drawn = [];
  const root = document.getElementById("live-root");
  new MutationObserver(() => window.drawn.push(Number(root.dataset.strides)))
    .observe(root, { attributes: true, attributeFilter: ["data-strides"] });
}"""


def strides(page: Any) -> int:
    return int(page.locator("#live-root").get_attribute("data-strides") or 0)


def test_a_browser_that_is_stopped_for_a_minute_holds_up_nobody_and_catches_up(
    browser: Any, open_page: Callable[..., Any], tmp_path: Path
) -> None:
    """The other four go on, no sample is lost, and it draws the newest state, not those between."""
    with live_process(tmp_path) as url, mortal_browser(tmp_path) as (process, address):
        held = browser.browser_type.connect_over_cdp(address).contexts[0].new_page()
        pages = [open_page() for _ in range(VIEWERS)]
        for page in (held, *pages):
            page.goto(f"{url}/live")
        pages[0].get_by_role("button", name="Start").click()
        for page in (held, *pages):
            expect(page.locator("#live-left-cpd_peak_deg-median")).to_be_visible(timeout=SLOW_MS)
        held.evaluate(COUNT_FRAMES)
        before = strides(held)
        family = with_children(process.pid)
        assert len(family) > 3, "a browser has more processes than that"
        for pid in family:
            os.kill(pid, signal.SIGSTOP)
        pages[0].wait_for_timeout(1000 * HELD_S)
        during = [strides(page) for page in pages]
        assert min(during) > before + HELD_S  # a runner makes more than two strides a second
        assert max(during) - min(during) <= 6  # all of them, alike
        assert all(page.get_attribute("#live-root", "data-stale") == "false" for page in pages)
        for pid in family:
            os.kill(pid, signal.SIGCONT)
        held.wait_for_function(
            "n => Number(document.querySelector('#live-root')?.dataset.strides) >= n",
            arg=min(during),
            timeout=SLOW_MS,
        )
        drawn = held.evaluate("window.drawn")
        passed = [each for each in drawn if before + 6 < each < min(during) - 6]
        assert len(passed) < 0.2 * (min(during) - before), drawn
        pages[0].get_by_role("button", name="Stop and store").click()
        expect(pages[0].locator("#live-phase")).to_have_text("Stopped", timeout=SLOW_MS)
        for page in pages:  # before the server goes, which they would complain about
            page.close()
    with Store.open(tmp_path / "library") as store:
        (summary,) = store.sessions()
        path = store.session(summary.session_id).recording
    assert path is not None
    with open_recording(path) as recording:
        assert recording.health.complete
        for _ in recording.blocks():
            pass
        assert [counts.lost for counts in recording.counts.values()] == [0, 0, 0]
