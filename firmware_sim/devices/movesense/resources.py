"""Resources of the Movesense: which paths stream what, and which can only be read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import numpy as np

from firmware_sim.devices.attitude import magnetic_field_ut
from firmware_sim.devices.movesense.gsp import encode_info, encode_vectors

if TYPE_CHECKING:
    from firmware_sim.body.jet import Array
    from firmware_sim.devices.worn_imu import Samples

Quantity: TypeAlias = Literal["acc", "gyro", "magn"]

RATES_HZ = (13, 26, 52, 104, 208, 416, 833, 1666)
ACC_RANGES_G = (2, 4, 8, 16)
GYRO_RANGES_DPS = (125, 245, 500, 1000, 2000)
MAGN_RANGES_UT = (5000,)
ACC_RANGE_G = 8
"""In force at power-up; the protocol has no request that could change it."""

GYRO_RANGE_DPS = 2000
ACC_LSB_M_S2 = 0.244e-3 * 9.807
GYRO_LSB_DPS = 0.070
"""Steps of the values in captured packets."""

MAGN_LSB_UT = 0.15
_QUANTITIES: dict[str, tuple[Quantity, ...]] = {
    "Acc": ("acc",),
    "Gyro": ("gyro",),
    "Magn": ("magn",),
    "IMU6": ("acc", "gyro"),
    "IMU6m": ("acc", "magn"),
    "IMU9": ("acc", "gyro", "magn"),
}
_PATH = re.compile(r"/Meas/(Acc|Gyro|Magn|IMU6m|IMU6|IMU9)/(\d{1,4})")
TEMPERATURE = "/Meas/Temp"


class Measured(NamedTuple):
    """A resource that streams vectors.

    Attributes:
        quantities: In the order of the payload.
        rate_hz: Nominal rate.
    """

    quantities: tuple[Quantity, ...]
    rate_hz: int

    @property
    def samples_per_packet(self) -> int:
        """Samples that are sent at once: 4 at 52 Hz, 8 at 104 and 208 (seen); 1, 2, 16 elsewhere."""
        if self.rate_hz <= 26:
            return 1 if self.rate_hz == 13 else 2
        if self.rate_hz == 52:
            return 4
        return 8 if self.rate_hz <= 208 else 16


def measured(path: str) -> Measured | None:
    """The streaming resource of a path, None for any other path."""
    match = _PATH.fullmatch(path)
    if match is None or int(match[2]) not in RATES_HZ:
        return None
    return Measured(_QUANTITIES[match[1]], int(match[2]))


CONSTANTS = {
    "/Meas/Acc/Info": encode_info(RATES_HZ, ACC_RANGES_G, 1),
    "/Meas/Gyro/Info": encode_info(RATES_HZ, GYRO_RANGES_DPS, 2),
    "/Meas/Magn/Info": encode_info(RATES_HZ, MAGN_RANGES_UT, 2),
    "/Meas/Acc/Config": bytes((ACC_RANGE_G,)),
    "/Meas/Gyro/Config": GYRO_RANGE_DPS.to_bytes(2, "little"),
    "/Meas/Magn/Config": MAGN_RANGES_UT[0].to_bytes(2, "little"),
}
"""Bodies of GET replies that never change."""


def encode_samples(resource: Measured, samples: Samples, time_ms: int, heading_rad: float) -> bytes:
    """One measurement packet, with values in the steps and limits of the chip."""
    arrays = []
    for quantity in resource.quantities:
        if quantity == "acc":
            arrays.append(_stepped(samples.acc_m_s2, ACC_LSB_M_S2))
        elif quantity == "gyro":
            arrays.append(_stepped(samples.gyr_dps, GYRO_LSB_DPS))
        else:
            arrays.append(_stepped(magnetic_field_ut(samples.attitude, heading_rad), MAGN_LSB_UT))
    return encode_vectors(time_ms, arrays)


def _stepped(values: Array, lsb: float) -> list[list[float]]:
    counts = np.clip(np.rint(values / lsb), -32768, 32767)
    rows: list[list[float]] = (counts * lsb).tolist()
    return rows
