"""What a driver is, the one place that knows a kind of sensor, and the part that reads bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from bleak import BleakClient
from bleak.backends.scanner import AdvertisementData

from sensors.packet_batch import PackedPackets, PacketBatch, SyncPoint
from sensors.placement import Placement
from sensors.sample_block import FloatArray
from sensors.session_info import SensorInfo

BATTERY_LEVEL = "00002a19-0000-1000-8000-00805f9b34fb"
"""Battery level of the Bluetooth SIG: one byte, percent."""
SERIAL_NUMBER = "00002a25-0000-1000-8000-00805f9b34fb"
"""Serial number string of the Bluetooth SIG."""

Receive = Callable[[str, bytes], None]
"""Takes a characteristic's UUID and the bytes that it sent. Must return at once."""


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


class PacketDecoder(Protocol):
    """Turns the bytes of one sensor into numbers. Holds no state that depends on their order."""

    def add_config(self, info: SensorInfo) -> None:
        """Know one more configuration of the sensor; packets name the one they were made with."""

    def parse(self, payloads: Sequence[bytes], arrival_s: FloatArray) -> PackedPackets:
        """Read data notifications; those that are no valid packet are counted and left out.

        Args:
            payloads: the notifications' bytes, in arrival order.
            arrival_s: their arrival times, shape (p,), seconds of session time.
        """

    def decode(self, payloads: Sequence[bytes], arrival_s: FloatArray) -> PacketBatch:
        """Read data notifications and unpack their samples; arguments as of :meth:`parse`."""

    def sync_point(self, payload: bytes, arrival_s: float) -> SyncPoint | None:
        """Read a time exchange; None when the bytes are no answer of one."""


class SampleFormat(Protocol):
    """How the bytes of one kind of sensor become samples: all that reading a recording needs."""

    kind: str
    """Key in recordings; never changes."""
    data_characteristic: str
    """UUID whose notifications carry samples."""
    sync_characteristic: str | None
    """UUID whose notifications answer time exchanges."""
    tells_session_time: bool
    """Whether packets carry the session time of their samples; then no clock is fitted."""

    def decoder(self, info: SensorInfo) -> PacketDecoder:
        """Make a decoder for a sensor."""


class Driver(SampleFormat, Protocol):
    """The knowledge of one kind of sensor. Stateless: one object serves all sensors of the kind."""

    def matches(self, name: str | None, advertisement: AdvertisementData) -> bool:
        """Whether an advertisement comes from this kind of sensor."""

    async def read_identity(self, client: BleakClient) -> SensorIdentity:
        """Read which device this is."""

    async def inspect(
        self, client: BleakClient, identity: SensorIdentity, *, name: str
    ) -> SensorInfo:
        """Read how the sensor is set up; nothing is written."""

    async def configure(
        self, client: BleakClient, identity: SensorIdentity, *, name: str, rate_hz: float
    ) -> SensorInfo:
        """Set the sensor up for recording and read back what it will do."""

    async def subscribe(self, client: BleakClient, receive: Receive) -> None:
        """Have every notification of the sensor handed to ``receive``."""

    async def start(self, client: BleakClient) -> None:
        """Begin to stream."""

    async def stop(self, client: BleakClient) -> None:
        """End streaming."""

    async def request_time(self, client: BleakClient, seq: int, now_us: int) -> None:
        """Ask for the device's time, if the sensor can tell it."""

    async def identify(self, client: BleakClient) -> None:
        """Make the sensor show itself, by light or buzzer."""

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
        """Read a sensor's description and configuration from their bytes."""
