"""``levelstride live`` on the virtual radio, and a browser that may be killed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.dashboard.chromium import ARGUMENTS, find_chromium


@contextmanager
def live_process(folder: Path, *options: str) -> Iterator[str]:
    """Run the command; gives the address of its pages."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "levelstride", "live", "--radio", "sim", "--no-browser"),
            *("--port", "0", "--store", str(folder / "library"), *options),
        ],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "LEVELSTRIDE_CONFIG": str(folder / "settings")},
    )
    try:
        assert process.stderr is not None
        for line in process.stderr:
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            if found:
                break
        else:
            raise AssertionError("the command ended before it served pages")
        # cues are printed; a pipe that nobody reads would fill
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield found.group()
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def mortal_browser(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A Chromium of our own with a debugging port; gives its process and the port's address."""
    path = find_chromium()
    assert path is not None
    process = subprocess.Popen(
        [
            *(path, *ARGUMENTS, "--headless=new", "--remote-debugging-port=0"),
            *(f"--user-data-dir={folder / 'profile'}", "about:blank"),
        ],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stderr is not None
        for line in process.stderr:
            found = re.search(r"ws://127\.0\.0\.1:\d+/\S+", line)
            if found:
                break
        else:
            raise AssertionError("the browser did not start")
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield process, found.group()
    finally:
        process.kill()
        process.wait()
