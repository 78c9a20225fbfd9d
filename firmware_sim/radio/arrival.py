"""When notifications arrive: connection events, the send queue, jitter, stalls, doubles, swaps."""

from __future__ import annotations

import math
from collections import deque
from typing import NamedTuple

from firmware_sim.imu.faults import FaultSettings
from firmware_sim.rng import Purpose, stream

MINIMUM_DELAY_S = 0.002
STALL_S = (0.10, 0.27)
"""Shortest and longest host stall."""
SPACING_S = 20e-6
"""Least time between two arrivals of one sensor."""


class Fate(NamedTuple):
    """What becomes of one notification.

    Attributes:
        arrivals_s: Session times at which it reaches the host: none when the queue was full, two when
            it comes double.
        stall: (start, end) of the host stall that begins with it.
        swapped: It arrives after the one behind it.
    """

    arrivals_s: tuple[float, ...]
    stall: tuple[float, float] | None = None
    swapped: bool = False


class ArrivalModel:
    """The way of one sensor's notifications to the host.

    A notification waits for the next connection event that has room for it (events on a grid, none while
    out of range), or is dropped because the send queue is full. The host then takes exponential jitter,
    and now and then a stall that holds back everything after it.

    Args:
        seed: Session seed.
        sensor: Index of the sensor.
        faults: Interval, queue, jitter, stalls, shares of doubles and swaps.
        outages_s: Periods [start, end) of session time without connection events, in order.
    """

    def __init__(
        self,
        seed: int,
        sensor: int,
        faults: FaultSettings,
        outages_s: tuple[tuple[float, float], ...] = (),
    ) -> None:
        self._rng = stream(seed, Purpose.RADIO, sensor, 2)
        self._rare = stream(seed, Purpose.RADIO, sensor, 5)
        self._interval_s = faults.connection_interval_ms * 1e-3
        self._anchor_s = float(self._rng.uniform(0.0, self._interval_s))
        self._faults = faults
        self._stalls_per_s = faults.stalls_per_min / 60.0
        self._jitter_s = faults.jitter_ms * 1e-3
        self._rare_faults = faults.duplicates != 0.0 or faults.reorder != 0.0
        self._outages_s = outages_s
        self._queue: deque[float] = deque()
        self._event = (-math.inf, 0)
        self._last_s = 0.0
        self._last_ready_s = 0.0
        self._stall_until_s = 0.0

    def fate(self, ready_s: float) -> Fate:
        """Way of a notification that was complete at ``ready_s``; to be asked in order."""
        jitter, chance = float(self._rng.exponential()), float(self._rng.random())
        length = float(self._rng.uniform(*STALL_S))
        while self._queue and self._queue[0] <= ready_s:
            self._queue.popleft()
        if len(self._queue) >= self._faults.queue_packets:
            return Fate(())
        event_s = self._next_event_s(ready_s + MINIMUM_DELAY_S)
        self._queue.append(event_s)
        stall = None
        if chance < self._stalls_per_s * (ready_s - self._last_ready_s):
            self._stall_until_s = event_s + length
            stall = (event_s, self._stall_until_s)
        self._last_ready_s = ready_s
        arrival_s = max(event_s + self._jitter_s * jitter, self._stall_until_s)
        self._last_s = max(arrival_s, self._last_s + SPACING_S)
        if self._rare_faults:
            return self._rarities(self._last_s, stall)
        return Fate((self._last_s,), stall)

    def _rarities(self, arrival_s: float, stall: tuple[float, float] | None) -> Fate:
        f = self._faults
        double, swap = (float(x) for x in self._rare.random(2))
        if swap < f.reorder:
            # held back by a little more than the usual distance between two notifications
            return Fate((arrival_s + 0.06,), stall, swapped=True)
        if double < f.duplicates:
            return Fate((arrival_s, arrival_s + 1e-3), stall)
        return Fate((arrival_s,), stall)

    def _next_event_s(self, earliest_s: float) -> float:
        """First connection event from a time on that still has room."""
        earliest_s = max(earliest_s, self._event[0])
        number = math.ceil((earliest_s - self._anchor_s) / self._interval_s - 1e-9)
        event_s = self._after_outage_s(self._anchor_s + number * self._interval_s)
        held = self._event[1] if abs(event_s - self._event[0]) < 1e-6 else 0
        if held >= self._faults.notifications_per_event:
            event_s = self._after_outage_s(event_s + self._interval_s)
            held = 0
        self._event = (event_s, held + 1)
        return event_s

    def _after_outage_s(self, event_s: float) -> float:
        for start_s, end_s in self._outages_s:
            if start_s <= event_s < end_s:
                ahead = math.ceil((end_s - event_s) / self._interval_s)
                event_s += max(1, ahead) * self._interval_s
        return event_s
