"""The session's sensors as Bluetooth peripherals on a virtual link."""
