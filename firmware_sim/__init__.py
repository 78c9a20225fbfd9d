"""A virtual runner with three virtual sensors, from exact bone angles to Bluetooth packets.

``SimulatedSession`` draws everything from a seed and knows the truth; ``air_packets`` gives its packets
without a radio, ``VirtualSensors`` puts the same packets on a virtual Bluetooth link in real time. The
simulator shares no code with what it tests: it meets the collector only as bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware_sim.air import AirPacket, air_packets
from firmware_sim.errors import FirmwareError, SimulationError
from firmware_sim.session import SimulatedSession

if TYPE_CHECKING:
    from firmware_sim.peripherals.virtual_sensors import VirtualSensors

__all__ = [
    "AirPacket",
    "FirmwareError",
    "SimulatedSession",
    "SimulationError",
    "VirtualSensors",
    "air_packets",
]


def __getattr__(name: str) -> object:
    # the virtual radio costs half a second to import; the fast path does without
    if name == "VirtualSensors":
        from firmware_sim.peripherals.virtual_sensors import VirtualSensors

        return VirtualSensors
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
