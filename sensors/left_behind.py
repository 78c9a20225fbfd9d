"""Links of a program that was killed: Linux keeps them, and a sensor that has a link does not advertise.

Windows and macOS end the links of a program with the program.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import IO

from bleak import BleakAdapter, BleakClient
from bleak.backends.device import BLEDevice
from bleak.exc import BleakError
from platformdirs import user_state_path

RADIO_FILE = "radio.lock"
_TIMEOUT_S = 10.0


class RadioClaim:
    """Says that this process uses the host's radio; the system takes the claim back when it ends."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None

    def take(self) -> bool:
        """Claim the radio; False if another process has it."""
        if sys.platform != "linux":
            return True
        import fcntl

        if self._file is not None:
            return True
        folder = user_state_path("levelstride", ensure_exists=True)
        file = (folder / RADIO_FILE).open("wb")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True

    def give_back(self) -> None:
        """Let others have the radio."""
        if self._file is not None:
            self._file.close()
            self._file = None


async def end_left_behind(ours: Callable[[str | None, list[str]], bool]) -> int:
    """End links to sensors that this computer holds for nobody.

    Only for a process that has the claim on the radio: then no live process of ours uses them.

    Args:
        ours: whether a device, by name and services, is a sensor of a kind that we know.

    Returns:
        How many were ended.

    Raises:
        BleakError: the radio cannot be used.
    """
    if sys.platform != "linux":
        return 0
    adapter = await BleakAdapter.get()
    ended = 0
    for device in await adapter.get_connected_devices():
        if not ours(device.name, _services(device)):
            continue
        client = BleakClient(device, timeout=_TIMEOUT_S)
        try:
            await client.connect()  # takes the link over
        except (BleakError, TimeoutError):
            continue  # it went by itself
        await client.disconnect()
        ended += 1
    return ended


def _services(device: BLEDevice) -> list[str]:
    props = device.details.get("props", {}) if isinstance(device.details, dict) else {}
    return [str(uuid).lower() for uuid in props.get("UUIDs", [])]
