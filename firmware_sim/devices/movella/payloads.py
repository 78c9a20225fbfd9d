"""Measurement payloads of the Movella DOT, by payload mode. All fields are little-endian.

Each starts with the time in microseconds (u32) and is followed by zeros up to the size of its
characteristic: short 20, medium 40, long 63 bytes.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

_BASE = "1517{:04x}-4947-11e9-8646-d663bd873d93"


def dot_uuid(number: int) -> str:
    """Full UUID of a number of the DOT's base, lower case."""
    return _BASE.format(number)


LONG, MEDIUM, SHORT = dot_uuid(0x2002), dot_uuid(0x2003), dot_uuid(0x2004)
PADDED_BYTES = {LONG: 63, MEDIUM: 40, SHORT: 20}

MAG_COUNTS_PER_UNIT = 4096.0
"""Magnetic field is sent as i16, this many counts per arbitrary unit (about 40 uT)."""

UT_PER_UNIT = 40.0


class Reading(NamedTuple):
    """Everything that one output of the sensor could carry.

    Attributes:
        quaternion: Sensor to earth, w x y z.
        euler_deg: Roll, pitch, yaw.
        free_acc_m_s2: Acceleration in earth axes without gravity.
        acc_m_s2: Specific force in sensor axes.
        gyr_dps: Angular velocity in sensor axes.
        mag_ut: Magnetic field in sensor axes.
        dq: Rotation over the output period, w x y z.
        dv_m_s: Change of velocity over the output period, sensor axes.
        status: Bits 0-2 acceleration clipped in x y z, 3-5 angular velocity, 9 magnetometer new.
        clips: Clipped inner samples, (acceleration, angular velocity).
    """

    quaternion: Sequence[float]
    euler_deg: Sequence[float]
    free_acc_m_s2: Sequence[float]
    acc_m_s2: Sequence[float]
    gyr_dps: Sequence[float]
    mag_ut: Sequence[float]
    dq: Sequence[float]
    dv_m_s: Sequence[float]
    status: int
    clips: tuple[int, int]


_FIELDS = {
    2: ("quaternion", "free_acc_m_s2", "status"),
    3: ("quaternion", "free_acc_m_s2"),
    4: ("euler_deg",),
    5: ("quaternion",),
    6: ("free_acc_m_s2",),
    7: ("euler_deg", "free_acc_m_s2", "status"),
    16: ("euler_deg", "free_acc_m_s2"),
    18: ("dq", "dv_m_s", "mag_ut"),
    19: ("dq", "dv_m_s"),
    20: ("acc_m_s2", "gyr_dps", "mag_ut"),
    21: ("acc_m_s2", "gyr_dps"),
    22: ("euler_deg", "free_acc_m_s2", "gyr_dps"),
    23: ("euler_deg", "free_acc_m_s2", "mag_ut"),
    24: ("quaternion", "gyr_dps"),
    26: ("quaternion", "acc_m_s2", "gyr_dps"),
}
"""What follows the time, by payload mode."""

MODES = tuple(_FIELDS)
ORIENTATION_MODES = frozenset(
    mode for mode, fields in _FIELDS.items() if {"quaternion", "euler_deg"} & set(fields)
)


def characteristic_of(mode: int) -> str:
    """The characteristic that carries a payload mode."""
    if mode in (4, 5, 6):
        return SHORT
    return LONG if mode == 26 else MEDIUM


def encode_floats(time_us: int, values: Sequence[float]) -> bytes:
    """A time and floats, without padding."""
    return struct.pack(f"<I{len(values)}f", time_us & 0xFFFFFFFF, *values)


def encode_payload(mode: int, time_us: int, reading: Reading) -> bytes:
    """One notification.

    Args:
        mode: One of ``MODES``.
        time_us: Device time, microseconds; the low 32 bits are sent.
        reading: What was measured.
    """
    parts = [encode_floats(time_us, ())]
    for field in _FIELDS[mode]:
        if field == "status":
            parts.append(struct.pack("<HBB", reading.status, *reading.clips))
        elif field == "mag_ut":
            counts = [round(v / UT_PER_UNIT * MAG_COUNTS_PER_UNIT) for v in reading.mag_ut]
            parts.append(struct.pack("<3h", *(max(-32768, min(32767, c)) for c in counts)))
        else:
            values = getattr(reading, field)
            parts.append(struct.pack(f"<{len(values)}f", *values))
    return b"".join(parts).ljust(PADDED_BYTES[characteristic_of(mode)], b"\0")
