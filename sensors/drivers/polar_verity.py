"""Driver for Polar Verity Sense in SDK mode: accelerometer and gyroscope, sent apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from sensors.clock_kind import CRYSTAL
from sensors.drivers import polar_verity_bytes as wire
from sensors.drivers.base import (
    BATTERY_LEVEL,
    Part,
    Receive,
    SensorIdentity,
)
from sensors.drivers.batch_builder import BatchBuilder
from sensors.drivers.dialogue import Dialogue, dialogue
from sensors.drivers.plain_device import PlainDevice
from sensors.drivers.sig_services import (
    forward,
    read_firmware,
    read_serial,
)
from sensors.drivers.units import RADIANS, STANDARD_GRAVITY
from sensors.errors import ProtocolError, SensorError, UnsupportedDevice
from sensors.notification import Message
from sensors.placement import Placement
from sensors.sample_block import FloatArray
from sensors.sample_pairing import Paired, SamplePairing
from sensors.session_info import SensorInfo
from sensors.timed_index import TimedIndex

if TYPE_CHECKING:
    from bleak import BleakClient
    from bleak.backends.scanner import AdvertisementData

_NAME = "Polar Sense"
_NEEDED = 1 << wire.TYPE_ACC | 1 << wire.TYPE_GYRO | 1 << wire.TYPE_SDK_MODE
_MOST_ACC = 1000.0
_MOST_GYR = 1000.0
"""m/s² and rad/s; more than any range of the sensor."""


class _Settings:
    """What is started, from ``SensorInfo.config``: the two start requests, each with its length."""

    def __init__(self, config: bytes) -> None:
        self.requests: dict[int, bytes] = {}
        at = 0
        while at < len(config):
            request = config[at + 1 : at + 1 + config[at]]
            if len(request) < 2 or len(request) != config[at] or request[0] != wire.OP_START:
                raise _unusable("the settings cannot be read")
            self.requests[request[1]] = request
            at += 1 + len(request)
        self.values = {kind: wire.parse_settings(each[2:]) for kind, each in self.requests.items()}
        if set(self.requests) != {wire.TYPE_ACC, wire.TYPE_GYRO}:
            raise _unusable("both accelerometer and gyroscope are needed")
        if self._one(wire.TYPE_ACC, wire.SETTING_RATE) != self._one(
            wire.TYPE_GYRO, wire.SETTING_RATE
        ):
            raise _unusable("accelerometer and gyroscope have different rates")
        for kind in self.requests:
            if self._one(kind, wire.SETTING_RESOLUTION) != 16:
                raise _unusable("the resolution is not 16 bits")
        self.rate_hz = float(self._one(wire.TYPE_ACC, wire.SETTING_RATE))
        self.acc_range_g = float(self._one(wire.TYPE_ACC, wire.SETTING_RANGE))
        self.gyr_range_dps = float(self._one(wire.TYPE_GYRO, wire.SETTING_RANGE))

    def _one(self, kind: int, setting: int) -> int:
        values = self.values[kind].get(setting, ())
        if len(values) != 1 or not values[0]:
            raise _unusable(f"setting {setting} is missing")
        return values[0]


def _unusable(what: str) -> ProtocolError:
    return ProtocolError(
        what, where="Polar settings", remedy="Record again with this sensor set up"
    )


class PolarVerityDecoder:
    """Decodes the frames of one sensor. See :class:`sensors.drivers.base.PacketDecoder`.

    The factors from counts to units come with the replies to the start requests, which are part
    of the notifications; until they came, those of the range hold.

    Args:
        info: the sensor, with its configuration.
    """

    def __init__(self, info: SensorInfo) -> None:
        self._config = info.config
        settings = _Settings(info.config)
        self._factors = {
            wire.TYPE_ACC: settings.acc_range_g / 32768,
            wire.TYPE_GYRO: settings.gyr_range_dps / 32768,
        }
        self._index = {
            kind: TimedIndex(settings.rate_hz, tick_s=1e-9, modulus=2**64)
            for kind in (wire.TYPE_ACC, wire.TYPE_GYRO)
        }
        self._pairing = SamplePairing(settings.rate_hz)
        self._builder = BatchBuilder(
            0.999 * settings.acc_range_g * STANDARD_GRAVITY,
            0.999 * settings.gyr_range_dps * RADIANS,
        )

    def add_config(self, info: SensorInfo) -> None:
        """See :class:`sensors.drivers.base.PacketDecoder`."""
        if info.config != self._config:
            raise ProtocolError(
                "the sensor streams with other settings than before, and its frames do not say"
                " which",
                sensor_id=info.sensor_id,
                remedy="End the recording and start another",
            )

    def read(self, messages: Iterable[Message]) -> list[Part]:
        """See :class:`sensors.drivers.base.PacketDecoder`."""
        for characteristic, payload, arrival_ns in messages:
            if characteristic == wire.DATA:
                try:
                    self._take(payload, arrival_ns * 1e-9)
                except ProtocolError:
                    self._builder.damaged += 1
            elif characteristic == wire.CONTROL:
                self._take_reply(payload)
        return self._builder.take()

    def finish(self) -> list[Part]:
        """See :class:`sensors.drivers.base.PacketDecoder`."""
        self._add(self._pairing.finish())
        return self._builder.take()

    def _take_reply(self, payload: bytes) -> None:
        try:
            reply = wire.parse_control_reply(payload)
            if reply.op != wire.OP_START or reply.status != wire.STATUS_OK:
                return
            factor = wire.factor_of(wire.parse_settings(reply.params))
        except ProtocolError:
            return  # an answer that says nothing of factors
        if reply.measurement in self._factors and factor is not None:
            self._factors[reply.measurement] = factor

    def _take(self, payload: bytes, arrival_s: float) -> None:
        frame = wire.parse_frame(payload)
        if frame.measurement == wire.TYPE_ACC:
            g = wire.acceleration_g(frame, self._factors[wire.TYPE_ACC])
            values, most = g * STANDARD_GRAVITY, _MOST_ACC
        elif frame.measurement == wire.TYPE_GYRO:
            dps = wire.angular_rate_dps(frame, self._factors[wire.TYPE_GYRO])
            values, most = dps * RADIANS, _MOST_GYR
        else:
            return
        if not (np.abs(values) <= most).all():  # not for NaN either
            raise ProtocolError("a value is impossible", where="Polar data")
        where = self._index[frame.measurement].place_last(frame.last_ns, len(values), arrival_s)
        device_s: FloatArray = (
            where.first_s + np.arange(len(values), dtype=np.float64) * where.spacing_s
        )
        if frame.measurement == wire.TYPE_ACC:
            found = self._pairing.push_acc(where.first_index, device_s, arrival_s, values)
        else:
            found = self._pairing.push_gyr(device_s, values)
        self._add(found)

    def _add(self, found: Iterable[Paired]) -> None:
        for one in found:
            first = one.first_index % 2**32
            self._builder.add(one.arrival_s, first, float(one.device_s[0]), one.acc, one.gyr)


class PolarVerity(PlainDevice):
    """Polar Verity Sense."""

    kind = "polar_verity"
    clock = CRYSTAL
    tells_session_time = False

    def matches(self, name: str | None, advertisement: AdvertisementData) -> bool:  # noqa: ARG002
        """Whether the name is that of a Verity Sense; its services are not advertised."""
        return name is not None and name.startswith(_NAME)

    async def read_identity(self, client: BleakClient) -> SensorIdentity:
        """Read the serial number.

        Raises:
            UnsupportedDevice: it gives none.
        """
        serial = await read_serial(client)
        if not serial:
            raise UnsupportedDevice("the sensor gives no serial number", where=client.address)
        return SensorIdentity(serial, serial, await read_firmware(client))

    async def inspect(
        self, client: BleakClient, identity: SensorIdentity, *, name: str
    ) -> SensorInfo:
        """Read whether it has what is needed.

        Raises:
            UnsupportedDevice: it lacks accelerometer, gyroscope or SDK mode.
            ProtocolError: its control point answers otherwise.
        """
        features = bytes(await client.read_gatt_char(wire.CONTROL))
        if wire.parse_features(features) & _NEEDED != _NEEDED:
            raise UnsupportedDevice(
                "the sensor lacks accelerometer, gyroscope or SDK mode",
                sensor_id=identity.sensor_id,
                remedy="Use a Verity Sense with firmware 1.1.5 or later",
            )
        return SensorInfo(
            sensor_id=identity.sensor_id,
            kind=self.kind,
            name=name,
            serial=identity.serial,
            firmware=identity.firmware,
            info=features,
        )

    async def configure(
        self, client: BleakClient, identity: SensorIdentity, *, name: str, rate_hz: float
    ) -> SensorInfo:
        """Stop all streams, enter SDK mode, and choose settings; nothing streams yet.

        Raises:
            SensorError: the sensor refused.
            ProtocolError: it offers no settings that can be used.
        """
        known = await self.inspect(client, identity, name=name)
        async with dialogue(client, wire.CONTROL) as talk:
            for kind in (wire.TYPE_ACC, wire.TYPE_GYRO):
                await self._control(talk, wire.stop_request(kind), any_status=True)
            await self._control(talk, bytes((wire.OP_START, wire.TYPE_SDK_MODE)))
            offers = {
                kind: (await self._control(talk, wire.settings_request(kind))).params
                for kind in (wire.TYPE_ACC, wire.TYPE_GYRO)
            }
        chosen = self._choose({k: wire.parse_settings(each) for k, each in offers.items()}, rate_hz)
        config = b"".join(bytes((len(each),)) + each for each in chosen)
        info = known.info + b"".join(bytes((len(each),)) + each for each in offers.values())
        return self.describe(
            info,
            config,
            sensor_id=identity.sensor_id,
            name=name,
            serial=identity.serial,
            firmware=identity.firmware,
        )

    @staticmethod
    def _choose(
        offers: dict[int, dict[int, tuple[int, ...]]], wanted_hz: float
    ) -> tuple[bytes, bytes]:
        """Start requests with the nearest common rate and the widest ranges."""
        acc, gyr = offers[wire.TYPE_ACC], offers[wire.TYPE_GYRO]
        rates = set(acc.get(wire.SETTING_RATE, ())) & set(gyr.get(wire.SETTING_RATE, ()))
        for offer in (acc, gyr):
            if (
                not rates
                or not offer.get(wire.SETTING_RANGE)
                or wire.SETTING_RESOLUTION not in offer
            ):
                raise _unusable("the sensor offers no rate, range or resolution that can be used")
        rate = min(rates, key=lambda hz: (abs(hz - wanted_hz), hz))
        requests = [
            wire.start_request(
                kind,
                {
                    wire.SETTING_RATE: rate,
                    wire.SETTING_RESOLUTION: max(offer[wire.SETTING_RESOLUTION]),
                    wire.SETTING_RANGE: max(offer[wire.SETTING_RANGE]),
                    wire.SETTING_CHANNELS: 3,
                },
            )
            for kind, offer in offers.items()
        ]
        return requests[0], requests[1]

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
            info_bytes: control point as read, and the settings offered, each with its length.
            config_bytes: start requests of accelerometer and gyroscope, each with its length.
            sensor_id: the sensor's serial.
            name: advertised name.
            serial: serial number; ``sensor_id`` when empty.
            firmware: version.
            placement: where it is worn.

        Raises:
            ProtocolError: the bytes are no such requests.
        """
        settings = _Settings(config_bytes)
        return SensorInfo(
            sensor_id=sensor_id,
            kind=self.kind,
            name=name,
            serial=serial or sensor_id,
            firmware=firmware,
            placement=placement,
            rate_hz=settings.rate_hz,
            acc_scale=settings.acc_range_g * STANDARD_GRAVITY / 32768,
            gyr_scale=settings.gyr_range_dps * RADIANS / 32768,
            acc_range=settings.acc_range_g * STANDARD_GRAVITY,
            gyr_range=settings.gyr_range_dps * RADIANS,
            info=info_bytes,
            config=config_bytes,
        )

    async def subscribe(self, client: BleakClient, receive: Receive) -> None:
        """Subscribe to data and battery; no data come before the start."""
        for uuid in (wire.DATA, BATTERY_LEVEL):
            await forward(client, uuid, receive)

    async def start(self, client: BleakClient, info: SensorInfo, receive: Receive) -> None:
        """Start both streams; the replies, with their factors, are handed on, too.

        Raises:
            SensorError: the sensor refused.
        """
        requests = _Settings(info.config).requests
        async with dialogue(client, wire.CONTROL, receive=receive) as talk:
            for request in requests.values():
                await self._control(talk, request)

    async def stop(self, client: BleakClient) -> None:
        """Stop both streams and leave SDK mode, which keeps the heart rate off.

        Raises:
            SensorError: the sensor did not answer.
        """
        async with dialogue(client, wire.CONTROL) as talk:
            for kind in (wire.TYPE_ACC, wire.TYPE_GYRO, wire.TYPE_SDK_MODE):
                await self._control(talk, wire.stop_request(kind), any_status=True)

    def carries_data(self, characteristic: str) -> bool:
        """Whether it is the characteristic of the frames."""
        return characteristic == wire.DATA

    def decoder(self, info: SensorInfo) -> PolarVerityDecoder:
        """Make a decoder for a sensor.

        Raises:
            ProtocolError: ``info.config`` is no pair of start requests.
        """
        return PolarVerityDecoder(info)

    @staticmethod
    async def _control(
        talk: Dialogue, request: bytes, *, any_status: bool = False
    ) -> wire.ControlReply:
        """Write a request and wait for the whole reply to it."""
        parts: list[bytes] = []

        def read(payload: bytes) -> wire.ControlReply | None:
            reply = wire.parse_control_reply(payload)
            if (reply.op, reply.measurement) != (request[0], request[1]):
                return None
            parts.append(reply.params)
            return None if reply.more and len(parts) < 16 else reply

        what = f"request {request[:2].hex()}"
        reply = await talk.ask(wire.CONTROL, request, read, what=what)
        if not any_status and reply.status not in (wire.STATUS_OK, wire.STATUS_ALREADY):
            raise SensorError(
                f"the sensor refused {what} (status {reply.status})",
                remedy="Switch the sensor off and on, and try again",
            )
        return wire.ControlReply(reply.op, reply.measurement, reply.status, False, b"".join(parts))
