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
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from dashboard.number_text import clock_text, metric_text
from dashboard.sides import SIDES, Side
from dashboard.text import (
    CALIBRATION_WORDS,
    GAIT_WORDS,
    PHASE_WORDS,
    SENSOR_STATE_WORDS,
    live_summary_sentence,
)
from pipeline.live_source import LiveSnapshot, LiveSource
from pipeline.mean_curves import CURVE_METRICS, mean_curves
from pipeline.stride import Gait, Stride
from pipeline.synopsis import summarise_values
from sensors.sensor_status import SensorStatus

LIVE_METRICS = ("cpd_peak_deg", "tir_exc_deg")
"""Metrics with a large read-out and a plot."""
MEDIAN_STRIDES = 10
"""Strides in the running median."""
LEAST_STRIDES = 7
"""Strides needed before a median is shown: Dingenen et al. 2018 found 7 steps for a stable mean."""
PLOT_STRIDES = 60
"""Strides per side in the rolling plot."""
CURVE_STRIDES = 20
"""Strides per side in the mean stance curve."""

Frame = dict[str, object]


def _rounded(values: npt.NDArray[np.floating] | Iterable[float]) -> list[float | None]:
    return [round(float(v), 2) if math.isfinite(v) else None for v in values]


def readout(strides: Sequence[Stride], key: str) -> Frame:
    """Last value, and median with spread of the last strides, as texts.

    Args:
        strides: valid strides of one side, oldest first.
        key: metric key.

    Returns:
        ``last``, ``last_se``, ``median``, ``spread`` as text without unit (empty when not known),
        ``n`` strides in the median, ``note`` that says why a median is missing.
    """
    known = [s for s in strides if math.isfinite(s.metrics.get(key, math.nan))]
    recent = [s.metrics[key] for s in known[-MEDIAN_STRIDES:]]
    summary = summarise_values(recent)
    # An older value must not stand as the last stride's.
    last = strides[-1].metrics.get(key, math.nan) if strides else math.nan
    last_se = strides[-1].standard_errors.get(key, math.nan) if strides else math.nan
    enough = summary is not None and summary.n >= LEAST_STRIDES
    if enough:
        note = ""
    elif not recent:
        note = "no valid stride yet"
    else:
        note = f"not enough data yet: {len(recent)} of {LEAST_STRIDES} strides"
    return {
        "last": metric_text(key, last),
        "last_se": metric_text(key, last_se),
        "median": metric_text(key, summary.median) if summary and enough else "",
        "spread": metric_text(key, summary.robust_sd) if summary and enough else "",
        "n": len(recent),
        "note": note,
    }


def stance_curves(strides: Sequence[Stride]) -> dict[Side, Frame]:
    """Mean stance curves of strides of one gait, per side and curve.

    Returns:
        Per side and curve ``mean`` and ``sd`` (101 numbers each, None where not known; empty
        without a stride) and ``n``, the largest number of strides at a point.
    """
    table = mean_curves(strides)
    curves: dict[Side, Frame] = {}
    for side in SIDES:
        curves[side] = {}
        for metric in CURVE_METRICS:
            rows = table[(table["side"] == side) & (table["metric"] == metric)]
            curves[side][metric] = {
                "mean": _rounded(rows["mean_deg"].to_numpy()),
                "sd": _rounded(rows["sd_deg"].to_numpy()),
                "n": int(rows["n"].max()) if len(rows) else 0,
            }
    return curves


def sensor_frame(status: SensorStatus) -> Frame:
    """A sensor's state as words and numbers for the sensor strip."""
    taken = status.samples + status.lost_samples
    placement = status.placement
    return {
        "id": status.sensor_id,
        "name": status.name,
        "placement": placement.label if placement is not None else "not assigned",
        "state": str(status.state),
        "state_words": SENSOR_STATE_WORDS.get(str(status.state), str(status.state)),
        "battery_percent": status.battery_percent,
        "rate_hz": round(status.rate_hz, 1) if status.rate_hz else None,
        "lost_samples": status.lost_samples,
        "lost_percent": round(100 * status.lost_samples / taken, 2) if taken else None,
        "clipped_samples": status.clipped_samples,
        "rssi": status.rssi,
        "message": status.message,
    }


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

    def frame(self, gait: Gait, curves: Frame) -> Frame:
        strides = list(self.valid[gait])
        contact_ms = [1000 * (s.toe_off_s - s.foot_strike_s) for s in strides[-MEDIAN_STRIDES:]]
        enough = len(contact_ms) >= LEAST_STRIDES
        return {
            "valid": self.valid_count,
            "unused": self.unused_count,
            "readouts": {key: readout(strides, key) for key in LIVE_METRICS},
            "contact_ms": f"{np.median(contact_ms):.0f}" if enough else "",
            "trend": {
                key: _rounded(s.metrics.get(key, math.nan) for s in strides) for key in LIVE_METRICS
            },
            "curves": curves,
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
        self._reset("")

    def _reset(self, session_id: str) -> None:
        self._session_id = session_id
        self._seen = 0
        self._missed = 0
        self._sides: dict[Side, _SideState] = {side: _SideState() for side in SIDES}
        self._stride_body: Frame | None = None
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
            self._stride_body = None
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
        curves = stance_curves([s for side in SIDES for s in self._strides(side, CURVE_STRIDES)])
        gait = self._gait or "run"
        return {side: self._sides[side].frame(gait, curves[side]) for side in SIDES}

    def frame(self) -> Frame:
        """State now: what the live page shows, as plain data for JSON."""
        with self._lock:
            snapshot = self._take()
            if self._stride_body is None:
                self._stride_body = self._body()
            since = (
                int(self._clock() - self._last_stride_at)
                if self._last_stride_at is not None and snapshot.phase == "measuring"
                else None
            )
            body: Mapping[str, object] = self._stride_body
            return {
                "phase": snapshot.phase,
                "phase_words": PHASE_WORDS[snapshot.phase],
                "message": snapshot.message,
                "elapsed": clock_text(snapshot.elapsed_s),
                "session_id": snapshot.session_id,
                "stored_session_id": snapshot.stored_session_id,
                "calibration_words": CALIBRATION_WORDS.get(
                    snapshot.calibration, snapshot.calibration
                ),
                "sensors": [sensor_frame(status) for status in snapshot.sensors],
                "stride_total": snapshot.stride_total,
                "unseen": str(self._missed) if self._missed else "",
                "seconds_since_stride": since,
                "cadence": self._cadence(),
                "gait": GAIT_WORDS[self._gait] if self._gait else "",
                "sides": body,
                "summary": live_summary_sentence(snapshot.phase, snapshot.message, body),
            }
