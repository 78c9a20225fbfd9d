"""The kinds of sensors there are: those that can be connected to, and all that can be read."""

from __future__ import annotations

from bleak.backends.scanner import AdvertisementData

from sensors.drivers.base import Driver, SampleFormat
from sensors.drivers.imported_samples import ImportedSampleFormat
from sensors.drivers.open_gait_imu import OpenGaitImu
from sensors.errors import UnsupportedDevice

_DRIVERS: dict[str, Driver] = {driver.kind: driver for driver in (OpenGaitImu(),)}
_IMPORTED = ImportedSampleFormat()
_FORMATS: dict[str, SampleFormat] = {**_DRIVERS, _IMPORTED.kind: _IMPORTED}


def kinds() -> tuple[str, ...]:
    """Keys of all kinds that samples can be read of."""
    return tuple(_FORMATS)


def format_for(kind: str) -> SampleFormat:
    """How the bytes of a kind are read.

    Raises:
        UnsupportedDevice: no format has this key.
    """
    try:
        return _FORMATS[kind]
    except KeyError:
        raise _unknown("format", kind, _FORMATS) from None


def driver_for(kind: str) -> Driver:
    """The driver of a kind of sensor.

    Raises:
        UnsupportedDevice: no driver has this key.
    """
    try:
        return _DRIVERS[kind]
    except KeyError:
        raise _unknown("driver", kind, _DRIVERS) from None


def _unknown(
    what: str, kind: str, known: dict[str, Driver] | dict[str, SampleFormat]
) -> UnsupportedDevice:
    return UnsupportedDevice(
        f"no {what} reads sensors of kind {kind!r}",
        remedy=f"Known kinds: {', '.join(known)}; a later version may know more",
    )


def match(name: str | None, advertisement: AdvertisementData) -> Driver | None:
    """The driver whose kind of sensor an advertisement comes from, or None."""
    for driver in _DRIVERS.values():
        if driver.matches(name, advertisement):
            return driver
    return None
