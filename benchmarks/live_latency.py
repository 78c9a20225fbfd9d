"""How old a number on the live page is: from the foot strike to the painted value, milliseconds.

Run: ``uv run python benchmarks/live_latency.py [--seconds 60]``. A virtual runner, three virtual
sensors at 200 Hz on the virtual radio in real time, collector, recording, engine, server and a
Chromium that paints, all on this computer. A stride is known at the foot strike that ends it, so
that foot strike, as the simulator's truth has it, is where the time begins. It ends in the animation
frame after the one in which the page drew the stride.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
from bumble.link import LocalLink
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from firmware_sim import SimulatedSession, VirtualSensors
from levelstride.live_recording import file_session
from pipeline.live_session import LiveSession
from pipeline.store import Store
from sensors.radio import Radio, VirtualRadio
from tests.dashboard.chromium import ARGUMENTS, HOW_TO_GET_ONE, find_chromium
from tests.dashboard.served import ServedDashboard

STEADY_STRIDES = 20
"""Strides at the beginning that are left out: start-up and the change from walking to running."""
NOTE_PAINTS = """
() => {
  window.painted = [];
  const root = document.getElementById("live-root");
  let last = root.dataset.strides;
  new MutationObserver(() => {
    if (root.dataset.strides === last) return;
    last = root.dataset.strides;
    const total = Number(last);
    // the mutation came before this frame's paint; the next frame's callback comes after it
    requestAnimationFrame(() => window.painted.push([total, performance.timeOrigin + performance.now()]));
  }).observe(root, { attributes: true, attributeFilter: ["data-strides"] });
}
"""


class WatchedAir:
    """The virtual radio, and the wall time at which the runner's script began."""

    def __init__(self, session: SimulatedSession) -> None:
        self.session = session
        self.zero_ms = float("nan")

    @asynccontextmanager
    async def radio(self) -> AsyncIterator[Radio]:
        """The radio for one session."""
        link = LocalLink()  # type: ignore[no-untyped-call]
        sensors = VirtualSensors(link, self.session)
        radio = VirtualRadio(link)
        await sensors.start()
        watch = asyncio.create_task(self._watch(sensors))
        try:
            yield radio
        finally:
            watch.cancel()
            await radio.close()
            await sensors.stop()

    async def _watch(self, sensors: VirtualSensors) -> None:
        while not sensors.start_s:
            await asyncio.sleep(0.001)
        self.zero_ms = 1000.0 * (time.time() - min(sensors.start_s.values()))


def measure(seconds: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Milliseconds from foot strike to (known to the session, painted), one per stride."""
    air = WatchedAir(SimulatedSession(seconds + 20.0, seed, quick=True))
    known_ms: dict[int, float] = {}
    sides: dict[int, str] = {}
    with tempfile.TemporaryDirectory() as scratch:
        session = LiveSession(
            air.radio, file_session(Path(scratch) / "run.mcap", "", "simulated"), seconds=seconds
        )

        def follow() -> None:
            seen = 0
            while not session.wait(0.0):
                snapshot = session.snapshot(seen)
                for number, stride in enumerate(
                    snapshot.strides, snapshot.stride_total - len(snapshot.strides) + 1
                ):
                    known_ms[number], sides[number] = 1000.0 * time.time(), stride.side
                seen = snapshot.stride_total
                time.sleep(0.004)

        with Store.open(Path(scratch) / "library") as store:
            dashboard = ServedDashboard(store, session)
            dashboard.start()
            painted = _watch_page(dashboard.url, session, follow)
            dashboard.stop()
    events = air.session.truth_events()
    strikes = events[events["event"] == "foot_strike"]
    truth_ms = {
        side: air.zero_ms + 1000.0 * strikes[strikes["side"] == side]["time_s"].to_numpy()
        for side in ("left", "right")
    }
    engine, page = [], []
    for number, known in known_ms.items():
        shown = [at for total, at in painted if total >= number]
        if number <= STEADY_STRIDES or not shown:
            continue
        strike = truth_ms[sides[number]]
        before = strike[strike <= known]
        engine.append(known - before[-1])
        page.append(shown[0] - before[-1])
    return np.asarray(engine), np.asarray(page)


def _watch_page(url: str, session: LiveSession, follow: object) -> list[tuple[int, float]]:
    path = find_chromium()
    if path is None:
        raise SystemExit(HOW_TO_GET_ONE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{url}/live")
        page.wait_for_selector("#live-root[data-phase=idle]")
        page.evaluate(NOTE_PAINTS)
        session.start()
        follower = threading.Thread(target=follow)  # type: ignore[arg-type]
        follower.start()
        while not session.wait(0.0):
            page.wait_for_timeout(500)
        follower.join()
        page.wait_for_timeout(500)
        painted = [(int(total), float(at)) for total, at in page.evaluate("window.painted")]
        browser.close()
    return painted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    logging.disable()
    engine, page = measure(arguments.seconds, arguments.seed)
    for name, values in (("known to the session", engine), ("painted", page)):
        p50, p95, worst = np.percentile(values, (50, 95, 100))
        print(
            f"foot strike to {name}: median {p50:.0f} ms, 95 % within {p95:.0f} ms, "
            f"longest {worst:.0f} ms ({len(values)} strides)"
        )


if __name__ == "__main__":
    main()
