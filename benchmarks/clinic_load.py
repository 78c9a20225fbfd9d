"""Fifty people review and ten machines send at the same time.

Run from the root of the project: ``uv run python benchmarks/clinic_load.py``. A server is started
as a process of its own, with accounts, on a new library of sessions of half an hour. Each reviewer
is signed in and asks, as the pages do, for the list, a session, a trend, what the recording says,
a page of the stride table and a runner, with pauses of 1 to 5 s to read: nobody reads a page of
charts faster, so fifty who never stop for longer are more than fifty who review. All begin within
3 s. Each sender pushes a recording of its own through a relay that cuts its first connection.
Sessions were drawn before, as a server with accounts does after each import; ``--undrawn`` takes
sessions that nobody has seen and that came to the library without the server.
Reported: times to the last byte of what the pages ask for, errors, uploads that did not arrive,
and who used the processor.

``--each`` asks for one thing after another instead, and tells the server's processor time of it.

Ends with 1 when an answer was an error, an upload was lost, or the 95th percentile is over
``LIMIT_MS``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import httpx

from dashboard.draw_ahead import draw_ahead
from pipeline.analyse_file import analyse_recording
from pipeline.push.client import PushClient
from pipeline.session import Session
from pipeline.store import Store
from tests.accounts.cutting_proxy import CuttingProxy

LIMIT_MS = 800.0
PAGE = "..page-content.children...page-title.data...page-problem.children.."
STEPS = ("list", "session", "recorded", "trend", "rows", "runner")
METRICS = ("cpd_peak_deg", "tir_exc_deg", "cpd_exc_deg", "contact_time_s", "stride_time_s")


def simulate(path: Path, seconds: float, seed: int) -> Path:
    """A recording of a virtual runner."""
    from firmware_sim import SimulatedSession
    from levelstride.simulated_recording import write_recording
    from sensors.session_info import SessionInfo

    session = SimulatedSession(seconds, seed, None, "run", "none")
    write_recording(session, path, SessionInfo(source="simulated"))
    return path


def lengthened(session: Session, times: int, runner: str) -> Session:
    """A session with the same strides again and again, under an id of its own."""
    strides = [
        replace(
            stride,
            foot_strike_s=stride.foot_strike_s + turn * session.duration_s,
            toe_off_s=stride.toe_off_s + turn * session.duration_s,
            next_foot_strike_s=stride.next_foot_strike_s + turn * session.duration_s,
        )
        for turn in range(times)
        for stride in session.strides
    ]
    return replace(
        session,
        session_id=str(uuid4()),
        runner=runner,
        strides=strides,
        duration_s=times * session.duration_s,
    )


def prepare(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """A library with accounts, sessions, and recordings that will be sent."""
    folder.mkdir(parents=True, exist_ok=True)
    seconds = given.recording_seconds
    recording = simulate(folder / "seen.mcap", seconds, 1)
    analysed = analyse_recording(recording)
    times = max(1, round(given.session_minutes * 60 / seconds))
    with Store.open(folder / "library") as store:
        people, devices = store.accounts.people, store.accounts.devices
        sessions = [
            store.add_session(lengthened(analysed, times, f"Runner {number % 8}"), recording)
            for number in range(given.sessions)
        ]
        if not given.undrawn:
            for session_id in sessions:  # as a server with accounts does after each import
                draw_ahead(store, session_id)
        strides = store.summary(sessions[0]).strides_total
        runners = {r.name: r.runner_id for r in store.runners()}
        tokens = []
        for number in range(given.reviewers):
            user = people.add(f"therapist {number}", "therapist")
            for runner_id in runners.values():
                people.assign(user.name, runner_id)
            tokens.append(people.begin(user.user_id))
        sending = []
        for number in range(given.senders):
            _, token = devices.register(user.user_id, f"phone {number}", runners["Runner 0"])
            simulate(folder / f"sent{number}.mcap", seconds, 100 + number)
            sending.append((f"sent{number}.mcap", token))
    made = {
        "sessions": sessions,
        "strides": strides,
        "runners": list(runners.values()),
        "tokens": tokens,
        "sending": sending,
    }
    (folder / "made.json").write_text(json.dumps(made), "utf-8")
    return made


def serve(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """The server, as a practice runs it."""
    command = [sys.executable, "-m", "levelstride", "dashboard", "--accounts", "--no-browser"]
    command += ["--port", str(port), "--store", str(folder / "library")]
    root = Path(__file__).resolve().parent.parent
    return subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": str(root)}, stderr=(folder / "log").open("wb")
    )


def request_body(known: dict[str, Any], values: dict[str, object]) -> dict[str, Any]:
    """What a page's script sends for a callback.

    Args:
        known: the callback, as the server describes it.
        values: of inputs and states, by ``id.property``.
    """

    def filled(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**p, "value": values.get(f"{p['id']}.{p['property']}")} for p in parts]

    output = known["output"]
    outputs = [
        {"id": p.rpartition(".")[0], "property": p.rpartition(".")[2]}
        for p in output.strip(".").split("...")
    ]
    return {
        "output": output,
        "outputs": outputs if output.startswith("..") else outputs[0],
        "inputs": filled(known["inputs"]),
        "state": filled(known["state"]),
        "changedPropIds": [f"{p['id']}.{p['property']}" for p in known["inputs"][:1]],
    }


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
        await asyncio.sleep(self._random.uniform(0.0, 3.0))
        while time.monotonic() < until:
            session = self._random.choice(self._made["sessions"])
            shown = {"session-id.data": session}
            metric = self._random.choice(METRICS)
            runner = self._random.choice(self._made["runners"])
            await self.ask("list", table[PAGE], {"url.pathname": "/sessions"})
            await self._read()
            # a session's page asks for both at once
            await asyncio.gather(
                self.ask("session", table[PAGE], {"url.pathname": f"/sessions/{session}"}),
                self.ask("recorded", table["recorded-box.children"], shown),
            )
            await self._read()
            chosen = {"trend-query.data": {"metric": metric}}
            await self.ask("trend", table["trend-box.children"], {**shown, **chosen})
            await self._read()
            chosen = {"stride-query.data": {"page": str(self._random.randint(1, 5))}}
            await self.ask("rows", table["stride-grid.children"], {**shown, **chosen})
            await self._read()
            await self.ask("runner", table[PAGE], {"url.pathname": f"/runners/{runner}"})
            await self._read()

    async def _read(self) -> None:
        await asyncio.sleep(self._random.uniform(1.0, 5.0))

    async def ask(self, name: str, known: dict[str, Any], values: dict[str, object]) -> None:
        """Ask one callback, and note how long it took."""
        body = request_body(known, values)
        began = time.perf_counter()
        try:
            answer = await self._client.post(
                "/_dash-update-component", json=body, headers=self._headers
            )
            said = answer.content
            if answer.status_code not in {200, 204} or b"could not be made" in said:
                self.errors.append(f"{name}: {answer.status_code} {answer.text[:120]}")
            if name in {"session", "trend", "rows"} and len(said) < 3000:
                self.errors.append(f"{name}: an answer without content: {answer.text[:120]}")
        except httpx.HTTPError as error:
            self.errors.append(f"{name}: {type(error).__name__}")
        self.times.append((name, time.perf_counter() - began))


async def review(url: str, folder: Path, made: dict[str, Any], seconds: float) -> list[Reviewer]:
    """All reviewers at once, and all senders."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(
        base_url=url, headers={"Origin": url}, timeout=60, limits=limits
    ) as client:
        cookie = {"Cookie": f"levelstride-session={made['tokens'][0]}"}
        dependencies = (await client.get("/_dash-dependencies", headers=cookie)).json()
        table = {d["output"]: d for d in dependencies}
        # The first page after a start waits for libraries to load; it is looked at apart.
        first = Reviewer(client, made["tokens"][0], made, 0)
        await first.ask("first", table[PAGE], {"url.pathname": f"/sessions/{made['sessions'][0]}"})
        print(f"first page after the start: {1000 * first.times[0][1]:.0f} ms", flush=True)
        until = time.monotonic() + seconds
        reviewers = [Reviewer(client, token, made, n) for n, token in enumerate(made["tokens"])]
        port = int(url.rsplit(":", 1)[1])
        senders = asyncio.gather(
            *(
                asyncio.to_thread(push, port, folder / name, token)
                for name, token in made["sending"]
            ),
            return_exceptions=True,
        )
        await asyncio.gather(*(one.work(table, until) for one in reviewers))
        made["sent"] = await senders
    return reviewers


