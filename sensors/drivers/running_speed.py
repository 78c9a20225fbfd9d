"""Foot pods that tell speed and cadence, by the service of the Bluetooth SIG."""

from __future__ import annotations

from sensors.drivers import running_speed_bytes as wire
from sensors.drivers.side_channel import SideChannel

RUNNING_SPEED = SideChannel(
    "running_speed",
    wire.SERVICE,
    wire.MEASUREMENT,
    wire.parse_running_speed,
    not_named=("OGI-",),
)
