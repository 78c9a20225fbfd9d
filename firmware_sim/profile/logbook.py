"""The keeper of the flash log: opens, writes and ends logs, and tells of each as an event."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from firmware_sim.profile.events import EventType, LogChange, log_data

if TYPE_CHECKING:
    from firmware_sim.profile.acquisition import Cut
    from firmware_sim.profile.announcer import Announcer
    from firmware_sim.profile.characteristics import DeviceConfig
    from firmware_sim.profile.flash_log import FlashLog, LogFile


class Logbook:
    """Logs of one boot.

    Args:
        flash: All logs of the device.
        boot: Number of the boot.
        announcer: Where changes are told.
        now: Air time and device time.
    """

    def __init__(
        self,
        flash: FlashLog,
        boot: int,
        announcer: Announcer,
        now: Callable[[], tuple[float, int]],
    ) -> None:
        self._flash = flash
        self._boot = boot
        self._announcer = announcer
        self._now = now

    def open(self, config: DeviceConfig, *, gap: bool) -> bool:
        """End what is open and begin another log; False when the flash is full."""
        self.end()
        log = self._flash.start(
            gap=gap, boot=self._boot, config=config.encode(), cfg_id=config.cfg_id
        )
        if log is not None:
            self._tell(log, LogChange.OPENED)
        return log is not None

    def end(self) -> None:
        """End the open log, if there is one."""
        log = self._flash.close()
        if log is not None:
            self._tell(log, LogChange.CLOSED)

    def write(self, cut: Cut) -> None:
        """Write a packet into the open log, if there is one."""
        log = self._flash.current
        if log is None:
            return
        at_us = int.from_bytes(cut.packet[8:14], "little")
        if not self._flash.append(cut.packet, at_us, cut.kept.first, len(cut.kept.counts)):
            self._tell(log, LogChange.FLASH_FULL)

    def _tell(self, log: LogFile, change: LogChange) -> None:
        air_s, device_us = self._now()
        data = log_data(log.log_id, change, len(log.data))
        self._announcer.event(air_s, device_us, EventType.LOG, data)
