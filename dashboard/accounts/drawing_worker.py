"""The process that draws, and how the server talks to it: one request, one answer."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from dashboard.accounts.child_process import begin, context
from dashboard.draw_ahead import draw_piece, lacking_pieces
from dashboard.drawing_elsewhere import Piece
from dashboard.drawn_session import DRAWN
from pipeline.store import Store, StorePlace
from sensors.errors import LevelstrideError

LONGEST_S = 120.0
"""A process that has not answered for so long is ended."""
_LOOK_S = 1.0
_KEPT_BYTES = 1_000_000
_LOG = logging.getLogger(__name__)


class WorkerEnded(Exception):
    """The process ended, or was ended, before it answered."""


def _serve(place: StorePlace, niceness: int, pipe: Connection) -> None:
    """Answer one request after another, until the server closes the pipe."""
    begin(niceness)
    DRAWN.bound(_KEPT_BYTES)  # nobody asks here for the same again
    with Store.open(place) as store:
        while True:
            try:
                asked = pipe.recv()
            except EOFError:
                return
            pipe.send(True if asked is None else _answer(store, asked))


def _answer(store: Store, asked: str | Piece) -> list[Piece] | bool:
    try:
        if isinstance(asked, str):
            return lacking_pieces(store, asked)
        return draw_piece(store, asked)
    except LevelstrideError as error:
        # deleted meanwhile, or damaged: the server says what is the matter when somebody asks
        _LOG.info("not drawn ahead: %s", error)
    except Exception:  # noqa: BLE001 - the server draws it again, and tells the reader that it cannot
        _LOG.exception("a page could not be drawn ahead")
    return [] if isinstance(asked, str) else False


class DrawingWorker:
    """Starts the process when it is asked for something; one thread asks, others may stop it.

    Args:
        place: the whole library.
        niceness: of the process, added to that of the server.
    """

    def __init__(self, place: StorePlace, niceness: int) -> None:
        self._place = place
        self._niceness = niceness
        self._context = context()
        self._lock = threading.Lock()
        self._process: Any = None  # the process of a context carries no type
        self._pipe: Connection | None = None
        self._stopped = False

    @property
    def process_id(self) -> int | None:
        """Of the process, while there is one."""
        process = self._process
        started = None if process is None else process.pid
        return None if started is None else int(started)

    def begin(self) -> None:
        """Start the process, and wait until it is ready.

        Raises:
            WorkerEnded: the process ended, or cannot be started.
        """
        self._asked(None)

    def lacking(self, session_id: str) -> list[Piece]:
        """See ``lacking_pieces``; nothing of a session that cannot be read.

        Raises:
            WorkerEnded: the process ended.
        """
        found: list[Piece] = self._asked(session_id)
        return found

    def draw(self, piece: Piece) -> bool:
        """See ``draw_piece``; false for what cannot be read.

        Raises:
            WorkerEnded: the process ended.
        """
        return bool(self._asked(piece))

    def stop(self) -> None:
        """Break off what the process does, and start none any more."""
        with self._lock:
            self._stopped = True
            if self._process is not None:
                self._process.terminate()

    def _asked(self, request: str | Piece | None) -> Any:
        try:
            pipe = self._started()
            pipe.send(request)
            until = time.monotonic() + LONGEST_S
            while not pipe.poll(_LOOK_S) and time.monotonic() < until:
                pass
            answer = pipe.recv() if pipe.poll() else None
        except (OSError, EOFError) as error:
            self.end()
            raise WorkerEnded("no longer there") from error
        if answer is None:
            self.end()
            raise WorkerEnded("no answer")
        return answer

    def _started(self) -> Connection:
        with self._lock:
            if self._stopped:
                raise WorkerEnded("the server ends")
            if self._pipe is None:
                here, there = self._context.Pipe()
                self._process = self._context.Process(
                    target=_serve,
                    args=(self._place, self._niceness, there),
                    name="drawing",
                    daemon=True,
                )
                try:
                    self._process.start()
                except BaseException:
                    here.close()
                    self._process = None
                    raise
                finally:
                    there.close()
                self._pipe = here
            return self._pipe

    def end(self) -> None:
        """End the process; the thread that asks does this, or nobody asks any more."""
        with self._lock:
            process, self._process = self._process, None
            pipe, self._pipe = self._pipe, None
        if process is not None:
            process.terminate()
            process.join(5.0)
            if process.is_alive():
                process.kill()
                process.join()
            process.close()
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
