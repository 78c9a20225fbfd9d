"""The whole program held up for half a minute, or the laptop suspended: the recording carries on."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from pipeline.store import Store
from sensors.recording_reader import open_recording
from sensors.sensor_status import SensorState
from tests.dashboard.live_process import AIR, URL, command_process, pages_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.full,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="stops a process by a signal"),
]

AWAY_S = 30.0
STOP_AT_S = 34.0
OUT_OF_RANGE = ("--fault", f"out_of_range={STOP_AT_S + 1:g}:all:{AWAY_S - 2:g}")
"""Without an answer from the laptop the sensors end their links, while it sleeps."""
RATE_HZ = 200.0
SLOW_MS = 120_000
AWAY = ("ERR_", "WebSocket", "Failed to load")


def elapsed_s(url: str) -> float:
    with closing(http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)) as asked:
        asked.request("GET", "/api/live")
        minutes, seconds = json.loads(asked.getresponse().read())["elapsed"].split(":")
    return 60.0 * int(minutes) + float(seconds)


def strides(page: Any) -> int:
    return int(page.locator("#live-root").get_attribute("data-strides") or 0)


@pytest.mark.parametrize(
    ("program", "faults"),
    [("levelstride", ()), ("tests.dashboard.laptop", OUT_OF_RANGE)],
    ids=["the program is held up", "the laptop is suspended"],
)
def test_the_recording_carries_on_and_the_page_catches_up(
    open_page: Callable[..., Any], tmp_path: Path, program: str, faults: tuple[str, ...]
) -> None:
    """Held up: no sample is missing. Suspended: no more than the time away.

    Session time goes on in both, so that what came before and after lie where they were.
    """
    suspended = bool(faults)
    air_words = ("sim-sensors", "--listen", "127.0.0.1:0", *faults)
    with command_process(tmp_path, AIR, *air_words) as (_, air):
        words = ("live", "--radio", air, *pages_of(tmp_path))
        with command_process(tmp_path, URL, *words, program=program) as (process, url):
            page = open_page(forgive=AWAY)
            page.goto(f"{url}/live")
            page.get_by_role("button", name="Start").click()
            expect(page.locator("#live-phase")).to_have_text("Measuring", timeout=SLOW_MS)
            while elapsed_s(url) < STOP_AT_S:
                time.sleep(0.2)
            page.get_by_role("button", name="Mark", exact=True).click()
            expect(page.locator("#live-marks li")).to_have_count(1)
            before, marked = strides(page), time.time()
            process.send_signal(signal.SIGSTOP)
            time.sleep(AWAY_S)
            assert page.locator("#live-root").get_attribute("data-stale") == "true"
            os.kill(process.pid, signal.SIGCONT)
            page.wait_for_function(
                "n => Number(document.querySelector('#live-root')?.dataset.strides) > n + 25",
                arg=before,
                timeout=SLOW_MS,
            )
            expect(page.locator("#live-root")).to_have_attribute("data-stale", "false")
            expect(page.locator('#live-sensors [data-state="streaming"]')).to_have_count(
                3, timeout=SLOW_MS
            )
            page.get_by_label("Note for a mark").fill("back")
            between_s = time.time() - marked
            page.get_by_role("button", name="Mark", exact=True).click()
            expect(page.locator("#live-marks li")).to_have_count(2)
            page.get_by_role("button", name="Stop and store").click()
            expect(page.locator("#live-phase")).to_have_text(re.compile("Stopped"), timeout=SLOW_MS)
    check_recording(tmp_path / "library", between_s, suspended=suspended)


def check_recording(library: Path, between_s: float, *, suspended: bool) -> None:
    """Whole, with the gaps that there were, on one axis of time."""
    with Store.open(library) as store:
        (summary,) = store.sessions()
        stored = store.session(summary.session_id)
    assert stored.recording is not None
    strikes_s = stored.strides["foot_strike_s"]
    assert strikes_s.min() > 5.0  # nobody walks before having stood
    with open_recording(stored.recording) as recording:
        assert recording.health.complete
        first, last = (m.time_s for m in recording.markers() if m.kind == "marker")
        assert abs((last - first) - between_s) < 0.3 * AWAY_S
        assert last - 30.0 < strikes_s.max() < last + 10.0
        links = [e for e in recording.link_events() if e.time_s > first]
        away = [e for e in links if e.event == str(SensorState.RECOVERING)]
        back_s = [e.time_s for e in links if e.event == str(SensorState.STREAMING)]
        for _ in recording.blocks():
            pass
        lost = [counts.lost for counts in recording.counts.values()]
    assert len(lost) == 3
    if suspended:
        assert len(away) >= 3
        assert len(back_s) >= 3
        # no more than the time until the last one was back; how long that takes is the machine's
        # affair. What a sensor still had in memory was asked for.
        assert all(each < (max(back_s) - first + 2.0) * RATE_HZ for each in lost), lost
        assert min(lost) < AWAY_S * RATE_HZ, lost
        told = ("missing", "left out")  # gaps, and what the end of a link cut in two
        assert all(any(word in each for word in told) for each in stored.problems), stored.problems
    else:
        assert lost == [0, 0, 0]
        assert stored.problems == ()
