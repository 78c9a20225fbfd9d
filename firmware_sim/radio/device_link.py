"""One device and its way to the host, with every impairment of the air; pure, its host moves it."""

from __future__ import annotations

import heapq
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from firmware_sim.device import AirClock, Outgoing, QueueAware, SelfPowered, SimDevice
from firmware_sim.radio.arrival import ArrivalModel, Fate
from firmware_sim.radio.loss import LossModel
from firmware_sim.radio.schedule import schedule_of

if TYPE_CHECKING:
    from firmware_sim.fault_log import FaultLog
    from firmware_sim.imu.faults import FaultSettings

ASIDE = 1000
RESTART_S = 1.0
"""How long a device that starts itself anew is off the air."""


class HostClock(AirClock, Protocol):
    """The clock of a host: it also knows how often each sensor began to stream in this script."""

    def joins(self, sensor_id: str) -> int:
        """Number of times that a sensor joined, over all scripts; 0 before the first."""


class Step(NamedTuple):
    """What a host has to do.

    Attributes:
        at_s: Air time.
        what: ``deliver`` the notification; the link is ``lost`` and the device does not advertise; it is
            ``back`` and advertises; it is ``gone`` for good.
        outgoing: The notification.
    """

    at_s: float
    what: Literal["deliver", "lost", "back", "gone"]
    outgoing: Outgoing | None = None


def _earliest(a: float | None, b: float | None) -> float | None:
    if a is None or b is None:
        return b if a is None else a
    return min(a, b)


