"""The one bumble host that scans and connects for every scanner and client of a virtual radio."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from bumble import core, hci
from bumble.device import Advertisement, Connection, Device

from sensors.virtual_radio.attachment import Attachment

AdvertisementListener = Callable[[Advertisement], None]


class Central:
    """A Bluetooth central on a virtual air.

    Args:
        attachment: its way onto the air.
    """

    def __init__(self, attachment: Attachment) -> None:
        self._attachment = attachment
        self._device: Device | None = None
        self._power_lock = asyncio.Lock()
        self._connect_lock = asyncio.Lock()
        self._scan_lock = asyncio.Lock()
        self._listeners: list[AdvertisementListener] = []

    async def device(self) -> Device:
        """The powered host; powered on at the first call.

        Raises:
            SensorError: there is no way onto the air.
        """
        async with self._power_lock:
            if self._device is None:
                device = await self._attachment.open()
                await device.power_on()
                device.on("advertisement", self._on_advertisement)
                self._device = device
            return self._device

    def _on_advertisement(self, advertisement: Advertisement) -> None:
        for listener in tuple(self._listeners):
            listener(advertisement)

    async def add_listener(self, listener: AdvertisementListener) -> None:
        """Call ``listener`` with each advertisement; scanning starts with the first one."""
        device = await self.device()
        async with self._scan_lock:
            self._listeners.append(listener)
            if len(self._listeners) == 1:
                await device.start_scanning(filter_duplicates=False)

    async def remove_listener(self, listener: AdvertisementListener) -> None:
        """Undo :meth:`add_listener`; scanning stops with the last one."""
        device = await self.device()
        async with self._scan_lock:
            if listener in self._listeners:
                self._listeners.remove(listener)
                if not self._listeners:
                    await device.stop_scanning()

    async def connect(self, address: str, timeout_s: float) -> Connection:
        """Connect to a peripheral.

        A controller makes one connection at a time, so attempts wait for each other; the waiting
        is not counted in ``timeout_s``.

        Args:
            address: random static address of the peripheral, ``F0:...``.
            timeout_s: longest wait, seconds.

        Returns:
            The open connection.

        Raises:
            TimeoutError: the peripheral did not answer.
        """
        device = await self.device()
        peer = hci.Address(address, hci.Address.RANDOM_DEVICE_ADDRESS)
        async with self._connect_lock:
            attempt = asyncio.ensure_future(device.connect_le(peer, timeout=timeout_s))
            try:
                return await asyncio.shield(attempt)
            except core.TimeoutError as error:
                raise TimeoutError(f"{address} did not answer within {timeout_s:g} s") from error
            except asyncio.CancelledError:
                await self._call_off(device, attempt)
                raise

    async def _call_off(self, device: Device, attempt: asyncio.Future[Connection]) -> None:
        """Leave no attempt pending in the controller after the caller was cancelled."""
        if not attempt.done():
            # refused when nothing is pending: just made, or never come to the controller
            with contextlib.suppress(hci.HCI_Error):
                await device.send_sync_command(hci.HCI_LE_Create_Connection_Cancel_Command())
        try:
            connection = await attempt
        except (core.BaseBumbleError, asyncio.CancelledError):
            return
        await connection.disconnect()

    async def close(self) -> None:
        """Disconnect everything and leave the link."""
        async with self._power_lock:
            device, self._device = self._device, None
            if device is None:
                return
            self._listeners.clear()
            for connection in list(device.connections.values()):
                try:
                    await connection.disconnect()
                except core.BaseBumbleError:
                    continue  # the other end went first
            await device.power_off()
            await self._attachment.close()
