"""What bleak raises becomes words for the user: no codes, no names of classes, no advice twice."""

from __future__ import annotations

import pytest
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakError,
    BleakGATTProtocolError,
    BleakGATTProtocolErrorCode,
)

from sensors.plain_reason import plain_reason

SERVICE_UNKNOWN = "org.freedesktop.DBus.Error.ServiceUnknown"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            BleakBluetoothNotAvailableError(
                "No powered Bluetooth adapters found. Turn on Bluetooth and try again.",
                BleakBluetoothNotAvailableReason.POWERED_OFF,
            ),
            "No powered Bluetooth adapters found",
        ),
        (
            BleakDBusError(SERVICE_UNKNOWN, ["The name org.bluez was not provided by any file"]),
            "the system's Bluetooth service is not running",
        ),
        (
            BleakDBusError("org.bluez.Error.Failed", ["le-connection-abort-by-local"]),
            "le-connection-abort-by-local",
        ),
        (BleakDBusError("org.bluez.Error.Failed", []), "Failed"),
        (
            BleakGATTProtocolError(BleakGATTProtocolErrorCode.UNLIKELY_ERROR),
            "GATT Protocol Error: Unlikely Error",
        ),
        (BleakError("device not found."), "device not found"),
        (TimeoutError(), ""),
        (FileNotFoundError(2, "No such file or directory"), "No such file or directory"),
    ],
)
def test_reasons_are_plain(error: Exception, words: str) -> None:
    assert plain_reason(error) == words
