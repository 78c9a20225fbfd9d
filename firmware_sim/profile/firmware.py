"""The firmware's answers to its host: control requests, settings, time exchange. Pure: no radio, no clock.

Control requests are ``op u8, token u8, arguments``; replies ``op | 0x80, token, status u8, data``.
The reply to GET_STATUS carries 16 bytes: state u8 (0 idle, 1 streaming), battery u8 (percent), packets
lost in the device since START u32, samples since START u32, device time u48 (microseconds since boot).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from enum import IntEnum

from firmware_sim.errors import FirmwareError
from firmware_sim.profile.characteristics import DeviceConfig

ATT_INVALID_LENGTH = 0x0D
ATT_VALUE_NOT_ALLOWED = 0x13
ATT_WRITE_REJECTED = 0xFC

_SYNC_REQUEST = struct.Struct("<BBHQ")
_SYNC_REPLY = struct.Struct("<BBHQQQ")
SYNC_VERSION = 1


class Op(IntEnum):
    """Control requests of the profile."""

    START = 0x01
    STOP = 0x02
    IDENTIFY = 0x03
    GET_STATUS = 0x04
    SET_TIME = 0x05
    RESEND = 0x06
    LOG_START = 0x07
    LOG_STOP = 0x08
    LOG_LIST = 0x09
    LOG_READ = 0x0A
    LOG_ERASE = 0x0B
    GYRO_BIAS = 0x0C
    POWER_OFF = 0x0D
    REBOOT = 0x0E


class Status(IntEnum):
    """Outcome of a control request."""

    OK = 0
    UNKNOWN_OP = 1
    BAD_ARGUMENT = 2
    BAD_STATE = 3
    BUSY = 4
    NOT_AVAILABLE = 5
    OUT_OF_RANGE = 6


_ARGUMENT_BYTES = {Op.START: 6, Op.STOP: 0, Op.IDENTIFY: 1, Op.GET_STATUS: 0, Op.SET_TIME: 8}
"""Requests this firmware does, with the length of their arguments; the rest of the profile is refused."""


class Firmware:
    """State of one device.

    Args:
        config: Settings at power-up.
        device_time_us: Device clock, called when a request needs it.
        battery_percent: Battery level, called when asked for.
        on_start: Called once for each accepted START, with the device time asked for (0 = now).
        on_stop: Called once for each accepted STOP.

    Attributes:
        config: Settings in force.
        streaming: True between START and STOP.
        identify_s: Seconds of the last IDENTIFY.
        utc_us: Last time set by the host, microseconds, or None.
        packets_lost: Packets given up in the device since START.
        samples_sent: Samples put into packets since START.
    """

    def __init__(
        self,
        config: DeviceConfig,
        *,
        device_time_us: Callable[[], int],
        battery_percent: Callable[[], int],
        on_start: Callable[[int], None],
        on_stop: Callable[[], None],
    ) -> None:
        self.config = config
        self.streaming = False
        self.identify_s = 0
        self.utc_us: int | None = None
        self.packets_lost = 0
        self.samples_sent = 0
        self._device_time_us = device_time_us
        self._battery_percent = battery_percent
        self._on_start = on_start
        self._on_stop = on_stop

    def write_config(self, value: bytes) -> None:
        """Take new settings; the device then counts ``cfg_id`` up.

        Raises:
            FirmwareError: While streaming (0xFC), or settings that the device cannot do (0x13).
        """
        if self.streaming:
            raise FirmwareError(
                ATT_WRITE_REJECTED, "Settings cannot change while streaming; STOP first."
            )
        changed = self.config.changed_by(value)
        if changed is None:
            raise FirmwareError(
                ATT_VALUE_NOT_ALLOWED,
                f"Settings {value.hex()} are not possible; read Info for the supported ones.",
            )
        self.config = changed

    def control(self, request: bytes) -> bytes:
        """Do a control request.

        Args:
            request: Bytes as written.

        Returns:
            The reply to indicate.

        Raises:
            FirmwareError: Fewer than two bytes: there is nothing to reply to (0x0D).
        """
        if len(request) < 2:
            raise FirmwareError(
                ATT_INVALID_LENGTH, "A control request needs an operation and a token byte."
            )
        op, token, args = request[0], request[1], request[2:]
        status, data = self._do(op, args)
        return bytes((op | 0x80, token, status)) + data

    def _do(self, op: int, args: bytes) -> tuple[Status, bytes]:
        if op not in set(Op):
            return Status.UNKNOWN_OP, b""
        known = Op(op)
        if known not in _ARGUMENT_BYTES:
            return Status.NOT_AVAILABLE, b""
        if len(args) != _ARGUMENT_BYTES[known]:
            return Status.BAD_ARGUMENT, b""
        if known is Op.START:
            return self._start(args), b""
        if known is Op.STOP:
            return self._stop(), b""
        if known is Op.IDENTIFY:
            self.identify_s = args[0]
            return Status.OK, b""
        if known is Op.GET_STATUS:
            return Status.OK, self._status()
        self.utc_us = int.from_bytes(args, "little")
        return Status.OK, b""

    def _start(self, args: bytes) -> Status:
        if self.streaming:
            return Status.BAD_STATE
        at_us = int.from_bytes(args, "little")
        now_us = self._device_time_us()
        if at_us and not now_us <= at_us <= now_us + 60_000_000:
            return Status.BAD_ARGUMENT
        self.streaming = True
        self.packets_lost = self.samples_sent = 0
        self._on_start(at_us)
        return Status.OK

    def _stop(self) -> Status:
        if not self.streaming:
            return Status.BAD_STATE
        self.streaming = False
        self._on_stop()
        return Status.OK

    def _status(self) -> bytes:
        return struct.pack(
            "<BBII",
            int(self.streaming),
            self._battery_percent(),
            self.packets_lost,
            self.samples_sent,
        ) + self._device_time_us().to_bytes(6, "little")

    def sync(self, request: bytes, received_us: int) -> bytes | None:
        """Answer a time exchange.

        Args:
            request: version u8, op 0, sequence u16, host time t1 u64.
            received_us: Device time of arrival, t2.

        Returns:
            Reply of 28 bytes with t1, t2 and the time of sending t3, or None for what is no request
            (a write without response cannot be refused).
        """
        if len(request) != _SYNC_REQUEST.size:
            return None
        version, op, sequence, t1 = _SYNC_REQUEST.unpack(request)
        if version != SYNC_VERSION or op != 0:
            return None
        return _SYNC_REPLY.pack(SYNC_VERSION, 1, sequence, t1, received_us, self._device_time_us())
