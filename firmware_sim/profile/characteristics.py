"""The Info and Config characteristics as bytes."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntFlag

from firmware_sim.imu.parts import ImuPart
from firmware_sim.profile.packets import ACC_SAMPLE_BYTES, SAMPLE_BYTES

PROFILE_VERSION = (1, 0)


class Capability(IntFlag):
    """Capability bits of Info."""

    MAGNETOMETER = 1 << 0
    QUATERNION = 1 << 1
    RAM_RING = 1 << 2
    FLASH_LOG = 1 << 3
    SYNC = 1 << 4
    SECOND_IMU = 1 << 5
    LIVE_CONFIG = 1 << 6


RATES_HZ = (50, 100, 104, 200, 208, 400)
STREAM_ACC = 1
STREAM_GYRO = 2
NOMINAL_CLOCK_PPM = 50
PLACEMENT_CODES = {"pelvis": 1, "shank_left": 2, "shank_right": 3}
MAX_PLACEMENT_CODE = 8
LOG_NEVER, LOG_GAPS, LOG_ALWAYS = 0, 1, 2
"""Log modes: never by itself; while streaming without a host; all that is streamed."""
MAX_SAMPLES_PER_PACKET = 19
"""16 + 19 x 12 = 244 bytes, what an MTU of 247 carries."""
RAM_RING_BYTES = 48 * 1024
FLASH_BYTES = 16 * 1024 * 1024

_CONFIG_WRITABLE = struct.Struct("<BHBHBBBB")
_CONFIG_TAIL = struct.Struct("<fff")
CONFIG_WRITE_LENGTH = _CONFIG_WRITABLE.size
CONFIG_LENGTH = CONFIG_WRITE_LENGTH + _CONFIG_TAIL.size


def encode_info(
    board_id: int,
    unique_id: bytes,
    firmware: tuple[int, int, int],
    *,
    capabilities: Capability,
    rates_hz: Sequence[int],
    acc_ranges_g: Sequence[int],
    gyro_ranges_dps: Sequence[int],
    ring_bytes: int,
    flash_bytes: int,
) -> bytes:
    """Info: what the device is and can do.

    Args:
        board_id: Board number, u16.
        unique_id: 8 bytes; the first four are the key of LOG_ERASE and POWER_OFF.
        firmware: Major, minor, patch.
        capabilities: Capability bits.
        rates_hz: Rates it can be set to.
        acc_ranges_g: Accelerometer ranges.
        gyro_ranges_dps: Gyroscope ranges.
        ring_bytes: Size of the RAM ring.
        flash_bytes: Size of the flash log.

    Returns:
        The characteristic value.
    """
    parts = [
        struct.pack("<BBIH", *PROFILE_VERSION, capabilities, board_id),
        unique_id,
        bytes(firmware),
        b"\x01",
    ]
    parts += [
        struct.pack(f"<B{len(values)}H", len(values), *values)
        for values in (rates_hz, acc_ranges_g, gyro_ranges_dps)
    ]
    parts.append(struct.pack("<IIB", ring_bytes, flash_bytes, NOMINAL_CLOCK_PPM))
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
        log_mode: 0 never, 1 while streaming without a host, 2 all that is streamed.
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
    def sample_bytes(self) -> int:
        """Bytes of one sample in a packet."""
        return SAMPLE_BYTES if self.stream_mask & STREAM_GYRO else ACC_SAMPLE_BYTES

    def changed_by(self, value: bytes, part: ImuPart) -> DeviceConfig | None:
        """Settings after a write, with the next ``cfg_id``.

        Args:
            value: The 10 writable bytes; the first (cfg_id) is ignored. A whole Config as read
                (22 bytes) is taken too, its read-only tail ignored.
            part: What the sensor can do.

        Returns:
            The new settings, or None if the device cannot do what is asked.
        """
        if len(value) not in (CONFIG_WRITE_LENGTH, CONFIG_LENGTH):
            return None
        _, rate, acc_g, gyro_dps, n, mask, placement, log_mode = _CONFIG_WRITABLE.unpack_from(value)
        possible = (
            rate in RATES_HZ
            and acc_g in part.acc_ranges_g
            and gyro_dps in part.gyro_ranges_dps
            and n <= MAX_SAMPLES_PER_PACKET
            and mask in (STREAM_ACC, STREAM_ACC | STREAM_GYRO)
            and placement <= MAX_PLACEMENT_CODE
            and log_mode in (LOG_NEVER, LOG_GAPS, LOG_ALWAYS)
        )
        if not possible:
            return None
        return replace(
            self,
            cfg_id=(self.cfg_id + 1) % 256,
            rate_hz=rate,
            acc_range_g=acc_g,
            gyro_range_dps=gyro_dps,
            samples_per_packet=n,
            stream_mask=mask,
            placement=placement,
            log_mode=log_mode,
            acc_scale=part.acc_scale(acc_g),
            gyro_scale=part.gyro_scale(gyro_dps),
        )
