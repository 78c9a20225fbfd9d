"""Draws, while nobody waits, sessions that were just stored, and the newest that are not drawn yet.

A process of its own at low priority, apart from the one that imports and from the one that draws
what somebody waits for. It ends when there is nothing left to draw.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Hashable

from dashboard.accounts.drawing_thread import DrawingThread
from dashboard.accounts.drawing_worker import WorkerEnded
from dashboard.drawing_elsewhere import PAGE, Piece
from pipeline.session_search import SessionFilter
from pipeline.store import Store
from sensors.errors import LevelstrideError

NEWEST = 300
"""Sessions that are drawn without being asked for: what a practice looks at in the next days, and
not a library of a hundred thousand. Each takes about a second of one processor, and 100 kB."""
LOOK_S = 60.0
"""How often is looked for sessions that were stored, or analysed again, by another program."""
_NICENESS = 10
_PAUSE_S = 5.0
_LOG = logging.getLogger(__name__)


class DrawnAhead(DrawingThread):
    """Draws in the background; the process itself is started when there is something to draw.

    Args:
        store: the whole library, which the process opens for itself.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        super().__init__(store.place, _NICENESS, "drawing ahead")
        self._stored: deque[str | Piece] = deque()
        self._found: deque[str | Piece] = deque()
        self._rest: deque[str | Piece] = deque()
        self._seen: dict[str, Hashable] = {}
        self._look_at = 0.0

    def stored(self, session_id: str) -> None:
        """A session was stored: draw it before others."""
        with self._changed:
            if self._thread is not None and not self._closed:
                self._stored.append(session_id)
                self._changed.notify_all()

    def _work(self) -> None:
        while (wanted := self._next()) is not None:
            try:
                if isinstance(wanted, str):
                    self._divide(self._worker.lacking(wanted))
                else:
                    self._worker.draw(wanted)
            except WorkerEnded as error:
                with self._changed:
                    if not self._closed:
                        # what it ended at is not tried again before it changes
                        _LOG.warning("the process that draws ahead ended: %s", error)
                        self._changed.wait(_PAUSE_S)

    def _next(self) -> str | Piece | None:
        """A piece, or a session whose pieces are to be found; None at the end."""
        while True:
            with self._changed:
                if self._closed:
                    return None
                for queue in (self._stored, self._found, self._rest):
                    if queue:
                        return queue.popleft()
                wait_s = self._look_at - time.monotonic()
                if wait_s > 0.0:
                    self._worker.end()
                    self._changed.wait(wait_s)
                    continue
            self._look()

    def _look(self) -> None:
        """Find sessions that are new, or have new results, since the last look."""
        self._look_at = time.monotonic() + LOOK_S
        try:
            found = self._store.search(SessionFilter(), limit=NEWEST, choices=False, metrics=False)
        except LevelstrideError as error:
            _LOG.warning("no session is drawn ahead: %s", error)
            return
        now: dict[str, Hashable] = {
            s.session_id: (s.result, s.gait, s.runner_id, s.started_utc) for s in found.sessions
        }
        with self._changed:
            self._found.extend(key for key, state in now.items() if self._seen.get(key) != state)
        self._seen = now

    def _divide(self, pieces: list[Piece]) -> None:
        """First one page each, so that of many sessions all can soon be looked at."""
        first = [one for one in pieces if one.part == PAGE][:1]
        with self._changed:
            self._stored.extend(first)
            self._rest.extend(one for one in pieces if one not in first)
