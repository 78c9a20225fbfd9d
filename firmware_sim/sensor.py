"""One simulated sensor: who it is, where it sits, what it puts on the air."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from firmware_sim.body.model import Body
from firmware_sim.body.runner import Runner
from firmware_sim.body.script import Script
from firmware_sim.imu.faults import FaultSettings
from firmware_sim.imu.mounting import PLACEMENTS, Mounting, Placement, draw_mounting
from firmware_sim.imu.parts import PARTS, ImuPart
from firmware_sim.imu.sensor import ImuSampler, SensorErrors, draw_errors
from firmware_sim.profile.characteristics import (
    ACC_RANGES_G,
    GYRO_RANGES_DPS,
    PLACEMENT_CODES,
    RATES_HZ,
    STREAM_ACC,
    STREAM_GYRO,
    DeviceConfig,
    encode_info,
)
from firmware_sim.profile.stream import Packet, packets
from firmware_sim.rng import Purpose, stream

FIRMWARE_VERSION = (1, 0, 0)
DEFAULT_SAMPLES_PER_PACKET = 10
BATTERY_S_PER_PERCENT = 360.0


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
    def info_bytes(self) -> bytes:
        """Characteristic 0002 as it would be read."""
        return encode_info(self.part.board_id, self.unique_id, FIRMWARE_VERSION)

    @property
    def config_bytes(self) -> bytes:
        """Characteristic 0003 as it would be read at power-up."""
        return self.config.encode()

    def battery_percent(self, t_s: float) -> int:
        """Battery level at a session time: one percent less every six minutes."""
        return max(1, self.battery_start_percent - int(max(t_s, 0.0) // BATTERY_S_PER_PERCENT))

    def sampler(self) -> ImuSampler:
        """A fresh source of samples, at the beginning of the session."""
        body = Body(
            self._seed,
            self._runner,
            self._script,
            self._squat_error_deg,
            self._faults.impact_gain,
        )
        return ImuSampler(
            self._seed, self.placement, body, self.mounting, self.errors, self._faults, self.part
        )

    def packets(
        self,
        start_s: float,
        config: DeviceConfig | None = None,
        clock_shift_us: int = 0,
    ) -> Iterator[Packet]:
        """All data packets after a START at a session time, without end and before any loss.

        Args:
            start_s: Session time of START, >= 0.
            config: Settings in force, the power-up ones if None.
            clock_shift_us: Added to device times.
        """
        return packets(self.sampler(), self.errors, config or self.config, start_s, clock_shift_us)


def draw_sensors(
    seed: int,
    runner: Runner,
    script: Script,
    faults: FaultSettings,
    squat_error_deg: tuple[float, float],
) -> tuple[SimSensor, ...]:
    """Draw the three sensors of a session, pelvis, left and right shank."""
    rng = stream(seed, Purpose.IDENTITY)
    part = PARTS[int(rng.integers(len(PARTS)))]
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
        found.append(
            SimSensor(
                index=i,
                sensor_id=unique_id.hex().upper(),
                placement=placement,
                name=f"OGI-{suffix:04X}",
                address=":".join(f"{b:02X}" for b in address),
                unique_id=unique_id,
                battery_start_percent=int(rng.integers(60, 100)),
                mounting=draw_mounting(seed, placement, runner.shank_length_m),
                errors=draw_errors(seed, placement, faults),
                part=part,
                config=DeviceConfig(
                    cfg_id=1,
                    rate_hz=RATES_HZ[0],
                    acc_range_g=ACC_RANGES_G[0],
                    gyro_range_dps=GYRO_RANGES_DPS[0],
                    samples_per_packet=DEFAULT_SAMPLES_PER_PACKET,
                    stream_mask=STREAM_ACC | STREAM_GYRO,
                    placement=PLACEMENT_CODES[placement],
                    log_mode=0,
                    acc_scale=part.acc_lsb_m_s2,
                    gyro_scale=part.gyro_lsb_dps,
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
