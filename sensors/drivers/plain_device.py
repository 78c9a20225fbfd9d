"""What most devices have in common: a standard battery, and no memory, clock or light to ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sensors.drivers.base import FillOutcome, Listen, SensorHealth
from sensors.drivers.sig_services import battery_level, read_battery_level
from sensors.holes import Missing
from sensors.session_info import SensorInfo

if TYPE_CHECKING:
    from bleak import BleakClient


class PlainDevice:
    """Answers of a device that can do no more than stream; a driver replaces what its device can."""

    async def read_battery(self, client: BleakClient) -> tuple[str, bytes] | None:
        """Read the battery level of the Bluetooth SIG, where the device has it."""
        return await read_battery_level(client)

    def health(self, characteristic: str, payload: bytes) -> SensorHealth | None:
        """Charge, where bytes are a battery level."""
        return battery_level(characteristic, payload)

    async def request_time(self, client: BleakClient, seq: int, now_us: int) -> None:
        """Nothing: it has no clock that can be asked."""

    async def back_fill(
        self,
        client: BleakClient,  # noqa: ARG002
        info: SensorInfo,  # noqa: ARG002
        missing: Missing,  # noqa: ARG002
        listen: Listen,  # noqa: ARG002
    ) -> FillOutcome:
        """No: it sends nothing again."""
        return FillOutcome.GONE

    async def identify(self, client: BleakClient) -> bool:  # noqa: ARG002
        """No: it cannot be asked to show itself."""
        return False
