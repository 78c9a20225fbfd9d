"""Draws in a process of its own what somebody waits for and nobody has seen yet.

The server's own process computes one thing at a time; a first drawing there would hold up everybody.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import OrderedDict, deque
from collections.abc import Hashable
from concurrent.futures import Future

from dashboard.accounts.drawing_thread import DrawingThread
from dashboard.accounts.drawing_worker import WorkerEnded
from dashboard.draw_ahead import TREND_METRICS
from dashboard.drawing_elsewhere import PAGE, Piece
from pipeline.store import StorePlace

LATE_S = 15.0
"""Without any piece being done for so long, whoever waits is answered by the server itself."""
ITSELF_S = 1.0
"""While the process is starting, the server makes a drawing itself so often, and no oftener."""
_NICENESS = 0  # people wait for it
_DEATHS = 3
_PAUSE_S = 0.5
_REMEMBERED = 1000
_LOG = logging.getLogger(__name__)


class AskedDrawings(DrawingThread):
    """Draws what is asked for; the process is ready before somebody asks.

    Args:
        place: the whole library, which the process opens for itself.
    """

    def __init__(self, place: StorePlace) -> None:
        super().__init__(place, _NICENESS, "drawing")
        self._asked: deque[Piece] = deque()
        self._next_asked: deque[Piece] = deque()
        self._waited_for: dict[Piece, Future[bool]] = {}
        self._in_vain: OrderedDict[Hashable, None] = OrderedDict()
        self._done_at = 0.0
        self._ready = False
        self._itself_at = -math.inf
        self._deaths = 0

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
            if not self._ready and time.monotonic() - self._itself_at > ITSELF_S:
                self._itself_at = time.monotonic()
                return None
            waited = self._waited_for.get(piece)
            if waited is None:
                waited = self._waited_for[piece] = Future()
                self._asked.append(piece)
                self._changed.notify_all()
            return waited

    def _usable(self) -> bool:
        return self._thread is not None and not self._closed and self._deaths < _DEATHS

    def _work(self) -> None:
        try:
            try:
                self._worker.begin()
            except WorkerEnded as error:
                if not self._closed:
                    _LOG.warning("the process that draws is not ready: %s", error)
            self._ready = True
            while (piece := self._next()) is not None:
                self._do(piece)
        finally:
            with self._changed:
                self._closed = True
                waiting, self._waited_for = list(self._waited_for.values()), {}
            for one in waiting:
                one.set_result(False)

    def _next(self) -> Piece | None:
        with self._changed:
            while self._usable():
                for queue in (self._asked, self._next_asked):
                    if queue:
                        piece = queue.popleft()
                        # somebody may come to wait for it
                        self._waited_for.setdefault(piece, Future())
                        return piece
                self._changed.wait()
            return None

    def _do(self, piece: Piece) -> None:
        done = False
        try:
            done = self._worker.draw(piece)
            self._deaths = 0
        except WorkerEnded as error:
            with self._changed:
                if not self._closed:
                    self._deaths += 1
                    _LOG.warning("the process that draws ended: %s", error)
                    self._changed.wait(_PAUSE_S)  # the server may be ending as well
        self._done_at = time.monotonic()
        with self._changed:
            waited = self._waited_for.pop(piece)
            if done and piece.part == PAGE:
                # whoever looks at a page looks at its trends next
                self._next_asked.extend(
                    Piece(piece.session_id, metric, piece.language) for metric in TREND_METRICS
                )
        waited.set_result(done)
