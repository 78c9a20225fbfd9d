"""Bluetooth to time-stamped samples, on disk and in memory."""
