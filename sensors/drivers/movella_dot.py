"""Driver for Movella DOT (Xsens DOT): calibrated rates at 60 Hz and less, with a device clock.

The sensor averages 800 Hz samples to its output rate: impact peaks are smoothed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from sensors.clock_kind import CRYSTAL
from sensors.drivers import movella_dot_bytes as wire
from sensors.drivers.base import Part, Receive, SensorHealth, SensorIdentity
from sensors.drivers.batch_builder import BatchBuilder
from sensors.drivers.plain_device import PlainDevice
from sensors.drivers.sig_services import forward
from sensors.drivers.units import RADIANS, STANDARD_GRAVITY
from sensors.errors import ProtocolError, SensorError
from sensors.notification import Message
from sensors.placement import Placement
from sensors.session_info import SensorInfo
from sensors.timed_index import TimedIndex

if TYPE_CHECKING:
    from bleak import BleakClient
    from bleak.backends.scanner import AdvertisementData

_NAMES = ("Xsens DOT", "Movella DOT")
_MODE = wire.Mode.RATE
_MOST_ACC = 1000.0
_MOST_GYR_DPS = 10_000.0


class MovellaDotDecoder:
    """Decodes the samples of one sensor. See :class:`sensors.drivers.base.PacketDecoder`.

    Args:
        info: the sensor, with its configuration.
    """

    def __init__(self, info: SensorInfo) -> None:
        self._mode, rate_hz = _config(info.config)
        self._rate_hz = rate_hz
        self._data = wire.payload_characteristic(self._mode)
        self._index = TimedIndex(rate_hz, tick_s=wire.TICK_S, modulus=wire.WRAP)
        self._builder = BatchBuilder(
            0.999 * wire.ACC_RANGE_G * STANDARD_GRAVITY, 0.999 * wire.GYR_RANGE_DPS * RADIANS
        )

    def add_config(self, info: SensorInfo) -> None:
        """See :class:`sensors.drivers.base.PacketDecoder`."""
        if _config(info.config) != (self._mode, self._rate_hz):
            raise ProtocolError(
                "the sensor measures in another way than before, and its samples do not say which",
                sensor_id=info.sensor_id,
                remedy="End the recording and start another",
            )

    def read(self, messages: Iterable[Message]) -> list[Part]:
        """See :class:`sensors.drivers.base.PacketDecoder`."""
        for characteristic, payload, arrival_ns in messages:
            if characteristic != self._data:
                continue
            try:
                self._take(payload, arrival_ns * 1e-9)
            except ProtocolError:
                self._builder.damaged += 1
        return self._builder.take()

    def finish(self) -> list[Part]:
        """See :class:`sensors.drivers.base.PacketDecoder`."""
        return self._builder.take()

    def _take(self, payload: bytes, arrival_s: float) -> None:
        sample = wire.parse_measurement(payload, self._mode)
        acc = np.array([sample.values["acc"]], dtype=np.float64)
        dps = np.array([sample.values["gyr"]], dtype=np.float64)
        if np.abs(acc).max() > _MOST_ACC or np.abs(dps).max() > _MOST_GYR_DPS:
            raise ProtocolError("a value is impossible", where="DOT payload")
        where = self._index.place_last(sample.time_us, 1, arrival_s)
        self._builder.add(arrival_s, where.first_index, where.first_s, acc, dps * RADIANS)


def _config(config: bytes) -> tuple[wire.Mode, float]:
    """Mode and rate from ``SensorInfo.config``: mode u8, then the device control as read."""
    if not config or config[0] not in (wire.Mode.RATE, wire.Mode.RATE_WITH_MAG, wire.Mode.CUSTOM_5):
        raise ProtocolError(
            f"no payload mode with both sensors: {config[:1].hex()}",
            where="DOT configuration",
            remedy="Record again; the sensor was not set up",
        )
    return wire.Mode(config[0]), float(wire.rate_of(config[1:]))


class MovellaDot(PlainDevice):
    """Movella DOT and Xsens DOT."""

    kind = "movella_dot"
    clock = CRYSTAL
    tells_session_time = False

    def matches(self, name: str | None, advertisement: AdvertisementData) -> bool:
        """Whether the name or the maker's number is that of a DOT."""
        named = name is not None and name.startswith(_NAMES)
        return named or wire.COMPANY in advertisement.manufacturer_data

    async def read_identity(self, client: BleakClient) -> SensorIdentity:
        """Read the device information.

        Raises:
            ProtocolError: it cannot be read.
        """
        info = wire.parse_device_info(bytes(await client.read_gatt_char(wire.DEVICE_INFO)))
        return SensorIdentity(info.serial, info.serial, info.firmware)

    async def inspect(
        self, client: BleakClient, identity: SensorIdentity, *, name: str
    ) -> SensorInfo:
        """Read device information and device control.

        Raises:
            ProtocolError: one of them cannot be read.
        """
        return self.describe(
            bytes(await client.read_gatt_char(wire.DEVICE_INFO)),
            bytes((_MODE,)) + bytes(await client.read_gatt_char(wire.DEVICE_CONTROL)),
            sensor_id=identity.sensor_id,
            name=name,
            serial=identity.serial,
            firmware=identity.firmware,
        )

    async def configure(
        self, client: BleakClient, identity: SensorIdentity, *, name: str, rate_hz: float
    ) -> SensorInfo:
        """Stop measuring, set the rate and read it back.

        Raises:
            SensorError: the sensor keeps another rate.
            ProtocolError: the device control cannot be read.
        """
        state = wire.parse_measurement_state(
            bytes(await client.read_gatt_char(wire.MEASUREMENT_CONTROL))
        )
        if state.running:  # it goes on over a lost link, and takes no rate meanwhile
            await self.stop(client)
        rate = min(wire.LIVE_RATES_HZ, key=lambda hz: abs(hz - rate_hz))
        current = await self.inspect(client, identity, name=name)
        if current.rate_hz != rate:
            await client.write_gatt_char(wire.DEVICE_CONTROL, wire.set_rate(rate), response=True)
            current = await self.inspect(client, identity, name=name)
        if current.rate_hz != rate:
            raise SensorError(
                f"the sensor keeps its rate of {current.rate_hz:g} Hz",
                sensor_id=identity.sensor_id,
                remedy="End its synchronisation in the vendor's app, or switch it off and on",
            )
        return current

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
        """Read a sensor's description.

        Args:
            info_bytes: device information as read.
            config_bytes: payload mode u8, then the device control as read.
            sensor_id: the sensor's serial.
            name: advertised name.
            serial: serial number; ``sensor_id`` when empty.
            firmware: version; that of the device information when empty.
            placement: where it is worn.

        Raises:
            ProtocolError: the bytes cannot be read.
        """
        info = wire.parse_device_info(info_bytes)
        _, rate_hz = _config(config_bytes)
        return SensorInfo(
            sensor_id=sensor_id,
            kind=self.kind,
            name=name,
            serial=serial or sensor_id,
            firmware=firmware or info.firmware,
            placement=placement,
            rate_hz=rate_hz,
            acc_scale=1.0,
            gyr_scale=RADIANS,
            acc_range=wire.ACC_RANGE_G * STANDARD_GRAVITY,
            gyr_range=wire.GYR_RANGE_DPS * RADIANS,
            info=info_bytes,
            config=config_bytes,
        )

    async def subscribe(self, client: BleakClient, receive: Receive) -> None:
        """Subscribe to samples, reports and battery; the sensor is at rest."""
        for uuid in (wire.DEVICE_REPORT, wire.BATTERY, wire.payload_characteristic(_MODE)):
            await forward(client, uuid, receive)

    async def start(self, client: BleakClient, info: SensorInfo, receive: Receive) -> None:  # noqa: ARG002
        """Start measuring."""
        mode, _ = _config(info.config)
        request = wire.measurement_request(start=True, mode=mode)
        await client.write_gatt_char(wire.MEASUREMENT_CONTROL, request, response=True)

    async def stop(self, client: BleakClient) -> None:
        """Stop measuring; it would go on without a link."""
        request = wire.measurement_request(start=False, mode=_MODE)
        await client.write_gatt_char(wire.MEASUREMENT_CONTROL, request, response=True)

    async def read_battery(self, client: BleakClient) -> tuple[str, bytes] | None:
        """Read the vendor's battery characteristic."""
        return wire.BATTERY, bytes(await client.read_gatt_char(wire.BATTERY))

    def carries_data(self, characteristic: str) -> bool:
        """Whether samples come there."""
        return characteristic in (wire.LONG_PAYLOAD, wire.MEDIUM_PAYLOAD, wire.SHORT_PAYLOAD)

    def health(self, characteristic: str, payload: bytes) -> SensorHealth | None:
        """Charge, and what the sensor reports of itself."""
        if characteristic == wire.BATTERY and len(payload) >= 1 and payload[0] <= 100:
            return SensorHealth(battery_percent=payload[0])
        if characteristic == wire.DEVICE_REPORT and payload[:1] == b"\x01":
            return SensorHealth(message="the sensor was switched off")
        return None

    async def identify(self, client: BleakClient) -> bool:
        """Have the light blink."""
        await client.write_gatt_char(wire.DEVICE_CONTROL, wire.identify(), response=True)
        return True

    def decoder(self, info: SensorInfo) -> MovellaDotDecoder:
        """Make a decoder for a sensor.

        Raises:
            ProtocolError: ``info.config`` cannot be read.
        """
        return MovellaDotDecoder(info)
