"""The kinds of sensors there are: those that can be connected to, and all that can be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sensors.drivers.base import Device, Driver, SampleFormat
from sensors.drivers.heart_rate import HEART_RATE
from sensors.drivers.imported_samples import ImportedSampleFormat
from sensors.drivers.movella_dot import MovellaDot
from sensors.drivers.movesense import Movesense
from sensors.drivers.open_gait_imu import OpenGaitImu
from sensors.drivers.polar_verity import PolarVerity
from sensors.drivers.running_speed import RUNNING_SPEED
from sensors.drivers.side_channel import SideChannel
from sensors.drivers.witmotion import WitMotion
from sensors.errors import UnsupportedDevice

if TYPE_CHECKING:
    from bleak.backends.scanner import AdvertisementData

_DRIVERS: dict[str, Driver] = {
    driver.kind: driver
    for driver in (OpenGaitImu(), WitMotion(), PolarVerity(), MovellaDot(), Movesense())
}
_SIDE: dict[str, SideChannel] = {device.kind: device for device in (HEART_RATE, RUNNING_SPEED)}
_DEVICES: dict[str, Device] = {**_DRIVERS, **_SIDE}
_IMPORTED = ImportedSampleFormat()
_FORMATS: dict[str, SampleFormat] = {**_DRIVERS, _IMPORTED.kind: _IMPORTED}


def kinds() -> tuple[str, ...]:
    """Keys of all kinds that samples can be read of."""
    return tuple(_FORMATS)


def driver_kinds() -> tuple[str, ...]:
    """Keys of all kinds that can be connected to and give samples."""
    return tuple(_DRIVERS)


def side_kinds() -> tuple[str, ...]:
    """Keys of all kinds that can be connected to and give readings instead of samples."""
    return tuple(_SIDE)


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


def device_for(kind: str) -> Device:
    """Whatever can be connected to, by its kind.

    Raises:
        UnsupportedDevice: nothing has this key.
    """
    try:
        return _DEVICES[kind]
    except KeyError:
        raise _unknown("driver", kind, _DEVICES) from None


def _unknown(what: str, kind: str, known: Mapping[str, object]) -> UnsupportedDevice:
    return UnsupportedDevice(
        f"no {what} reads sensors of kind {kind!r}",
        remedy=f"Known kinds: {', '.join(known)}; a later version may know more",
    )


def match(name: str | None, advertisement: AdvertisementData) -> Device | None:
    """The driver whose kind of device an advertisement comes from, or None."""
    for device in _DEVICES.values():
        if device.matches(name, advertisement):
            return device
    return None
