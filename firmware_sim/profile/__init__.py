"""The device side of the open profile "Open Gait IMU", version 1. All fields are little-endian."""
