"""Commands and data packets of the MetaMotionS (BMI270) and older boards. All fields are little-endian.

Every packet begins with a module and a register; a register with bit 7 set asks for its content.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

ACCELEROMETER, GYROSCOPE, LOG = 0x03, 0x13, 0x0B
CONFIG, ENABLE, DATA, PACKED_DATA = 0x03, 0x02, 0x04, 0x05
BMI160_GYRO_DATA, BMI160_GYRO_PACKED = 0x05, 0x07
LOG_STATE, LOG_RESET = 0x01, 0x09

LSB_PER_G = {2: 16384.0, 4: 8192.0, 8: 4096.0, 16: 2048.0}
LSB_PER_DPS = {2000: 16.4, 1000: 32.8, 500: 65.6, 250: 131.2, 125: 262.4}
_ACC_RANGE_CODES = {2: 0, 4: 1, 8: 2, 16: 3}
_RATE_CODES = {100: 0x08, 200: 0x09}


def encode_samples(
    module: int, register: int, values: Sequence[Sequence[float]], lsb_per_unit: float
) -> bytes:
    """A data packet: one sample, or three in a packed register.

    Args:
        module: ``ACCELEROMETER`` or ``GYROSCOPE``.
        register: Data register of the board.
        values: Samples in g or deg/s.
        lsb_per_unit: Counts per g or deg/s; values beyond 16 bits clip.
    """
    counts = [round(v * lsb_per_unit) for row in values for v in row]
    clipped = [max(-32768, min(32767, c)) for c in counts]
    return struct.pack(f"<BB{len(clipped)}h", module, register, *clipped)


def encode_acc_config(rate_hz: int, range_g: int) -> bytes:
    """Accelerometer rate (100 or 200 Hz) and range of a BMI270."""
    return bytes((ACCELEROMETER, CONFIG, 0xA0 | _RATE_CODES[rate_hz], _ACC_RANGE_CODES[range_g]))


def encode_acc_enable() -> bytes:
    """Switch the accelerometer's data interrupt on."""
    return bytes((ACCELEROMETER, ENABLE, 1, 0))


def encode_subscribe(module: int, register: int) -> bytes:
    """Ask for the packets of a data register."""
    return bytes((module, register, 1))


def encode_log_state(*, on: bool) -> bytes:
    """Start or stop logging."""
    return bytes((LOG, LOG_STATE, int(on)))


def encode_log_reset() -> bytes:
    """Forget all loggers."""
    return bytes((LOG, LOG_RESET)) + b"\xff" * 4
