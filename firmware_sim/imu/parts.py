"""Named inertial parts and their scales."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImuPart:
    """One sensor part at +-16 g and "+-2000 dps".

    Attributes:
        name: Part name.
        board_id: Board number in the Info characteristic.
        acc_lsb_m_s2: Accelerometer scale, m/s^2 per count.
        gyro_lsb_dps: Gyroscope scale, deg/s per count.
        acc_noise_ug: Accelerometer noise density, ug per square-root hertz.
        gyro_noise_mdps: Gyroscope noise density, mdps per square-root hertz.
    """

    name: str
    board_id: int
    acc_lsb_m_s2: float
    gyro_lsb_dps: float
    acc_noise_ug: float
    gyro_noise_mdps: float


LSM6DS3 = ImuPart("LSM6DS3", 1, 0.000488 * 9.80665, 0.070, 90.0, 7.0)
"""Full scale 16 g in 32 788 counts and 2293.8 dps in 32 767 (datasheet: 0.488 mg, 70 mdps per count)."""

BMI270 = ImuPart("BMI270", 2, 9.80665 / 2048.0, 1.0 / 16.384, 160.0, 7.0)
"""2048 counts per g and 16.384 counts per dps (datasheet)."""

PARTS = (LSM6DS3, BMI270)
