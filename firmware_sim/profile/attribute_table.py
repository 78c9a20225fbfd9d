"""The attribute table of a device of the open profile."""

from __future__ import annotations

from firmware_sim.device import CharacteristicSpec, ServiceSpec
from firmware_sim.profile import uuids

ATTRIBUTE_TABLE: tuple[ServiceSpec, ...] = (
    ServiceSpec(
        uuids.SERVICE,
        (
            CharacteristicSpec(uuids.INFO, frozenset({"read"})),
            CharacteristicSpec(uuids.CONFIG, frozenset({"read", "write"})),
            CharacteristicSpec(uuids.CONTROL, frozenset({"write", "indicate"})),
            CharacteristicSpec(uuids.DATA, frozenset({"notify"})),
            CharacteristicSpec(uuids.SYNC, frozenset({"write-without-response", "notify"})),
            CharacteristicSpec(uuids.BULK, frozenset({"notify"})),
            CharacteristicSpec(uuids.EVENT, frozenset({"notify"})),
        ),
    ),
    ServiceSpec(
        uuids.BATTERY_SERVICE,
        (CharacteristicSpec(uuids.BATTERY_LEVEL, frozenset({"read", "notify"})),),
    ),
    ServiceSpec(
        uuids.DEVICE_INFORMATION_SERVICE,
        tuple(
            CharacteristicSpec(uuid, frozenset({"read"}))
            for uuid in (
                uuids.MANUFACTURER_NAME,
                uuids.MODEL_NUMBER,
                uuids.SERIAL_NUMBER,
                uuids.FIRMWARE_REVISION,
            )
        ),
    ),
)
