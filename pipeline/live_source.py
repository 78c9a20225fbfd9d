"""What a live view may see of a running session: a snapshot, and two commands.

The dashboard asks for snapshots at its own pace; nothing here waits for a viewer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from pipeline.stride import Stride
from sensors.sensor_status import SensorStatus

LivePhase = Literal["idle", "searching", "calibrating", "measuring", "storing", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class LiveSnapshot:
    """State of a live session at one moment.

    Attributes:
        phase: ``idle`` nothing was started, ``searching`` sensors are looked for,
            ``calibrating`` waiting for standing and movement, ``measuring`` strides come in,
            ``storing``, ``stopped`` the session is in the library, ``failed``.
        message: one plain sentence for the runner ("Stand still for 5 seconds.").
        elapsed_s: time since recording began; 0 when idle.
        sensors: status of each sensor.
        strides: strides with number > ``after_stride`` of the call, oldest first (at most 600).
        stride_total: number of the newest stride (strides are numbered from 1 in a session).
        session_id: UUID of the running or last session; empty when there is none. A new value
            tells a viewer to forget the strides it holds.
        stored_session_id: id in the library once stored, else empty.
        calibration: ``none``, ``static`` or ``functional``.
    """

    phase: LivePhase
    message: str
    elapsed_s: float
    sensors: tuple[SensorStatus, ...]
    strides: tuple[Stride, ...]
    stride_total: int
    session_id: str
    stored_session_id: str
    calibration: str


class LiveSource(Protocol):
    """A session that can be watched, started and stopped; safe to call from any thread."""

    def snapshot(self, after_stride: int = 0) -> LiveSnapshot:
        """State now, with the strides after ``after_stride``."""
        ...

    def start(self, runner: str = "") -> None:
        """Begin a new session; no effect while one runs."""
        ...

    def stop(self) -> None:
        """End the session and store it; returns at once, the snapshot tells when it is done."""
        ...

    def mark(self, text: str) -> None:
        """Write a marker with the current time into the recording."""
        ...