class DeviceLink:
    """A device behind its impairments.

    Everything is decided in session time from the seed, in the order in which the device makes its
    notifications: a host in real time and one that runs as fast as it can get the same.

    Args:
        device: The device.
        clock: The host's clock.
        seed: Session seed.
        index: Number of the sensor in the random streams.
        faults: Sizes of the impairments.
        log: Where faults are noted.

    Attributes:
        lost: Sample packets since START that were lost or had no listener.
        following_s: What :meth:`next_s` was at the end of the last :meth:`advance`.
    """

    def __init__(
        self,
        device: SimDevice,
        clock: HostClock,
        seed: int,
        index: int,
        faults: FaultSettings,
        log: FaultLog | None = None,
    ) -> None:
        self.device = device
        self.lost = 0
        self.following_s: float | None = None
        self._clock = clock
        self._seed = seed
        self._index = index
        self._faults = faults
        self._log = log
        self._schedule = schedule_of(faults, device.placement)
        self._turn = 0
        self._joins = 0
        # asked once: such a question costs more than all the rest of a packet's way
        self._powered = device if isinstance(device, SelfPowered) else None
        self._queue_aware = device if isinstance(device, QueueAware) else None
        self._boots = self._powered.boots if self._powered else 0
        self._back_s: float | None = None
        self._gone = False
        self._connected = False
        self._heap: list[tuple[float, int, bool, Outgoing]] = []
        self._number = 0
        self._begin_stream()

    def _begin_stream(self) -> None:
        self._loss = LossModel(self._seed, self._index, self._faults)
        self._arrival = ArrivalModel(
            self._seed, self._index, self._faults, self._schedule.outages_s
        )
        # replies and levels have a line of their own: what a host asks for does not change the data
        self._aside = ArrivalModel(
            self._seed,
            self._index + ASIDE,
            replace(self._faults, stalls_per_min=0.0, duplicates=0.0, reorder=0.0),
            self._schedule.outages_s,
        )
        self.lost = 0

    # --- told by the host ---

    def connected(self, mtu: int) -> None:
        """A host connected, or agreed on another MTU."""
        self._connected = True
        self.device.connected(mtu)

    def disconnected(self) -> None:
        """The host is gone; what waits in the send queue is lost."""
        if not self._connected:
            return
        self._connected = False
        waiting, self._heap = self._heap, []
        for _, _, counts, outgoing in sorted(waiting, key=lambda item: item[:2]):
            if counts:
                self.undelivered(outgoing, "link_lost")
        self.device.disconnected()

    def undelivered(self, outgoing: Outgoing, why: str = "no listener") -> None:
        """A notification had no listener, or its link was lost."""
        if outgoing.samples:
            self.lost += 1
            self._note_lost(outgoing, why)
        self.device.undelivered(outgoing)

    # --- time ---

    def next_s(self) -> float | None:
        """Air time of the next thing to do; None while there is nothing."""
        now_s = self._clock.now_s() if self._power_changed() else None
        return _earliest(_earliest(self._arrival_s(), self._event_s()), now_s)

    def _arrival_s(self) -> float | None:
        return self._heap[0][0] if self._heap else None

    def _event_s(self) -> float | None:
        """Air time at which the device has something, or something happens to it."""
        if self._gone:
            return None
        event_s = self.device.next_due_s()
        if self._back_s is not None:
            event_s = _earliest(event_s, self._back_s)
        if self._turn < len(self._schedule.turns):
            event_s = _earliest(event_s, self._next_turn_s())
        return event_s

    def _next_turn_s(self) -> float | None:
        turns = self._schedule.turns
        if self._turn >= len(turns) or not self._clock.joins(self.device.sensor_id):
            return None
        return self._clock.air_s(turns[self._turn].at_s)

    @property
    def waiting(self) -> bool:
        """Whether notifications are under way."""
        return bool(self._heap)

    def close(self) -> None:
        """Make no more; what is under way still arrives."""
        self._gone = True

    def advance(self, until_s: float) -> list[Step]:
        """Do everything up to an air time, in order.

        Hosts that want things to happen at their own time ask for no more than :meth:`next_s`.
        """
        steps: list[Step] = []
        while True:
            if self._power_changed():
                self._look_at_power(steps)
            event_s = self._event_s()
            limit_s = until_s if event_s is None else min(until_s, event_s)
            while self._heap and self._heap[0][0] <= limit_s:
                at_s, _, _, outgoing = heapq.heappop(self._heap)
                steps.append(Step(at_s, "deliver", outgoing))
            if event_s is None or event_s > until_s:
                self.following_s = _earliest(self._arrival_s(), event_s)
                return steps
            if self._back_s is not None and self._back_s <= event_s:
                self._back_s = None
                steps.append(Step(event_s, "back"))
                continue
            turn_s = self._next_turn_s()
            if turn_s is not None and turn_s <= event_s:
                self._do_turn(turn_s, steps)
                continue
            for outgoing in self.device.due(event_s):
                self._send(outgoing)

    # --- the way of one notification ---

    def _send(self, outgoing: Outgoing) -> None:
        if not self._connected:
            self.undelivered(outgoing)
            return
        joins = self._clock.joins(self.device.sensor_id)
        if joins != self._joins:
            self._joins = joins
            self._begin_stream()
        if not joins:  # before the runner's script there is no session time: at once
            self._push(outgoing.ready_s, outgoing)
            return
        ready_s = self._clock.session_s(outgoing.ready_s)
        if outgoing.samples:
            why = self._loss.lost(ready_s)
            if why is not None:
                self.undelivered(outgoing, why)
                return
        line = self._arrival if outgoing.samples else self._aside
        fate = line.fate(ready_s)
        self._note(ready_s, fate)
        if not fate.arrivals_s:
            self.undelivered(outgoing, "overflow")
            if self._queue_aware is not None:
                self._queue_aware.overflowed(outgoing)
            return
        for i, arrival_s in enumerate(fate.arrivals_s):
            self._push(self._clock.air_s(arrival_s), outgoing, counts=i == 0)

    def _push(self, at_s: float, outgoing: Outgoing, *, counts: bool = True) -> None:
        self._number += 1
        heapq.heappush(self._heap, (at_s, self._number, counts, outgoing))

    # --- turns of events ---

    def _do_turn(self, at_s: float, steps: list[Step]) -> None:
        turn = self._schedule.turns[self._turn].turn
        self._turn += 1
        if turn == "in_range":
            steps.append(Step(at_s, "back"))
            return
        if turn == "reboot":
            self.device.reboot()
            self._boots = self._powered.boots if self._powered else 0
        elif turn == "battery_death":
            self._gone = True
        self.disconnected()
        steps.append(Step(at_s, "gone" if self._gone else "lost"))

    def _power_changed(self) -> bool:
        device = self._powered
        if device is None or self._gone:
            return False
        return not device.on_air or device.boots != self._boots

    def _look_at_power(self, steps: list[Step]) -> None:
        device = self._powered
        if device is None:
            return
        now_s = self._clock.now_s()
        if not device.on_air:
            self._gone = True
            self.disconnected()
            steps.append(Step(now_s, "gone"))
        else:
            self._boots = device.boots
            self._back_s = now_s + RESTART_S
            self.disconnected()
            steps.append(Step(now_s, "lost"))

    # --- fault log ---

    def _note_lost(self, outgoing: Outgoing, why: str) -> None:
        if self._log is None or why == "no listener":
            return
        at_s = self._clock.session_s(outgoing.ready_s)
        self._log.extend(
            at_s,
            at_s,
            self.device.sensor_id,
            self.device.placement,
            why,
            0.15,
            lambda n: f"{n} packet{'s' * (n > 1)}",
        )

    def _note(self, ready_s: float, fate: Fate) -> None:
        if self._log is None:
            return
        who = (self.device.sensor_id, self.device.placement)
        if fate.stall is not None:
            length_ms = 1e3 * (fate.stall[1] - fate.stall[0])
            self._log.add(*fate.stall, *who, "host_stall", f"{length_ms:.0f} ms")
        if len(fate.arrivals_s) > 1:
            first_s, second_s = fate.arrivals_s
            self._log.add(first_s, second_s, *who, "duplicate", "delivered twice")
        if fate.swapped:
            self._log.add(ready_s, fate.arrivals_s[0], *who, "reordered", "after the next one")
