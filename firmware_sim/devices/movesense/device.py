"""A Movesense sensor with the GATT SensorData Protocol on the air."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from firmware_sim.device import Advertisement, Outgoing, ServiceSpec
from firmware_sim.devices.gatt_device import ATT_INVALID_LENGTH, GattDevice
from firmware_sim.devices.identity import parse_variant, static_address
from firmware_sim.devices.movesense.gsp import (
    Command,
    Status,
    encode_data,
    encode_hello,
    encode_response,
    encode_temperature,
    encode_time_detailed,
)
from firmware_sim.devices.movesense.logger import Logger
from firmware_sim.devices.movesense.resources import (
    CONSTANTS,
    TEMPERATURE,
    Measured,
    encode_samples,
    measured,
)
from firmware_sim.devices.standard_services import (
    BATTERY,
    INFORMATION,
    characteristic,
    information_values,
    sig,
)
from firmware_sim.devices.worn_imu import NoiseDensity, WornImu
from firmware_sim.errors import FirmwareError

if TYPE_CHECKING:
    from firmware_sim.device import AirClock
    from firmware_sim.devices.agenda import Action
    from firmware_sim.devices.identity import DeviceIdentity
    from firmware_sim.devices.worn_imu import SampleStream
    from firmware_sim.session import SimulatedSession

SERVICE = "34802252-7185-4d5d-b431-630e7050e8f0"
WRITE = "34800001-7185-4d5d-b431-630e7050e8f0"
NOTIFY = "34800002-7185-4d5d-b431-630e7050e8f0"
SHORT_SERVICE = sig(0xFDF3)

VARIANTS = ("near-wrap", "temperature-first")
HANGING_PATH = "/Info"
HANG_S = 5.0
"""A GET of ``/Info`` is never answered; after this long it has used up the pool of requests."""

_MOST_IN_FLIGHT = 2
_REPLY_S = 0.03
_TICK_RATE, _ACCURACY = 1024, 20
_NEAR_WRAP_S = 20.0
_TEMPERATURE_S = 10.0
_REBOOT_MODE = 5
_REBOOT_S = 0.3
_CHUNK_S = 0.015
_CHUNK_BYTES = 120
_UTC_AT_BOOT_US = 1_420_070_400_000_000
"""2015-01-01: what the clock shows while nobody has set it."""

_NOISE = NoiseDensity(acc_ug=90.0, gyro_mdps=7.0)


@dataclass
class _Subscription:
    """One stream to a client."""

    resource: Measured | None
    source: SampleStream | None
    next: int = 0
    plan: int | None = None


class Movesense(GattDevice):
    """The device; ``VARIANTS`` are its options.

    Args:
        session: Who wears it and what is done.
        identity: Who it is.
        clock: Time of its air.
        variant: ``near-wrap`` (its clock wraps 20 s after the air began), ``temperature-first`` (a firmware
            that sends temperature before time), joined by ``+``.
    """

    def __init__(
        self,
        session: SimulatedSession,
        identity: DeviceIdentity,
        clock: AirClock,
        variant: str | None = None,
    ) -> None:
        self._options = parse_variant(variant, VARIANTS, "movesense")
        serial = f"2{int.from_bytes(identity.unit, 'big') % 10**11:011d}"
        super().__init__(
            identity,
            clock,
            sensor_id=serial,
            address=static_address(*identity.unit),
            mtu=158,
            services=(
                ServiceSpec(
                    SERVICE,
                    (
                        characteristic(WRITE, "write", "write-without-response"),
                        characteristic(NOTIFY, "notify"),
                    ),
                ),
                BATTERY,
                INFORMATION,
            ),
            advertisement=Advertisement(f"Movesense {serial}", (SHORT_SERVICE,)),
            constants=information_values("Suunto", "Movesense", serial, "2.3.0"),
        )
        self.writers[WRITE] = self._requested
        self._imu = WornImu(session, identity, _NOISE)
        self._start_ms = 2**32 - int(_NEAR_WRAP_S * 1e3) if "near-wrap" in self._options else None
        self._utc_offset_us = _UTC_AT_BOOT_US
        self._subscriptions: dict[int, _Subscription] = {}
        self._in_flight = 0
        self._leaked = False
        self._logger = Logger()

    # --- clocks ---

    def device_ms(self, air_s: float) -> int:
        """Milliseconds since boot, not yet wrapped."""
        if self._start_ms is None:
            return int(self.uptime_s(air_s) * 1e3)
        since_s = self.uptime_s(air_s) - self.uptime_s(0.0)
        return self._start_ms + int(since_s * 1e3)

    # --- requests ---

    def _requested(self, value: bytes) -> None:
        if len(value) < 2:
            raise FirmwareError(ATT_INVALID_LENGTH, "A request needs a command and a reference.")
        command, reference, payload = value[0], value[1], value[2:]
        if command == Command.HELLO:
            texts = (self.sensor_id, "Movesense", self.address, "GSP simulated", "1.0.0")
            self._answer(encode_hello(reference, texts))
        elif command == Command.SYSTEM_MODE:
            self._system_mode(reference, payload)
        elif self._leaked or self._in_flight >= _MOST_IN_FLIGHT:
            self._answer(encode_response(reference, Status.TOO_MANY_REQUESTS))
        else:
            self._in_flight += 1
            self._request(command, reference, payload)

    def _answer(self, notification: bytes) -> None:
        self.send(NOTIFY, notification, after_s=_REPLY_S)

    def _request(self, command: int, reference: int, payload: bytes) -> None:
        """Do a request that takes a place in the pool until it is answered."""
        if command == Command.GET and payload == HANGING_PATH.encode() + b"\0":
            self.agenda.at(self.clock.now_s() + HANG_S, self._leak)
            return
        status, body = self._do(command, reference, payload)

        def done(air_s: float) -> Iterable[Outgoing]:
            self._in_flight -= 1
            response = encode_response(reference, status, body)
            return (Outgoing(air_s, NOTIFY, response[: self.payload_limit]),)

        self.agenda.at(self.clock.now_s() + _REPLY_S, done)

    def _leak(self, _: float) -> Iterable[Outgoing]:
        self._leaked = True
        return ()

    def _do(self, command: int, reference: int, payload: bytes) -> tuple[Status, bytes]:
        if command == Command.SUBSCRIBE:
            return self._subscribe(reference, payload), b""
        if command == Command.UNSUBSCRIBE:
            return self._unsubscribe(reference), b""
        if command == Command.GET:
            return self._get(payload)
        if command == Command.FETCH_LOG:
            return self._fetch(reference, payload), b""
        if command == Command.CLEAR_LOGS:
            self._logger.clear()
            return Status.OK, b""
        if command == Command.LOGGER_CONFIG:
            paths = [p.decode("ascii", "replace") for p in payload.split(b"\0") if p]
            resources = [measured(path) for path in paths]
            if not resources or None in resources:
                return Status.BAD_REQUEST, b""
            self._logger.resources = [r for r in resources if r is not None]
            return Status.OK, b""
        if command == Command.SET_UTC:
            if len(payload) != 8:
                return Status.BAD_REQUEST, b""
            now_us = int(self.uptime_s(self.clock.now_s()) * 1e6)
            self._utc_offset_us = int.from_bytes(payload, "little") - now_us
            return Status.OK, b""
        if command == Command.LOGGER_STATE:
            return self._logger_state(payload), b""
        return Status.NOT_IMPLEMENTED, b""

    def _get(self, payload: bytes) -> tuple[Status, bytes]:
        path = _path(payload)
        if path is None:
            return Status.BAD_REQUEST, b""
        now = self.clock.now_s()
        utc_us = (self._utc_offset_us + int(self.uptime_s(now) * 1e6)) & 2**64 - 1
        answers = {
            "/Time": utc_us.to_bytes(8, "little"),
            "/Time/Detailed": encode_time_detailed(
                utc_us, self.device_ms(now), _TICK_RATE, _ACCURACY
            ),
            "/System/Energy/Level": bytes((self.battery_percent(),)),
            TEMPERATURE: self._temperature(now),
            **CONSTANTS,
        }
        body = answers.get(path)
        return (Status.NOT_FOUND, b"") if body is None else (Status.OK, body)

    def _temperature(self, air_s: float) -> bytes:
        warm = 1.0 - float(np.exp(-max(0.0, self.uptime_s(air_s)) / 400.0))
        return encode_temperature(
            self.device_ms(air_s),
            297.0 + 8.0 * warm,
            float_first="temperature-first" in self._options,
        )

    # --- subscriptions ---

    def _subscribe(self, reference: int, payload: bytes) -> Status:
        path = _path(payload)
        if path is None:
            return Status.BAD_REQUEST
        if reference in self._subscriptions:
            return Status.CONFLICT
        resource = measured(path)
        if resource is None and path != TEMPERATURE:
            return Status.NOT_FOUND
        found = _Subscription(resource, None)
        self._subscriptions[reference] = found
        if resource is None:
            found.plan = self.agenda.at(
                self.clock.now_s() + 2.0 * _REPLY_S, self._temperature_to(reference)
            )
            return Status.OK
        source = self._stream(resource)
        found.source = source
        # nothing may come before the response
        found.next = source.first_after(self.join_script() + _REPLY_S)
        self._plan_packet(reference)
        return Status.OK

    def _stream(self, resource: Measured) -> SampleStream:
        rate = resource.rate_hz
        return self._imu.stream(rate * (1.0 + self.identity.rate_error), cutoff_hz=rate / 2.0)

    def _unsubscribe(self, reference: int) -> Status:
        found = self._subscriptions.pop(reference, None)
        if found is None:
            return Status.NOT_FOUND
        self.agenda.cancel(found.plan)
        if not any(s.source for s in self._subscriptions.values()) and not self._logger.running:
            self.leave_script()
        return Status.OK

    def _plan_packet(self, reference: int) -> None:
        found = self._subscriptions[reference]
        resource, source = found.resource, found.source
        if resource is None or source is None:
            return
        n = resource.samples_per_packet

        def packet(air_s: float) -> Iterable[Outgoing]:
            samples = source.take(found.next, n)
            first_ms = self.device_ms(self.air_of(source.time_s(found.next)))
            payload = encode_samples(resource, samples, first_ms, self._imu.fusion.heading_rad)
            found.next += n
            self._plan_packet(reference)
            parts = encode_data(reference, payload, self.payload_limit)
            shares = np.diff(np.linspace(0, n, len(parts) + 1).round()).astype(int).tolist()
            return [
                Outgoing(air_s, NOTIFY, part, max(share, 1) if len(parts) <= n else share)
                for part, share in zip(parts, shares, strict=True)
            ]

        at_s = self.air_of(source.time_s(found.next + n - 1))
        found.plan = self.agenda.at(at_s, packet)

    def _temperature_to(self, reference: int) -> Action:
        def notify(air_s: float) -> Iterable[Outgoing]:
            self._subscriptions[reference].plan = self.agenda.at(air_s + _TEMPERATURE_S, notify)
            parts = encode_data(reference, self._temperature(air_s), self.payload_limit)
            return [Outgoing(air_s, NOTIFY, part) for part in parts]

        return notify

    # --- log ---

    def _logger_state(self, payload: bytes) -> Status:
        if payload == b"\x03" and self._logger.resources and not self._logger.running:
            self._logger.start(self.join_script())
            return Status.OK
        if payload == b"\x02" and self._logger.running:
            session_s = self.join_script()
            self._logger.stop(session_s, self._logged)
            if not any(s.source for s in self._subscriptions.values()):
                self.leave_script()
            return Status.OK
        return Status.CONFLICT if payload in (b"\x02", b"\x03") else Status.BAD_REQUEST

    def _logged(self, resource: Measured, start_s: float, end_s: float) -> Iterable[bytes]:
        """Packets of one resource over [start_s, end_s), as they would have been sent."""
        source = self._stream(resource)
        n = resource.samples_per_packet
        first = source.first_after(start_s)
        while source.time_s(first + n - 1) < end_s:
            time_ms = self.device_ms(self.air_of(source.time_s(first)))
            samples = source.take(first, n)
            yield encode_samples(resource, samples, time_ms, self._imu.fusion.heading_rad)
            first += n

    def _fetch(self, reference: int, payload: bytes) -> Status:
        if len(payload) != 4:
            return Status.BAD_REQUEST
        log = self._logger.logs.get(int.from_bytes(payload, "little"))
        if log is None:
            return Status.NOT_FOUND

        def chunk(offset: int, air_s: float) -> Iterable[Outgoing]:
            room = min(_CHUNK_BYTES, self.payload_limit - 6)
            body = log[offset : offset + room]
            if body:
                self.agenda.at(air_s + _CHUNK_S, lambda at: chunk(offset + len(body), at))
            data = offset.to_bytes(4, "little") + body
            return (Outgoing(air_s, NOTIFY, encode_data(reference, data, 2**16)[0]),)

        self.agenda.at(self.clock.now_s() + 2.0 * _REPLY_S, lambda at: chunk(0, at))
        return Status.OK

    # --- link and power ---

    def _system_mode(self, reference: int, payload: bytes) -> None:
        if payload != bytes((_REBOOT_MODE,)):
            self._answer(encode_response(reference, Status.BAD_REQUEST))
            return
        self._answer(encode_response(reference, Status.ACCEPTED))

        def reboot(_: float) -> Iterable[Outgoing]:
            self.reboot()
            return ()

        self.agenda.at(self.clock.now_s() + _REBOOT_S, reboot)

    def _on_disconnected(self) -> None:
        for reference in list(self._subscriptions):
            self.agenda.cancel(self._subscriptions.pop(reference).plan)
        if not self._logger.running:
            super()._on_disconnected()

    def _on_reboot(self) -> None:
        super()._on_reboot()
        self._subscriptions.clear()
        self._in_flight = 0
        self._leaked = False
        self._start_ms = None
        self._logger.interrupted()
        self._utc_offset_us = _UTC_AT_BOOT_US


def _path(payload: bytes) -> str | None:
    """The path of a request, None for one that does not end in NUL or is no text."""
    if not payload.endswith(b"\0") or b"\0" in payload[:-1] or not payload.isascii():
        return None
    return payload[:-1].decode("ascii")
