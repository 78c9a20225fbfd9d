"""In which order is drawn what somebody waits for, and what happens when no process can draw."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.accounts import asked_drawings
from dashboard.accounts.asked_drawings import PROCESSES, AskedDrawings
from dashboard.accounts.drawing_worker import DrawingWorker, WorkerEnded
from dashboard.draw_ahead import TREND_METRICS
from dashboard.drawing_elsewhere import PAGE, Piece
from pipeline.store_place import StorePlace

PAGES = [Piece(f"session {number}", PAGE, "en") for number in range(6)]


@pytest.fixture
def drawings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AskedDrawings]:
    """Without processes: what they would do is put in their place."""
    monkeypatch.setattr(DrawingWorker, "begin", lambda _: None)
    monkeypatch.setattr(asked_drawings, "_PAUSE_S", 0.0)
    made = AskedDrawings(StorePlace.named(str(tmp_path)))
    yield made
    made.close()


def test_trends_follow_their_page_and_hold_up_no_page(
    drawings: AskedDrawings, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Piece] = []
    goes_on = threading.Event()
    slow = PAGES[1]

    def draw(_: DrawingWorker, piece: Piece) -> bool:
        begun.append(piece)
        return piece != slow or goes_on.wait(60.0)

    monkeypatch.setattr(DrawingWorker, "draw", draw)
    trends = {Piece(one.session_id, key, "en") for one in PAGES[:3] for key in TREND_METRICS}

    async def story() -> None:
        drawings.start()
        await drawings.until_ready()
        waiting = asyncio.create_task(drawings.drawn(slow, ()))
        while slow not in begun:
            await asyncio.sleep(0.001)
        await drawings.drawn(PAGES[0], ())
        await drawings.drawn(PAGES[2], ())
        assert sorted(begun, key=repr) == PAGES[:3], "a trend that nobody asked for was begun"
        goes_on.set()
        await waiting
        until = time.monotonic() + 60.0
        while len(begun) < 3 + len(trends):
            assert time.monotonic() < until, "no trend was drawn"
            await asyncio.sleep(0.001)

    asyncio.run(story())
    assert set(begun) == {*PAGES[:3], *trends}


def test_first_pages_are_waited_for_and_have_no_trends_follow(
    drawings: AskedDrawings, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Piece] = []
    monkeypatch.setattr(DrawingWorker, "draw", lambda _, piece: bool(begun.append(piece) or True))
    drawings.start()
    drawings.draw_first(PAGES, 60.0)
    assert sorted(begun, key=repr) == PAGES


def test_first_pages_that_take_too_long_are_left(
    drawings: AskedDrawings, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Piece] = []
    goes_on = threading.Event()

    def draw(_: DrawingWorker, piece: Piece) -> bool:
        begun.append(piece)
        return goes_on.wait(60.0)

    monkeypatch.setattr(DrawingWorker, "draw", draw)
    drawings.start()
    drawings.draw_first(PAGES, 0.01)
    goes_on.set()
    drawings.close()
    assert len(begun) <= PROCESSES


def test_nobody_waits_when_every_process_dies(
    drawings: AskedDrawings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draw(_: DrawingWorker, piece: Piece) -> bool:
        raise WorkerEnded(str(piece))

    monkeypatch.setattr(DrawingWorker, "draw", draw)
    drawings.start()
    drawings.draw_first(PAGES, 60.0)

    async def all_asked() -> None:
        await asyncio.gather(*(drawings.drawn(piece, ()) for piece in PAGES))

    asyncio.run(asyncio.wait_for(all_asked(), 60.0))
