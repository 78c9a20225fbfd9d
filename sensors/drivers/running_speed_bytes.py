"""The bytes of the Running Speed and Cadence service of the Bluetooth SIG.

Makers differ in whether they count steps or strides: values are given as they are sent.
"""

from __future__ import annotations

from dataclasses import dataclass

from sensors.drivers.sig_services import sig_uuid
from sensors.errors import ProtocolError

SERVICE = sig_uuid(0x1814)
MEASUREMENT = sig_uuid(0x2A53)

_STRIDE, _DISTANCE, _RUNNING = 1, 2, 4


@dataclass(frozen=True, slots=True)
class RunningSpeed:
    """One measurement.

    Attributes:
        speed_m_s: speed.
        cadence_per_min: steps, or strides, a minute.
        running: whether the sensor takes it for running.
        stride_m: length of a stride, or step; None when not sent.
        distance_m: distance since the sensor began; None when not sent.
    """

    speed_m_s: float
    cadence_per_min: int
    running: bool
    stride_m: float | None = None
    distance_m: float | None = None

    def in_words(self) -> str:
        """For people; whether the cadence is of steps or strides, only its maker knows."""
        return f"{self.speed_m_s:.1f} m/s, {self.cadence_per_min} /min"


def parse_running_speed(payload: bytes) -> RunningSpeed:
    """Read a measurement.

    Raises:
        ProtocolError: it is cut off.
    """
    flags = payload[0] if payload else 0
    need = 4 + (2 if flags & _STRIDE else 0) + (4 if flags & _DISTANCE else 0)
    if len(payload) < need:
        raise ProtocolError(f"{len(payload)} bytes, {need} expected", where="running speed")
    at = 4
    stride = distance = None
    if flags & _STRIDE:
        stride = int.from_bytes(payload[at : at + 2], "little") / 100
        at += 2
    if flags & _DISTANCE:
        distance = int.from_bytes(payload[at : at + 4], "little") / 10
    return RunningSpeed(
        speed_m_s=int.from_bytes(payload[1:3], "little") / 256,
        cadence_per_min=payload[3],
        running=bool(flags & _RUNNING),
        stride_m=stride,
        distance_m=distance,
    )
