"""Fills holes: asks sensors that can send samples again for those that did not come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sensors.drivers.base import FillOutcome
from sensors.errors import SensorError
from sensors.holes import Missing
from sensors.sensor_link import SensorLink
from sensors.sensor_status import SensorState

LOOK_EVERY_S = 2.0
"""Pause between looks for holes: live packets come first."""
MOST_ATTEMPTS = 3
"""Requests for one hole."""
_MOST_KNOWN = 512


class BackFill:
    """Keeps the holes of one sensor filled.

    What comes is recorded and placed like everything else: offline it is in its place, live it is
    counted as late.

    Args:
        link: the sensor.
        wanted: whether samples that come late are of use: they are recorded. A sensor's log is
            erased once it was read.
    """

    def __init__(self, link: SensorLink, wanted: Callable[[], bool]) -> None:
        self._link = link
        self._wanted = wanted
        self._attempts: dict[int, int] = {}

    async def work(self) -> None:
        """Look for holes, for ever."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if self._link.state is SensorState.STREAMING and self._wanted():
                await self.fill()

    async def fill(self) -> None:
        """Ask for every hole that was not asked for in vain."""
        link = self._link
        for missing in link.stream.missing() if link.stream is not None else []:
            if self._attempts.get(missing.first_index, 0) >= MOST_ATTEMPTS:
                continue
            try:
                outcome = await link.back_fill(missing)
            except SensorError:
                return  # the link is supervised elsewhere; what is missing stays known
            self._note(missing, outcome)

    def _note(self, missing: Missing, outcome: FillOutcome) -> None:
        done = MOST_ATTEMPTS if outcome is FillOutcome.GONE else 1
        self._attempts[missing.first_index] = self._attempts.get(missing.first_index, 0) + done
        while len(self._attempts) > _MOST_KNOWN:
            del self._attempts[next(iter(self._attempts))]
