"""Brings sensors back whose link was lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine

from sensors.errors import SensorError
from sensors.radio import Radio
from sensors.scan import look_around
from sensors.sensor_link import SensorLink
from sensors.sensor_status import SensorState

BACK_OFF_S = (0.5, 1.0, 2.0, 4.0)
"""Pauses before the first attempts; the last one is used from then on."""
RESCAN_S = 2.0
"""Longest scan of one attempt. A sensor that comes back into range waits for a pause and for the scans
of others at most, and is to stream again within ten seconds."""
LOST_AFTER_S = 60.0
"""A sensor that stays away for so long is called lost; it is still looked for."""

SetState = Callable[[SensorLink, SensorState, str], None]
BringUp = Callable[[SensorLink], Coroutine[None, None, None]]


class Recovery:
    """Looks for lost sensors and brings them up again, one attempt on the radio at a time.

    Args:
        radio: where to look.
        radio_lock: held while scanning or connecting.
        bring_up: connects, configures and starts a sensor that is in range.
        set_state: tells a sensor's new state.
    """

    def __init__(
        self, radio: Radio, radio_lock: asyncio.Lock, bring_up: BringUp, set_state: SetState
    ) -> None:
        self._radio = radio
        self._radio_lock = radio_lock
        self._bring_up = bring_up
        self._set_state = set_state

    async def supervise(self, link: SensorLink) -> None:
        """Bring a sensor back whenever its link ends; returns if it is not to be used."""
        while link.state is not SensorState.UNUSED:
            if link.state is SensorState.STREAMING:
                await link.lost.wait()
                message = "the link was lost; looking for it"
                self._set_state(link, SensorState.RECOVERING, message)
            await self._recover(link)

    async def _recover(self, link: SensorLink) -> None:
        since = time.monotonic()
        attempt = 0
        while link.state not in (SensorState.STREAMING, SensorState.UNUSED):
            await asyncio.sleep(BACK_OFF_S[min(attempt, len(BACK_OFF_S) - 1)])
            attempt += 1
            try:
                if await self._in_range(link):
                    await self._bring_up(link)
                    continue
                message = "out of range, or switched off; still looking"
            except SensorError as error:
                await link.disconnect()
                message = str(error)
            away = time.monotonic() - since > LOST_AFTER_S
            self._set_state(link, SensorState.LOST if away else SensorState.RECOVERING, message)

    async def _in_range(self, link: SensorLink) -> bool:
        address = link.seen.device.address
        async with self._radio_lock:
            found = await look_around(self._radio, RESCAN_S, wanted=address)
        if found:
            link.seen = found[0]
        return bool(found)
