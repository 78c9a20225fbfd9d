"""The bytes of MbientLab MetaMotion: streamed samples and the commands that set them up.

There is no driver yet: the packets carry neither time nor count, and accelerometer and gyroscope
come apart. Any bytes at all give values or a :class:`~sensors.errors.ProtocolError`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sensors.errors import ProtocolError
from sensors.sample_block import FloatArray

COMMAND = "326a9001-85cb-9195-d9dd-464cfbbae75a"
NOTIFY = "326a9006-85cb-9195-d9dd-464cfbbae75a"

_ACC, _GYR = 0x03, 0x13
_DATA_REGISTERS = {(_ACC, 4), (_ACC, 5), (_GYR, 4), (_GYR, 5), (_GYR, 7)}
_RATE_CODES = {100: 0xA8, 200: 0xA9}
_RANGE_CODES = {2: 0, 4: 1, 8: 2, 16: 3}
ACC_COUNTS_PER_G = {2: 16384.0, 4: 8192.0, 8: 4096.0, 16: 2048.0}
GYR_COUNTS_PER_DPS = {2000: 16.4, 1000: 32.8, 500: 65.6, 250: 131.2, 125: 262.4}

SUBSCRIBE_ACC = bytes((_ACC, 5, 1))
"""Accelerations, three samples in a packet."""
ENABLE_ACC = bytes((_ACC, 2, 1, 0))


@dataclass(frozen=True, slots=True)
class MetaMotionSamples:
    """What a packet holds.

    Attributes:
        is_gyroscope: angular rates, else accelerations.
        values: shape (n, 3), in the unit of the counts.
    """

    is_gyroscope: bool
    values: FloatArray


def parse_samples(payload: bytes, counts_per_unit: float) -> MetaMotionSamples:
    """Read a packet of one sample, or of three.

    Args:
        payload: the notification.
        counts_per_unit: of the range that was set.

    Raises:
        ProtocolError: it is no packet of samples.
    """
    body = payload[2:]
    known = len(payload) >= 2 and (payload[0], payload[1]) in _DATA_REGISTERS
    if not known or len(body) not in (6, 18):
        raise ProtocolError(
            f"not a packet of samples: {payload[:2].hex()}, {len(payload)} bytes",
            where="MetaMotion",
        )
    counts = np.frombuffer(body, dtype="<i2").astype(np.float64).reshape(-1, 3)
    return MetaMotionSamples(payload[0] == _GYR, counts / counts_per_unit)


def configure_acc(rate_hz: int, range_g: int) -> bytes:
    """Command that sets rate (100 or 200 Hz) and range (2, 4, 8 or 16 g) of the accelerometer."""
    return bytes((_ACC, 3, _RATE_CODES[rate_hz], _RANGE_CODES[range_g]))
