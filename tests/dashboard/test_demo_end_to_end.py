"""The demo, whole: virtual runner, Bluetooth stack, recording, pipeline, live page, library."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.store import Store

SECONDS = 60
NUMBER = re.compile(r"-?\d+\.\d")


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """``levelstride demo --no-browser --seconds 60`` in a process of its own."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "levelstride", "demo", "--no-browser"),
            *("--seconds", str(SECONDS), "--port", "0", "--store", str(tmp_path / "library")),
        ],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    if process.poll() is None:
        process.kill()
    process.wait()


def address_of(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        if found:
            return found.group()
    raise AssertionError("the demo ended before it served pages")


@pytest.mark.browser
def test_demo_shows_strides_as_they_come_and_stores_the_session(
    open_page: Callable[..., Any], demo: subprocess.Popen[str], tmp_path: Path
) -> None:
    """Values on the live page change, the console stays empty, and the library has the session.

    At least 40 valid strides per side, exit code 0, and the example sessions beside it.
    """
    url = address_of(demo)
    # when the demo ends, the page loses its server and says so
    page = open_page(forgive=("WebSocket", "ERR_CONNECTION_REFUSED", "Failed to load resource"))
    page.goto(f"{url}/live")
    page.wait_for_selector("#live-root:is([data-phase=calibrating], [data-phase=measuring])")
    page.wait_for_selector("#live-root[data-phase=measuring]")
    seen: dict[str, set[str]] = {}
    fields = [f"live-{s}-{m}" for s in ("left", "right") for m in ("cpd_peak_deg", "tir_exc_deg")]
    while demo.poll() is None and not all(len(seen.get(f, ())) >= 3 for f in fields):
        for name in fields:
            text = page.locator(f"#{name}").inner_text()
            if NUMBER.search(text):
                seen.setdefault(name, set()).add(text)
        page.wait_for_timeout(250)
    assert all(len(seen.get(name, ())) >= 3 for name in fields), seen
    for path in ("/sessions", "/metrics", "/healthz"):
        assert page.request.get(f"{url}{path}").status == 200
    _, errors = demo.communicate(timeout=180)
    assert demo.returncode == 0, errors
    with Store.open(tmp_path / "library") as store:
        sessions = {summary.runner: summary for summary in store.sessions()}
        mine = sessions["Virtual runner"]
        assert mine.strides_left >= 40
        assert mine.strides_right >= 40
        assert mine.has_recording
        assert "Example runner" in sessions