async def ask_each(url: str, made: dict[str, Any], process: int) -> list[str]:
    """Processor time of the server for each kind of page datum, the first time and again."""
    async with httpx.AsyncClient(base_url=url, headers={"Origin": url}, timeout=60) as client:
        cookie = {"Cookie": f"levelstride-session={made['tokens'][0]}"}
        dependencies = (await client.get("/_dash-dependencies", headers=cookie)).json()
        table = {d["output"]: d for d in dependencies}
        one = Reviewer(client, made["tokens"][0], made, 1)
        found = []
        for times in ("first", "again", "again"):
            used = dict.fromkeys(STEPS, 0.0)
            for number, session in enumerate(made["sessions"]):
                runner = made["runners"][number % len(made["runners"])]
                for step, (known, values) in asked(table, session, runner).items():
                    began = processor_s(process)
                    await one.ask(step, known, values)
                    used[step] += processor_s(process) - began
            count = len(made["sessions"])
            words = ", ".join(f"{name} {1000 * s / count:.0f} ms" for name, s in used.items())
            found.append(f"{times}: {words}")
        return [*found, *one.errors[:5]]


def asked(
    table: dict[str, Any], session: str, runner: str
) -> dict[str, tuple[dict[str, Any], dict[str, object]]]:
    """Callback and values of each kind of page datum."""
    shown: dict[str, object] = {"session-id.data": session}
    return {
        "list": (table[PAGE], {"url.pathname": "/sessions"}),
        "session": (table[PAGE], {"url.pathname": f"/sessions/{session}"}),
        "recorded": (table["recorded-box.children"], shown),
        "trend": (
            table["trend-box.children"],
            {**shown, "trend-query.data": {"metric": METRICS[0]}},
        ),
        "rows": (table["stride-grid.children"], {**shown, "stride-query.data": {"page": "2"}}),
        "runner": (table[PAGE], {"url.pathname": f"/runners/{runner}"}),
    }


