"""Registers of a WitMotion sensor: lock, settings, flash, and what reading them gives."""

from __future__ import annotations

import itertools
from typing import NamedTuple

SAVE = 0x00
CALIBRATE = 0x01
RATE = 0x03
BANDWIDTH = 0x1F
ORIENTATION = 0x23
AXIS6 = 0x24
READ = 0x27
VERSION = 0x2E
CLOCK = 0x30
MAGNETIC_FIELD = 0x3A
TEMPERATURE = 0x40
QUATERNION = 0x51
BATTERY = 0x64
FIRMWARE_UPDATE = 0x65
UNLOCK = 0x69
MAGNETOMETER_TYPE = 0x72
CONTENT = 0x96

UNLOCK_KEY = 0xB588
UNLOCK_S = 10.0

RATES_HZ = {
    0x01: 0.2,
    0x02: 0.5,
    0x03: 1.0,
    0x04: 2.0,
    0x05: 5.0,
    0x06: 10.0,
    0x07: 20.0,
    0x08: 50.0,
    0x09: 100.0,
    0x0B: 200.0,
}
CUTOFFS_HZ = {0: 256.0, 1: 188.0, 2: 98.0, 3: 42.0, 4: 20.0, 5: 10.0, 6: 5.0}
CONTENTS = range(4)
"""0 measured values, 1 displacement, 2 values with time, 3 displacement with time."""

FACTORY = {RATE: 0x06, BANDWIDTH: 0x04, ORIENTATION: 0, AXIS6: 0, CONTENT: 0}
_WRITABLE = frozenset({CALIBRATE, *FACTORY, *range(CLOCK, CLOCK + 4)})

_BATTERY_CURVE = (
    (396, 100),
    (393, 90),
    (387, 75),
    (382, 60),
    (379, 50),
    (377, 40),
    (373, 30),
    (370, 20),
    (368, 15),
    (350, 10),
    (340, 5),
    (330, 0),
)
"""(hundredths of a volt, percent), falling."""


def battery_centivolts(percent: float) -> int:
    """Cell voltage at a charge, 1/100 V, along the vendor's table."""
    for (high_v, high_p), (low_v, low_p) in itertools.pairwise(_BATTERY_CURVE):
        if percent >= low_p:
            share = (min(percent, high_p) - low_p) / (high_p - low_p)
            return round(low_v + share * (high_v - low_v))
    return _BATTERY_CURVE[-1][0]


class Change(NamedTuple):
    """What a write did.

    Attributes:
        rate: The stream must go on at the present rate and filter from now.
        clock: The date was set.
        firmware_update: The device has entered its boot loader and is gone.
    """

    rate: bool = False
    clock: bool = False
    firmware_update: bool = False


class Registers:
    """Settings in RAM and in flash.

    Writes count only within ten seconds of an unlock; others are passed over in silence. Settings reach
    the flash by SAVE, except the output content, which is kept at once.

    Args:
        content: Output content that an earlier owner left in the flash.
    """

    def __init__(self, content: int = 0) -> None:
        self._flash = {**FACTORY, CONTENT: content}
        self._ram = dict(self._flash)
        self._unlocked_until_s = float("-inf")

    def power_up(self) -> None:
        """Start from the flash, locked."""
        self._ram = dict(self._flash)
        self._unlocked_until_s = float("-inf")

    def value(self, register: int) -> int:
        """A stored setting, 0 for what nobody has written."""
        return self._ram.get(register, 0)

    @property
    def rate_hz(self) -> float | None:
        """Nominal rate of the rate code in force; None for a code that this firmware does not know."""
        return RATES_HZ.get(self._ram[RATE])

    @property
    def cutoff_hz(self) -> float:
        """Low-pass in force; codes beyond the list leave the default."""
        return CUTOFFS_HZ.get(self._ram[BANDWIDTH], CUTOFFS_HZ[FACTORY[BANDWIDTH]])

    @property
    def content(self) -> int:
        """Output content in force; codes beyond the list mean 0."""
        content = self._ram[CONTENT]
        return content if content in CONTENTS else 0

    def write(self, register: int, value: int, now_s: float) -> Change:
        """Do one command other than a read.

        Args:
            register: Register number.
            value: 16-bit value.
            now_s: Air time.
        """
        if register == UNLOCK:
            if value == UNLOCK_KEY:
                self._unlocked_until_s = now_s + UNLOCK_S
            return Change()
        if now_s > self._unlocked_until_s:
            return Change()
        if register == SAVE:
            return self._save(value)
        if register == FIRMWARE_UPDATE:
            return Change(firmware_update=True)
        if register not in _WRITABLE:
            return Change()
        self._ram[register] = value
        if register == CONTENT:
            self._flash[CONTENT] = value
        return Change(rate=register in (RATE, BANDWIDTH), clock=CLOCK <= register < CLOCK + 4)

    def _save(self, value: int) -> Change:
        if value == 0:
            self._flash = {key: self._ram[key] for key in FACTORY}
        elif value == 1:
            self._flash = dict(FACTORY)
            self._ram = dict(FACTORY)
            return Change(rate=True)
        return Change()
