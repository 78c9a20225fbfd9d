"""Driver for WitMotion WT901BLE, WT9011DCL and sensors with the same protocol.

They have no clock, no count and no serial number. Samples are counted, and losses found by the
arrival times (:mod:`sensors.counted_index`); variants with a calendar clock are counted by it. The
id is made of the Bluetooth address: the same on Linux and Windows, another one on every Mac.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sensors.clock_kind import COUNTED
from sensors.counted_index import Counted, CountedIndex
from sensors.drivers import witmotion_bytes as wire
from sensors.drivers.base import Part, Receive, SensorHealth, SensorIdentity
from sensors.drivers.batch_builder import BatchBuilder
from sensors.drivers.dialogue import Dialogue, dialogue
from sensors.drivers.plain_device import PlainDevice
from sensors.drivers.sig_services import address_id, forward
from sensors.errors import ProtocolError, SensorError, UnsupportedDevice
from sensors.notification import Message
from sensors.placement import Placement
from sensors.sample_block import FloatArray
from sensors.session_info import SensorInfo
from sensors.timed_index import TimedIndex

if TYPE_CHECKING:
    from bleak import BleakClient
    from bleak.backends.scanner import AdvertisementData

NAMES = ("WT901", "WT9011", "BWT901", "WTSDCL")
SETTLE_S = 0.3
"""After the change to 10 Hz, until what is on its way has come."""
ASK_TIMEOUT_S = 1.0
ASK_ATTEMPTS = 3
"""Replies get lost while data flow."""
TRUE_RATE_HZ = {200: 199.0}
"""Rates of the logs at a nominal rate (198.6 to 199.5 at 200 Hz); the nominal one where none is known."""
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_Samples = tuple[FloatArray, FloatArray]


@dataclass(frozen=True, slots=True)
class _Config:
    """What the decoder must know: the first bytes of ``SensorInfo.config``."""

    frame_bytes: int
    nominal_hz: int

    @property
    def rate_hz(self) -> float:
        return TRUE_RATE_HZ.get(self.nominal_hz, float(self.nominal_hz))

    @classmethod
    def read(cls, config: bytes) -> _Config:
        nominal_hz = int.from_bytes(config[1:3], "little")
        known = nominal_hz in wire.RATE_CODES
        if len(config) < 3 or config[0] not in wire.FRAME_BYTES or not known:
            raise ProtocolError(
                f"no configuration of a WitMotion sensor: {config[:3].hex()}",
                where="configuration",
                remedy="Record again; the sensor was not set up",
            )
        return cls(config[0], nominal_hz)


class WitMotionDecoder:
    """Decodes the frames of one sensor. See :class:`sensors.drivers.base.PacketDecoder`.

    Args:
        info: the sensor, with its configuration.
    """

    def __init__(self, info: SensorInfo) -> None:
        self._config = _Config.read(info.config)
        self._scanner = wire.FrameScanner(self._config.frame_bytes)
        self._resyncs = 0
        self._counted: CountedIndex[_Samples] = CountedIndex(self._config.rate_hz)
        self._timed = TimedIndex(self._config.rate_hz, tick_s=1e-3)
        top = 32766
        self._builder = BatchBuilder(top * wire.ACC_SCALE, top * wire.GYR_SCALE)

    def add_config(self, info: SensorInfo) -> None:
        """See :class:`sensors.drivers.base.PacketDecoder`."""
        if _Config.read(info.config) != self._config:
            raise ProtocolError(
                "the sensor sends in another way than before, and its frames do not say which",
                sensor_id=info.sensor_id,
                remedy="End the recording and start another",
            )

    def read(self, messages: Iterable[Message]) -> list[Part]:
        """See :class:`sensors.drivers.base.PacketDecoder`."""
        for characteristic, payload, arrival_ns in messages:
            if characteristic == wire.NOTIFY:
                self._take(payload, arrival_ns * 1e-9)
        self._builder.damaged += self._scanner.resyncs - self._resyncs
        self._resyncs = self._scanner.resyncs
        return self._builder.take()

    def finish(self) -> list[Part]:
        """See :class:`sensors.drivers.base.PacketDecoder`."""
        self._add(self._counted.finish())
        return self._builder.take()

    def _take(self, payload: bytes, arrival_s: float) -> None:
        frames = [one for one in self._scanner.feed(payload) if one[1] == wire.DATA_TYPE]
        if not frames:
            return
        if self._config.frame_bytes == wire.FRAME_BYTES[0]:
            content = wire.samples(frames)
            self._add(self._counted.push(len(frames), arrival_s, content))
            return
        try:
            since = wire.frame_time(frames[-1]) - _EPOCH
        except ProtocolError:
            self._builder.damaged += 1
            return
        ticks = round(since.total_seconds() * 1e3)
        where = self._timed.place_last(ticks, len(frames), arrival_s)
        self._builder.add(arrival_s, where.first_index, where.first_s, *wire.samples(frames))

    def _add(self, packets: Iterable[Counted[_Samples]]) -> None:
        for one in packets:
            self._builder.add(one.arrival_s, one.first_index, one.first_s, *one.content)


class WitMotion(PlainDevice):
    """WitMotion WT901BLE, WT9011DCL and alike."""

    kind = "witmotion"
    clock = COUNTED
    tells_session_time = False

    def matches(self, name: str | None, advertisement: AdvertisementData) -> bool:
        """Whether the vendor's service is advertised, or one of its names."""
        if wire.SERVICE in advertisement.service_uuids:
            return True
        return name is not None and name.startswith(NAMES)

    async def read_identity(self, client: BleakClient) -> SensorIdentity:
        """Make an id of the address: there is no serial number."""
        return SensorIdentity(address_id("wit", client.address), "", "")

    async def inspect(
        self,
        client: BleakClient,  # noqa: ARG002
        identity: SensorIdentity,
        *,
        name: str,
    ) -> SensorInfo:
        """Say who it is; how it is set up cannot be asked while it streams."""
        return SensorInfo(sensor_id=identity.sensor_id, kind=self.kind, name=name)

    async def configure(
        self, client: BleakClient, identity: SensorIdentity, *, name: str, rate_hz: float
    ) -> SensorInfo:
        """Slow the sensor down, set it up, and read that back; the rate itself is set at the start.

        Raises:
            UnsupportedDevice: its frames are of another product.
            SensorError: it does not answer, or does not take a setting.
        """
        import asyncio  # who only reads recordings has no need of it

        nominal_hz = min(wire.RATE_CODES, key=lambda hz: abs(hz - rate_hz))
        stream = bytearray()
        async with dialogue(
            client, wire.NOTIFY, receive=lambda _, payload: stream.extend(payload[:512])
        ) as talk:
            await self._set(client, wire.REG_RATE, wire.RATE_CODES[10])
            await asyncio.sleep(SETTLE_S)
            for register, value in (
                (wire.REG_FUSION, wire.FUSION_SIX_AXES),
                (wire.REG_BANDWIDTH, wire.BANDWIDTH_188_HZ),
                (wire.REG_OUTPUT, wire.OUTPUT_ACC_GYR_ANGLE),
            ):
                await self._set(client, register, value)
            stream.clear()
            replies = [
                await self._ask(talk, register)
                for register in (wire.REG_BANDWIDTH, wire.REG_OUTPUT, wire.REG_VERSION)
            ]
            frame_bytes = await self._frame_bytes(stream)
        set_up, output, version = (wire.parse_reply(reply) for reply in replies)
        for what, found, wanted in (
            ("low-pass", set_up.value(wire.REG_BANDWIDTH), wire.BANDWIDTH_188_HZ),
            ("six-axis mode", set_up.value(wire.REG_FUSION), wire.FUSION_SIX_AXES),
            ("output mode", output.value(wire.REG_OUTPUT), wire.OUTPUT_ACC_GYR_ANGLE),
        ):
            if found != wanted:
                raise SensorError(
                    f"the sensor did not take the {what} setting ({found} in place of {wanted})",
                    sensor_id=identity.sensor_id,
                    remedy="Switch the sensor off and on, and try again",
                )
        config = bytes((frame_bytes,)) + nominal_hz.to_bytes(2, "little") + replies[0] + replies[1]
        return self.describe(
            replies[2],
            config,
            sensor_id=identity.sensor_id,
            name=name,
            firmware=str(version.values[0] & 0xFFFF),
        )

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
            info_bytes: reply to a read of the version registers.
            config_bytes: length of a data frame u8, nominal rate u16, replies to reads of the
                low-pass and output registers.
            sensor_id: id made of the address.
            name: advertised name.
            serial: empty.
            firmware: version.
            placement: where it is worn.

        Raises:
            ProtocolError: the bytes are no configuration.
        """
        config = _Config.read(config_bytes)
        return SensorInfo(
            sensor_id=sensor_id,
            kind=self.kind,
            name=name,
            serial=serial,
            firmware=firmware,
            placement=placement,
            rate_hz=config.rate_hz,
            acc_scale=wire.ACC_SCALE,
            gyr_scale=wire.GYR_SCALE,
            acc_range=32768 * wire.ACC_SCALE,
            gyr_range=32768 * wire.GYR_SCALE,
            info=info_bytes,
            config=config_bytes,
        )

    async def subscribe(self, client: BleakClient, receive: Receive) -> None:
        """Nothing yet: until the rate is set, frames come at 10 Hz and are no samples."""

    async def start(self, client: BleakClient, info: SensorInfo, receive: Receive) -> None:
        """Set the rate, last of all: that begins the flow. Then listen."""
        nominal_hz = _Config.read(info.config).nominal_hz
        await self._set(client, wire.REG_RATE, wire.RATE_CODES[nominal_hz])
        await forward(client, wire.NOTIFY, receive)

    async def stop(self, client: BleakClient) -> None:
        """Stop listening and slow the sensor down; it has no other rest."""
        await client.stop_notify(wire.NOTIFY)
        await self._set(client, wire.REG_RATE, wire.RATE_CODES[10])

    async def read_battery(self, client: BleakClient) -> tuple[str, bytes] | None:
        """Read the battery register; None where the sensor, streaming, does not answer."""
        async with dialogue(client, wire.NOTIFY) as talk:
            try:
                return wire.NOTIFY, await self._ask(talk, wire.REG_BATTERY, attempts=1)
            except SensorError:
                return None

    def carries_data(self, characteristic: str) -> bool:
        """Whether it is the characteristic of the frames."""
        return characteristic == wire.NOTIFY

    def health(self, characteristic: str, payload: bytes) -> SensorHealth | None:
        """Battery or temperature, where bytes are a register reply of them."""
        if characteristic != wire.NOTIFY or len(payload) != wire.REPLY_BYTES:
            return None
        if payload[1] != wire.REPLY_TYPE or payload[0] != 0x55:
            return None
        reply = wire.parse_reply(payload)
        if reply.start == wire.REG_BATTERY:
            return SensorHealth(battery_percent=wire.battery_percent(reply.values[0]))
        if reply.start == wire.REG_TEMPERATURE:
            return SensorHealth(temperature_c=reply.values[0] / 100.0)
        return None

    def decoder(self, info: SensorInfo) -> WitMotionDecoder:
        """Make a decoder for a sensor.

        Raises:
            ProtocolError: ``info.config`` is no configuration.
        """
        return WitMotionDecoder(info)

    @staticmethod
    async def _set(client: BleakClient, register: int, value: int) -> None:
        for command in (wire.UNLOCK, wire.set_register(register, value)):
            await client.write_gatt_char(wire.WRITE, command)

    @staticmethod
    async def _ask(talk: Dialogue, register: int, *, attempts: int = ASK_ATTEMPTS) -> bytes:
        """The reply to a read of eight registers, as it came."""

        def reply(payload: bytes) -> bytes | None:
            head = bytes((0x55, wire.REPLY_TYPE)) + register.to_bytes(2, "little")
            at = payload.find(head)
            found = payload[at : at + wire.REPLY_BYTES] if at >= 0 else b""
            return found if len(found) == wire.REPLY_BYTES else None

        for attempt in range(attempts):
            try:
                return await talk.ask(
                    wire.WRITE, wire.read_registers(register), reply,
                    what=f"a read of register {register:#x}", timeout_s=ASK_TIMEOUT_S,
                )  # fmt: skip
            except SensorError:
                if attempt == attempts - 1:
                    raise
        raise AssertionError  # not reached: attempts is positive

    @staticmethod
    async def _frame_bytes(stream: bytearray) -> int:
        """Watch the frames at 10 Hz until their length is clear."""
        import asyncio  # who only reads recordings has no need of it

        for _ in range(30):
            found = wire.observed_frame_bytes(bytes(stream))
            if found is not None:
                if found in wire.FRAME_BYTES:
                    return found
                raise UnsupportedDevice(
                    f"frames of {found} bytes are of another WitMotion product",
                    remedy="Use a WT901BLE, WT9011DCL or BWT901BLE",
                )
            await asyncio.sleep(0.1)
        raise SensorError("the sensor sends no frames", remedy="Switch the sensor off and on")
