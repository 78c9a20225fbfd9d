"""The scanner half of the virtual bleak backend."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bleak.backends.scanner import (
    AdvertisementData,
    AdvertisementDataCallback,
    BaseBleakScanner,
)
from bleak.exc import BleakError
from bumble.core import UUID, AdvertisingData, BaseBumbleError
from bumble.device import Advertisement

from sensors.virtual_radio.central import Central

_SERVICE_UUID_LISTS = (
    AdvertisingData.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.INCOMPLETE_LIST_OF_32_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.COMPLETE_LIST_OF_32_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
    AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
)
_WIDTHS = (2, 2, 4, 4, 16, 16)


def _service_uuids(data: AdvertisingData) -> list[str]:
    """Advertised services, lower case 128 bit, each once."""
    found: dict[str, None] = {}
    for kind, width in zip(_SERVICE_UUID_LISTS, _WIDTHS, strict=True):
        for raw in data.get_all(kind, raw=True):
            body = bytes(raw)
            for start in range(0, len(body) - width + 1, width):
                uuid = UUID.from_bytes(body[start : start + width])
                found[uuid.to_hex_str("-").lower() if width == 16 else _full(uuid)] = None
    return list(found)


def _full(uuid: UUID) -> str:
    """The 128 bit form of a short UUID of the Bluetooth SIG."""
    return f"{int(uuid.to_hex_str(), 16):08x}-0000-1000-8000-00805f9b34fb"


def _local_name(data: AdvertisingData) -> str | None:
    for kind in (AdvertisingData.COMPLETE_LOCAL_NAME, AdvertisingData.SHORTENED_LOCAL_NAME):
        raw = data.get(kind, raw=True)
        if raw:
            return bytes(raw).decode("utf-8", "replace")
    return None


def _manufacturer_data(data: AdvertisingData) -> dict[int, bytes]:
    """Bytes by company number."""
    found = (
        bytes(raw) for raw in data.get_all(AdvertisingData.MANUFACTURER_SPECIFIC_DATA, raw=True)
    )
    return {int.from_bytes(raw[:2], "little"): raw[2:] for raw in found if len(raw) >= 2}


@contextmanager
def _as_bleak_errors() -> Iterator[None]:
    """Say what goes wrong with the air as bleak's other backends would."""
    try:
        yield
    except BaseBumbleError as error:
        raise BleakError(f"the virtual air does not answer ({type(error).__name__})") from error


class VirtualScanner(BaseBleakScanner):
    """What ``BleakScanner(backend=VirtualScanner, central=...)`` runs on.

    Args:
        detection_callback: see bleak.
        service_uuids: see bleak.
        scanning_mode: ignored; the virtual controller repeats the advertisement as scan response.
        central: the central to scan with.
        kwargs: platform arguments of bleak that do not apply here.
    """

    def __init__(
        self,
        detection_callback: AdvertisementDataCallback | None,
        service_uuids: list[str] | None,
        scanning_mode: str = "active",  # noqa: ARG002 - bleak passes it
        *,
        central: Central,
        **kwargs: Any,  # noqa: ARG002 - bleak passes them
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        self._central = central

    async def start(self) -> None:
        """Forget what was seen and begin to listen."""
        self.seen_devices.clear()
        with _as_bleak_errors():
            await self._central.add_listener(self._on_advertisement)

    async def stop(self) -> None:
        """Stop listening."""
        with _as_bleak_errors():
            await self._central.remove_listener(self._on_advertisement)

    def _on_advertisement(self, advertisement: Advertisement) -> None:
        uuids = _service_uuids(advertisement.data)
        if not self.is_allowed_uuid(uuids):
            return
        address = advertisement.address.to_string(with_type_qualifier=False)
        data = AdvertisementData(
            local_name=_local_name(advertisement.data),
            manufacturer_data=_manufacturer_data(advertisement.data),
            service_data={},
            service_uuids=uuids,
            tx_power=None,
            rssi=advertisement.rssi,
            platform_data=(advertisement,),
        )
        device = self.create_or_update_device(
            address, address, data.local_name, advertisement, data
        )
        self.call_detection_callbacks(device, data)
