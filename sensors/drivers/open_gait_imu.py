"""Driver for sensors that speak the profile "Open Gait IMU", version 1."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sensors.clock_kind import CRYSTAL
from sensors.drivers import open_gait_imu_bytes as wire
from sensors.drivers.base import (
    BATTERY_LEVEL,
    FillOutcome,
    Listen,
    Receive,
    SensorHealth,
    SensorIdentity,
)
from sensors.drivers.dialogue import dialogue
from sensors.drivers.open_gait_imu_back_fill import fill
from sensors.drivers.open_gait_imu_decoder import OpenGaitImuDecoder
from sensors.drivers.plain_device import PlainDevice
from sensors.drivers.sig_services import battery_level, forward, read_serial
from sensors.drivers.units import STANDARD_GRAVITY
from sensors.errors import ProtocolError, SensorError
from sensors.holes import Missing
from sensors.placement import Placement
from sensors.session_info import SensorInfo

if TYPE_CHECKING:
    from bleak import BleakClient
    from bleak.backends.scanner import AdvertisementData

SAMPLES_PER_PACKET = 11
"""55 ms of latency at 200 Hz, 148 bytes a packet. Eleven periods of 5 ms are no multiple of any usual
connection interval, so packets meet its events at many phases (``sensors/hidden_wait.py``)."""
IDENTIFY_SECONDS = 5


class OpenGaitImu(PlainDevice):
    """Sensors that speak "Open Gait IMU" version 1: the simulator, and own firmware."""

    kind = "open_gait_imu"
    clock = CRYSTAL
    tells_session_time = False

    def matches(self, name: str | None, advertisement: AdvertisementData) -> bool:
        """Whether the profile's service is advertised, or a name as the profile gives."""
        if wire.SERVICE in advertisement.service_uuids:
            return True
        # A host may report the name before the scan response with the service came.
        return name is not None and len(name) == 8 and name.startswith("OGI-")

    async def read_identity(self, client: BleakClient) -> SensorIdentity:
        """Read Info, and the serial number of the Device Information service if there is one.

        Raises:
            ProtocolError: Info is not of this profile.
        """
        info = wire.parse_info(bytes(await client.read_gatt_char(wire.INFO)))
        serial = await read_serial(client)
        return SensorIdentity(serial or info.unique_id, serial or info.unique_id, info.firmware)

    async def inspect(
        self, client: BleakClient, identity: SensorIdentity, *, name: str
    ) -> SensorInfo:
        """Read Info and Config.

        Raises:
            ProtocolError: Info or Config are not of this profile.
        """
        return self.describe(
            bytes(await client.read_gatt_char(wire.INFO)),
            bytes(await client.read_gatt_char(wire.CONFIG)),
            sensor_id=identity.sensor_id,
            name=name,
            serial=identity.serial,
            firmware=identity.firmware,
        )

    async def configure(
        self, client: BleakClient, identity: SensorIdentity, *, name: str, rate_hz: float
    ) -> SensorInfo:
        """Set rate and packet size, and read back what the device made of it.

        Args:
            client: connected client.
            identity: from :meth:`read_identity`.
            name: advertised name.
            rate_hz: rate wanted; the nearest one of the device's is taken.

        Raises:
            ProtocolError: Info or Config are not of this profile.
        """
        current = await self.inspect(client, identity, name=name)
        info, config = wire.parse_info(current.info), wire.parse_config(current.config)
        rate = min(info.rates_hz or (config.rate_hz,), key=lambda hz: abs(hz - rate_hz))
        log_mode = config.log_mode
        if info.capabilities & wire.CAPABILITY_LOG and not log_mode:
            log_mode = wire.LOG_WHILE_AWAY
        wanted = (rate, SAMPLES_PER_PACKET, log_mode)
        if (config.rate_hz, config.samples_per_packet, config.log_mode) == wanted:
            return current
        request = wire.config_request(
            current.config, rate_hz=rate, samples_per_packet=SAMPLES_PER_PACKET, log_mode=log_mode
        )
        await client.write_gatt_char(wire.CONFIG, request, response=True)
        return await self.inspect(client, identity, name=name)

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
        """Read a sensor's description from the bytes of Info and Config.

        Args:
            info_bytes: characteristic Info, as read.
            config_bytes: characteristic Config, as read.
            sensor_id: the device's own serial.
            name: advertised name.
            serial: serial number; ``sensor_id`` when empty.
            firmware: version; that of Info when empty.
            placement: where it is worn; that of Config when None.

        Raises:
            ProtocolError: the bytes are not of this profile.
        """
        info, config = wire.parse_info(info_bytes), wire.parse_config(config_bytes)
        return SensorInfo(
            sensor_id=sensor_id,
            kind=self.kind,
            name=name,
            serial=serial or sensor_id,
            firmware=firmware or info.firmware,
            placement=placement or config.placement,
            rate_hz=config.actual_rate_hz,
            acc_scale=config.acc_scale,
            gyr_scale=math.radians(config.gyr_scale_dps),
            acc_range=config.acc_range_g * STANDARD_GRAVITY,
            gyr_range=math.radians(config.gyr_range_dps),
            info=info_bytes,
            config=config_bytes,
        )

    async def subscribe(self, client: BleakClient, receive: Receive) -> None:
        """Subscribe to data, time exchange, events and battery, as far as the device has them."""
        for uuid in (wire.SYNC, wire.EVENT, BATTERY_LEVEL, wire.BULK, wire.DATA):
            await forward(client, uuid, receive)

    async def start(self, client: BleakClient, info: SensorInfo, receive: Receive) -> None:  # noqa: ARG002
        """Write START (now). A device that streams already is left to it.

        Raises:
            SensorError: the device refused.
        """
        reply = await self._control(client, wire.Op.START, bytes(6))
        if reply.status not in (wire.Status.OK, wire.Status.BAD_STATE):
            raise self._refused("start", reply)

    async def stop(self, client: BleakClient) -> None:
        """Write STOP. A device that had stopped already is no error.

        Raises:
            SensorError: the device refused.
        """
        reply = await self._control(client, wire.Op.STOP)
        if reply.status not in (wire.Status.OK, wire.Status.BAD_STATE):
            raise self._refused("stop", reply)

    async def identify(self, client: BleakClient) -> bool:
        """Write IDENTIFY; a device without light or buzzer may refuse."""
        reply = await self._control(client, wire.Op.IDENTIFY, bytes((IDENTIFY_SECONDS,)))
        return reply.status == wire.Status.OK

    def carries_data(self, characteristic: str) -> bool:
        """Whether it is the characteristic of the packets."""
        return characteristic == wire.DATA

    def health(self, characteristic: str, payload: bytes) -> SensorHealth | None:
        """Charge and temperature, where bytes are a battery level or an event."""
        if characteristic != wire.EVENT:
            return battery_level(characteristic, payload)
        try:
            event = wire.parse_event(payload)
        except ProtocolError:
            return None
        if event.type == wire.EVENT_TEMPERATURE and len(event.data) >= 2:
            hundredths = int.from_bytes(event.data[:2], "little", signed=True)
            return SensorHealth(temperature_c=hundredths / 100)
        if event.type == wire.EVENT_LOW_BATTERY and event.data[:1] and event.data[0] <= 100:
            return SensorHealth(battery_percent=event.data[0], message="the battery is low")
        return None

    async def back_fill(
        self, client: BleakClient, info: SensorInfo, missing: Missing, listen: Listen
    ) -> FillOutcome:
        """Ask for samples from the device's memory, or else from its log.

        Raises:
            SensorError: the device does not answer.
        """
        return await fill(self._control, client, info, missing, listen)

    async def request_time(self, client: BleakClient, seq: int, now_us: int) -> None:
        """Write one request of a time exchange; the answer comes as a notification of Sync."""
        if client.services.get_characteristic(wire.SYNC) is not None:
            await client.write_gatt_char(wire.SYNC, wire.sync_request(seq, now_us), response=False)

    def decoder(self, info: SensorInfo) -> OpenGaitImuDecoder:
        """Make a decoder for a sensor.

        Raises:
            ProtocolError: ``info.config`` is no configuration.
        """
        return OpenGaitImuDecoder(info)

    async def _control(
        self, client: BleakClient, op: wire.Op, args: bytes = b""
    ) -> wire.ControlReply:
        """Write a control request and wait for the reply to it."""
        token = int(op)

        def read(payload: bytes) -> wire.ControlReply | None:
            reply = wire.parse_control_reply(payload)
            return reply if (reply.op, reply.token) == (op, token) else None

        async with dialogue(client, wire.CONTROL) as talk:
            request = wire.control_request(op, token, args)
            return await talk.ask(wire.CONTROL, request, read, what=op.name)

    @staticmethod
    def _refused(what: str, reply: wire.ControlReply) -> SensorError:
        known = reply.status in wire.Status.__members__.values()
        why = wire.Status(reply.status).name.lower().replace("_", " ") if known else reply.status
        return SensorError(
            f"the sensor refused to {what} ({why})",
            remedy="Switch the sensor off and on, and try again",
        )
