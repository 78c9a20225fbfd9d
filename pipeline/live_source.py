"""What a live view may see of a running session: a snapshot, and a few commands.

The dashboard asks for snapshots at its own pace; nothing here waits for a viewer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from pipeline.feedback import FeedbackState
from pipeline.feedback_cue import Cue
from pipeline.feedback_request import FeedbackRequest
from pipeline.setup_progress import PreparationStatus
from pipeline.stride import Stride
from sensors.placement import Placement
from sensors.sensor_status import SensorStatus

MarkKind = Literal["marker", "lap", "note", "condition"]
MARK_KINDS: tuple[MarkKind, ...] = ("marker", "lap", "note", "condition")
LivePhase = Literal["idle", "searching", "calibrating", "measuring", "storing", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class LiveMark:
    """A mark that someone set.

    Attributes:
        elapsed_s: time since recording began.
        kind: what kind of mark.
        text: its text.
    """

    elapsed_s: float
    kind: MarkKind
    text: str


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
        preparation: progress of the calibration before the first stride; None afterwards.
        slips_deg: sensors that seem to have slipped, and by what angle.
        warnings: sentences about sensors that seem to be exchanged, or whose times do not agree.
        marks: the last marks, oldest first.
        condition: the condition that was set last ("insole on"); empty when none was.
        feedback: cues that are given; None when none are.
        cue: the last cue.
        cue_age_s: how long ago the last cue was decided; infinity when there was none.
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
    preparation: PreparationStatus | None = None
    slips_deg: Mapping[Placement, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    marks: tuple[LiveMark, ...] = ()
    condition: str = ""
    feedback: FeedbackState | None = None
    cue: Cue | None = None
    cue_age_s: float = float("inf")


class LiveSource(Protocol):
    """A session that can be watched, started and stopped; safe to call from any thread."""

    def snapshot(self, after_stride: int = 0) -> LiveSnapshot:
        """State now, with the strides after ``after_stride``."""
        ...

    def start(self, runner: str = "", condition: str = "") -> None:
        """Begin a new session, with a condition ("insole on"); no effect while one runs."""
        ...

    def stop(self) -> None:
        """End the session and store it; returns at once, the snapshot tells when it is done."""
        ...

    def mark(self, text: str, kind: MarkKind = "marker") -> None:
        """Write a marker with the current time into the recording."""
        ...

    def set_feedback(self, request: FeedbackRequest | None) -> None:
        """Give cues from now on, in this session or the next one; None: give none."""
        ...
