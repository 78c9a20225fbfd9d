"""Checksums of the profile."""

from __future__ import annotations

import binascii


def crc16(data: bytes) -> int:
    """CRC-16 of a log record: polynomial 0x1021, start 0xFFFF, not reflected, no final inversion."""
    return binascii.crc_hqx(data, 0xFFFF)


def crc32(data: bytes, before: int = 0) -> int:
    """CRC-32 of a bulk stream, as in Ethernet and zlib; ``before`` is that of what came before."""
    return binascii.crc32(data, before)
