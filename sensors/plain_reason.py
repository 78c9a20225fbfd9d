"""Why the radio failed, in words for the user."""

from __future__ import annotations

from bleak.exc import BleakBluetoothNotAvailableError, BleakDBusError

_DBUS = {
    "org.freedesktop.DBus.Error.ServiceUnknown": "the system's Bluetooth service is not running",
    "org.freedesktop.DBus.Error.NameHasNoOwner": "the system's Bluetooth service is not running",
    "org.freedesktop.DBus.Error.NoReply": "the system's Bluetooth service does not answer",
    "org.bluez.Error.NotReady": "the Bluetooth adapter is switched off",
    "org.bluez.Error.InProgress": "the Bluetooth adapter is busy",
}


def plain_reason(error: BaseException) -> str:
    """A clause without a full stop; empty when nothing is known.

    bleak's errors carry codes and names beside the words, and Python shows them all.
    """
    if isinstance(error, BleakDBusError):
        details = error.dbus_error_details or error.dbus_error.rpartition(".")[2]
        return _DBUS.get(error.dbus_error, details).rstrip(".")
    words = [each for each in error.args if isinstance(each, str)]
    text = words[-1] if words else ""
    if isinstance(error, BleakBluetoothNotAvailableError):
        text = text.partition(". ")[0]  # its second sentence is advice, which we give ourselves
    return text.rstrip(".")
