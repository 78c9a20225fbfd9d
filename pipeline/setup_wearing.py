"""Whether a sensor has slipped: its mean direction of gravity over whole strides has changed.

Over a whole stride the mean direction of "up" in a sensor's axes hardly changes while a runner
keeps gait and speed. A turn of the strap about the long axis of the shank does not show here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import numpy as np

from pipeline.orientation import FloatArray, unit
from pipeline.pelvis_axes import angle_between_deg
from pipeline.stride import Stride
from pipeline.track_set import TrackSet
from sensors.placement import Placement

REFERENCE_STRIDES = 30
"""Strides that the first direction is taken from."""
RECENT_STRIDES = 10
SLIP_DEG = 6.0
"""Change of direction from which a slip is suspected; a change of speed turns a shank by less."""


class WearingWatch:
    """Follows the direction of gravity in each sensor, stride by stride, for one gait."""

    def __init__(self) -> None:
        self._gait = ""
        self._first: dict[Placement, list[FloatArray]] = {}
        self._recent: dict[Placement, deque[FloatArray]] = {}

    def push(self, strides: Iterable[Stride], samples: TrackSet) -> None:
        """Take in strides whose samples are still kept."""
        for stride in strides:
            if not stride.valid:
                continue
            if stride.gait != self._gait:
                self._gait = stride.gait
                self._first.clear()
                self._recent.clear()
            self._add(stride, samples)

    def slips_deg(self) -> dict[Placement, float]:
        """Sensors that seem to have slipped, and by what angle, degrees."""
        slips = {}
        for placement, recent in self._recent.items():
            first = self._first[placement]
            if len(first) < REFERENCE_STRIDES or len(recent) < RECENT_STRIDES:
                continue
            before = unit(np.median(np.stack(first), axis=0))
            now = unit(np.median(np.stack(recent), axis=0))
            angle = angle_between_deg(before, now)
            if angle > SLIP_DEG:
                slips[placement] = angle
        return slips

    def _add(self, stride: Stride, samples: TrackSet) -> None:
        for placement, track in samples.tracks.items():
            first = track.position_at(stride.foot_strike_s)
            last = track.position_at(stride.next_foot_strike_s)
            # over a whole stride the mean specific force is gravity; an orientation that begins
            # anew after a gap would need seconds to settle, and look like a slip meanwhile
            acc = track.acc.get(first, last)
            if len(acc) < 0.9 * (last - first) or len(acc) < 10:
                continue
            mean = unit(np.mean(acc, axis=0))
            kept = self._first.setdefault(placement, [])
            if len(kept) < REFERENCE_STRIDES:
                kept.append(mean)
            self._recent.setdefault(placement, deque(maxlen=RECENT_STRIDES)).append(mean)
