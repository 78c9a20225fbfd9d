"""The fast path: the packets of a session as they would arrive, without a radio."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from firmware_sim.profile.uuids import BATTERY_LEVEL, DATA
from firmware_sim.radio import ArrivalModel
from firmware_sim.sensor import BATTERY_S_PER_PERCENT

if TYPE_CHECKING:
    from firmware_sim.sensor import SimSensor
    from firmware_sim.session import SimulatedSession


class AirPacket(NamedTuple):
    """One notification.

    Attributes:
        sensor_id: Identity of the sender (its serial).
        placement: Where the sender is worn.
        characteristic: UUID of the characteristic, lower case.
        payload: The value.
        arrival_ns: Arrival at the host, monotonic nanoseconds from session start.
    """

    sensor_id: str
    placement: str
    characteristic: str
    payload: bytes
    arrival_ns: int


def air_packets(
    session: SimulatedSession, start_s: Mapping[str, float] | None = None
) -> Iterator[AirPacket]:
    """All notifications of a session in order of arrival, made as they are asked for.

    Memory does not grow with the length of the session.

    Args:
        session: The session.
        start_s: Session time at which each sensor (by ``sensor_id``) gets START; the session's own small
            delays if None.

    Yields:
        Data packets that are complete by the end of the session and not lost, and a battery level at
        START and at each change.
    """
    starts = {s.sensor_id: s.start_delay_s for s in session.sensors} | dict(start_s or {})
    streams = [_one_sensor(session, s, starts[s.sensor_id]) for s in session.sensors]
    return heapq.merge(*streams, key=lambda packet: packet.arrival_ns)


def _one_sensor(
    session: SimulatedSession, sensor: SimSensor, start_s: float
) -> Iterator[AirPacket]:
    loss = session.loss(sensor)
    arrival = ArrivalModel(session.seed, sensor.index, session.fault_settings)
    sensor_id, placement = sensor.sensor_id, sensor.placement
    next_battery_s = start_s
    for packet in sensor.packets(start_s):
        ready_s = packet.ready_s
        if ready_s > session.seconds:
            return
        if ready_s >= next_battery_s:
            level = bytes([sensor.battery_percent(ready_s)])
            at_ns = round(arrival.arrival_s(ready_s) * 1e9)
            yield AirPacket(sensor_id, placement, BATTERY_LEVEL, level, at_ns)
            next_battery_s = (ready_s // BATTERY_S_PER_PERCENT + 1.0) * BATTERY_S_PER_PERCENT
        if loss.lost(ready_s):
            continue
        at_ns = round(arrival.arrival_s(ready_s) * 1e9)
        yield AirPacket(sensor_id, placement, DATA, packet.payload, at_ns)
