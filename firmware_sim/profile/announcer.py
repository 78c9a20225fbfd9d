"""What a device has to say besides samples: replies, levels, events."""

from __future__ import annotations

from collections import deque

from firmware_sim.device import Outgoing
from firmware_sim.profile import uuids
from firmware_sim.profile.events import EventType, encode_event

UNHEARD_EVENTS = 8
"""Events that are kept while nobody listens."""


class Announcer:
    """Values in the order in which they are to be sent."""

    def __init__(self) -> None:
        self._ready: list[Outgoing] = []
        self._unheard: deque[Outgoing] = deque(maxlen=UNHEARD_EVENTS)
        self._heard = False
        self._sequence = 0

    @property
    def next_s(self) -> float | None:
        """Air time of the first one."""
        return self._ready[0].ready_s if self._ready else None

    def say(self, air_s: float, characteristic: str, payload: bytes) -> None:
        """Queue a value."""
        self._ready.append(Outgoing(air_s, characteristic, payload))

    def event(self, air_s: float, device_us: int, kind: EventType, data: bytes) -> None:
        """Queue an event, or keep it until somebody listens."""
        payload = encode_event(kind, self._sequence, device_us, data)
        self._sequence += 1
        outgoing = Outgoing(air_s, uuids.EVENT, payload)
        (self._ready if self._heard else self._unheard).append(outgoing)

    def listen(self, on: bool, air_s: float) -> None:
        """Somebody listens to events, or no longer; what was kept is sent now."""
        self._heard = on
        if on:
            self._ready += [o._replace(ready_s=air_s) for o in self._unheard]
            self._unheard.clear()

    def take(self) -> list[Outgoing]:
        """All that is queued."""
        taken, self._ready = self._ready, []
        return taken

    def hang_up(self) -> None:
        """The host is gone: what is queued is dropped, later events are kept."""
        self._ready.clear()
        self._heard = False
