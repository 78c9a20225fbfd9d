"""The drivers there are."""

from __future__ import annotations

from bleak.backends.scanner import AdvertisementData

from sensors.drivers.base import Driver
from sensors.drivers.open_gait_imu import OpenGaitImu
from sensors.errors import UnsupportedDevice

_DRIVERS: dict[str, Driver] = {driver.kind: driver for driver in (OpenGaitImu(),)}


def kinds() -> tuple[str, ...]:
    """Keys of all drivers."""
    return tuple(_DRIVERS)


def driver_for(kind: str) -> Driver:
    """The driver of a kind of sensor.

    Raises:
        UnsupportedDevice: no driver has this key.
    """
    try:
        return _DRIVERS[kind]
    except KeyError:
        raise UnsupportedDevice(
            f"no driver reads sensors of kind {kind!r}",
            remedy=f"Known kinds: {', '.join(_DRIVERS)}; a later version may know more",
        ) from None


def match(name: str | None, advertisement: AdvertisementData) -> Driver | None:
    """The driver whose kind of sensor an advertisement comes from, or None."""
    for driver in _DRIVERS.values():
        if driver.matches(name, advertisement):
            return driver
    return None
