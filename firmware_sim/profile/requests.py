"""What a device does on each control request."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from firmware_sim.errors import FirmwareError
from firmware_sim.profile import control
from firmware_sim.profile.bulk import BulkSender, Piece, StreamKind, chunk_data_bytes
from firmware_sim.profile.control import Op, Status
from firmware_sim.profile.flash_log import FlashLog, slices
from firmware_sim.profile.packets import (
    FLAG_BACK_FILLED,
    HEADER_BYTES,
    SAMPLE_BYTES,
)

if TYPE_CHECKING:
    from firmware_sim.profile.acquisition import Acquisition

START_AHEAD_US = 60_000_000
LONGEST_BIAS_S = 30
Answer = tuple[Status, bytes]


class Machine(Protocol):
    """The device around the requests; see ``OpenGaitDevice``."""

    acquisition: Acquisition
    log: FlashLog
    bulk: BulkSender
    identify_s: int
    utc_us: int | None

    @property
    def streaming(self) -> bool:
        """Between START and STOP."""

    @property
    def host_mtu(self) -> int:
        """ATT MTU in force."""

    @property
    def key(self) -> bytes:
        """Key of dangerous requests."""

    def device_us(self) -> int:
        """Device time now."""

    def status(self) -> bytes:
        """Data of the reply to GET_STATUS."""

    def start(self, at_us: int) -> None:
        """Begin to stream."""

    def stop(self) -> None:
        """Stop streaming, end the log."""

    def log_start(self) -> int | None:
        """Open a log; its id, or None when the flash is full."""

    def log_stop(self) -> tuple[int, int] | None:
        """End the open log: id and length; None without one."""

    def measure_bias(self, seconds: int) -> bool:
        """Begin to measure the gyroscope bias; False while one is being measured."""

    def power_off(self) -> None:
        """Switch off after the reply."""

    def restart(self) -> None:
        """Restart after the reply."""


def answer(machine: Machine, request: bytes) -> bytes:
    """Do a control request.

    Args:
        machine: The device.
        request: Bytes as written.

    Returns:
        The reply to indicate.

    Raises:
        FirmwareError: Fewer than two bytes: there is nothing to reply to (0x0D).
    """
    if len(request) < 2:
        raise FirmwareError(
            control.ATT_INVALID_LENGTH, "A control request needs an operation and a token byte."
        )
    op, token, args = request[0], request[1], request[2:]
    status, data = _do(machine, op, args)
    return bytes((op | 0x80, token, status)) + data


def _do(machine: Machine, op: int, args: bytes) -> Answer:
    if op not in set(Op):
        return Status.UNKNOWN_OP, b""
    known = Op(op)
    if len(args) != control.ARGUMENT_BYTES[known]:
        return Status.BAD_ARGUMENT, b""
    return _ACTIONS[known](machine, args)


def _start(machine: Machine, args: bytes) -> Answer:
    if machine.acquisition.running:
        return Status.BAD_STATE, b""
    at_us = int.from_bytes(args, "little")
    now_us = machine.device_us()
    if at_us and not now_us <= at_us <= now_us + START_AHEAD_US:
        return Status.BAD_ARGUMENT, b""
    machine.start(at_us)
    return Status.OK, b""


def _stop(machine: Machine, _: bytes) -> Answer:
    if not machine.streaming:
        return Status.BAD_STATE, b""
    machine.stop()
    return Status.OK, b""


def _identify(machine: Machine, args: bytes) -> Answer:
    machine.identify_s = args[0]
    return Status.OK, b""


def _get_status(machine: Machine, _: bytes) -> Answer:
    return Status.OK, machine.status()


def _set_time(machine: Machine, args: bytes) -> Answer:
    machine.utc_us = int.from_bytes(args, "little")
    return Status.OK, b""


def _resend(machine: Machine, args: bytes) -> Answer:
    first, count = struct.unpack("<IH", args)
    if not machine.acquisition.started:
        return Status.BAD_STATE, b""
    oldest, end = machine.acquisition.ring.span
    if count == 0 or first >= end:
        return Status.BAD_ARGUMENT, b""
    if first + count <= oldest:
        return Status.OUT_OF_RANGE, oldest.to_bytes(4, "little")
    most = (chunk_data_bytes(machine.host_mtu) - HEADER_BYTES) // SAMPLE_BYTES
    if most < 1:
        return Status.NOT_AVAILABLE, b""
    if machine.bulk.busy:
        return Status.BUSY, b""
    first, end = max(first, oldest), min(first + count, end)
    number = machine.bulk.add(StreamKind.RESEND, _packets(machine.acquisition, first, end, most))
    return Status.OK, struct.pack("<BIH", number, first, end - first)


def _packets(acquisition: Acquisition, first: int, end: int, most: int) -> Iterator[Piece]:
    for sequence, kept in enumerate(acquisition.ring.cut(first, end, most)):
        flagged = kept._replace(flags=kept.flags | FLAG_BACK_FILLED)
        yield Piece(kept.first, acquisition.encode(flagged, sequence))


def _log_start(machine: Machine, _: bytes) -> Answer:
    if machine.log.current is not None:
        return Status.BAD_STATE, b""
    log_id = machine.log_start()
    if log_id is None:
        return Status.NOT_AVAILABLE, b""
    return Status.OK, log_id.to_bytes(2, "little")


def _log_stop(machine: Machine, _: bytes) -> Answer:
    ended = machine.log_stop()
    if ended is None:
        return Status.BAD_STATE, b""
    return Status.OK, struct.pack("<HI", *ended)


def _log_list(machine: Machine, _: bytes) -> Answer:
    if machine.bulk.busy:
        return Status.BUSY, b""
    entries = machine.log.entries()
    pieces = slices(entries, 0, len(entries), _slice_bytes(machine))
    number = machine.bulk.add(StreamKind.LOG_LIST, pieces)
    return Status.OK, struct.pack("<BHI", number, len(machine.log.files), len(entries))


def _log_read(machine: Machine, args: bytes) -> Answer:
    log_id, offset, length = struct.unpack("<HII", args)
    log = machine.log.files.get(log_id)
    if log is None:
        return Status.BAD_ARGUMENT, b""
    held = len(log.data)
    if offset >= held:
        return Status.OUT_OF_RANGE, held.to_bytes(4, "little")
    if machine.bulk.busy:
        return Status.BUSY, b""
    length = min(length or held, held - offset)
    data = bytes(log.data[offset : offset + length])
    pieces = (
        Piece(p.position + offset, p.data) for p in slices(data, 0, length, _slice_bytes(machine))
    )
    number = machine.bulk.add(StreamKind.LOG, pieces)
    return Status.OK, struct.pack("<BI", number, length)


def _slice_bytes(machine: Machine) -> int:
    return max(1, chunk_data_bytes(machine.host_mtu))


def _log_erase(machine: Machine, args: bytes) -> Answer:
    key, log_id = args[: control.KEY_BYTES], int.from_bytes(args[control.KEY_BYTES :], "little")
    if key != machine.key:
        return Status.BAD_ARGUMENT, b""
    if log_id == control.ALL_LOGS:
        machine.log.erase(None)
        return Status.OK, b""
    if log_id not in machine.log.files:
        return Status.BAD_ARGUMENT, b""
    return (Status.OK if machine.log.erase(log_id) else Status.BAD_STATE), b""


def _gyro_bias(machine: Machine, args: bytes) -> Answer:
    if not 1 <= args[0] <= LONGEST_BIAS_S:
        return Status.BAD_ARGUMENT, b""
    if not machine.acquisition.running:
        return Status.BAD_STATE, b""
    return (Status.OK if machine.measure_bias(args[0]) else Status.BUSY), b""


def _power_off(machine: Machine, args: bytes) -> Answer:
    if args != machine.key:
        return Status.BAD_ARGUMENT, b""
    machine.power_off()
    return Status.OK, b""


def _reboot(machine: Machine, args: bytes) -> Answer:
    if args[0] == 1:
        return Status.NOT_AVAILABLE, b""  # there is no other firmware to load
    if args[0] != 0:
        return Status.BAD_ARGUMENT, b""
    machine.restart()
    return Status.OK, b""


_ACTIONS = {
    Op.START: _start,
    Op.STOP: _stop,
    Op.IDENTIFY: _identify,
    Op.GET_STATUS: _get_status,
    Op.SET_TIME: _set_time,
    Op.RESEND: _resend,
    Op.LOG_START: _log_start,
    Op.LOG_STOP: _log_stop,
    Op.LOG_LIST: _log_list,
    Op.LOG_READ: _log_read,
    Op.LOG_ERASE: _log_erase,
    Op.GYRO_BIAS: _gyro_bias,
    Op.POWER_OFF: _power_off,
    Op.REBOOT: _reboot,
}
