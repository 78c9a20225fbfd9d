"""Pages that nobody has seen are drawn by other processes of the server, for whoever may see them."""

from __future__ import annotations

import asyncio
import json
import math
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import httpx
import pytest

from dashboard import drawn_session
from dashboard.accounts import asked_drawings, drawn_ahead, drawn_first
from dashboard.accounts.asked_drawings import PROCESSES
from dashboard.draw_ahead import draw_piece, lacking_pieces
from dashboard.drawing_elsewhere import ESTIMATES, PAGE, Piece
from dashboard.drawn_session import page_is_kept
from dashboard.quick_answers import QuickAnswers
from pipeline.store import Store
from tests.accounts.clinic import HERE, NAMES, Clinic
from tests.dashboard.made_sessions import make_session

PAGE_OUTPUT = "..page-content.children...page-title.data...page-problem.children.."


def body(output: str, **values: object) -> bytes:
    """What a page's script asks; ``id__property`` of what it sends."""
    given = [
        {"id": name.split("__")[0].replace("_", "-"), "property": name.split("__")[1], "value": one}
        for name, one in values.items()
    ]
    outputs = [
        {"id": part.rpartition(".")[0], "property": part.rpartition(".")[2]}
        for part in output.strip(".").split("...")
    ]
    asked = {
        "output": output,
        "outputs": outputs if output.startswith("..") else outputs[0],
        "inputs": given,
        "changedPropIds": [f"{given[0]['id']}.{given[0]['property']}"],
    }
    return json.dumps(asked).encode()


def page_of(session_id: str) -> bytes:
    return body(PAGE_OUTPUT, url__pathname=f"/sessions/{session_id}")


async def ask(clinic: Clinic, asker: str, sent: bytes, language: str = "en") -> httpx.Response:
    transport = httpx.ASGITransport(app=clinic.app)
    async with httpx.AsyncClient(transport=transport, base_url=HERE, timeout=120) as client:
        headers = {
            "Origin": HERE,
            "Content-Type": "application/json",
            "Accept-Language": language,
            **clinic.headers(asker),
        }
        return await client.post("/_dash-update-component", content=sent, headers=headers)


def refuse(*_: object) -> None:
    raise AssertionError("drawn by the server itself")


async def until_drawn(store: Store, session_ids: list[str]) -> None:
    until = time.monotonic() + 100.0
    while any(lacking_pieces(store, one) for one in session_ids):
        assert time.monotonic() < until, "not drawn ahead"
        await asyncio.sleep(0.1)


