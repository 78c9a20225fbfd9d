"""Finding sensors: which are in range, and what they are."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection
from dataclasses import dataclass

from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakError

from sensors.drivers.base import Device
from sensors.drivers.registry import driver_kinds, match, side_kinds
from sensors.errors import SensorError
from sensors.placement import Placement
from sensors.plain_reason import plain_reason
from sensors.radio import Radio

RADIO_ERRORS = (BleakError, TimeoutError, OSError, EOFError)
"""What bleak's backends raise when a link, an adapter or the system's service fails."""


@dataclass(frozen=True, slots=True)
class SeenDevice:
    """A device that a driver knows, as its advertisement shows it.

    Attributes:
        device: handle for a connection on the radio that saw it.
        driver: who knows it.
        name: advertised name, or the address.
        rssi: signal strength, dBm.
    """

    device: BLEDevice
    driver: Device
    name: str
    rssi: int


@dataclass(frozen=True, slots=True)
class FoundSensor:
    """A sensor in range.

    Attributes:
        name: advertised name.
        kind: key of its driver.
        sensor_id: the sensor's own serial; empty if it could not be asked.
        address: address for this computer; on macOS, an identifier that only this one knows.
        rssi: signal strength, dBm.
        battery_percent: charge; None if it did not say.
        placement: where it is set to be worn; None if it did not say.
        message: why it could not be asked, if so.
    """

    name: str
    kind: str
    sensor_id: str
    address: str
    rssi: int
    battery_percent: int | None = None
    placement: Placement | None = None
    message: str = ""


def is_known(name: str | None, services: list[str]) -> bool:
    """Whether a device is a sensor for the body; a strap or pod may serve another program.

    Args:
        name: its name.
        services: UUIDs of its services, lower case.
    """
    found = match(name, AdvertisementData(name, {}, {}, services, None, 0, ()))
    return found is not None and found.kind in driver_kinds()


async def look_around(
    radio: Radio,
    seconds: float,
    *,
    enough: int | None = None,
    skip: Collection[str] = (),
    wanted: str | None = None,
    beside: Collection[str] | None = None,
) -> list[SeenDevice]:
    """Scan for devices that a driver knows.

    Args:
        radio: where to scan.
        seconds: longest scan.
        enough: stop when so many sensors that give samples were seen, and those of ``beside``.
        skip: addresses to pass over.
        wanted: only this address, whatever it is; seen once is enough.
        beside: kinds of side channels to look for, too; all when None, but then none is waited for.

    Returns:
        The devices, strongest first.

    Raises:
        SensorError: the radio cannot scan.
    """
    seen: dict[str, SeenDevice] = {}
    unwanted = set(side_kinds()) - set(beside or ())
    done = asyncio.Event()

    def on_advertisement(device: BLEDevice, advertisement: AdvertisementData) -> None:
        if device.address in skip or (wanted is not None and device.address != wanted):
            return
        name = advertisement.local_name or device.name
        driver = match(name, advertisement)
        if driver is None:
            return
        if wanted is None and beside is not None and driver.kind in unwanted:
            return
        known = seen.get(device.address)
        name = name or (known.name if known else device.address)
        seen[device.address] = SeenDevice(device, driver, name, advertisement.rssi)
        if wanted is not None:
            done.set()
        elif enough is not None:
            kinds = [each.driver.kind for each in seen.values()]
            counted = sum(kind in driver_kinds() for kind in kinds)
            if counted >= enough and set(beside or ()) <= set(kinds):
                done.set()

    try:
        async with radio.scanner(on_advertisement):
            with contextlib.suppress(TimeoutError):  # the usual end of a scan
                async with asyncio.timeout(seconds):
                    await done.wait()
    except RADIO_ERRORS as error:
        why = plain_reason(error) or type(error).__name__
        if isinstance(error, OSError):  # on Linux: no D-Bus, or no bluetoothd behind it
            why = "the system's Bluetooth service does not answer"
        raise SensorError(
            f"the computer cannot scan for Bluetooth devices: {why}",
            remedy="Switch Bluetooth on, and allow this program to use it",
        ) from error
    return sorted(seen.values(), key=lambda each: (-each.rssi, each.name))


async def scan(radio: Radio, seconds: float = 5.0) -> list[FoundSensor]:
    """List the sensors in range.

    Each is asked for its serial, battery and placement, over a short connection, one after
    another. One that cannot be asked is listed all the same.

    Args:
        radio: where to scan.
        seconds: how long to scan.

    Raises:
        SensorError: the radio cannot scan.
    """
    return [await _ask(radio, seen) for seen in await look_around(radio, seconds)]


async def _ask(radio: Radio, seen: SeenDevice) -> FoundSensor:
    sensor_id, battery, placement, message = "", None, None, ""
    try:
        async with radio.client(seen.device) as client:
            identity = await seen.driver.read_identity(client)
            info = await seen.driver.inspect(client, identity, name=seen.name)
            sensor_id, placement = identity.sensor_id, info.placement
            answer = await seen.driver.read_battery(client)
            health = seen.driver.health(*answer) if answer is not None else None
            battery = health.battery_percent if health is not None else None
    except RADIO_ERRORS as error:
        message = f"could not be asked: {plain_reason(error) or type(error).__name__}"
    except SensorError as error:
        message = str(error)
    return FoundSensor(
        name=seen.name,
        kind=seen.driver.kind,
        sensor_id=sensor_id,
        address=seen.device.address,
        rssi=seen.rssi,
        battery_percent=battery,
        placement=placement,
        message=message,
    )
