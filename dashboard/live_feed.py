"""The push of the live page: one maker of frames for all viewers, and no queue for any of them.

Frames are made once for each language in which somebody watches, however many do. A viewer whose connection is busy is not waited for: when
it is free again it gets the newest frame, and those between are dropped.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator

from dashboard.language import language, speaking
from dashboard.live_view import LiveView

PERIOD_S = 0.04
"""Time between two looks at the session, in seconds."""
HEARTBEAT_S = 1.0
"""Longest time between two frames while nothing changes, in seconds."""


class LiveFeed:
    """Makes frames while somebody watches.

    Args:
        view: makes a frame.
    """

    def __init__(self, view: LiveView) -> None:
        self._view = view
        self._watching: dict[asyncio.Event, str] = {}
        self._maker: asyncio.Task[None] | None = None
        self._texts: dict[str, str] = {}

    @property
    def viewers(self) -> int:
        """How many watch."""
        return len(self._watching)

    def text(self) -> str:
        """The frame of this moment, as JSON, in the language in use; for a worker thread."""
        return json.dumps(self._view.frame(), separators=(",", ":"))

    async def frames(self) -> AsyncGenerator[str, None]:
        """The newest frame each time that there is a new one, in the language in use.

        Ends by being closed.
        """
        fresh, mine = asyncio.Event(), language()
        self._watching[fresh] = mine
        try:
            sent = await asyncio.to_thread(self.text)
            sent_at = time.monotonic()
            yield sent
            if self._maker is None:
                self._maker = asyncio.create_task(self._make())
            while True:
                await self._news(fresh)
                newest = self._texts.get(mine, sent)
                if newest == sent and time.monotonic() - sent_at < 0.5 * HEARTBEAT_S:
                    continue
                sent, sent_at = newest, time.monotonic()
                yield sent
        finally:
            self._watching.pop(fresh, None)
            if not self._watching and self._maker is not None:
                self._maker.cancel()
                self._maker = None
                self._texts = {}  # or the next to watch would be told once more what is over

    def _in_languages(self, names: set[str]) -> dict[str, str]:
        texts = {}
        for name in names:
            with speaking(name):
                texts[name] = self.text()
        return texts

    async def _news(self, fresh: asyncio.Event) -> None:
        """Wait for a frame; a fault of the maker reaches its viewers."""
        maker = self._maker
        if maker is not None and maker.done():
            maker.result()
        await fresh.wait()
        fresh.clear()

    async def _make(self) -> None:
        sent_at = time.monotonic()
        try:
            while True:
                began = time.monotonic()
                wanted = set(self._watching.values())
                texts = await asyncio.to_thread(self._in_languages, wanted)
                if texts != self._texts or began - sent_at >= HEARTBEAT_S:
                    self._texts, sent_at = texts, began
                    self._tell()
                await asyncio.sleep(max(0.005, PERIOD_S - (time.monotonic() - began)))
        finally:
            self._tell()

    def _tell(self) -> None:
        for fresh in self._watching:
            fresh.set()