@pytest.mark.real_time
@pytest.mark.timeout(240)
def test_what_nobody_has_seen_is_drawn_by_other_processes(
    fresh_clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the first request, asked for by several at once, ahead, after new results and a death."""
    monkeypatch.setattr(drawn_first, "LONGEST_S", 100.0)
    monkeypatch.setattr(drawn_ahead, "LOOK_S", 0.2)
    monkeypatch.setattr(asked_drawings, "LATE_S", math.inf)
    monkeypatch.setattr(asked_drawings, "ITSELF_S", math.inf)
    clinic, store = fresh_clinic, fresh_clinic.store
    anna, bert = clinic.sessions["anna"], clinic.sessions["bert"]

    async def story() -> None:
        async with clinic.app.router.lifespan_context(clinic.app):
            for one in clinic.sessions.values():
                assert page_is_kept(store, store.summary(one, metrics=False))
            with monkeypatch.context() as no_drawing_here:
                for name in ("session_page", "trend_box"):
                    no_drawing_here.setattr(drawn_session, name, refuse)
                trend = body(
                    "trend-box.children",
                    trend_query__data={"metric": "tir_exc_deg"},
                    session_id__data=anna,
                )
                runner = body(PAGE_OUTPUT, url__pathname=f"/runners/{clinic.runners['anna']}")
                answers = await asyncio.gather(
                    *(ask(clinic, "therapist", page_of(anna), "de") for _ in range(3)),
                    ask(clinic, "runner", page_of(anna)),
                    ask(clinic, "therapist", trend),
                    ask(clinic, "therapist", runner),
                )
                for answer in answers:
                    assert answer.status_code == 200
                    assert len(answer.content) > 3000
                    assert "could not be made" not in answer.text
                assert len({answer.text for answer in answers[:3]}) == 1
                await until_drawn(store, list(clinic.sessions.values()))
            dead = [p.pid for p in multiprocessing.active_children() if p.name == "drawing"]
            assert dead
            for process in dead:
                os.kill(process or 0, signal.SIGKILL)
            number = list(NAMES).index("bert")
            store.add_session(make_session(number, runner=NAMES["bert"], per_side=30))
            assert lacking_pieces(store, bert)
            answer = await ask(clinic, "therapist", page_of(bert))
            assert answer.status_code == 200
            assert len(answer.content) > 3000
            await until_drawn(store, [bert])

    asyncio.run(story())
    assert [p.name for p in multiprocessing.active_children() if "drawing" in p.name] == []


class Asked:
    """Stands for the other process: notes what it is asked, and draws or not."""

    def __init__(self, store: Store, *, draws: bool) -> None:
        self._store = store if draws else None
        self.pieces: list[Piece] = []

    async def drawn(self, piece: Piece, made_from: Hashable) -> None:
        self.pieces.append(piece)
        if self._store is not None:
            await asyncio.to_thread(draw_piece, self._store, piece)


@pytest.mark.parametrize("draws", [True, False])
def test_another_process_is_asked_only_for_what_the_caller_sees_whole(
    fresh_clinic: Clinic, monkeypatch: pytest.MonkeyPatch, draws: bool
) -> None:
    """Not for strangers, and not for a shared link, which shows less. Without it, drawn here."""
    clinic, asked = fresh_clinic, Asked(fresh_clinic.store, draws=draws)
    begin = QuickAnswers.__init__

    def begun(self: QuickAnswers, *given: Any, **named: Any) -> None:
        begin(self, *given, **{**named, "drawings": asked})

    monkeypatch.setattr(QuickAnswers, "__init__", begun)
    clinic.open()
    anna, bert = clinic.sessions["anna"], clinic.sessions["bert"]

    def sees(asker: str, session_id: str = anna) -> bool:
        return "session-page" in asyncio.run(ask(clinic, asker, page_of(session_id))).text

    for stranger in ("anonymous", "ute", "admin", "device", "share"):
        assert not sees(stranger)
    assert sees("share", bert)
    assert asked.pieces == []
    assert sees("therapist")
    assert asked.pieces == [Piece(anna, PAGE, "en")]
    assert sees("runner")
    assert asked.pieces == [Piece(anna, PAGE, "en")], "what is kept is asked of nobody"
    runner = body(PAGE_OUTPUT, url__pathname=f"/runners/{clinic.runners['anna']}")
    assert "runner-page" in asyncio.run(ask(clinic, "therapist", runner)).text
    assert {piece.part for piece in asked.pieces} <= {PAGE, ESTIMATES}


_SERVER = """
import sys, time
from dashboard.accounts.asked_drawings import PROCESSES, AskedDrawings
from pipeline.store import Store
if __name__ == "__main__":
    with Store.open(sys.argv[1]) as store:
        drawings = AskedDrawings(store.place)
        drawings.start()
        while len(drawings.process_ids) < PROCESSES:
            time.sleep(0.01)
        print(*drawings.process_ids, flush=True)
        time.sleep(600)
"""


@pytest.mark.full
@pytest.mark.real_time
@pytest.mark.skipif(
    not Path("/proc/self").exists(), reason="looks at processes as Linux tells them"
)
def test_a_server_that_is_killed_leaves_no_process_that_draws(tmp_path: Path) -> None:
    script = tmp_path / "server.py"
    script.write_text(_SERVER, "utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, str(script), str(tmp_path / "library")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as server:
        assert server.stdout is not None
        processes = [Path("/proc") / one for one in server.stdout.readline().decode().split()]
        assert len(processes) == PROCESSES
        # what they are copies of, too
        processes.append(processes[0].parent / (processes[0] / "stat").read_text().split()[3])
        assert all(one.exists() for one in processes)
        server.kill()
    until = time.monotonic() + 60.0
    while any(one.exists() for one in processes):
        assert time.monotonic() < until, "it goes on without the server"
        time.sleep(0.05)
