"""Draws the newest sessions before a server takes its first request.

After a start with a new version of the program, or of sessions that came by a command, everybody
asks in the same seconds for pages that nobody has drawn; the server would be busy with these then.
"""

from __future__ import annotations

import asyncio
import logging

from dashboard.accounts.asked_drawings import AskedDrawings
from dashboard.drawing_elsewhere import PAGE, Piece
from dashboard.language import LANGUAGES
from pipeline.session_search import SessionFilter
from pipeline.store import Store
from sensors.errors import LevelstrideError

NEWEST = 60
"""Sessions whose pages are drawn then, in the first language."""
LONGEST_S = 6.0
"""How much later a server takes requests for that, at most; not at all where nothing lacks."""
_LOG = logging.getLogger(__name__)


async def draw_newest(store: Store, drawings: AskedDrawings) -> None:
    """Wait for the processes that draw, and have them draw the pages of the newest sessions.

    Args:
        store: the whole library.
        drawings: were started.
    """
    await drawings.until_ready()
    try:
        await asyncio.to_thread(_draw, store, drawings)
    except LevelstrideError as error:
        _LOG.warning("nothing is drawn before the first request: %s", error)


def _draw(store: Store, drawings: AskedDrawings) -> None:
    found = store.search(SessionFilter(), limit=NEWEST, choices=False, metrics=False)
    language = next(iter(LANGUAGES))
    pieces = [Piece(one.session_id, PAGE, language) for one in found.sessions]
    drawings.draw_first(pieces, LONGEST_S)
