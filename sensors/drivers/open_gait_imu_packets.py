"""The data packets of the profile "Open Gait IMU", version 1; the layout is in ``docs/open-profile.md``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sensors.drivers.open_gait_imu_bytes import PROFILE_MAJOR
from sensors.drivers.open_gait_imu_short import is_short
from sensors.errors import ProtocolError
from sensors.packed_messages import payload_rows
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
    return parse_payloads(b"".join(payloads), np.cumsum(lengths) - lengths, lengths)


def parse_payloads(content: bytes, start: IntArray, lengths: IntArray) -> RawPackets:
    """The same of notifications that lie in one piece of memory.

    Args:
        content: the memory.
        start: where each notification starts, shape (p,).
        lengths: of each, shape (p,), bytes.
    """
    sized = (lengths > HEADER_BYTES) & ((lengths - HEADER_BYTES) % SAMPLE_BYTES == 0)
    position = np.flatnonzero(sized)
    if position.size < len(lengths):
        start, lengths = start[position], lengths[position]
    header = payload_rows(content, start, HEADER_BYTES).view(PACKET_HEADER)[:, 0]
    count = (lengths - HEADER_BYTES) // SAMPLE_BYTES
    valid = (header["version_type"] == (PROFILE_MAJOR << 4 | PACKET_TYPE_ACC_GYR)) & (
        header["n"] == count
    )
    if not valid.all():
        header, count, position, start = header[valid], count[valid], position[valid], start[valid]
    device_us = header["time_low_us"].astype(np.int64) | (
        header["time_high_us"].astype(np.int64) << 32
    )
    return RawPackets(position, header, device_us, count, _samples(content, start, count))


def _samples(content: bytes, start: IntArray, count: IntArray) -> npt.NDArray[np.int16]:
    """Samples of valid packets, one packet's after another's, shape (n, 6)."""
    sizes = np.unique(count).tolist()
    if len(sizes) == 1:  # nearly always
        body = payload_rows(content, start + HEADER_BYTES, sizes[0] * SAMPLE_BYTES)
        one_size: npt.NDArray[np.int16] = body.view("<i2").reshape(-1, 6)
        return one_size
    samples = np.empty((int(count.sum()), 6), "<i2")
    first = np.cumsum(count) - count
    for size in sizes:
        mine = count == size
        body = payload_rows(content, start[mine] + HEADER_BYTES, size * SAMPLE_BYTES)
        samples[first[mine][:, None] + np.arange(size)] = body.view("<i2").reshape(-1, size, 6)
    return samples


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
