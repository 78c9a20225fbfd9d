"""``levelstride live`` on the virtual radio, and a browser that may be killed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.dashboard.chromium import ARGUMENTS, find_chromium

START_S = 240.0
URL = r"http://127\.0\.0\.1:\d+"
AIR = r"tcp:127\.0\.0\.1:\d+"


def _first(pattern: str, log: Path, process: subprocess.Popen[bytes]) -> str:
    """What a process wrote that looks like ``pattern``."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(pattern, log.read_text(encoding="utf-8", errors="replace"))
        if found:
            return found.group()
        time.sleep(0.1)
    raise AssertionError(log.read_text(encoding="utf-8", errors="replace")[-2000:])


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def command_process(
    folder: Path, pattern: str, *words: str, program: str = "levelstride"
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run a command; gives its process, and what it wrote first that looks like ``pattern``."""
    log = folder / f"{words[0]}.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", program, *words],
            stderr=file,
            env={**os.environ, "LEVELSTRIDE_CONFIG": str(folder / "settings")},
        )
    try:
        yield process, _first(pattern, log, process)
    finally:
        _end(process)


@contextmanager
def live_process(folder: Path, *options: str) -> Iterator[str]:
    """Run ``levelstride live`` on a virtual radio of its own; gives the address of its pages."""
    words = ("live", "--radio", "sim", *pages_of(folder), *options)
    with command_process(folder, URL, *words) as (_, url):
        yield url


def pages_of(folder: Path) -> tuple[str, ...]:
    """Options of ``levelstride live``: no browser, a free port, a library in ``folder``."""
    return ("--no-browser", "--port", "0", "--store", str(folder / "library"))


def with_children(pid: int) -> list[int]:
    """A process and all that it started, from ``/proc``."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rsplit(")", 1)[1].split()
        except OSError:  # it has ended meanwhile
            continue
        parents.setdefault(int(fields[1]), []).append(int(entry.parent.name))
    found = [pid]
    for each in found:
        found += parents.get(each, [])
    return found


@contextmanager
def mortal_browser(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A Chromium of our own with a debugging port; gives its process and the port's address."""
    path = find_chromium()
    assert path is not None
    log = folder / "browser.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [
                *(path, *ARGUMENTS, "--headless=new", "--remote-debugging-port=0"),
                *(f"--user-data-dir={folder / 'profile'}", "about:blank"),
            ],
            stderr=file,
            stdout=subprocess.DEVNULL,
        )
    try:
        yield process, _first(r"ws://127\.0\.0\.1:\d+/\S+", log, process)
    finally:
        process.kill()
        process.wait()
