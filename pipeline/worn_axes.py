"""How the sensors sit on the body since one standing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from pipeline.orientation import FloatArray, perpendicular, unit, up_in_sensor
from pipeline.pelvis_axes import (
    GaitAxisEstimator,
    GaitVotes,
    PelvisAxes,
    angle_between_deg,
    signed_functional,
)
from pipeline.shank_axis import FlexionAxis
from pipeline.stillness import Standing
from pipeline.stride import Side
from pipeline.stride_events import StrideTimes, Timed
from pipeline.tibial_rotation import ShankAxes
from pipeline.track import SensorTrack
from pipeline.track_set import TrackSet
from pipeline.uncertainty import BIAS_PRIOR_M_S2, accelerometer_bias_se
from sensors.placement import Placement

UPRIGHT_PCT = 25
"""Part of stance at which the shank passes the vertical, within a few degrees, in every gait."""
PART_STRIDES = 250
"""Strides whose samples are read together, which bounds the memory for it."""
Kind = Literal["none", "static", "functional"]
Movement = tuple[FloatArray, float, FloatArray]
"""Axis of a calibration movement (3,), its standard error in degrees, mean direction of up (3,)."""


@dataclass(slots=True)
class WornAxes:
    """Axes of the body in sensor axes, as one standing and the strides after it tell.

    Attributes:
        standing: the standing that zero and long axes rest on; None when there was none.
        movement: the calibration movement after it; None when there was none.
    """

    standing: Standing | None = None
    movement: Movement | None = None
    _pelvis_up: FloatArray | None = None
    _gait: GaitAxisEstimator | None = None
    _shank_up: dict[Placement, FloatArray] = field(default_factory=dict)
    _bias_se_m_s2: float = BIAS_PRIOR_M_S2
    _axes: PelvisAxes | None = None
    _axes_known: bool = False
    _functional_axes: dict[bool, PelvisAxes] = field(default_factory=dict)
    """Axes by a calibration movement, by whether they keep the sign that it gave them."""
    _standing_shank_axes: dict[Placement, tuple[FlexionAxis, ShankAxes]] = field(
        default_factory=dict
    )

    @classmethod
    def since(cls, samples: TrackSet, standing: Standing, movement: Movement | None) -> WornAxes:
        """Axes from a standing and what was done after it."""
        worn = cls(standing, movement)
        sizes = []
        for placement in samples.tracks:
            still = samples.stillness.mean_of(placement.value, standing.windows)
            gravity = np.full(3, np.nan) if still is None else still[0]
            up = unit(gravity)
            sizes.append(float(np.sqrt(np.sum(gravity * gravity))))
            if placement is Placement.PELVIS:
                worn._pelvis_up = up
                worn._gait = GaitAxisEstimator(up)
            else:
                worn._shank_up[placement] = up
        worn._bias_se_m_s2 = accelerometer_bias_se(np.array(sizes))
        return worn

    @property
    def kind(self) -> Kind:
        """What the zero and the pelvis axis rest on."""
        if self.standing is None:
            return "none"
        return "static" if self.movement is None else "functional"

    def add_strides(self, pelvis: SensorTrack, side: Side, times: StrideTimes) -> None:
        """Let the gait itself speak about the pelvis axis; strides of one leg, in order.

        Strides that the pelvis has no samples for are passed over.
        """
        if not self.wants_more(side):
            return
        times = times.where(pelvis.covers(times.foot_strike_s, times.next_foot_strike_s))
        if not len(times):
            return
        if self._gait is None:
            first = pelvis.position_at(float(times.foot_strike_s[0]))
            last = pelvis.position_at(float(times.next_foot_strike_s[0]))
            self._pelvis_up = unit(np.mean(up_in_sensor(pelvis.quat.get(first, last)), axis=0))
            self._gait = GaitAxisEstimator(self._pelvis_up)
        for part in times.parts(PART_STRIDES):
            self._gait.add(pelvis, side, part)
        self._axes_known = False

    def take_vote(self, votes: GaitVotes, n: int) -> None:
        """Let one stride speak about the pelvis axis; `gait` must be what the votes were asked of."""
        if self.wants_more(votes.side) and self._gait is not None:
            self._gait.take(votes, n)
            self._axes_known = False

    @property
    def gait(self) -> GaitAxisEstimator | None:
        """What the gait has said; None before a standing or the first stride."""
        return self._gait

    def wants_more(self, side: Side) -> bool:
        """Whether more strides of a leg would say more about the pelvis axis."""
        return self._gait is None or self._gait.wants_more(side)

    def pelvis_axes(self) -> PelvisAxes | None:
        """Axes of the pelvis, None while the medio-lateral axis is not known."""
        if not self._axes_known:
            self._axes, self._axes_known = self._find_pelvis_axes(), True
        return self._axes

    def _find_pelvis_axes(self) -> PelvisAxes | None:
        up = self._pelvis_up
        if up is None:
            return None
        from_standing = self.standing is not None
        if self.movement is not None:
            axis, se_deg, lean = self.movement
            signed = signed_functional(up, axis, lean, self._gait)
            known = self._functional_axes.get(signed is axis)
            if known is None:  # strides seldom say more about the sign
                known = PelvisAxes(
                    up, perpendicular(signed, up), from_standing, "functional", se_deg
                )
                self._functional_axes[signed is axis] = known
            return known
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
        self, track: SensorTrack, flexion: FlexionAxis, events: Sequence[Timed]
    ) -> ShankAxes:
        """Axes of a shank; without standing, it is taken as upright early in each stance."""
        up = self._shank_up.get(track.placement)
        if up is None:
            ups = []
            for part in StrideTimes.of(events).parts(PART_STRIDES):
                at = track.positions_at(part.stance_grid_s()[:, UPRIGHT_PCT])
                low = int(at[0])
                ups.append(up_in_sensor(track.quat.get(low, int(at[-1]) + 1)[at - low]))
            up = unit(np.mean(np.concatenate(ups), axis=0))
            right = perpendicular(flexion.axis, up)
            return ShankAxes(up, right, False, self._bias_se_m_s2)
        known = self._standing_shank_axes.get(track.placement)
        if known is None or known[0] is not flexion:
            axes = ShankAxes(up, perpendicular(flexion.axis, up), True, self._bias_se_m_s2)
            known = self._standing_shank_axes[track.placement] = flexion, axes
        return known[1]
