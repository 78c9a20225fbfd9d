"""How the sensors sit on the body: found from standing, from movements, from the gait itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from pipeline.orientation import FloatArray, perpendicular, unit, up_in_sensor
from pipeline.pelvis_axes import (
    GaitAxisEstimator,
    PelvisAxes,
    angle_between_deg,
    functional_axis,
    signed_functional,
)
from pipeline.shank_axis import FlexionAxis
from pipeline.stillness import STANDING_S, WINDOW_S, Standing, StillnessMonitor
from pipeline.stride import Side
from pipeline.tibial_rotation import ShankAxes
from pipeline.track import SensorTrack
from pipeline.track_set import TrackSet
from sensors.placement import Placement

WALK_OFF_S = 1.0
"""The last second before the first foot strike is walking off, not a calibration movement."""
LOOK_BACK_S = 120.0
"""Live guidance looks this far back for a standing."""
Kind = Literal["none", "static", "functional"]
Preparation = Literal["stand", "move", "go"]


@dataclass(slots=True)
class BodyCalibration:
    """State of the calibration as the strides come in, in order of their ends.

    A calibration is made at the first stride after a standing. It is made anew at a later stride
    only if another standing with calibration movements has come since: an idle wait at a traffic
    light is no reason to change the zero in mid run.

    Attributes:
        kind: what the zero and the pelvis axis rest on.
        standing: the standing in use.
    """

    kind: Kind = "none"
    standing: Standing | None = None
    _pelvis_up: FloatArray | None = None
    _functional: tuple[FloatArray, float, FloatArray] | None = None
    _gait: GaitAxisEstimator | None = None
    _shank_up: dict[Placement, FloatArray] = field(default_factory=dict)
    _considered_s: float = -1e9

    def consider(self, samples: TrackSet, stride_start_s: float, stride_end_s: float) -> None:
        """Look for a new standing between the strides so far and a stride (start, end)."""
        after_s = self._considered_s
        self._considered_s = max(after_s, stride_end_s)
        before_s = stride_start_s
        if before_s - after_s < STANDING_S:
            return
        stillness = samples.stillness
        names = [p.value for p in samples.tracks]
        standings = stillness.standings(names, max(after_s, 0.0), before_s - WALK_OFF_S)
        if not standings:
            return
        options = [(s, self._movement(stillness, s, before_s)) for s in standings]
        moved = [(s, m) for s, m in options if m is not None]
        if moved:
            self._adopt(samples, *moved[-1])
        elif self.standing is None:
            self._adopt(samples, max(standings, key=_length), None)

    def next_step(self, samples: TrackSet) -> Preparation:
        """What the runner should do next, as far as the samples tell; for live guidance."""
        if self.standing is not None:
            return "go"
        names = [p.value for p in samples.tracks]
        now_s = min((t.watermark_s for t in samples.tracks.values()), default=0.0)
        standings = samples.stillness.standings(names, max(now_s - LOOK_BACK_S, 0.0), now_s)
        if not standings:
            return "stand"
        moved = self._movement(samples.stillness, standings[-1], now_s + WALK_OFF_S)
        return "move" if moved is None else "go"

    def _movement(
        self, stillness: StillnessMonitor, standing: Standing, before_s: float
    ) -> tuple[FloatArray, float, FloatArray] | None:
        """The pelvis axis from what was done after a standing and before walking off."""
        name = Placement.PELVIS.value
        still = stillness.windows(name, standing.windows)
        if not still:
            return None
        up = unit(np.mean([w.mean_acc for w in still], axis=0))
        bias = np.mean([w.mean_rate for w in still], axis=0)
        numbers = range(
            round(standing.end_s / WINDOW_S) - 1, int((before_s - WALK_OFF_S) / WINDOW_S)
        )
        return functional_axis(up, bias, stillness.windows(name, numbers))

    def _adopt(
        self,
        samples: TrackSet,
        standing: Standing,
        movement: tuple[FloatArray, float, FloatArray] | None,
    ) -> None:
        self.standing = standing
        self.kind = "static" if movement is None else "functional"
        self._functional = movement
        for placement in samples.tracks:
            windows = samples.stillness.windows(placement.value, standing.windows)
            means = [w.mean_acc for w in windows]
            up = unit(np.mean(means, axis=0))
            if placement is Placement.PELVIS:
                self._pelvis_up = up
                self._gait = GaitAxisEstimator(up)
            else:
                self._shank_up[placement] = up

    def add_stride(self, pelvis: SensorTrack, side: Side, start_s: float, end_s: float) -> None:
        """Let the run itself speak about the pelvis axis."""
        if self._gait is None:
            first, last = pelvis.position_at(start_s), pelvis.position_at(end_s)
            if last - first < 8:
                return
            self._gait = GaitAxisEstimator(
                unit(np.mean(up_in_sensor(pelvis.quat.get(first, last)), axis=0))
            )
            self._pelvis_up = self._gait.up
        self._gait.add(pelvis, side, start_s, end_s)

    def pelvis_axes(self) -> PelvisAxes | None:
        """Axes of the pelvis, None while the medio-lateral axis is not known."""
        up = self._pelvis_up
        if up is None:
            return None
        from_standing = self.standing is not None
        if self._functional is not None:
            axis, se_deg, lean = self._functional
            right = perpendicular(signed_functional(up, axis, lean, self._gait), up)
            return PelvisAxes(up, right, from_standing, "functional", se_deg)
        axis_of_run = self._gait.axis() if self._gait is not None else None
        if self._gait is None or axis_of_run is None:
            return None
        return PelvisAxes(up, axis_of_run, from_standing, "gait", self._gait.se_deg)

    def residuals(self) -> dict[str, float]:
        """Figures for the quality story: degrees, and the seconds of standing."""
        figures: dict[str, float] = {}
        if self.standing is not None:
            figures["standing_s"] = self.standing.end_s - self.standing.start_s
        axes = self.pelvis_axes()
        if axes is None:
            return figures
        figures["pelvis_yaw_se_deg"] = axes.yaw_se_deg
        run_axis = self._gait.axis() if self._gait is not None else None
        if axes.method == "functional" and run_axis is not None:
            figures["pelvis_yaw_functional_minus_run_deg"] = angle_between_deg(axes.right, run_axis)
        return figures

    def shank_axes(
        self, track: SensorTrack, flexion: FlexionAxis, start_s: float, end_s: float
    ) -> ShankAxes:
        """Axes of a shank; without standing, up is the mean over the stride given."""
        up = self._shank_up.get(track.placement)
        from_standing = up is not None
        if up is None:
            quat = track.quat.get(track.position_at(start_s), track.position_at(end_s))
            up = unit(np.mean(up_in_sensor(quat), axis=0))
        return ShankAxes(up, perpendicular(flexion.axis, up), from_standing)


def _length(standing: Standing) -> float:
    return standing.end_s - standing.start_s
