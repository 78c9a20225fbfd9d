"""What a simulated device says of itself on the air, as advertising data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bumble import data_types
from bumble.core import UUID, AdvertisingData, DataType

from firmware_sim.errors import SimulationError

if TYPE_CHECKING:
    from firmware_sim.device import Advertisement

LIMIT_BYTES = 31
_BASE_HEAD, _BASE_TAIL = "0000", "-0000-1000-8000-00805f9b34fb"


def advertising_data(advertisement: Advertisement) -> bytes:
    """Advertising data: flags, services, manufacturer data, name.

    Raises:
        SimulationError: More than the 31 bytes of one advertisement.
    """
    short = [
        u[4:8] for u in advertisement.service_uuids if u[:4] + u[8:] == _BASE_HEAD + _BASE_TAIL
    ]
    long = [u for u in advertisement.service_uuids if u[:4] + u[8:] != _BASE_HEAD + _BASE_TAIL]
    parts: list[DataType] = [
        data_types.Flags(
            AdvertisingData.Flags.LE_GENERAL_DISCOVERABLE_MODE
            | AdvertisingData.Flags.BR_EDR_NOT_SUPPORTED
        )
    ]
    if short:
        parts.append(data_types.CompleteListOf16BitServiceUUIDs([UUID(u) for u in short]))
    if long:
        parts.append(data_types.CompleteListOf128BitServiceUUIDs([UUID(u) for u in long]))
    parts += [
        data_types.ManufacturerSpecificData(company, data)
        for company, data in advertisement.manufacturer_data.items()
    ]
    parts.append(data_types.CompleteLocalName(advertisement.local_name))
    data = bytes(AdvertisingData(parts))
    if len(data) > LIMIT_BYTES:
        raise SimulationError(
            "advertisement",
            advertisement.local_name,
            f"Advertising data of {len(data)} bytes do not fit {LIMIT_BYTES}; shorten the name.",
        )
    return data
