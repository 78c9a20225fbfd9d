"""Review pages in a browser: a library of 500 sessions and one run of two hours.

    python benchmarks/review_pages.py --recording two_hours.mcap [--library FOLDER]

Without a recording the long run has strides, but no raw signals. Times are from the request of a
page to the moment its content stands (library: the first row and the filters; session: cards and
trend), in headless Chromium, median of several visits. The first visit has a browser that has kept
nothing; that to the library is also the server's first request of all. Payload is what the server
sends for the page apart from the scripts that every page shares, before compression; "over the wire"
is everything of a first visit, scripts too, as it was sent. A zoom is a stretch drawn with the mouse and
lasts from letting go to the frame in which the finer line stands; each is inside the one before.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from dashboard.app import create_app
from dashboard.server import serve
from pipeline.import_session import import_session
from pipeline.session import Session
from pipeline.store import Store
from tests.dashboard.browser_checks import drag_over
from tests.dashboard.chromium import ARGUMENTS, find_chromium
from tests.dashboard.made_sessions import make_session, make_strides

VISITS = 5
SESSIONS = 500
SHARED = ("/_dash-component-suites/", "/assets/")


def fill(store: Store, recording: Path | None) -> str:
    """Make the library; the id of the long run."""
    if len(store.sessions()) < SESSIONS:
        for number in range(SESSIONS):
            session = make_session(number, per_side=20, runner=f"Runner {number % 40}")
            store.add_session(session)
    long_ones = [s.session_id for s in store.sessions() if s.duration_s > 7_000]
    if long_ones:
        return long_ones[0]
    if recording is not None:
        return import_session(store, [recording], runner="Runner 1")
    strides = make_strides(10_000)
    started = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=900)
    long = Session(str(UUID(int=9_999)), "Runner 1", started, 7_200.0, strides)
    return store.add_session(long)


def busy_s(watch: Any) -> float:
    """CPU seconds of the process that draws the page, since it began."""
    found = watch.send("Performance.getMetrics")["metrics"]
    return float(next(one["value"] for one in found if one["name"] == "ProcessTime"))


def first_visit(browser: Any, url: str, ready: str) -> tuple[float, int]:
    """Seconds until a page's content stands in a fresh browser, and all bytes it was sent."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(300_000)
    watch = context.new_cdp_session(page)
    watch.send("Network.enable")
    sizes: list[float] = []
    watch.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    began = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.wait_for_selector(ready, state="attached")
    took = time.perf_counter() - began
    page.wait_for_load_state("networkidle")
    context.close()
    return took, int(sum(sizes))


def visit(page: Any, url: str, ready: str) -> tuple[float, float, float]:
    """Seconds until a page's content stands, and CPU seconds of server and page.

    The CPU seconds tell what the wall time would be on a machine that does nothing else.
    """
    page.goto("about:blank")
    watch = page.context.new_cdp_session(page)
    watch.send("Performance.enable")
    began, server = time.perf_counter(), time.process_time()
    page.goto(url, wait_until="commit")
    page.wait_for_selector(ready, state="attached")
    took = time.perf_counter() - began
    server, drawn = time.process_time() - server, busy_s(watch)
    watch.detach()
    return took, server, drawn


def payload_of(page: Any, url: str, ready: str) -> int:
    """Bytes of a page before compression, apart from what all pages share."""
    answers: list[Any] = []

    def count(response: Any) -> None:
        if not any(part in response.url for part in SHARED):
            answers.append(response)

    page.on("response", count)
    page.goto("about:blank")
    page.goto(url)
    page.wait_for_selector(ready, state="attached")
    page.wait_for_load_state("networkidle")
    page.remove_listener("response", count)
    return sum(len(answer.body()) for answer in answers)


def zoom_times(page: Any) -> list[float]:
    """Milliseconds from letting the mouse go to the frame with the finer line, in order."""
    page.get_by_role("button", name="Show raw signals").click()
    page.wait_for_selector("#raw-graph .ls-lines path", state="attached", timeout=300_000)
    chart = page.locator("#raw-graph .ls-plot")
    page.evaluate(
        """() => {
            const graph = document.getElementById('raw-graph');
            let began = 0;
            window.zoomTimes = [];
            document.addEventListener('pointerup', () => { began = performance.now(); }, true);
            new MutationObserver(() => {
                if (graph.dataset.shows === 'all') return;
                requestAnimationFrame(() => window.zoomTimes.push(performance.now() - began));
            }).observe(graph, { attributeFilter: ['data-shows'] });
        }"""
    )
    stretches = [
        (0.1, 0.6),
        (0.2, 0.4),
        (0.3, 0.9),
        (0.4, 0.6),
        (0.1, 0.9),
        (0.5, 0.52),
        (0.2, 0.8),
    ]
    for number, (start, end) in enumerate(stretches):  # each one inside the one before
        drag_over(chart, start, end)
        page.wait_for_function("count => window.zoomTimes.length > count", arg=number)
    return [float(one) for one in page.evaluate("window.zoomTimes")]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--recording", type=Path)
    parser.add_argument("--library", type=Path)
    chosen = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with (
        tempfile.TemporaryDirectory() as scratch,
        sync_playwright() as playwright,
        Store.open(chosen.library or Path(scratch) / "library") as store,
    ):
        long_id = fill(store, chosen.recording)
        addresses: list[str] = []
        listening, stop = threading.Event(), threading.Event()

        def ready(url: str) -> None:
            addresses.append(url)
            listening.set()

        app = create_app(store=store)
        thread = threading.Thread(target=lambda: serve(app, port=0, ready=ready, stop_event=stop))
        thread.start()
        listening.wait()
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS))
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(300_000)
        pages = {
            "library": ("/sessions", "#library tbody tr"),
            "session of 2 h": (f"/sessions/{long_id}", "#trend-graph .ls-lines path"),
            "runner": (
                f"/runners/{store.summary(long_id).runner_id}",
                "#history-cpd_peak_deg .ls-lines path",
            ),
        }
        for name, (path, ready_when) in pages.items():
            first_s, wire = first_visit(browser, addresses[0] + path, ready_when)
            payload = payload_of(page, addresses[0] + path, ready_when)
            seen = [visit(page, addresses[0] + path, ready_when) for _ in range(VISITS)]
            times = sorted(one[0] for one in seen)
            print(
                f"{name}: first {first_s:.2f} s, median {statistics.median(times):.2f} s, "
                f"worst {times[-1]:.2f} s; payload {payload / 1e6:.2f} MB, "
                f"over the wire {wire / 1e6:.2f} MB; "
                f"CPU: server {statistics.median(one[1] for one in seen):.2f} s, "
                f"page {statistics.median(one[2] for one in seen):.2f} s",
                flush=True,
            )
        if chosen.recording is not None:
            page.goto(addresses[0] + pages["session of 2 h"][0])
            zooms = zoom_times(page)
            print(
                f"zoom: median {statistics.median(zooms):.0f} ms, worst {max(zooms):.0f} ms "
                f"of {len(zooms)}"
            )
        browser.close()
        stop.set()
        thread.join()


if __name__ == "__main__":
    main()
