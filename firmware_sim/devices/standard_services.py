"""Standard services that many devices carry: Device Information and Battery."""

from __future__ import annotations

from firmware_sim.device import CharacteristicSpec, Property, ServiceSpec

_SIG = "0000{:04x}-0000-1000-8000-00805f9b34fb"

BATTERY_SERVICE = _SIG.format(0x180F)
BATTERY_LEVEL = _SIG.format(0x2A19)
DEVICE_INFORMATION = _SIG.format(0x180A)
MODEL_NUMBER = _SIG.format(0x2A24)
SERIAL_NUMBER = _SIG.format(0x2A25)
FIRMWARE_REVISION = _SIG.format(0x2A26)
MANUFACTURER_NAME = _SIG.format(0x2A29)


def sig(number: int) -> str:
    """Full UUID of a number of the Bluetooth base, lower case."""
    return _SIG.format(number)


def characteristic(uuid: str, *properties: Property) -> CharacteristicSpec:
    """A characteristic with these properties."""
    return CharacteristicSpec(uuid, frozenset(properties))


BATTERY = ServiceSpec(BATTERY_SERVICE, (characteristic(BATTERY_LEVEL, "read", "notify"),))

INFORMATION = ServiceSpec(
    DEVICE_INFORMATION,
    tuple(
        characteristic(uuid, "read")
        for uuid in (MANUFACTURER_NAME, MODEL_NUMBER, SERIAL_NUMBER, FIRMWARE_REVISION)
    ),
)


def information_values(
    manufacturer: str, model: str, serial: str, firmware: str
) -> dict[str, bytes]:
    """Constant values of the Device Information service, by characteristic."""
    texts = {
        MANUFACTURER_NAME: manufacturer,
        MODEL_NUMBER: model,
        SERIAL_NUMBER: serial,
        FIRMWARE_REVISION: firmware,
    }
    return {uuid: text.encode() for uuid, text in texts.items()}
