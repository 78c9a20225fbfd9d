"""The radio in use: the host's Bluetooth adapter, or a virtual one.

Everything that scans or connects goes through one :class:`Radio`, and gets plain
``bleak.BleakScanner`` and ``bleak.BleakClient`` objects from it. Only the ``backend=`` keyword
that bleak offers differs between the host's radio and the virtual one.
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementDataCallback
from bleak.exc import BleakError

from sensors.left_behind import RadioClaim, end_left_behind

if TYPE_CHECKING:
    from bumble.link import LocalLink

    from sensors.virtual_radio.attachment import Attachment
    from sensors.virtual_radio.central import Central

CONNECT_TIMEOUT_S = 10.0
"""Longest wait for a connection, service discovery included."""


class Radio(ABC):
    """Where advertisements come from and connections go to."""

    @abstractmethod
    def scanner_kwargs(self) -> dict[str, Any]:
        """Keyword arguments that send a ``BleakScanner`` to this radio."""

    @abstractmethod
    def client_kwargs(self) -> dict[str, Any]:
        """Keyword arguments that send a ``BleakClient`` to this radio."""

    async def close(self) -> None:  # noqa: B027 - the host's radio has nothing to let go
        """Let go of the radio. Harmless when it was never used."""

    async def begin(self, ours: Callable[[str | None, list[str]], bool]) -> None:  # noqa: B027
        """Make ready for a recording. Harmless when repeated.

        Args:
            ours: whether a device, by name and services, is a sensor of a kind that we know.
        """

    def scanner(
        self,
        detection_callback: AdvertisementDataCallback | None = None,
        service_uuids: list[str] | None = None,
    ) -> BleakScanner:
        """Make a scanner on this radio.

        Args:
            detection_callback: called with the device and its advertisement.
            service_uuids: only advertisements with one of these services.
        """
        return BleakScanner(detection_callback, service_uuids, **self.scanner_kwargs())

    def client(
        self,
        device: BLEDevice | str,
        *,
        disconnected_callback: Callable[[BleakClient], None] | None = None,
        timeout_s: float = CONNECT_TIMEOUT_S,
    ) -> BleakClient:
        """Make a client, not yet connected, on this radio.

        Args:
            device: the device from a scan of this radio, or its address.
            disconnected_callback: called with the client when the link ends.
            timeout_s: longest wait for a connection.
        """
        return BleakClient(
            device,
            disconnected_callback=disconnected_callback,
            timeout=timeout_s,
            **self.client_kwargs(),
        )


class HostRadio(Radio):
    """The Bluetooth adapter of this computer, through bleak's own backend for the platform."""

    def __init__(self) -> None:
        self._claim = RadioClaim()

    async def begin(self, ours: Callable[[str | None, list[str]], bool]) -> None:
        """End links that a killed program left behind; their sensors would not be found."""
        with contextlib.suppress(BleakError, OSError, EOFError):  # the scan will say it
            if self._claim.take():
                await end_left_behind(ours)

    async def close(self) -> None:
        """Let other processes use the radio."""
        self._claim.give_back()

    def scanner_kwargs(self) -> dict[str, Any]:
        """Nothing: bleak chooses."""
        return {}

    def client_kwargs(self) -> dict[str, Any]:
        """Nothing: bleak chooses."""
        return {}


class VirtualRadio(Radio):
    """A Bluetooth central on a virtual air, with no hardware.

    HCI, L2CAP, ATT and GATT are real (bumble's); the air is not: there is no bandwidth, no
    interference and no supervision timeout.

    Args:
        air: the link that the peripherals are on, too; or host and port of a virtual air in another
            process.
    """

    def __init__(self, air: LocalLink | tuple[str, int]) -> None:
        self._air = air
        self._central: Central | None = None

    def central(self) -> Central:
        """The central of this radio, made at first use."""
        from sensors.virtual_radio.attachment import (  # bumble takes a second to import
            LinkAttachment,
            TcpAttachment,
        )
        from sensors.virtual_radio.central import Central

        if self._central is None:
            attachment: Attachment = (
                TcpAttachment(*self._air)
                if isinstance(self._air, tuple)
                else LinkAttachment(self._air)
            )
            self._central = Central(attachment)
        return self._central

    def scanner_kwargs(self) -> dict[str, Any]:
        """The backend class, and the central that it uses."""
        from sensors.virtual_radio.scanner import VirtualScanner

        return {"backend": VirtualScanner, "central": self.central()}

    def client_kwargs(self) -> dict[str, Any]:
        """The backend class, and the central that it uses."""
        from sensors.virtual_radio.client import VirtualClient

        return {"backend": VirtualClient, "central": self.central()}

    async def close(self) -> None:
        """Disconnect from everything and leave the link."""
        if self._central is not None:
            await self._central.close()
            self._central = None
