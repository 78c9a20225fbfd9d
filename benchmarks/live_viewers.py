"""What a live session costs its computer, and whether its memory grows.

Run: ``uv run python benchmarks/live_viewers.py [--seconds 30]`` for processor time with no, one and
five viewers; ``--minutes 120`` for memory over time with one viewer in a Chromium.

``levelstride live`` runs in a process of its own (collector, recording, engine, server, and the
host half of the virtual radio, which with a real adapter is the system's); the virtual sensors run
in another one, and are not counted.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.dashboard.chromium import ARGUMENTS, HOW_TO_GET_ONE, find_chromium

ROOT = Path(__file__).resolve().parents[1]
SETTLED_S = 30.0
TICK_S = 1.0 / os.sysconf("SC_CLK_TCK")


@contextmanager
def command(folder: Path, pattern: str, *words: str) -> Iterator[tuple[int, str]]:
    """Run a levelstride command; gives its process id and what it wrote that fits ``pattern``."""
    log = folder / f"{words[0]}.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "levelstride", *words],
            stderr=file,
            env={**os.environ, "LEVELSTRIDE_CONFIG": str(folder), "PYTHONPATH": str(ROOT)},
        )
    try:
        while not (found := re.search(pattern, log.read_text())):
            if process.poll() is not None:
                raise SystemExit(log.read_text())
            time.sleep(0.1)
        yield process.pid, found.group()
    finally:
        process.terminate()
        process.wait()


def processor_s(pid: int) -> float:
    """Processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return TICK_S * (int(fields[11]) + int(fields[12]))


def memory_mb(pid: int) -> float:
    """Resident memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def start(url: str) -> None:
    """Start the session, and wait until strides come."""
    post(url, "/api/live/start", {})
    while int(frame(url)["stride_total"]) < 10:
        time.sleep(1.0)


def post(url: str, path: str, body: dict[str, Any]) -> None:
    host = url.removeprefix("http://")
    connection = http.client.HTTPConnection(host)
    headers = {"Origin": url, "Content-Type": "application/json"}
    connection.request("POST", path, json.dumps(body), headers)
    answer = connection.getresponse()
    if answer.status != 200:
        raise SystemExit(f"{path}: {answer.status} {answer.read()!r}")


def frame(url: str) -> Any:
    connection = http.client.HTTPConnection(url.removeprefix("http://"))
    connection.request("GET", "/api/live")
    return json.loads(connection.getresponse().read())


def heap_mb(page: Any) -> float:
    """JavaScript memory of a page after a collection."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    return float(metrics["JSHeapUsedSize"]) / 1e6


def processor(pid: int, url: str, browser: Any, seconds: float) -> None:
    """Share of one core with no, one and five viewers."""
    with ExitStack() as pages:
        for viewers in (0, 1, 5):
            while len(browser.contexts) < viewers:
                page = pages.enter_context(browser.new_context()).new_page()
                page.goto(f"{url}/live")
                page.wait_for_selector("#live-root[data-phase=measuring]")
            time.sleep(3.0)
            wall, cpu = time.perf_counter(), processor_s(pid)
            time.sleep(seconds)
            share = (processor_s(pid) - cpu) / (time.perf_counter() - wall)
            print(f"{viewers} viewers: {share:.1%} of one core", flush=True)


def memory(pid: int, url: str, browser: Any, minutes: float) -> None:
    """Memory of the server and of one page, at the beginning and as time goes."""
    page = browser.new_context().new_page()
    page.goto(f"{url}/live")
    page.wait_for_selector("#live-root[data-phase=measuring]")
    post(url, "/api/live/feedback", {})
    page.wait_for_timeout(1000 * SETTLED_S)
    began = time.monotonic()
    first: tuple[float, float] | None = None
    while True:
        now = (memory_mb(pid), heap_mb(page))
        first = first or now
        passed = (time.monotonic() - began) / 60.0
        strides = page.get_attribute("#live-root", "data-strides")
        print(
            f"{passed:5.1f} min, {strides} strides: server {now[0]:.1f} MB ({now[0] / first[0] - 1:+.1%}), "
            f"page {now[1]:.2f} MB ({now[1] / first[1] - 1:+.1%})",
            flush=True,
        )
        if passed >= minutes:
            return
        page.wait_for_timeout(60_000 * min(5.0, max(0.1, minutes - passed)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--minutes", type=float)
    arguments = parser.parse_args()
    path = find_chromium()
    if path is None:
        raise SystemExit(HOW_TO_GET_ONE)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        listen = ("sim-sensors", "--listen", "127.0.0.1:0")
        _, air = stack.enter_context(command(folder, r"tcp:127\.0\.0\.1:\d+", *listen))
        words = ("live", "--radio", air, "--no-browser", "--port", "0")
        pid, url = stack.enter_context(
            command(folder, r"http://127\.0\.0\.1:\d+", *words, "--store", str(folder / "library"))
        )
        start(url)
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        if arguments.minutes is None:
            processor(pid, url, browser, arguments.seconds)
        else:
            memory(pid, url, browser, arguments.minutes)
        browser.close()
        post(url, "/api/live/stop", {})
        while frame(url)["phase"] != "stopped":
            time.sleep(0.5)


if __name__ == "__main__":
    main()
