"""Settings of the DOT: the control block, and what a write to it may change."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

CONTROL_BYTES = 32
IDENTIFY, POWER, POWER_SAVING, TAG, RATE, FILTER = (1 << bit for bit in range(6))
"""Bits of the mask in byte 0: which fields a write means."""

LIVE_RATES_HZ = (1, 4, 10, 12, 15, 20, 30, 60)
RECORDING_RATE_HZ = 120
_TAG_BYTES = 16
_TIMEOUTS = slice(3, 7)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a DOT remembers.

    Attributes:
        usb_power_on: Power bit 1.
        timeouts: Minutes and seconds to power saving, unconnected and connected, four bytes.
        tag: Name given by the user, at most 16 bytes.
        rate_hz: Output rate.
        filter_profile: 0 general, 1 dynamic.
    """

    usb_power_on: bool = False
    timeouts: bytes = bytes((10, 0, 30, 0))
    tag: bytes = b"Movella DOT"
    rate_hz: int = 60
    filter_profile: int = 0

    def encode(self) -> bytes:
        """The control block as it reads."""
        return struct.pack(
            "<BBB4sB16sHB5x",
            0,
            0,
            2 * self.usb_power_on,
            self.timeouts,
            len(self.tag),
            self.tag,
            self.rate_hz,
            self.filter_profile,
        )

    def changed_by(self, block: bytes, *, locked: bool) -> Settings:
        """Settings after a write of a whole control block.

        Args:
            block: 32 bytes; only fields named in the mask count, impossible values are passed over.
            locked: Rate and filter cannot change now (measuring, or synchronised).
        """
        mask, new = block[0], self
        if mask & POWER:
            new = replace(new, usb_power_on=bool(block[2] & 2))
        if mask & POWER_SAVING:
            new = replace(new, timeouts=bytes(block[_TIMEOUTS]))
        if mask & TAG and 0 < block[7] <= _TAG_BYTES:
            new = replace(new, tag=bytes(block[8 : 8 + block[7]]))
        if locked:
            return new
        rate = int.from_bytes(block[24:26], "little")
        if mask & RATE and rate in (*LIVE_RATES_HZ, RECORDING_RATE_HZ):
            new = replace(new, rate_hz=rate)
        if mask & FILTER and block[26] in (0, 1):
            new = replace(new, filter_profile=block[26])
        return new


def encode_device_info(address: bytes, serial: int, generation: int) -> bytes:
    """The device information, 34 bytes.

    Args:
        address: Bluetooth address, least significant octet first.
        serial: Serial number.
        generation: 1 or 2, part of the product code.
    """
    build = (2023, 7, 3, 10, 0, 0)
    code = f"XS-T{generation:02d}".encode()
    return address + struct.pack("<3BH5BIQ6s", 2, 4, 0, *build, 0, serial, code)
