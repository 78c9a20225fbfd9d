"""One simulated sensor: who it is, where it sits, what it puts on the air."""

from __future__ import annotations

from dataclasses import dataclass, field

from firmware_sim.body.model import Body
from firmware_sim.body.runner import Runner
from firmware_sim.body.script import Script
from firmware_sim.imu.errors import SensorErrors, draw_errors
from firmware_sim.imu.faults import FaultSettings
from firmware_sim.imu.mounting import PLACEMENTS, Mounting, Placement, draw_mounting
from firmware_sim.imu.parts import PARTS, ImuPart, part_named
from firmware_sim.imu.sensor import ImuSampler, OnBlock
from firmware_sim.profile.characteristics import (
    FLASH_BYTES,
    LOG_GAPS,
    PLACEMENT_CODES,
    RAM_RING_BYTES,
    RATES_HZ,
    STREAM_ACC,
    STREAM_GYRO,
    Capability,
    DeviceConfig,
    encode_info,
)
from firmware_sim.rng import Purpose, stream

FIRMWARE_VERSION = (1, 0, 0)
DEFAULT_SAMPLES_PER_PACKET = 10
START_RATE_HZ, START_ACC_G, START_GYRO_DPS = 200, 16, 2000
_SWAPPED: dict[Placement, Placement] = {
    "pelvis": "pelvis",
    "shank_left": "shank_right",
    "shank_right": "shank_left",
}


