"""The data packets of the profile "Open Gait IMU", version 1; the layout is in ``docs/open-profile.md``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sensors.drivers.open_gait_imu_bytes import PROFILE_MAJOR
from sensors.drivers.open_gait_imu_short import is_short
from sensors.errors import ProtocolError
from sensors.packet_batch import IntArray

HEADER_BYTES = 16
SAMPLE_BYTES = 12
PACKET_TYPE_ACC_GYR = 0

PACKET_CLIPPED_ACC = 1
PACKET_CLIPPED_GYR = 2
PACKET_OVERFLOW = 4
PACKET_TIME_STEP = 8
PACKET_BACKFILLED = 16


PACKET_HEADER = np.dtype(
    [
        ("version_type", "u1"),
        ("cfg_imu", "u1"),
        ("seq", "<u2"),
        ("first_index", "<u4"),
        ("time_low_us", "<u4"),
        ("time_high_us", "<u2"),
        ("n", "u1"),
        ("flags", "u1"),
    ]
)


@dataclass(frozen=True, slots=True)
class RawPackets:
    """Valid data packets, in the order given; see :class:`sensors.packet_batch.PacketBatch`.

    Attributes:
        position: index of each packet among the payloads given, shape (p,).
        header: headers, shape (p,), dtype ``PACKET_HEADER``.
        device_us: device time of the first sample, shape (p,).
        count: samples of each packet, shape (p,).
        samples: counts ax ay az gx gy gz, shape (n, 6).
    """

    position: IntArray
    header: npt.NDArray[np.void]
    device_us: IntArray
    count: IntArray
    samples: npt.NDArray[np.int16]


def parse_packets(payloads: Sequence[bytes]) -> RawPackets:
    """Read data notifications; whatever is no valid packet is left out.

    Args:
        payloads: notifications of the data characteristic.

    Returns:
        The valid packets. Those of a type without both sensors count as not valid; short packets,
        too, which ``open_gait_imu_short.py`` makes whole before.
    """
    lengths = np.fromiter(map(len, payloads), dtype=np.int64, count=len(payloads))
    sized = (lengths > HEADER_BYTES) & ((lengths - HEADER_BYTES) % SAMPLE_BYTES == 0)
    position = np.flatnonzero(sized)
    raw = np.frombuffer(
        b"".join(payloads)
        if position.size == len(payloads)
        else b"".join(payloads[i] for i in position.tolist()),
        dtype=np.uint8,
    )
    lengths = lengths[position]
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1])) if position.size else lengths
    if position.size and (lengths == lengths[0]).all():  # nearly always: one reshape, no copies
        table = raw.reshape(position.size, int(lengths[0]))
        header = np.ascontiguousarray(table[:, :HEADER_BYTES]).view(PACKET_HEADER)[:, 0]
        body = np.ascontiguousarray(table[:, HEADER_BYTES:])
        samples = body.view("<i2").reshape(-1, 6)
    else:
        head_bytes = raw[(starts[:, None] + np.arange(HEADER_BYTES)).ravel()]
        header = head_bytes.view(PACKET_HEADER)
        is_body = np.ones(raw.size, dtype=bool)
        is_body[(starts[:, None] + np.arange(HEADER_BYTES)).ravel()] = False
        samples = raw[is_body].view("<i2").reshape(-1, 6)
    count = (lengths - HEADER_BYTES) // SAMPLE_BYTES
    valid = (header["version_type"] == (PROFILE_MAJOR << 4 | PACKET_TYPE_ACC_GYR)) & (
        header["n"] == count
    )
    if not valid.all():
        samples = samples[np.repeat(valid, count)]
        header, count, position = header[valid], count[valid], position[valid]
    device_us = header["time_low_us"].astype(np.int64) | (
        header["time_high_us"].astype(np.int64) << 32
    )
    return RawPackets(position, header, device_us, count, samples)


def check_packet(payload: bytes, packet: int = -1) -> None:
    """Say what is wrong with a data notification, if anything.

    Args:
        payload: the notification.
        packet: its index, for the message.

    Raises:
        ProtocolError: it is neither a packet that :func:`parse_packets` would take nor a short one.
    """
    if is_short(payload):
        return
    size = len(payload) - HEADER_BYTES
    if size <= 0 or size % SAMPLE_BYTES:
        what = f"{len(payload)} bytes are no whole number of samples"
    elif payload[0] >> 4 != PROFILE_MAJOR:
        what = f"packet version {payload[0] >> 4}, version {PROFILE_MAJOR} expected"
    elif payload[0] & 0x0F != PACKET_TYPE_ACC_GYR:
        what = f"packet type {payload[0] & 0x0F} carries no accelerometer and gyroscope pair"
    elif payload[14] != size // SAMPLE_BYTES:
        what = f"header says {payload[14]} samples, the packet has {size // SAMPLE_BYTES}"
    else:
        return
    raise ProtocolError(
        what,
        packet=packet,
        where="IMU data characteristic",
        remedy="Check that the sensor runs firmware for profile version 1",
    )
