"""UUIDs of the profile and of the standard services beside it."""

from __future__ import annotations

_BASE = "d8a7{:04x}-0661-4e6c-b861-ac3ce2dd49da"
_SIG = "0000{:04x}-0000-1000-8000-00805f9b34fb"

SERVICE = _BASE.format(0x0001)
INFO = _BASE.format(0x0002)
CONFIG = _BASE.format(0x0003)
CONTROL = _BASE.format(0x0004)
DATA = _BASE.format(0x0005)
SYNC = _BASE.format(0x0006)
BULK = _BASE.format(0x0007)
EVENT = _BASE.format(0x0008)

BATTERY_SERVICE = _SIG.format(0x180F)
BATTERY_LEVEL = _SIG.format(0x2A19)
DEVICE_INFORMATION_SERVICE = _SIG.format(0x180A)
SERIAL_NUMBER = _SIG.format(0x2A25)
FIRMWARE_REVISION = _SIG.format(0x2A26)
MANUFACTURER_NAME = _SIG.format(0x2A29)
MODEL_NUMBER = _SIG.format(0x2A24)
