"""A live session that replays made strides on a timer, without radio or engine."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Sequence

from pipeline.feedback_log import LiveFeedback
from pipeline.feedback_request import FeedbackRequest
from pipeline.live_source import LiveMark, LivePhase, LiveSnapshot, MarkKind
from pipeline.setup_progress import PreparationStatus
from pipeline.stride import Stride
from sensors.placement import Placement
from sensors.sensor_status import SensorState, SensorStatus


class ReplaySource:
    """The live source of dashboard tests.

    Strides come in ``strides_per_s`` after ``start``; with ``calibrating_s`` before the first.

    Args:
        strides: what is replayed, in order.
        strides_per_s: pace.
        calibrating_s: time before the first stride.
        stored_session_id: what ``stop`` pretends to have stored; a test puts a real one there.
        sensors: status of the sensors at all times.

    Attributes:
        preparation: progress of the calibration that is shown while calibrating.
        slips_deg: slips that are shown.
        warnings: warnings that are shown.
        forced: phase and message in place of those that follow from time.
    """

    def __init__(
        self,
        strides: Sequence[Stride],
        *,
        strides_per_s: float = 20.0,
        calibrating_s: float = 0.0,
        stored_session_id: str = "",
        sensors: tuple[SensorStatus, ...] | None = None,
    ) -> None:
        self._strides = list(strides)
        self._strides_per_s = strides_per_s
        self._calibrating_s = calibrating_s
        self._stored = stored_session_id
        self.sensors = made_sensors() if sensors is None else sensors
        self._lock = threading.Lock()
        self._started: float | None = None
        self._stopped: float | None = None
        self._session_id = ""
        self._shown: list[LiveMark] = []
        self._cued = 0
        self._feedback = LiveFeedback(lambda text, kind: self.markers.append((kind, text)))
        self.runner = ""
        self.condition = ""
        self.marks: list[str] = []
        self.markers: list[tuple[str, str]] = []
        self.preparation: PreparationStatus | None = None
        self.slips_deg: dict[Placement, float] = {}
        self.warnings: tuple[str, ...] = ()
        self.forced: tuple[LivePhase, str] | None = None

    def snapshot(self, after_stride: int = 0) -> LiveSnapshot:
        """State now."""
        with self._lock:
            elapsed = 0.0
            if self._started is not None:
                elapsed = (self._stopped or time.monotonic()) - self._started
            measuring_s = max(0.0, elapsed - self._calibrating_s)
            total = min(len(self._strides), int(measuring_s * self._strides_per_s))
            self._feedback.push(self._strides[self._cued : total])
            self._cued = max(self._cued, total)
            feedback, cue, cue_age_s = self._feedback.state()
            phase, message = self.forced or (self._phase(elapsed), self._message(elapsed))
            return LiveSnapshot(
                phase=phase,
                message=message,
                elapsed_s=elapsed,
                sensors=self.sensors if self._started is not None else (),
                strides=tuple(self._strides[after_stride:total][-600:]),
                stride_total=total,
                session_id=self._session_id,
                stored_session_id=self._stored if self._stopped is not None else "",
                calibration="none" if measuring_s == 0 else "functional",
                preparation=self.preparation if phase == "calibrating" else None,
                slips_deg=self.slips_deg,
                marks=tuple(self._shown),
                condition=self.condition,
                feedback=feedback,
                cue=cue,
                cue_age_s=cue_age_s,
                warnings=self.warnings,
            )

    def _phase(self, elapsed: float) -> LivePhase:
        if self._started is None:
            return "idle"
        if self._stopped is not None:
            return "stopped"
        return "calibrating" if elapsed < self._calibrating_s else "measuring"

    def _message(self, elapsed: float) -> str:
        return {
            "idle": "Press Start when the sensors are worn.",
            "stopped": "The session is in the library.",
            "calibrating": "Stand still for 5 seconds.",
            "measuring": "Keep your usual pace.",
        }[self._phase(elapsed)]

    def start(self, runner: str = "", condition: str = "") -> None:
        """Begin, from the first stride."""
        with self._lock:
            if self._started is None or self._stopped is not None:
                self.runner, self.condition = runner, condition
                self._cued = 0
                self._feedback.begin(runner)
                self._started = time.monotonic()
                self._stopped = None
                self._session_id = str(uuid.uuid4())

    def stop(self) -> None:
        """End."""
        with self._lock:
            if self._started is not None and self._stopped is None:
                self._stopped = time.monotonic()

    def mark(self, text: str, kind: MarkKind = "marker") -> None:
        """Keep the marker."""
        self.marks.append(text)
        with self._lock:
            if kind == "condition":
                self.condition = text
            began = self._started if self._started is not None else time.monotonic()
            self._shown.append(LiveMark(time.monotonic() - began, kind, text))

    def set_feedback(self, request: FeedbackRequest | None) -> None:
        """Give cues from now on."""
        with self._lock:
            self._feedback.set(request, self._strides[max(0, self._cued - 600) : self._cued])


def made_sensors() -> tuple[SensorStatus, ...]:
    """Three sensors: two streaming, one reconnecting."""
    return (
        SensorStatus(
            "LS-0001",
            "levelstride 1",
            Placement.PELVIS,
            SensorState.STREAMING,
            battery_percent=87,
            rate_hz=200.02,
            samples=12000,
            rssi=-61,
        ),
        SensorStatus(
            "LS-0002",
            "levelstride 2",
            Placement.SHANK_LEFT,
            SensorState.STREAMING,
            battery_percent=64,
            rate_hz=199.97,
            samples=11990,
            clipped_samples=4,
            rssi=-58,
        ),
        SensorStatus(
            "LS-0003",
            "levelstride 3",
            Placement.SHANK_RIGHT,
            SensorState.RECOVERING,
            rate_hz=180.0,
            samples=11964,
            lost_samples=36,
            message="The link was lost; trying again in 2 s.",
        ),
    )
