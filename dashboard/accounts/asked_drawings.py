"""Draws in processes of their own what somebody waits for and nobody has seen yet.

The server's own process computes one thing at a time; a first drawing there would hold up everybody.
"""

from __future__ import annotations

import asyncio
import logging
import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Hashable, Iterable
from concurrent.futures import Future

from dashboard.accounts.drawing_thread import DrawingThread
from dashboard.accounts.drawing_worker import DrawingWorker, WorkerEnded
from dashboard.draw_ahead import TREND_METRICS
from dashboard.drawing_elsewhere import PAGE, Piece
from pipeline.store import StorePlace

PROCESSES = 2
"""So many draw at a time: after a start everybody may ask for something else that is not drawn."""
READY_S = 20.0
"""So long a server waits at most for the first of them before it takes requests."""
LATE_S = 15.0
"""Without any piece being done for so long, whoever waits is answered by the server itself."""
ITSELF_S = 1.0
"""While no process is ready, the server makes a drawing itself so often, and no oftener."""
_NICENESS = 1  # people wait for it; the server is to come first all the same
_DEATHS = 3
_PAUSE_S = 0.5
_REMEMBERED = 1000
_LOG = logging.getLogger(__name__)


class AskedDrawings:
    """Draws what is asked for; the processes are ready before somebody asks.

    Args:
        place: the whole library, which the processes open for themselves.
    """

    def __init__(self, place: StorePlace) -> None:
        self._changed = threading.Condition()
        self._threads = [_Drawing(place, self) for _ in range(PROCESSES)]
        self._at_work = 0
        self._drawing = 0
        self._closed = False
        self._asked: deque[Piece] = deque()
        self._first: deque[Piece] = deque()
        self._next_asked: deque[Piece] = deque()
        self._waited_for: dict[Piece, Future[bool]] = {}
        self._in_vain: OrderedDict[Hashable, None] = OrderedDict()
        self._done_at = 0.0
        self._ready = threading.Event()
        self._itself_at = -math.inf
        self._deaths = 0

    @property
    def process_ids(self) -> list[int]:
        """Of the processes that are there."""
        return [one.process_id for one in self._threads if one.process_id is not None]

    def start(self) -> None:
        """Begin; nothing happens the second time, or after the end."""
        with self._changed:
            if self._closed or self._at_work:
                return
            self._at_work = len(self._threads)
        for one in self._threads:
            one.start()

    async def until_ready(self) -> None:
        """Wait for the first process, or until there is no point in waiting."""
        if self._at_work:
            await asyncio.to_thread(self._ready.wait, READY_S)

    def draw_first(self, pieces: Iterable[Piece], within_s: float) -> None:
        """Draw before anybody asks, with all processes; what is not begun in time is left.

        Args:
            pieces: in order; one that is drawn already takes next to no time.
            within_s: how long this waits at most.
        """
        with self._changed:
            self._first.extend(pieces)
            self._changed.notify_all()
            self._changed.wait_for(
                lambda: not self._usable() or not (self._first or self._drawing), within_s
            )
            self._first.clear()

    def close(self) -> None:
        """End the processes at once; whoever waits is let go, and what is left is drawn another time."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for one in self._threads:
            one.close()

    async def drawn(self, piece: Piece, made_from: Hashable) -> None:
        """Wait until a piece is drawn, or until there is no point in waiting.

        Args:
            piece: what lacks.
            made_from: everything that it is drawn from; what was drawn and could not be kept is
                not waited for again.
        """
        waited = self._ask(piece, made_from)
        if waited is None:
            return
        began = time.monotonic()
        done = asyncio.wrap_future(waited)
        while not (await asyncio.wait({done}, timeout=1.0))[0]:
            if time.monotonic() - max(began, self._done_at) > LATE_S:
                _LOG.warning("a drawing is late, and made by the server itself")
                return
        if not done.result():
            with self._changed:
                self._in_vain[piece, made_from] = None
                while len(self._in_vain) > _REMEMBERED:
                    self._in_vain.popitem(last=False)

    def _ask(self, piece: Piece, made_from: Hashable) -> Future[bool] | None:
        with self._changed:
            if not self._usable() or (piece, made_from) in self._in_vain:
                return None
            if not self._ready.is_set() and time.monotonic() - self._itself_at > ITSELF_S:
                self._itself_at = time.monotonic()
                return None
            waited = self._waited_for.get(piece)
            if waited is None:
                waited = self._waited_for[piece] = Future()
                self._asked.append(piece)
                self._changed.notify_all()
            return waited

    def _usable(self) -> bool:
        return self._at_work > 0 and not self._closed and self._deaths < _DEATHS

    def work(self, worker: DrawingWorker) -> None:
        """Have one process draw one piece after another; what a thread of these drawings does."""
        try:
            try:
                worker.begin()
            except WorkerEnded as error:
                if not self._closed:
                    _LOG.warning("a process that draws is not ready: %s", error)
            self._ready.set()
            while (found := self._next()) is not None:
                self._do(worker, *found)
        finally:
            self._ready.set()
            self._leave()

    def _leave(self) -> None:
        """One process less; after the last one nobody waits any more."""
        with self._changed:
            self._at_work -= 1
            waiting: list[Future[bool]] = []
            if not self._at_work:
                self._closed = True
                waiting, self._waited_for = list(self._waited_for.values()), {}
            self._changed.notify_all()
        for one in waiting:
            one.set_result(False)

    def _next(self) -> tuple[Piece, bool] | None:
        """What is to be drawn now, and whether somebody waits for it; None at the end."""
        with self._changed:
            while self._usable():
                asked = bool(self._asked)
                queue = self._asked or self._first
                if not queue and not self._drawing:
                    # takes no processor from what somebody waits for
                    queue = self._next_asked
                if queue:
                    piece = queue.popleft()
                    # somebody may come to wait for it
                    self._waited_for.setdefault(piece, Future())
                    self._drawing += 1
                    return piece, asked
                self._changed.wait()
            return None

    def _do(self, worker: DrawingWorker, piece: Piece, asked: bool) -> None:
        done = False
        try:
            done = worker.draw(piece)
        except WorkerEnded as error:
            with self._changed:
                if not self._closed:
                    self._deaths += 1
                    _LOG.warning("a process that draws ended: %s", error)
                    self._changed.wait(_PAUSE_S)  # the server may be ending as well
        finally:
            self._done(piece, asked, done)

    def _done(self, piece: Piece, asked: bool, done: bool) -> None:
        self._done_at = time.monotonic()
        with self._changed:
            self._drawing -= 1
            waited = self._waited_for.pop(piece, None)
            if done:
                self._deaths = 0
            if done and asked and piece.part == PAGE:
                # whoever looks at a page looks at its trends next
                self._next_asked.extend(
                    Piece(piece.session_id, metric, piece.language) for metric in TREND_METRICS
                )
            self._changed.notify_all()
        if waited is not None:
            waited.set_result(done)


class _Drawing(DrawingThread):
    """One process of several, and the thread that asks it."""

    def __init__(self, place: StorePlace, drawings: AskedDrawings) -> None:
        super().__init__(place, _NICENESS, "drawing")
        self._drawings = drawings

    def _work(self) -> None:
        self._drawings.work(self._worker)
