"""What a device will do when: the only notion of time inside a simulated device."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterable
from typing import TypeAlias

from firmware_sim.device import Outgoing

Action: TypeAlias = Callable[[float], Iterable[Outgoing]]
"""Called with its own air time; returns what is then ready to be sent."""


class Agenda:
    """Actions in order of air time; equal times keep the order of planning."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int]] = []
        self._actions: dict[int, Action] = {}
        self._numbers = itertools.count()

    def at(self, air_s: float, action: Action) -> int:
        """Plan an action.

        Args:
            air_s: Air time; a time that has passed means as soon as possible.
            action: What to do.

        Returns:
            A ticket for :meth:`cancel`.
        """
        ticket = next(self._numbers)
        self._actions[ticket] = action
        heapq.heappush(self._heap, (air_s, ticket))
        return ticket

    def cancel(self, ticket: int | None) -> None:
        """Drop a planned action; unknown and finished tickets are let be."""
        if ticket is not None:
            self._actions.pop(ticket, None)

    def clear(self) -> None:
        """Drop everything."""
        self._heap.clear()
        self._actions.clear()

    def next_s(self) -> float | None:
        """Air time of the next action, None without one."""
        while self._heap and self._heap[0][1] not in self._actions:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def run(self, until_s: float) -> list[Outgoing]:
        """Do everything planned up to an air time, including what that plans in turn."""
        ready: list[Outgoing] = []
        while (next_s := self.next_s()) is not None and next_s <= until_s:
            action = self._actions.pop(heapq.heappop(self._heap)[1])
            ready.extend(action(next_s))
        return ready
