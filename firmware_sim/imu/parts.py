"""Named inertial parts: ranges, scales, noise, as their datasheets give them."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_sim.errors import SimulationError

STANDARD_GRAVITY_M_S2 = 9.80665


@dataclass(frozen=True, slots=True)
class ImuPart:
    """One sensor part.

    Attributes:
        name: Part name.
        board_id: Board number in the Info characteristic.
        acc_ranges_g: Accelerometer ranges.
        gyro_ranges_dps: Gyroscope ranges.
        acc_lsb_per_g: Accelerometer counts per g at +-16 g.
        gyro_lsb_dps: Gyroscope scale at +-2000 dps, deg/s per count.
        acc_noise_ug: Accelerometer noise density, ug per square-root hertz.
        gyro_noise_mdps: Gyroscope noise density, mdps per square-root hertz.
    """

    name: str
    board_id: int
    acc_ranges_g: tuple[int, ...]
    gyro_ranges_dps: tuple[int, ...]
    acc_lsb_per_g: float
    gyro_lsb_dps: float
    acc_noise_ug: float
    gyro_noise_mdps: float

    def acc_scale(self, range_g: int) -> float:
        """m/s^2 per count at a range."""
        return STANDARD_GRAVITY_M_S2 / self.acc_lsb_per_g * range_g / 16.0

    def gyro_scale(self, range_dps: int) -> float:
        """deg/s per count at a range."""
        return self.gyro_lsb_dps * range_dps / 2000.0

    @property
    def acc_lsb_m_s2(self) -> float:
        """m/s^2 per count at +-16 g."""
        return self.acc_scale(16)


_ACC = (4, 8, 16)
_GYRO = (1000, 2000)

LSM6DS3TR_C = ImuPart("LSM6DS3TR-C", 1, _ACC, _GYRO, 1.0 / 0.000488, 0.070, 90.0, 5.0)
"""0.488 mg and 70 mdps per count: full scale 2293.8 dps at "2000"."""

BMI270 = ImuPart("BMI270", 2, _ACC, _GYRO, 2048.0, 1.0 / 16.384, 160.0, 7.0)
"""2048 counts per g and 16.384 counts per dps."""

ICM_42688 = ImuPart("ICM-42688", 3, _ACC, _GYRO, 2048.0, 1.0 / 16.4, 75.0, 2.8)
"""2048 counts per g and 16.4 counts per dps."""

LSM6DSOX = ImuPart("LSM6DSOX", 4, _ACC, _GYRO, 1.0 / 0.000488, 0.070, 70.0, 3.8)
"""0.488 mg and 70 mdps per count."""

MTI_1 = ImuPart("MTi-1", 5, (16,), (2000,), 2048.0, 1.0 / 16.384, 120.0, 7.0)
"""The class of part in a Movella DOT; scales are ours, for the part itself puts out floats."""

PARTS = (LSM6DS3TR_C, BMI270, ICM_42688, LSM6DSOX)
"""Parts that sensors of a session are drawn from."""
ALL_PARTS = (*PARTS, MTI_1)


def part_named(name: str) -> ImuPart:
    """Find a part.

    Raises:
        SimulationError: No part of this name is known.
    """
    for part in ALL_PARTS:
        if part.name == name:
            return part
    raise SimulationError(
        "part",
        name,
        f"Sensor part {name!r} is not known; use {', '.join(p.name for p in ALL_PARTS)}.",
    )
