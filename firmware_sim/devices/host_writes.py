"""What a host writes to a device so that it streams as well as it can: for the fast path, which has no driver.

The host has subscribed to everything before the first of these writes.
"""

from __future__ import annotations

from firmware_sim.air import HostWrite
from firmware_sim.devices import OPEN_GAIT_IMU
from firmware_sim.devices.movella.device import MEASUREMENT_CONTROL
from firmware_sim.devices.movesense.device import WRITE as MOVESENSE_WRITE
from firmware_sim.devices.movesense.gsp import Command
from firmware_sim.devices.polar.device import PMD_CONTROL
from firmware_sim.devices.polar.pmd_frames import Measurement
from firmware_sim.devices.polar.pmd_settings import Op as PmdOp
from firmware_sim.devices.polar.pmd_settings import Setting, encode_settings
from firmware_sim.devices.witmotion import registers as reg
from firmware_sim.devices.witmotion.device import WRITE as WITMOTION_WRITE
from firmware_sim.devices.witmotion.frames import encode_command
from firmware_sim.profile.control import Op
from firmware_sim.profile.uuids import CONTROL

_CUSTOM_MODE_5 = 26


def standard_writes(kind: str, start_s: float = 0.0) -> tuple[HostWrite, ...]:
    """Writes that bring a device into its best streaming mode.

    WitMotion: output content 0, low-pass open, six axes, 200 Hz. Polar: SDK mode, 208 Hz, 16 g, 2000 dps.
    DOT: custom mode 5 at 60 Hz. Movesense: ``/Meas/IMU6/208``. Side channels stream without a write.

    Args:
        kind: One of ``device_kinds()``.
        start_s: Session time of the first write.
    """
    if kind == OPEN_GAIT_IMU:
        return (HostWrite(start_s, CONTROL, bytes((Op.START, 1)) + bytes(6), again=True),)
    if kind == "witmotion":
        values = (
            (reg.UNLOCK, reg.UNLOCK_KEY),
            (reg.CONTENT, 0),
            (reg.BANDWIDTH, 0),
            (reg.AXIS6, 1),
            (reg.RATE, 0x0B),
        )
        return tuple(
            HostWrite(start_s + 0.05 * i, WITMOTION_WRITE, encode_command(*v), again=True)
            for i, v in enumerate(values)
        )
    if kind == "polar_verity":
        return tuple(
            HostWrite(start_s + 0.1 * i, PMD_CONTROL, value, again=True)
            for i, value in enumerate(
                (
                    bytes((PmdOp.START, Measurement.SDK_MODE)),
                    _pmd_start(Measurement.ACC, 16),
                    _pmd_start(Measurement.GYRO, 2000),
                )
            )
        )
    if kind == "movella_dot":
        start = bytes((1, 1, _CUSTOM_MODE_5))
        return (HostWrite(start_s, MEASUREMENT_CONTROL, start, again=True),)
    if kind == "movesense":
        subscribe = bytes((Command.SUBSCRIBE, 1)) + b"/Meas/IMU6/208\0"
        return (HostWrite(start_s, MOVESENSE_WRITE, subscribe, again=True),)
    return ()


def _pmd_start(measurement: Measurement, span: int) -> bytes:
    choice = {
        Setting.RATE: (208,),
        Setting.RESOLUTION: (16,),
        Setting.RANGE: (span,),
        Setting.CHANNELS: (3,),
    }
    return bytes((PmdOp.START, measurement)) + encode_settings(choice)
