"""The Info and Config characteristics as bytes."""

from __future__ import annotations

import struct
from dataclasses import dataclass

PROFILE_VERSION = (1, 0)
CAPABILITY_SYNC = 1 << 4
"""Capability bits: 0 magnetometer, 1 quaternion, 2 RAM ring, 3 flash log, 4 sync, 5 second IMU."""

RATES_HZ = (200,)
ACC_RANGES_G = (16,)
GYRO_RANGES_DPS = (2000,)
STREAM_ACC = 1
STREAM_GYRO = 2
NOMINAL_CLOCK_PPM = 50
PLACEMENT_CODES = {"pelvis": 1, "shank_left": 2, "shank_right": 3}
MAX_PLACEMENT_CODE = 8
MAX_SAMPLES_PER_PACKET = 19
"""16 + 19 x 12 = 244 bytes, what an MTU of 247 carries."""

_CONFIG_WRITABLE = struct.Struct("<BHBHBBBB")
_CONFIG_TAIL = struct.Struct("<fff")
CONFIG_WRITE_LENGTH = _CONFIG_WRITABLE.size


def encode_info(board_id: int, unique_id: bytes, firmware: tuple[int, int, int]) -> bytes:
    """Info: what the device is and can do.

    Args:
        board_id: Board number, u16.
        unique_id: 8 bytes.
        firmware: Major, minor, patch.

    Returns:
        The characteristic value.
    """
    parts = [
        struct.pack("<BBIH", *PROFILE_VERSION, CAPABILITY_SYNC, board_id),
        unique_id,
        bytes(firmware),
        b"\x01",
    ]
    parts += [
        struct.pack(f"<B{len(values)}H", len(values), *values)
        for values in (RATES_HZ, ACC_RANGES_G, GYRO_RANGES_DPS)
    ]
    parts.append(struct.pack("<IIB", 0, 0, NOMINAL_CLOCK_PPM))
    return b"".join(parts)


@dataclass(frozen=True, slots=True)
class DeviceConfig:
    """Settings of a device.

    Attributes:
        cfg_id: Counted up by the device at each change; its low nibble marks every packet.
        rate_hz: Nominal sampling rate.
        acc_range_g: Accelerometer range.
        gyro_range_dps: Gyroscope range.
        samples_per_packet: Samples in a packet, 0 = fill the MTU.
        stream_mask: Bit 0 accelerometer, bit 1 gyroscope.
        placement: 0 none, 1 pelvis, 2 left shank, 3 right shank, 4-8 others.
        log_mode: Always 0 here.
        acc_scale: m/s^2 per count.
        gyro_scale: deg/s per count.
    """

    cfg_id: int
    rate_hz: int
    acc_range_g: int
    gyro_range_dps: int
    samples_per_packet: int
    stream_mask: int
    placement: int
    log_mode: int
    acc_scale: float
    gyro_scale: float

    def encode(self) -> bytes:
        """Config as it would be read: 10 writable bytes and the read-only tail of three floats.

        The actual rate is the nominal one: a device does not know the error of its own oscillator.
        """
        return _CONFIG_WRITABLE.pack(
            self.cfg_id,
            self.rate_hz,
            self.acc_range_g,
            self.gyro_range_dps,
            self.samples_per_packet,
            self.stream_mask,
            self.placement,
            self.log_mode,
        ) + _CONFIG_TAIL.pack(self.acc_scale, self.gyro_scale, float(self.rate_hz))

    @property
    def packet_samples(self) -> int:
        """Samples that a full packet carries."""
        return self.samples_per_packet or MAX_SAMPLES_PER_PACKET

    def changed_by(self, value: bytes) -> DeviceConfig | None:
        """Settings after a write, with the next ``cfg_id``.

        Args:
            value: The 10 writable bytes; the first (cfg_id) is ignored. A whole Config as read
                (22 bytes) is taken too, its read-only tail ignored.

        Returns:
            The new settings, or None if the device cannot do what is asked.
        """
        if len(value) not in (CONFIG_WRITE_LENGTH, CONFIG_WRITE_LENGTH + _CONFIG_TAIL.size):
            return None
        _, rate, acc_g, gyro_dps, n, mask, placement, log_mode = _CONFIG_WRITABLE.unpack_from(value)
        possible = (
            rate in RATES_HZ
            and acc_g in ACC_RANGES_G
            and gyro_dps in GYRO_RANGES_DPS
            and n <= MAX_SAMPLES_PER_PACKET
            and mask == STREAM_ACC | STREAM_GYRO
            and placement <= MAX_PLACEMENT_CODE
            and log_mode == 0
        )
        if not possible:
            return None
        return DeviceConfig(
            cfg_id=(self.cfg_id + 1) % 256,
            rate_hz=rate,
            acc_range_g=acc_g,
            gyro_range_dps=gyro_dps,
            samples_per_packet=n,
            stream_mask=mask,
            placement=placement,
            log_mode=log_mode,
            acc_scale=self.acc_scale,
            gyro_scale=self.gyro_scale,
        )
