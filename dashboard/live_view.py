"""What viewers of a live session see: frames of plain data made from snapshots.

One ``LiveView`` serves all viewers. A frame holds the whole state (a few kilobytes), so a
viewer that missed some, or came late, is right again with the next one. Running and walking are
never mixed in one number: a frame shows the gait of the newest valid stride.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

import numpy as np

from dashboard.language import language, tr
from dashboard.live_parts import (
    cue_frame,
    feedback_frame,
    mark_frame,
    notice_frame,
    preparation_frame,
    sensor_frame,
    sentence_text,
    zone_of,
)
from dashboard.live_readout import (
    CURVE_STRIDES,
    LEAST_STRIDES,
    LIVE_METRICS,
    MEDIAN_STRIDES,
    PLOT_STRIDES,
    Frame,
    readout,
    rounded,
    stance_curve,
)
from dashboard.number_text import clock_text
from dashboard.said import said
from dashboard.sides import SIDES, Side
from dashboard.text import CALIBRATION_WORDS, GAIT_WORDS, PHASE_WORDS, live_summary_sentence
from pipeline.live_source import LiveSnapshot, LiveSource
from pipeline.mean_curves import CURVE_METRICS
from pipeline.setup_signal import SignalWatch, slip_findings, worn_findings
from pipeline.stride import Gait, Stride

__all__ = ["LEAST_STRIDES", "PLOT_STRIDES", "LiveView"]


class _SideState:
    """The strides of one leg: the recent valid ones of each gait, and how many there were."""

    def __init__(self) -> None:
        self.valid: dict[Gait, deque[Stride]] = {
            gait: deque(maxlen=PLOT_STRIDES) for gait in ("run", "walk")
        }
        self.valid_count = 0
        self.unused_count = 0

    def add(self, stride: Stride) -> None:
        if stride.valid:
            self.valid[stride.gait].append(stride)
            self.valid_count += 1
        else:
            self.unused_count += 1

    def frame(self, gait: Gait) -> Frame:
        strides = list(self.valid[gait])
        latest = strides[-CURVE_STRIDES:]
        contact_ms = [1000 * (s.toe_off_s - s.foot_strike_s) for s in strides[-MEDIAN_STRIDES:]]
        enough = len(contact_ms) >= LEAST_STRIDES
        return {
            "valid": self.valid_count,
            "unused": self.unused_count,
            "readouts": {key: readout(strides, key) for key in LIVE_METRICS},
            "contact_ms": f"{np.median(contact_ms):.0f}" if enough else "",
            "trend": {
                key: rounded(s.metrics.get(key, math.nan) for s in strides) for key in LIVE_METRICS
            },
            "curves": {name: stance_curve(latest, name) for name in CURVE_METRICS},
        }


class LiveView:
    """Frames for viewers of a live session; safe to call from any thread.

    Args:
        source: the session that is watched.
        clock: monotonic seconds.
    """

    def __init__(self, source: LiveSource, clock: Callable[[], float] = time.monotonic) -> None:
        self.source = source
        self._clock = clock
        self._lock = threading.Lock()
        self._signals = SignalWatch()
        self._cue_at = (0, 0.0)
        self._reset("")

    def _reset(self, session_id: str) -> None:
        self._session_id = session_id
        self._seen = 0
        self._missed = 0
        self._sides: dict[Side, _SideState] = {side: _SideState() for side in SIDES}
        self._stride_bodies: dict[str, Frame] = {}
        self._last_stride_at: float | None = None
        self._gait: Gait | None = None

    def _take(self) -> LiveSnapshot:
        snapshot = self.source.snapshot(self._seen)
        if snapshot.session_id != self._session_id or snapshot.stride_total < self._seen:
            self._reset(snapshot.session_id)
            snapshot = self.source.snapshot(0)
            self._session_id = snapshot.session_id
        new = snapshot.stride_total - self._seen
        if new > 0:
            self._missed += max(0, new - len(snapshot.strides))
            for stride in snapshot.strides[-new:]:
                self._sides[stride.side].add(stride)
                if stride.valid:
                    self._gait = stride.gait
            self._seen = snapshot.stride_total
            self._last_stride_at = self._clock()
            self._stride_bodies = {}
        return snapshot

    def _strides(self, side: Side, count: int) -> list[Stride]:
        return list(self._sides[side].valid[self._gait or "run"])[-count:]

    def _cadence(self) -> str:
        times = [
            s.next_foot_strike_s - s.foot_strike_s
            for side in SIDES
            for s in self._strides(side, MEDIAN_STRIDES)
        ]
        return f"{120 / float(np.median(times)):.0f}" if len(times) >= LEAST_STRIDES else ""

    def _body(self) -> Frame:
        gait = self._gait or "run"
        return {side: self._sides[side].frame(gait) for side in SIDES}

    def _cue(self, snapshot: LiveSnapshot) -> Frame | None:
        cue = snapshot.cue
        if cue is None:
            return None
        if self._cue_at[0] != cue.number:
            self._cue_at = (cue.number, 1000.0 * (time.time() - snapshot.cue_age_s))
        return cue_frame(cue, self._cue_at[1])

    def frame(self) -> Frame:
        """State now: what the live page shows, as plain data for JSON, in the language in use."""
        with self._lock:
            snapshot = self._take()
            if language() not in self._stride_bodies:
                self._stride_bodies[language()] = self._body()
            since = (
                int(self._clock() - self._last_stride_at)
                if self._last_stride_at is not None and snapshot.phase == "measuring"
                else None
            )
            body: Mapping[str, object] = self._stride_bodies[language()]
            findings = self._signals.push(snapshot.sensors, self._clock())
            running = snapshot.phase in ("searching", "calibrating", "measuring")
            findings += slip_findings(snapshot.slips_deg)
            findings += worn_findings(snapshot.warnings)
            feedback = feedback_frame(snapshot.feedback)
            return {
                "phase": snapshot.phase,
                "phase_words": tr(PHASE_WORDS[snapshot.phase]),
                "message": sentence_text(said(snapshot.message)),
                "elapsed": clock_text(snapshot.elapsed_s),
                "session_id": snapshot.session_id,
                "stored_session_id": snapshot.stored_session_id,
                "calibration_words": tr(
                    CALIBRATION_WORDS.get(snapshot.calibration, snapshot.calibration)
                ),
                "sensors": [sensor_frame(status) for status in snapshot.sensors],
                "stride_total": snapshot.stride_total,
                "unseen": str(self._missed) if self._missed else "",
                "seconds_since_stride": since,
                "cadence": self._cadence(),
                "gait": tr(GAIT_WORDS[self._gait]) if self._gait else "",
                "sides": body,
                "zones": {
                    key: {side: zone_of(feedback, key, side) for side in SIDES}
                    for key in LIVE_METRICS
                },
                "notices": [notice_frame(f) for f in findings] if running else [],
                "preparation": preparation_frame(snapshot.preparation),
                "marks": [mark_frame(m) for m in snapshot.marks],
                "condition": snapshot.condition,
                "feedback": feedback,
                "cue": self._cue(snapshot),
                "summary": live_summary_sentence(snapshot.phase, said(snapshot.message), body),
            }
