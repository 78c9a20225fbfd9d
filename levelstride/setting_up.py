"""The set-up of the pages: on the radio of the sessions, remembered for the next command."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from levelstride.placement_memory import placements_for, remembered
from levelstride.radio_name import RadioName
from pipeline.live_session import LiveSession, RadioSource
from pipeline.setup_session import SetupSession
from sensors.placement import Placement
from sensors.radio import Radio


class SharedRadio:
    """One radio for set-up and sessions: a session waits for the set-up's step to end.

    Args:
        open_radio: gives the radio.
    """

    def __init__(self, open_radio: RadioSource) -> None:
        self.open_radio = open_radio
        self._setup: SetupSession | None = None

    @asynccontextmanager
    async def for_session(self) -> AsyncIterator[Radio]:
        """The radio for a session."""
        if self._setup is not None:
            await asyncio.to_thread(self._setup.wait)
        async with self.open_radio() as radio:
            yield radio

    def setup_for(self, session: LiveSession, radio: RadioName) -> SetupSession:
        """The set-up for the sessions of ``session``.

        Args:
            session: takes over the placements; while it runs, nothing can be set up.
            radio: which radio; sensors of ``sim`` are not remembered.
        """

        def assign(places: Mapping[str, Placement]) -> None:
            session.set_placements(placements_for(radio, places))

        self._setup = SetupSession(
            self.open_radio,
            assign,
            remembered if radio.kind != "sim" else dict,
            busy=lambda: session.running,
        )
        return self._setup
