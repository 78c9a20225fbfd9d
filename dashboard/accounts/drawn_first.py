"""Draws the newest sessions before a server takes its first request.

After a start with a new version of the program, or of sessions that came by a command, everybody
asks in the same seconds for pages that nobody has drawn; the server would be busy with these then.
"""

from __future__ import annotations

import asyncio
import logging
import time

from dashboard.accounts.asked_drawings import AskedDrawings
from dashboard.drawing_elsewhere import PAGE, Piece
from dashboard.drawn_session import page_is_kept
from dashboard.language import LANGUAGES, speaking
from pipeline.session_search import SessionFilter
from pipeline.store import Store
from sensors.errors import LevelstrideError

NEWEST = 60
"""Sessions whose pages are drawn then, in the first language."""
LONGEST_S = 6.0
"""How much later a server takes requests for that, at most, once a process that draws is ready."""
_LOG = logging.getLogger(__name__)


async def draw_newest(store: Store, drawings: AskedDrawings) -> None:
    """Have the pages of the newest sessions drawn that are not; nothing is waited for where none lacks.

    Args:
        store: the whole library.
        drawings: were started.
    """
    try:
        lacking = await asyncio.to_thread(_lacking_pages, store)
    except LevelstrideError as error:
        _LOG.warning("nothing is drawn before the first request: %s", error)
        return
    if lacking:
        _LOG.info("drawing %d sessions that nobody has seen", len(lacking))
        await drawings.until_ready()
        await asyncio.to_thread(drawings.draw_first, lacking, LONGEST_S)


def _lacking_pages(store: Store) -> list[Piece]:
    """In the first language, the newest first; fewer where it takes long to find out."""
    until_s = time.monotonic() + LONGEST_S
    name = next(iter(LANGUAGES))
    found = store.search(SessionFilter(), limit=NEWEST, choices=False, metrics=False)
    with speaking(name):
        return [
            Piece(one.session_id, PAGE, name)
            for one in found.sessions
            if time.monotonic() < until_s and not page_is_kept(store, one)
        ]