@dataclass(frozen=True, slots=True)
class SimSensor:
    """A sensor of a session.

    Attributes:
        index: 0 pelvis, 1 left shank, 2 right shank.
        sensor_id: Stable identity, equal to the serial.
        placement: Body segment.
        name: Advertised name, ``OGI-`` and four hexadecimal digits.
        address: Random static Bluetooth address, ``XX:XX:XX:XX:XX:XX``.
        unique_id: The 8 bytes in Info.
        battery_start_percent: Battery level at session time 0.
        mounting: How it is worn.
        errors: What it gets wrong.
        part: Sensor part.
        config: Settings at power-up.
        start_delay_s: When the fast path starts it, s of session time.
    """

    index: int
    sensor_id: str
    placement: Placement
    name: str
    address: str
    unique_id: bytes
    battery_start_percent: int
    mounting: Mounting
    errors: SensorErrors
    part: ImuPart
    config: DeviceConfig
    start_delay_s: float
    _seed: int = field(repr=False)
    _runner: Runner = field(repr=False)
    _script: Script = field(repr=False)
    _faults: FaultSettings = field(repr=False)
    _squat_error_deg: tuple[float, float] = field(repr=False)

    @property
    def serial(self) -> str:
        """Serial number in the Device Information service."""
        return self.sensor_id

    @property
    def firmware(self) -> str:
        """Firmware version, ``major.minor.patch``."""
        return ".".join(str(n) for n in FIRMWARE_VERSION)

    @property
    def label(self) -> Placement:
        """Where it says that it is worn: the placement in its Config."""
        return _SWAPPED[self.placement] if self._faults.swapped_labels else self.placement

    @property
    def mtu(self) -> int:
        """Largest ATT MTU that it agrees to, bytes."""
        return self._faults.mtu

    @property
    def connection_interval_s(self) -> float:
        """Connection interval that it is given."""
        return self._faults.connection_interval_ms * 1e-3

    @property
    def queue_packets(self) -> int:
        """Notifications that its send queue holds."""
        return self._faults.queue_packets

    def info(self, *, live_config: bool = False) -> bytes:
        """Characteristic 0002 as it would be read.

        Args:
            live_config: Whether it takes settings while streaming.
        """
        able = Capability.RAM_RING | Capability.FLASH_LOG | Capability.SYNC
        return encode_info(
            self.part.board_id,
            self.unique_id,
            FIRMWARE_VERSION,
            capabilities=able | Capability.LIVE_CONFIG if live_config else able,
            rates_hz=RATES_HZ,
            acc_ranges_g=self.part.acc_ranges_g,
            gyro_ranges_dps=self.part.gyro_ranges_dps,
            ring_bytes=RAM_RING_BYTES,
            flash_bytes=FLASH_BYTES,
        )

    @property
    def info_bytes(self) -> bytes:
        """Characteristic 0002 as it would be read."""
        return self.info()

    @property
    def config_bytes(self) -> bytes:
        """Characteristic 0003 as it would be read at power-up."""
        return self.config.encode()

    def battery_percent(self, t_s: float) -> int:
        """Battery level at a session time, per cent, 1 at least."""
        used = int(max(t_s, 0.0) // self._faults.battery_s_per_percent)
        return max(1, self.battery_start_percent - used)

    def sampler(
        self,
        rate_hz: float = START_RATE_HZ,
        acc_range_g: int = START_ACC_G,
        gyro_range_dps: int = START_GYRO_DPS,
        on_block: OnBlock | None = None,
    ) -> ImuSampler:
        """A fresh source of samples, at the beginning of the session.

        Args:
            rate_hz: Nominal sampling rate, 1/s.
            acc_range_g: Accelerometer range.
            gyro_range_dps: Gyroscope range.
            on_block: Told of every block made.
        """
        body = Body(
            self._seed,
            self._runner,
            self._script,
            self._squat_error_deg,
            self._faults.impact_gain,
        )
        return ImuSampler(
            self._seed,
            self.placement,
            body,
            self.mounting,
            self.errors,
            self._faults,
            self.part,
            rate_hz,
            acc_range_g,
            gyro_range_dps,
            on_block,
        )


def draw_sensors(
    seed: int,
    runner: Runner,
    script: Script,
    faults: FaultSettings,
    squat_error_deg: tuple[float, float],
    part: str | None = None,
) -> tuple[SimSensor, ...]:
    """Draw the three sensors of a session, pelvis, left and right shank.

    Args:
        seed: Session seed.
        runner: Who wears them.
        script: What the person does.
        faults: Sizes of imperfections.
        squat_error_deg: See ``Body``.
        part: Name of the sensor part, drawn if None.

    Raises:
        SimulationError: No part of this name is known.
    """
    rng = stream(seed, Purpose.IDENTITY)
    chosen = PARTS[int(rng.integers(len(PARTS)))]
    if part is not None:
        chosen = part_named(part)
    suffixes = rng.choice(0x10000, size=len(PLACEMENTS), replace=False)
    delays = (0.0, *sorted(float(x) for x in rng.uniform(0.02, 0.25, len(PLACEMENTS) - 1)))
    found = []
    for i, placement in enumerate(PLACEMENTS):
        suffix = int(suffixes[i])
        unique_id = rng.bytes(6) + suffix.to_bytes(2, "big")
        address = (
            bytes([0xC0 | int(rng.integers(0x3F)) | 0x01])
            + rng.bytes(3)
            + suffix.to_bytes(2, "big")
        )
        percent = int(rng.integers(60, 100))
        label = _SWAPPED[placement] if faults.swapped_labels else placement
        found.append(
            SimSensor(
                index=i,
                sensor_id=unique_id.hex().upper(),
                placement=placement,
                name=f"OGI-{suffix:04X}",
                address=":".join(f"{b:02X}" for b in address),
                unique_id=unique_id,
                battery_start_percent=round(faults.battery_start_percent) or percent,
                mounting=draw_mounting(
                    seed,
                    placement,
                    runner.shank_length_m,
                    faults.mount_tilt_deg,
                    faults.mount_turn_deg,
                ),
                errors=draw_errors(seed, placement, faults),
                part=chosen,
                config=DeviceConfig(
                    cfg_id=1,
                    rate_hz=START_RATE_HZ,
                    acc_range_g=START_ACC_G,
                    gyro_range_dps=START_GYRO_DPS,
                    samples_per_packet=DEFAULT_SAMPLES_PER_PACKET,
                    stream_mask=STREAM_ACC | STREAM_GYRO,
                    placement=PLACEMENT_CODES[label],
                    log_mode=LOG_GAPS,
                    acc_scale=chosen.acc_scale(START_ACC_G),
                    gyro_scale=chosen.gyro_scale(START_GYRO_DPS),
                ),
                start_delay_s=delays[i],
                _seed=seed,
                _runner=runner,
                _script=script,
                _faults=faults,
                _squat_error_deg=squat_error_deg,
            )
        )
    return tuple(found)
