"""Faults that happen at set times to one sensor: out of range, restart, flat battery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from firmware_sim.imu.faults import FaultSettings, TimedFault

OUT_OF_RANGE_S = 10.0
OFF_S = 2.0
"""Usual lengths of a stretch without contact and of a restart."""

Turn: TypeAlias = Literal["link_lost", "in_range", "reboot", "battery_death"]


class ScheduledTurn(NamedTuple):
    """One turn of events at a session time."""

    at_s: float
    turn: Turn


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is going to happen to one sensor.

    Attributes:
        turns: In order of time.
        outages_s: Stretches [start, end) without connection events.
        reboots_s: Stretches [start, end) in which the device is off.
        death_s: When the battery dies, or None.
    """

    turns: tuple[ScheduledTurn, ...]
    outages_s: tuple[tuple[float, float], ...]
    reboots_s: tuple[tuple[float, float], ...]
    death_s: float | None


def schedule_of(faults: FaultSettings, placement: str) -> Schedule:
    """Read the timed faults of one sensor from the settings."""

    def mine(timed: tuple[TimedFault, ...], usual: float) -> tuple[tuple[float, float], ...]:
        return tuple((f.at_s, f.at_s + (f.size or usual)) for f in timed if f.strikes(placement))

    outages, reboots = mine(faults.out_of_range, OUT_OF_RANGE_S), mine(faults.reboot, OFF_S)
    deaths = [start for start, _ in mine(faults.battery_death, 1.0)]
    turns: list[ScheduledTurn] = []
    for start, end in outages:
        if end - start >= faults.supervision_s:  # a shorter one only holds things up
            turns.append(ScheduledTurn(start + faults.supervision_s, "link_lost"))
            turns.append(ScheduledTurn(end, "in_range"))
    for start, end in reboots:
        turns += [ScheduledTurn(start, "reboot"), ScheduledTurn(end, "in_range")]
    turns += [ScheduledTurn(start, "battery_death") for start in deaths[:1]]
    return Schedule(tuple(sorted(turns)), outages, reboots, min(deaths, default=None))
