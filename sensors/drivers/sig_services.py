"""The parts of sensors that the Bluetooth SIG defines: battery, serial number, firmware."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sensors.drivers.base import (
    BATTERY_LEVEL,
    FIRMWARE_REVISION,
    SERIAL_NUMBER,
    Receive,
    SensorHealth,
)

if TYPE_CHECKING:
    from bleak import BleakClient
    from bleak.backends.characteristic import BleakGATTCharacteristic

_SIG = "0000{:04x}-0000-1000-8000-00805f9b34fb"


def sig_uuid(short: int) -> str:
    """128 bit form of a UUID of the Bluetooth SIG, lower case."""
    return _SIG.format(short)


async def read_text(client: BleakClient, characteristic: str) -> str:
    """A characteristic as text; empty when the device does not have it."""
    if client.services.get_characteristic(characteristic) is None:
        return ""
    raw = bytes(await client.read_gatt_char(characteristic))
    text = raw.decode("utf-8", "replace").strip("\x00 ")
    return "".join(letter for letter in text if letter.isprintable())


async def read_serial(client: BleakClient) -> str:
    """Serial number of the Device Information service; empty when there is none."""
    return await read_text(client, SERIAL_NUMBER)


async def read_firmware(client: BleakClient) -> str:
    """Firmware revision of the Device Information service; empty when there is none."""
    return await read_text(client, FIRMWARE_REVISION)


async def read_battery_level(client: BleakClient) -> tuple[str, bytes] | None:
    """Battery level: its characteristic and bytes; None when the device does not have it."""
    if client.services.get_characteristic(BATTERY_LEVEL) is None:
        return None
    return BATTERY_LEVEL, bytes(await client.read_gatt_char(BATTERY_LEVEL))


def battery_level(characteristic: str, payload: bytes) -> SensorHealth | None:
    """Charge, where bytes are a battery level of the Bluetooth SIG."""
    if characteristic != BATTERY_LEVEL or len(payload) != 1 or payload[0] > 100:
        return None
    return SensorHealth(battery_percent=payload[0])


async def forward(client: BleakClient, characteristic: str, receive: Receive) -> bool:
    """Have a characteristic's notifications handed on; False when it has none."""
    known = client.services.get_characteristic(characteristic)
    if known is None or not {"notify", "indicate"} & set(known.properties):
        return False

    def deliver(_: BleakGATTCharacteristic, value: bytearray) -> None:
        receive(characteristic, bytes(value))

    await client.start_notify(known, deliver)
    return True


def address_id(prefix: str, address: str) -> str:
    """An id made of an address, for devices without a serial number.

    The same on Linux and Windows, where the address is the device's own. macOS shows an identifier
    that it made up for this computer.
    """
    return f"{prefix}-{address.replace(':', '').replace('-', '').lower()}"
