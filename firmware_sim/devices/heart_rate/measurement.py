"""The Heart Rate Measurement characteristic (0x2A37). All fields are little-endian."""

from __future__ import annotations

import struct
from collections.abc import Sequence

_WIDE, _CONTACT, _CONTACT_KNOWN, _ENERGY, _INTERVALS = 0x01, 0x02, 0x04, 0x08, 0x10
RR_PER_S = 1024


def encode_heart_rate(
    bpm: int,
    *,
    contact: bool | None = None,
    energy_kj: int | None = None,
    rr_s: Sequence[float] = (),
) -> bytes:
    """One measurement.

    Args:
        bpm: Heart rate, per minute; two bytes from 256 on, as the field demands.
        contact: Skin contact, None for a strap that cannot tell.
        energy_kj: Energy spent since the last reset, kJ.
        rr_s: Intervals between beats since the last measurement, s, oldest first.
    """
    flags = _WIDE if bpm > 255 else 0
    if contact is not None:
        flags |= _CONTACT_KNOWN | (_CONTACT if contact else 0)
    parts = [struct.pack("<H" if bpm > 255 else "<B", bpm)]
    if energy_kj is not None:
        flags |= _ENERGY
        parts.append(struct.pack("<H", energy_kj))
    if rr_s:
        flags |= _INTERVALS
        parts += [struct.pack("<H", round(rr * RR_PER_S)) for rr in rr_s]
    return bytes([flags]) + b"".join(parts)
