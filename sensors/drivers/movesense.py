"""Driver for Movesense sensors with the GATT SensorData service.

Ranges cannot be set through this service: where they cannot be read either, clipping is not seen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np

from sensors.clock_kind import CRYSTAL
from sensors.drivers import movesense_bytes as wire
from sensors.drivers.base import (
    BATTERY_LEVEL,
    Part,
    Receive,
    SensorIdentity,
)
from sensors.drivers.batch_builder import BatchBuilder
from sensors.drivers.dialogue import Dialogue, dialogue
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

STREAM_REFERENCE = 10
"""Number of the subscription; answers to other requests have others."""
_HELLO, _ACC_CONFIG, _GYR_CONFIG = 1, 2, 3
_NAME = "Movesense "
_PATH = "/Meas/IMU6/"
_MOST_ACC = 1000.0
_MOST_GYR_DPS = 10_000.0
_MOST_PENDING_BYTES = 1024
_ACC_RANGES_G = (2, 4, 8, 16)
_GYR_RANGES_DPS = (125, 245, 250, 500, 1000, 2000)


class MovesenseDecoder:
    """Decodes the packets of one sensor. See :class:`sensors.drivers.base.PacketDecoder`.

    A packet that does not fit one notification comes in two parts. One that is shorter than
    those before waits for its rest until the next notification.

    Args:
        info: the sensor, with its configuration.
    """

    def __init__(self, info: SensorInfo) -> None:
        rate_hz, acc_range_g, gyr_range_dps = _config(info.config)
        self._rate_hz = rate_hz
        self._whole = 4 + 24 * (8 if rate_hz > 52 else 4)
        self._pending: tuple[bytes, float] | None = None
        self._index = TimedIndex(rate_hz, tick_s=wire.TICK_S, modulus=wire.WRAP)
        self._builder = BatchBuilder(
            0.999 * acc_range_g * STANDARD_GRAVITY if acc_range_g else math.inf,
            0.999 * gyr_range_dps * RADIANS if gyr_range_dps else math.inf,
        )

    def add_config(self, info: SensorInfo) -> None:
        """See :class:`sensors.drivers.base.PacketDecoder`."""
        if _config(info.config)[0] != self._rate_hz:
            raise ProtocolError(
                "the sensor streams at another rate than before, and its packets do not say which",
                sensor_id=info.sensor_id,
                remedy="End the recording and start another",
            )

    def read(self, messages: Iterable[Message]) -> list[Part]:
        """See :class:`sensors.drivers.base.PacketDecoder`."""
        for characteristic, payload, arrival_ns in messages:
            if characteristic == wire.NOTIFY:
                self._take(payload, arrival_ns * 1e-9)
        return self._builder.take()

    def finish(self) -> list[Part]:
        """See :class:`sensors.drivers.base.PacketDecoder`."""
        self._end_pending()
        return self._builder.take()

    def _take(self, payload: bytes, arrival_s: float) -> None:
        if len(payload) < 2 or payload[1] != STREAM_REFERENCE:
            return
        notified = wire.parse_notified(payload)
        if notified.kind == wire.Kind.DATA:
            self._end_pending()
            if len(notified.content) >= self._whole:
                self._add(notified.content, arrival_s)
            else:
                self._pending = (notified.content, arrival_s)
        elif notified.kind == wire.Kind.DATA_PART2:
            if self._pending is None:
                self._builder.damaged += 1
                return
            content = self._pending[0] + notified.content
            if len(content) < self._whole:
                self._pending = (content, arrival_s)
                return
            self._pending = None
            self._add(content, arrival_s)

    def _end_pending(self) -> None:
        """What waited for a rest is whole after all, or its rest was lost."""
        if self._pending is None:
            return
        content, arrival_s = self._pending
        self._pending = None
        if self._add(content, arrival_s):
            self._whole = len(content)

    def _add(self, content: bytes, arrival_s: float) -> bool:
        try:
            vectors = wire.parse_vectors(content, 2)
        except ProtocolError:
            self._builder.damaged += 1
            return False
        acc, dps = vectors.values
        if np.abs(acc).max() > _MOST_ACC or np.abs(dps).max() > _MOST_GYR_DPS:
            self._builder.damaged += 1
            return False
        where = self._index.place_first(vectors.time_ms, len(acc), arrival_s)
        self._builder.add(arrival_s, where.first_index, where.first_s, acc, dps * RADIANS)
        return True


def _config(config: bytes) -> tuple[float, float, float]:
    """Rate, Hz, and ranges, g and deg/s, 0 when unknown, from ``SensorInfo.config``."""
    resource, _, replies = config.partition(b"\x00")
    rate = resource.removeprefix(_PATH.encode())
    if not resource.startswith(_PATH.encode()) or not rate.isdigit() or len(rate) > 4:
        raise ProtocolError(
            f"no path of accelerometer and gyroscope: {resource[:24]!r}",
            where="Movesense configuration",
            remedy="Record again; the sensor was not set up",
        )
    ranges: list[float] = []
    at = 0
    for known in (_ACC_RANGES_G, _GYR_RANGES_DPS):
        size = replies[at] if at < len(replies) else 0
        value = int.from_bytes(replies[at + 1 : at + 1 + size], "little")
        ranges.append(float(value) if value in known else 0.0)
        at += 1 + size
    return float(rate), ranges[0], ranges[1]


class Movesense(PlainDevice):
    """Movesense HR2, HR+, MD and Flash."""

    kind = "movesense"
    clock = CRYSTAL
    tells_session_time = False

    def matches(self, name: str | None, advertisement: AdvertisementData) -> bool:
        """Whether the name is that of a Movesense; the service is rarely advertised."""
        named = name is not None and name.startswith(_NAME)
        return named or wire.SERVICE in advertisement.service_uuids

    async def read_identity(self, client: BleakClient) -> SensorIdentity:
        """Greet the sensor.

        Raises:
            SensorError: it does not answer: it has another firmware.
        """
        async with dialogue(client, wire.NOTIFY) as talk:
            hello = wire.parse_hello(await self._greet(talk))
        return SensorIdentity(hello.serial, hello.serial, hello.app_version)

    async def inspect(
        self,
        client: BleakClient,  # noqa: ARG002
        identity: SensorIdentity,
        *,
        name: str,
    ) -> SensorInfo:
        """Say who it is; it has nothing that is set up."""
        return SensorInfo(
            sensor_id=identity.sensor_id,
            kind=self.kind,
            name=name,
            serial=identity.serial,
            firmware=identity.firmware,
        )

    async def configure(
        self, client: BleakClient, identity: SensorIdentity, *, name: str, rate_hz: float
    ) -> SensorInfo:
        """Choose the rate and ask for the ranges.

        Raises:
            SensorError: it does not answer.
        """
        rate = min(wire.RATES_HZ, key=lambda hz: abs(hz - rate_hz))
        async with dialogue(client, wire.NOTIFY) as talk:
            await client.write_gatt_char(  # a lost link leaves the subscription of before
                wire.WRITE, wire.request(wire.Command.UNSUBSCRIBE, STREAM_REFERENCE)
            )
            hello = await self._greet(talk)
            replies = [
                await self._get(talk, reference, resource)
                for reference, resource in (
                    (_ACC_CONFIG, "/Meas/Acc/Config"),
                    (_GYR_CONFIG, "/Meas/Gyro/Config"),
                )
            ]
        config = wire.path(f"{_PATH}{rate}") + b"".join(
            bytes((len(each[:255]),)) + each[:255] for each in replies
        )
        return self.describe(
            hello,
            config,
            sensor_id=identity.sensor_id,
            name=name,
            serial=identity.serial,
            firmware=identity.firmware,
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
            info_bytes: the sensor's greeting, as answered.
            config_bytes: path of the stream, NUL, then the answers to reads of the two ranges, each
                with its length; of length 0 where the sensor did not tell.
            sensor_id: the sensor's serial.
            name: advertised name.
            serial: serial number; ``sensor_id`` when empty.
            firmware: version; that of the greeting when empty.
            placement: where it is worn.

        Raises:
            ProtocolError: the bytes cannot be read.
        """
        hello = wire.parse_hello(info_bytes)
        rate_hz, acc_range_g, gyr_range_dps = _config(config_bytes)
        return SensorInfo(
            sensor_id=sensor_id,
            kind=self.kind,
            name=name,
            serial=serial or sensor_id,
            firmware=firmware or hello.app_version,
            placement=placement,
            rate_hz=rate_hz,
            acc_scale=1.0,
            gyr_scale=RADIANS,
            acc_range=acc_range_g * STANDARD_GRAVITY,
            gyr_range=gyr_range_dps * RADIANS,
            info=info_bytes,
            config=config_bytes,
        )

    async def subscribe(self, client: BleakClient, receive: Receive) -> None:
        """Subscribe to the battery level; the data's characteristic is needed to start."""
        await forward(client, BATTERY_LEVEL, receive)

    async def start(self, client: BleakClient, info: SensorInfo, receive: Receive) -> None:
        """Subscribe to the stream.

        Raises:
            SensorError: the sensor refused.
        """
        resource = info.config.partition(b"\x00")[0] + b"\x00"
        request = wire.request(wire.Command.SUBSCRIBE, STREAM_REFERENCE, resource)
        async with dialogue(client, wire.NOTIFY, receive=receive, stay=True) as talk:
            status, _ = await talk.ask(
                wire.WRITE, request, _response_to(STREAM_REFERENCE), what="the start of the stream"
            )
            if status // 100 != 2:
                raise _refused("to stream", status)

    async def stop(self, client: BleakClient) -> None:
        """End the subscription."""
        request = wire.request(wire.Command.UNSUBSCRIBE, STREAM_REFERENCE)
        await client.write_gatt_char(wire.WRITE, request)
        await client.stop_notify(wire.NOTIFY)

    def carries_data(self, characteristic: str) -> bool:
        """Whether it is the characteristic of the stream."""
        return characteristic == wire.NOTIFY

    async def request_time(self, client: BleakClient, seq: int, now_us: int) -> None:
        """Nothing: an unanswered request would use up the few that the sensor can hold."""

    def decoder(self, info: SensorInfo) -> MovesenseDecoder:
        """Make a decoder for a sensor.

        Raises:
            ProtocolError: ``info.config`` cannot be read.
        """
        return MovesenseDecoder(info)

    @staticmethod
    async def _greet(talk: Dialogue) -> bytes:
        def read(payload: bytes) -> bytes | None:
            one = wire.parse_notified(payload)
            mine = one.kind == wire.Kind.RESPONSE and one.reference == _HELLO
            return one.content if mine else None

        request = wire.request(wire.Command.HELLO, _HELLO)
        return await talk.ask(wire.WRITE, request, read, what="the greeting")

    @staticmethod
    async def _get(talk: Dialogue, reference: int, resource: str) -> bytes:
        """The body of an answer; empty when the sensor has no such resource."""
        request = wire.request(wire.Command.GET, reference, wire.path(resource))
        status, body = await talk.ask(
            wire.WRITE, request, _response_to(reference), what=f"a read of {resource}"
        )
        if status == wire.STATUS_TOO_MANY:
            raise _refused(f"a read of {resource}", status)
        return body if status == wire.STATUS_OK else b""


def _response_to(reference: int) -> Callable[[bytes], tuple[int, bytes] | None]:
    def read(payload: bytes) -> tuple[int, bytes] | None:
        one = wire.parse_notified(payload)
        if one.kind != wire.Kind.RESPONSE or one.reference != reference:
            return None
        return wire.parse_response(one.content)

    return read


def _refused(what: str, status: int) -> SensorError:
    return SensorError(
        f"the sensor refused {what} (status {status})",
        remedy="Take the sensor off its strap for a minute, which restarts it, and try again",
    )
