"""Driver for sensors that speak the profile "Open Gait IMU", version 1."""

from __future__ import annotations

import asyncio
import math

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.scanner import AdvertisementData

from sensors.drivers import open_gait_imu_bytes as wire
from sensors.drivers.base import BATTERY_LEVEL, SERIAL_NUMBER, Receive, SensorIdentity
from sensors.drivers.open_gait_imu_decoder import STANDARD_GRAVITY, OpenGaitImuDecoder
from sensors.errors import ProtocolError, SensorError
from sensors.placement import Placement
from sensors.session_info import SensorInfo

SAMPLES_PER_PACKET = 10
"""50 ms of latency at 200 Hz, 136 bytes a packet."""
REPLY_TIMEOUT_S = 3.0
IDENTIFY_SECONDS = 5


class OpenGaitImu:
    """Sensors that speak "Open Gait IMU" version 1: the simulator, and own firmware."""

    kind = "open_gait_imu"
    data_characteristic = wire.DATA
    sync_characteristic: str | None = wire.SYNC
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
        serial = ""
        if client.services.get_characteristic(SERIAL_NUMBER) is not None:
            raw = bytes(await client.read_gatt_char(SERIAL_NUMBER))
            serial = raw.decode("utf-8", "replace").strip("\x00 ")
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
        if (config.rate_hz, config.samples_per_packet) == (rate, SAMPLES_PER_PACKET):
            return current
        request = wire.config_request(
            current.config, rate_hz=rate, samples_per_packet=SAMPLES_PER_PACKET
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
        for uuid in (wire.SYNC, wire.EVENT, BATTERY_LEVEL, wire.DATA):
            characteristic = client.services.get_characteristic(uuid)
            if characteristic is None or "notify" not in characteristic.properties:
                continue

            def deliver(_: BleakGATTCharacteristic, value: bytearray, uuid: str = uuid) -> None:
                receive(uuid, bytes(value))

            await client.start_notify(characteristic, deliver)

    async def start(self, client: BleakClient) -> None:
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

    async def identify(self, client: BleakClient) -> None:
        """Write IDENTIFY; a device without light or buzzer may refuse, which is no error."""
        await self._control(client, wire.Op.IDENTIFY, bytes((IDENTIFY_SECONDS,)))

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
        answer: asyncio.Future[wire.ControlReply] = asyncio.get_running_loop().create_future()

        def on_reply(_: BleakGATTCharacteristic, value: bytearray) -> None:
            if answer.done():
                return
            try:
                reply = wire.parse_control_reply(bytes(value))
            except ProtocolError as error:
                answer.set_exception(error)
                return
            if (reply.op, reply.token) == (op, token):
                answer.set_result(reply)

        await client.start_notify(wire.CONTROL, on_reply)
        try:
            await client.write_gatt_char(
                wire.CONTROL, wire.control_request(op, token, args), response=True
            )
            async with asyncio.timeout(REPLY_TIMEOUT_S):
                return await answer
        except TimeoutError:
            raise SensorError(
                f"no reply to {op.name} within {REPLY_TIMEOUT_S:g} s",
                where=client.address,
                remedy="Switch the sensor off and on",
            ) from None
        finally:
            if client.is_connected:
                await client.stop_notify(wire.CONTROL)

    @staticmethod
    def _refused(what: str, reply: wire.ControlReply) -> SensorError:
        known = reply.status in wire.Status.__members__.values()
        why = wire.Status(reply.status).name.lower().replace("_", " ") if known else reply.status
        return SensorError(
            f"the sensor refused to {what} ({why})",
            remedy="Switch the sensor off and on, and try again",
        )
