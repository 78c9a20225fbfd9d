"""The fast path: the packets of a session as they would arrive, without a radio."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from firmware_sim.device import DeviceMaker, SimDevice
from firmware_sim.errors import FirmwareError
from firmware_sim.profile.control import Op
from firmware_sim.profile.open_device import OpenGaitDevice
from firmware_sim.profile.uuids import CONTROL
from firmware_sim.radio.device_link import DeviceLink

if TYPE_CHECKING:
    from firmware_sim.device import AirClock
    from firmware_sim.fault_log import FaultLog
    from firmware_sim.imu.sensor import OnBlock
    from firmware_sim.sensor import SimSensor
    from firmware_sim.session import SimulatedSession

HOST_MTU = 247
"""ATT MTU that the host of the fast path asks for."""
OTHER_DEVICES = 100
"""Number of the first device besides the session's own sensors, in random streams."""


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


class HostWrite(NamedTuple):
    """Something that the host of the fast path writes.

    Attributes:
        at_s: Session time; when the link is down then, it is written as soon as it is up again.
        characteristic: Full lower-case UUID.
        value: Bytes; a refusal is ignored.
        again: Also written after every reconnection.
    """

    at_s: float
    characteristic: str
    value: bytes
    again: bool = False


class SessionClock:
    """Time of the fast path: air time is session time, and goes as far as it is set."""

    def __init__(self) -> None:
        self.at_s = 0.0
        self._joins: dict[str, int] = {}

    def now_s(self) -> float:
        """Air time."""
        return self.at_s

    def session_s(self, air_s: float) -> float:
        """The same."""
        return air_s

    def air_s(self, session_s: float) -> float:
        """The same."""
        return session_s

    def join(self, sensor_id: str) -> float:
        """A sensor starts to stream."""
        self._joins[sensor_id] = self.joins(sensor_id) + 1
        return self.at_s

    def joins(self, sensor_id: str) -> int:
        """How often a sensor has been started."""
        return self._joins.get(sensor_id, 0)

    def leave(self, sensor_id: str) -> None:
        """Nothing depends on it: the script runs whoever streams."""


def air_packets(
    session: SimulatedSession,
    start_s: Mapping[str, float] | None = None,
    *,
    log: FaultLog | None = None,
    placements: Sequence[str] | None = None,
) -> Iterator[AirPacket]:
    """All notifications of a session in order of arrival, made as they are asked for.

    The host writes START once, and again after a lost link: a sensor that restarted streams on with new
    counters. Memory does not grow with the length of the session.

    Args:
        session: The session.
        start_s: Session time at which each sensor (by ``sensor_id``) gets START; the session's own small
            delays if None.
        log: Where the faults that happen are noted.
        placements: Sensors to hear; all of them if None. The others cost nothing.

    Yields:
        Data packets that are complete by the end of the session and not lost, a battery level at START
        and at each change, and events.
    """
    starts = {s.sensor_id: s.start_delay_s for s in session.sensors} | dict(start_s or {})
    streams = []
    for sensor in session.sensors:
        if placements is not None and sensor.placement not in placements:
            continue
        start = HostWrite(starts[sensor.sensor_id], CONTROL, bytes((Op.START, 1)) + bytes(6), True)
        watch = None
        if log is not None:
            who = (sensor.sensor_id, sensor.placement)
            log.add_sensor(*who, sensor.label, session.fault_settings, session.seconds)
            watch = log.watch_clipping(*who)
        streams.append(
            _notifications(session, open_device(sensor, watch), [start], sensor.index, log)
        )
    return heapq.merge(*streams, key=lambda packet: packet.arrival_ns)


def device_packets(
    session: SimulatedSession,
    devices: Sequence[tuple[DeviceMaker, Sequence[HostWrite]]],
    *,
    log: FaultLog | None = None,
) -> Iterator[AirPacket]:
    """The same for devices of any kind: all that they notify or indicate, replies included.

    Args:
        session: The session; gives the impairments of the air.
        devices: Each device and what its host writes. The host subscribes to everything first.
        log: Where the faults that happen are noted.
    """
    streams = [
        _notifications(session, make, writes, OTHER_DEVICES + i, log)
        for i, (make, writes) in enumerate(devices)
    ]
    return heapq.merge(*streams, key=lambda packet: packet.arrival_ns)


def open_device(sensor: SimSensor, on_block: OnBlock | None = None) -> DeviceMaker:
    """What makes a session's sensor a device of the open profile."""

    def make(clock: AirClock) -> SimDevice:
        return OpenGaitDevice(sensor, clock, on_block=on_block)

    return make


class _Host:
    """The host of one device on the fast path: connects, subscribes, writes what is planned."""

    def __init__(self, link: DeviceLink, writes: Sequence[HostWrite]) -> None:
        self._link = link
        self._device = link.device
        self._waiting = sorted(writes, key=lambda w: w.at_s)
        self._again = [w for w in self._waiting if w.again]
        self._written: set[HostWrite] = set()
        self._up = False

    def connect(self) -> None:
        """The device is in range."""
        self._up = True
        self._link.connected(min(HOST_MTU, self._device.mtu))
        for service in self._device.services():
            for characteristic in service.characteristics:
                if characteristic.properties & {"notify", "indicate"}:
                    self._device.subscribed(characteristic.uuid, True)
        for write in self._again:
            if write in self._written:
                self._write(write)

    def lost(self) -> None:
        """The link is gone."""
        self._up = False
        self._link.disconnected()

    def next_s(self) -> float | None:
        """When something is to be written."""
        return self._waiting[0].at_s if self._up and self._waiting else None

    def write(self) -> None:
        """Write what is next."""
        write = self._waiting.pop(0)
        self._written.add(write)
        self._write(write)

    def _write(self, write: HostWrite) -> None:
        try:
            self._device.write(write.characteristic, write.value)
        except FirmwareError:
            return  # a refusal is an answer, too


def _notifications(
    session: SimulatedSession,
    make: DeviceMaker,
    writes: Sequence[HostWrite],
    index: int,
    log: FaultLog | None,
) -> Iterator[AirPacket]:
    clock = SessionClock()
    device = make(clock)
    link = DeviceLink(device, clock, session.seed, index, session.fault_settings, log)
    host = _Host(link, writes)
    host.connect()
    sensor_id, placement, end_s = device.sensor_id, device.placement, session.seconds
    link_s = link.next_s()
    while True:
        host_s = host.next_s() if clock.at_s <= end_s else None
        at_s = link_s
        if host_s is not None and (at_s is None or host_s < at_s):
            at_s = host_s
        if at_s is None:
            return
        if at_s > end_s:
            link.close()
        if at_s > clock.at_s:
            clock.at_s = at_s
        if host_s is not None and host_s <= at_s:
            host.write()
            link_s = link.next_s()
            continue
        steps = link.advance(at_s)
        link_s = link.following_s
        for step in steps:
            if step.outgoing is not None:
                arrival_ns = round(step.at_s * 1e9)
                characteristic, payload = step.outgoing.characteristic, step.outgoing.payload
                if characteristic != CONTROL or index >= OTHER_DEVICES:
                    yield AirPacket(sensor_id, placement, characteristic, payload, arrival_ns)
                continue
            (host.connect if step.what == "back" else host.lost)()
            link_s = link.next_s()