def push(port: int, path: Path, token: str) -> tuple[str, int]:
    """Send one recording, be cut in the middle, and wait until it is analysed."""
    with (
        CuttingProxy(port, [path.stat().st_size // 2]) as relay,
        PushClient(f"http://127.0.0.1:{relay.port}", token) as client,
    ):
        return client.push(path).session_id, relay.cut


def children_s(process: int) -> float:
    """Processor time of all processes below a process, and of those they had and waited for."""
    parents: dict[int, int] = {}
    own: dict[int, float] = {}
    waited_for: dict[int, float] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            stat = (entry / "stat").read_text("ascii", "replace").rsplit(")", 1)[1].split()
            parents[int(entry.name)] = int(stat[1])
            own[int(entry.name)] = sum(int(ticks) for ticks in stat[11:13])
            waited_for[int(entry.name)] = sum(int(ticks) for ticks in stat[13:15])
    below = {process}
    while more := {one for one, parent in parents.items() if parent in below} - below:
        below |= more
    found = sum(waited_for.get(one, 0.0) for one in below)
    found += sum(own.get(one, 0.0) for one in below - {process})
    return found / os.sysconf("SC_CLK_TCK")


def processor_s(process: int) -> float:
    """Processor time that a process itself has used; NaN where unknown."""
    with suppress(OSError):
        stat = Path(f"/proc/{process}/stat").read_text("ascii").rsplit(")", 1)[1].split()
        return sum(int(ticks) for ticks in stat[11:13]) / os.sysconf("SC_CLK_TCK")
    return float("nan")


def main() -> int:
    """Run it, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reviewers", type=int, default=50)
    parser.add_argument("--senders", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=60.0, help="of reviewing")
    parser.add_argument("--sessions", type=int, default=40)
    parser.add_argument("--session-minutes", type=float, default=30.0)
    parser.add_argument("--recording-seconds", type=float, default=60.0)
    parser.add_argument("--each", action="store_true", help="processor time of each kind")
    parser.add_argument("--undrawn", action="store_true", help="sessions nobody has seen yet")
    parser.add_argument(
        "--head-start", type=float, default=0.0, help="seconds the server is up before all this"
    )
    parser.add_argument("--prepare", type=Path, help="only make the library, in this folder")
    parser.add_argument("--prepared", type=Path, help="take a copy of such a folder")
    given = parser.parse_args()
    if given.prepare is not None:
        prepare(given.prepare, given)
        return 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if given.prepared is None:
            made = prepare(folder, given)
        else:
            shutil.copytree(given.prepared, folder, dirs_exist_ok=True)
            made = json.loads((folder / "made.json").read_text("utf-8"))
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
            if given.each:
                print("\n".join(asyncio.run(ask_each(url, made, process.pid))))
                return 0
            time.sleep(given.head_start)
            load, used, here = os.getloadavg()[0], processor_s(process.pid), time.process_time()
            began = time.monotonic()
            reviewers = asyncio.run(review(url, folder, made, given.seconds))
            took = time.monotonic() - began
            used, here = processor_s(process.pid) - used, time.process_time() - here
            others = children_s(process.pid)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(120)
        with Store.open(folder / "library") as store:
            stored = {s.session_id for s in store.sessions()}
    return told(given, made, reviewers, stored, (load, took, used, others, here))


def told(
    given: argparse.Namespace,
    made: dict[str, Any],
    reviewers: list[Reviewer],
    stored: set[str],
    figures: tuple[float, float, float, float, float],
) -> int:
    """Print what came of it; the exit code."""
    load, took, used, others, here = figures
    times = [pair for one in reviewers for pair in one.times]
    errors = [e for one in reviewers for e in one.errors]
    sent = [r for r in made["sent"] if isinstance(r, tuple) and r[0] in stored]
    lost = [r for r in made["sent"] if r not in sent]
    print(
        f"{given.reviewers} reviewers, {given.senders} senders, {given.sessions} sessions of "
        f"{made['strides']} strides; load average at the start {load:.1f}"
    )
    print(f"{len(times)} answers in {took:.0f} s, {len(errors)} errors")
    for name in STEPS:
        mine = sorted(t for n, t in times if n == name)
        if len(mine) > 1:
            p95 = statistics.quantiles(mine, n=20)[-1]
            print(
                f"{name:9} n={len(mine):4}  median {1000 * statistics.median(mine):5.0f} ms  "
                f"p95 {1000 * p95:5.0f} ms  worst {1000 * mine[-1]:5.0f} ms"
            )
    p95_ms = 1000 * statistics.quantiles([t for _, t in times], n=20)[-1]
    print(f"all       p95 {p95_ms:.0f} ms (limit {LIMIT_MS:.0f} ms)")
    cut = sum(r[1] for r in sent)
    print(f"uploads: {len(sent)} of {len(made['sent'])} stored, {cut} were cut; lost: {lost}")
    print(
        f"processor: server {used:.1f} s, its imports and drawings {others:.1f} s, "
        f"reviewers and senders {here:.1f} s"
    )
    for words, count in Counter(errors).most_common(5):
        print(count, words)
    return 1 if errors or lost or p95_ms > LIMIT_MS else 0


if __name__ == "__main__":
    sys.exit(main())
