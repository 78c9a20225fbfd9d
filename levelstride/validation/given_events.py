"""Both excursions at given events: what is left of the errors when the event times are not in doubt.

Axes and orientation are those the analysis finds on its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.orientation import FloatArray
from pipeline.pelvic_drop import pelvic_drop
from pipeline.refinement import refine, session_flexion_axis
from pipeline.stride import Side, Stride
from pipeline.stride_events import StrideTimes
from pipeline.stride_measurement import SHANK_OF
from pipeline.tibial_rotation import flexion_direction, stride_moments, tibial_rotation
from pipeline.track_set import TrackSet
from pipeline.worn_axes import WornAxes
from sensors.sample_block import SampleBlock


@dataclass(frozen=True)
class OrientedSession:
    """A short session after the session-wide pass.

    Attributes:
        samples: the sensors, oriented.
        worn: how they sit on the body.
        strides: what was found.
    """

    samples: TrackSet
    worn: WornAxes
    strides: Sequence[Stride]

    @classmethod
    def of(cls, blocks: Sequence[SampleBlock]) -> OrientedSession:
        """Orient and measure blocks, one or more per sensor."""
        samples = TrackSet([block.placement for block in blocks], live=False)
        for block in blocks:
            samples.push(block)
        refined = refine(samples)
        return cls(samples, refined.worn, refined.strides)

    def excursions(self, side: Side, events: Mapping[str, float]) -> dict[str, float]:
        """Excursion of drop and tibial rotation of one stance, degrees; not a number if unknown.

        Args:
            side: stance leg.
            events: ``t_fs`` and ``t_to``; one of the strides found must begin near ``t_fs``.
        """
        return {"cpd_exc": self._drop(side, events), "tir_exc": self._turn(side, events)}

    def _drop(self, side: Side, events: Mapping[str, float]) -> float:
        axes, pelvis = self.worn.pelvis_axes(), self.samples.pelvis
        times = _times(events)
        if axes is None or pelvis is None:
            return float("nan")
        if not pelvis.covers(times.foot_strike_s, times.next_foot_strike_s)[0]:
            return float("nan")
        return float(pelvic_drop(pelvis, axes, side, times)[0]["cpd_exc_deg"][0])

    def _turn(self, side: Side, events: Mapping[str, float]) -> float:
        shank = self.samples.tracks.get(SHANK_OF[side])
        flexion = None if shank is None else session_flexion_axis(shank)
        mine = [s for s in self.strides if s.side == side]
        times = _times(events)
        if shank is None or flexion is None or not mine:
            return float("nan")
        if not shank.covers(times.foot_strike_s - 0.2, times.next_foot_strike_s)[0]:
            return float("nan")
        axes = self.worn.shank_axes(shank, flexion, mine)
        moments: FloatArray = stride_moments(shank, axes, StrideTimes.of(mine))
        right = flexion_direction(np.sum(moments, axis=0)[None])
        return float(tibial_rotation(shank, axes, right, side, times)[0]["tir_exc_deg"][0])


def _times(events: Mapping[str, float]) -> StrideTimes:
    strike, lift = events["t_fs"], events["t_to"]
    return StrideTimes(np.array([strike]), np.array([lift]), np.array([lift + 0.1]))
