"""Fifty people review and ten machines send at the same time.

Run from the root of the project: ``uv run python benchmarks/clinic_load.py``. A server is started
as a process of its own, with accounts, on a new library. Each reviewer is signed in and asks, as
the pages do, for the list, a session, a trend, rows of the stride table, a chart of raw signals and
a runner, with pauses to read. Each sender pushes a recording of its own. Reported: times to the
last byte of what the pages ask for, errors, and uploads that did not arrive.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import httpx

from pipeline.import_session import import_session
from pipeline.push.client import PushClient
from pipeline.store import Store

PAGE = "..page-content.children...page-title.data...page-problem.children.."


def simulate(path: Path, seconds: float, seed: int) -> Path:
    """A recording of a virtual runner."""
    from firmware_sim import SimulatedSession
    from levelstride.simulated_recording import write_recording
    from sensors.session_info import SessionInfo

    session = SimulatedSession(seconds, seed, None, "run", "none")
    write_recording(session, path, SessionInfo(source="simulated"))
    return path


def prepare(folder: Path, reviewers: int, senders: int, seconds: float) -> dict[str, Any]:
    """A library with accounts, sessions, and recordings that will be sent."""
    with Store.open(folder / "library") as store:
        people, devices = store.accounts.people, store.accounts.devices
        sessions = []
        for number in range(10):
            recording = simulate(folder / f"seen{number}.mcap", seconds, number)
            sessions.append(import_session(store, [recording], runner=f"Runner {number % 5}"))
        runners = {r.name: r.runner_id for r in store.runners()}
        tokens = []
        for number in range(reviewers):
            user = people.add(f"therapist {number}", "therapist")
            for runner_id in runners.values():
                people.assign(user.name, runner_id)
            tokens.append(people.begin(user.user_id))
        sending = []
        for number in range(senders):
            _, token = devices.register(user.user_id, f"phone {number}", runners["Runner 0"])
            path = simulate(folder / f"sent{number}.mcap", seconds, 100 + number)
            sending.append((path, token))
    return {
        "sessions": sessions,
        "runners": list(runners.values()),
        "tokens": tokens,
        "sending": sending,
    }


def serve(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """The server, as a practice runs it."""
    command = [sys.executable, "-m", "levelstride", "dashboard", "--accounts", "--no-browser"]
    command += ["--port", str(port), "--store", str(folder / "library")]
    root = Path(__file__).resolve().parent.parent
    return subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": str(root)}, stderr=(folder / "log").open("wb")
    )


class Reviewer:
    """One person at the pages."""

    def __init__(
        self, client: httpx.AsyncClient, token: str, made: dict[str, Any], seed: int
    ) -> None:
        self._client = client
        self._made = made
        self._random = random.Random(seed)
        self._headers = {"Cookie": f"levelstride-session={token}"}
        self.times: list[tuple[str, float]] = []
        self.errors: list[str] = []

    async def work(self, table: dict[str, Any], until: float) -> None:
        """Look at one session after another."""
        while time.monotonic() < until:
            session = self._random.choice(self._made["sessions"])
            runner = self._random.choice(self._made["runners"])
            steps: list[tuple[str, str, dict[str, object]]] = [
                ("list", PAGE, {"url.pathname": "/sessions"}),
                ("session", PAGE, {"url.pathname": f"/sessions/{session}"}),
                ("trend", "trend-box.children", {"*select": "tir_exc_deg", "*session": session}),
                (
                    "rows",
                    "stride-grid.getRowsResponse",
                    {
                        "*request": {
                            "startRow": 0,
                            "endRow": 200,
                            "sortModel": [],
                            "filterModel": {},
                        },
                        "*session": session,
                    },
                ),
                ("runner", PAGE, {"url.pathname": f"/runners/{runner}"}),
            ]
            for name, output, values in steps:
                await self._callback(name, table[output], values)
                await asyncio.sleep(self._random.uniform(1.0, 5.0))

    async def _callback(self, name: str, known: dict[str, Any], values: dict[str, object]) -> None:
        def value(part: dict[str, Any]) -> object:
            key = f"{part['id']}.{part['property']}"
            if key in values:
                return values[key]
            if part["id"] == "session-id" or "session" in part["id"]:
                return values.get("*session")
            return (
                values.get("*request")
                if part["property"] == "getRowsRequest"
                else values.get("*select")
            )

        output = known["output"]
        outputs = [
            {"id": p.rpartition(".")[0], "property": p.rpartition(".")[2]}
            for p in output.strip(".").split("...")
        ]
        body = {
            "output": output,
            "outputs": outputs if output.startswith("..") else outputs[0],
            "inputs": [{**p, "value": value(p)} for p in known["inputs"]],
            "state": [{**p, "value": value(p)} for p in known["state"]],
            "changedPropIds": [f"{p['id']}.{p['property']}" for p in known["inputs"][:1]],
        }
        began = time.perf_counter()
        try:
            answer = await self._client.post(
                "/_dash-update-component", json=body, headers=self._headers
            )
            if answer.status_code not in {200, 204} or b"could not be made" in answer.content:
                self.errors.append(f"{name}: {answer.status_code} {answer.text[:120]}")
        except httpx.HTTPError as error:
            self.errors.append(f"{name}: {type(error).__name__}")
        self.times.append((name, time.perf_counter() - began))


async def review(url: str, made: dict[str, Any], seconds: float) -> list[Reviewer]:
    """All reviewers at once."""
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(
        base_url=url, headers={"Origin": url}, timeout=60, limits=limits
    ) as client:
        cookie = {"Cookie": f"levelstride-session={made['tokens'][0]}"}
        dependencies = (await client.get("/_dash-dependencies", headers=cookie)).json()
        table = {d["output"]: d for d in dependencies}
        warm = Reviewer(client, made["tokens"][0], made, 0)
        await warm._callback(
            "session", table[PAGE], {"url.pathname": f"/sessions/{made['sessions'][0]}"}
        )
        until = time.monotonic() + seconds
        reviewers = [Reviewer(client, token, made, n) for n, token in enumerate(made["tokens"])]
        senders = asyncio.gather(
            *(asyncio.to_thread(push, url, path, token) for path, token in made["sending"]),
            return_exceptions=True,
        )
        await asyncio.gather(*(one.work(table, until) for one in reviewers))
        made["sent"] = await senders
    return reviewers


def push(url: str, path: Path, token: str) -> str:
    """Send one recording and wait until it is analysed."""
    with PushClient(url, token) as client:
        return client.push(path).session_id


def main() -> int:
    """Run it, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reviewers", type=int, default=50)
    parser.add_argument("--senders", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=60.0, help="of reviewing")
    parser.add_argument("--session-seconds", type=float, default=120.0, help="of each recording")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = prepare(folder, given.reviewers, given.senders, given.session_seconds)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        process = serve(folder, port)
        try:
            for _ in range(1200):
                try:
                    if httpx.get(f"{url}/readyz").status_code == 200:
                        break
                except httpx.TransportError:
                    time.sleep(0.1)
            load = os.getloadavg()[0]
            reviewers = asyncio.run(review(url, made, given.seconds))
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(120)
        with Store.open(folder / "library") as store:
            stored = {s.session_id for s in store.sessions()}
    times = [pair for one in reviewers for pair in one.times]
    errors = [e for one in reviewers for e in one.errors]
    lost = [r for r in made["sent"] if not isinstance(r, str) or r not in stored]
    print(f"load average at the start {load:.1f}; {len(times)} answers, {len(errors)} errors")
    for name in ("list", "session", "trend", "rows", "runner"):
        mine = sorted(t for n, t in times if n == name)
        if len(mine) > 1:
            p95 = statistics.quantiles(mine, n=20)[-1]
            print(
                f"{name:8} n={len(mine):4}  median {1000 * statistics.median(mine):5.0f} ms  p95 {1000 * p95:5.0f} ms"
            )
    everything = [t for _, t in times]
    print(f"all      p95 {1000 * statistics.quantiles(everything, n=20)[-1]:.0f} ms")
    print(f"uploads: {len(made['sent']) - len(lost)} of {len(made['sent'])} stored; lost: {lost}")
    for words, count in Counter(errors).most_common(5):
        print(count, words)
    return 1 if errors or lost else 0


if __name__ == "__main__":
    sys.exit(main())
