"""What a driver is, the one place that knows a kind of sensor, and the part that reads bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol, TypeAlias

from sensors.clock_kind import ClockKind
from sensors.holes import Missing
from sensors.notification import Message
from sensors.packet_batch import PackedPackets, SyncPoint
from sensors.placement import Placement
from sensors.session_info import SensorInfo

if TYPE_CHECKING:
    from bleak import BleakClient
    from bleak.backends.scanner import AdvertisementData

BATTERY_LEVEL = "00002a19-0000-1000-8000-00805f9b34fb"
"""Battery level of the Bluetooth SIG: one byte, percent."""
SERIAL_NUMBER = "00002a25-0000-1000-8000-00805f9b34fb"
"""Serial number string of the Bluetooth SIG."""
FIRMWARE_REVISION = "00002a26-0000-1000-8000-00805f9b34fb"
"""Firmware revision string of the Bluetooth SIG."""

Receive: TypeAlias = Callable[[str, bytes], None]
"""Takes a characteristic's UUID and the bytes that it sent. Must return at once."""
Listen: TypeAlias = Callable[[str, Callable[[bytes], None]], AbstractContextManager[None]]
"""Shows the notifications of a characteristic, subscribed to already, to one more listener."""
Part: TypeAlias = PackedPackets | SyncPoint
"""What a decoder makes of notifications."""


@dataclass(frozen=True, slots=True)
class SensorIdentity:
    """Which device this is, the same on every platform and at every connection.

    Attributes:
        sensor_id: the device's own serial.
        serial: serial number as the device gives it.
        firmware: version of the firmware.
    """

    sensor_id: str
    serial: str
    firmware: str


@dataclass(frozen=True, slots=True)
class SensorHealth:
    """What a notification says of the sensor itself; None for what it does not say.

    Attributes:
        battery_percent: charge.
        temperature_c: temperature of the sensor, degrees Celsius.
        message: in words, what the user should know.
    """

    battery_percent: int | None = None
    temperature_c: float | None = None
    message: str = ""


class FillOutcome(Enum):
    """What came of asking for missing samples."""

    SENT = "sent"
    """What the sensor still had came."""
    LATER = "later"
    """Not now, or not all of it: ask again."""
    GONE = "gone"
    """The sensor has them no more, or cannot send anything again."""


class PacketDecoder(Protocol):
    """Turns the notifications of one sensor, in order of arrival, into packets.

    It may hold state, but no more than a few seconds of samples whatever bytes come; and what it
    gives out, one part after another, does not depend on how the messages are grouped.
    """

    def add_config(self, info: SensorInfo) -> None:
        """Know one more configuration of the sensor.

        Raises:
            ProtocolError: it cannot be read, or packets do not say which of the two they follow.
        """

    def read(self, messages: Iterable[Message]) -> list[Part]:
        """Read notifications; other characteristics are passed over, damage is counted."""

    def finish(self) -> list[Part]:
        """Read what was held back; nothing comes after."""


class SampleFormat(Protocol):
    """How the bytes of one kind of sensor become samples: all that reading a recording needs."""

    kind: str
    """Key in recordings; never changes."""
    clock: ClockKind
    """What its clock is like; not used where packets carry the session time."""
    tells_session_time: bool
    """Whether packets carry the session time of their samples; then no clock is fitted."""

    def decoder(self, info: SensorInfo) -> PacketDecoder:
        """Make a decoder for a sensor.

        Raises:
            ProtocolError: the sensor's configuration cannot be read.
        """


class Device(Protocol):
    """What the collector asks of any kind of device. Stateless: one object serves all of a kind."""

    kind: str
    """Key in recordings; never changes."""

    def matches(self, name: str | None, advertisement: AdvertisementData) -> bool:
        """Whether an advertisement comes from this kind of device."""

    async def read_identity(self, client: BleakClient) -> SensorIdentity:
        """Read which device this is."""

    async def inspect(
        self, client: BleakClient, identity: SensorIdentity, *, name: str
    ) -> SensorInfo:
        """Read how the device is set up, as far as that can be had without changing anything."""

    async def configure(
        self, client: BleakClient, identity: SensorIdentity, *, name: str, rate_hz: float
    ) -> SensorInfo:
        """Set the device up for recording and read back what it will do; no data flow yet."""

    async def subscribe(self, client: BleakClient, receive: Receive) -> None:
        """Have notifications of the device handed to ``receive``, as far as none are data yet."""

    async def start(self, client: BleakClient, info: SensorInfo, receive: Receive) -> None:
        """Begin to stream as configured; notifications are handed to ``receive`` from here on."""

    async def stop(self, client: BleakClient) -> None:
        """End streaming."""

    async def read_battery(self, client: BleakClient) -> tuple[str, bytes] | None:
        """Ask for the charge: where it was read and the bytes; None if that cannot be asked."""

    def carries_data(self, characteristic: str) -> bool:
        """Whether notifications of a characteristic show that the device streams."""

    def health(self, characteristic: str, payload: bytes) -> SensorHealth | None:
        """What bytes say of the device itself; None when they say nothing of it."""

    async def request_time(self, client: BleakClient, seq: int, now_us: int) -> None:
        """Ask for the device's time, if it can tell it."""

    async def back_fill(
        self, client: BleakClient, info: SensorInfo, missing: Missing, listen: Listen
    ) -> FillOutcome:
        """Ask for samples that did not come; they come as notifications, beside the live ones."""

    async def identify(self, client: BleakClient) -> bool:
        """Make the device show itself, by light or buzzer; False if it cannot."""

    def describe(
        self,
        info_bytes: bytes,
        config_bytes: bytes,
        *,
        sensor_id: str,
        name: str = "",
        serial: str = "",
        firmware: str = "",
        placement: Placement | None = None,
    ) -> SensorInfo:
        """Read a device's description and configuration from their bytes."""


class Driver(SampleFormat, Device, Protocol):
    """The knowledge of one kind of sensor that gives samples."""
