"""Readings of side channels, heart rate and running speed, from recorded notifications."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sensors.drivers.registry import device_for, side_kinds
from sensors.drivers.side_channel import Reading, SideChannel
from sensors.notification import Notification
from sensors.session_info import SensorInfo


@dataclass(frozen=True, slots=True)
class SideReading:
    """One reading.

    Attributes:
        time_s: session time of its arrival.
        sensor_id: the device.
        reading: what it measured.
    """

    time_s: float
    sensor_id: str
    reading: Reading


def side_readings(
    sensors: Iterable[SensorInfo], notifications: Iterable[Notification]
) -> Iterator[SideReading]:
    """Readings in the order of the recording; damaged ones are left out.

    Args:
        sensors: the recording's, see ``RecordingReader.sensors``.
        notifications: the recording's, see ``RecordingReader.notifications``.
    """
    channels: dict[str, SideChannel] = {}
    for sensor in sensors:
        device = device_for(sensor.kind) if sensor.kind in side_kinds() else None
        if isinstance(device, SideChannel):
            channels[sensor.sensor_id] = device
    for one in notifications:
        channel = channels.get(one.sensor_id)
        reading = channel.reading(one.characteristic, one.payload) if channel else None
        if reading is not None:
            yield SideReading(one.arrival_ns * 1e-9, one.sensor_id, reading)
