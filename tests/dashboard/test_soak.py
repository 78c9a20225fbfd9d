"""Two hours' worth of strides through server and page, and the whole program in real time: memory stays."""

from __future__ import annotations

import gc
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.feedback_request import FeedbackRequest
from tests.dashboard.conftest import OpenPage, ServeDashboard
from tests.dashboard.made_sessions import make_strides
from tests.dashboard.replay_source import ReplaySource

pytestmark = [pytest.mark.browser, pytest.mark.full, pytest.mark.timeout(1500)]

STRIDES_OF_TWO_HOURS = 20_000
WARM_UP_STRIDES = 3_000
MOST_GROWTH = 1.10
MINUTES_VARIABLE = "LEVELSTRIDE_SOAK_MINUTES"
"""How long the whole program is watched; 20 unless said otherwise, 120 for the two hours."""
MINUTES = float(os.environ.get(MINUTES_VARIABLE, "20"))
ROOT = Path(__file__).resolve().parents[2]
LINE = re.compile(r"([\d.]+) min, (\d+) strides: server ([\d.]+) MB .*page ([\d.]+) MB")


def resident_mb() -> float:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def heap_mb(page: Any) -> float:
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    return float(metrics["JSHeapUsedSize"]) / 1e6


def reach(page: Any, strides: int) -> None:
    page.wait_for_function(
        "n => Number(document.querySelector('#live-root')?.dataset.strides) >= n",
        arg=strides,
        timeout=1_000_000,
    )


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads memory from /proc")
def test_memory_of_server_and_page_stays_within_ten_percent(
    serve_dashboard: ServeDashboard, open_page: OpenPage
) -> None:
    """Twenty times faster than a runner, with cues, marks and a page that draws every frame."""
    source = ReplaySource(make_strides(STRIDES_OF_TWO_HOURS // 2), strides_per_s=60)
    source.start()
    source.set_feedback(FeedbackRequest("cpd_peak_deg", "fixed", low=2.0, high=4.5))
    page = open_page()
    page.goto(f"{serve_dashboard(source).url}/live")
    reach(page, WARM_UP_STRIDES)
    before = (resident_mb(), heap_mb(page))
    reach(page, STRIDES_OF_TWO_HOURS)
    after = (resident_mb(), heap_mb(page))
    print(f"server {before[0]:.1f} -> {after[0]:.1f} MB, page {before[1]:.2f} -> {after[1]:.2f} MB")
    assert after[0] < MOST_GROWTH * before[0]
    assert after[1] < MOST_GROWTH * before[1]


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads memory from /proc")
@pytest.mark.timeout(60 * MINUTES + 900)
def test_memory_of_the_whole_program_stays_within_ten_percent() -> None:
    """``levelstride live`` in real time: radio, collector, recording, engine, cues, server, one page."""
    done = subprocess.run(
        [sys.executable, "benchmarks/live_viewers.py", "--minutes", f"{MINUTES:g}"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    print(done.stdout)
    rows = [tuple(map(float, found)) for found in LINE.findall(done.stdout)]
    first, last = rows[0], rows[-1]
    assert last[0] >= MINUTES
    assert last[1] - first[1] > 100 * MINUTES  # strides of a runner, not of nobody
    for column in (2, 3):
        assert max(row[column] for row in rows) < MOST_GROWTH * first[column]
