"""Slipping straps: a slow creep and sudden steps, about an axis of the segment."""

from __future__ import annotations

import numpy as np

from firmware_sim.body.jet import Array, Jet
from firmware_sim.imu.faults import FaultSettings
from firmware_sim.imu.mounting import Placement

SLIP_STEP_DEG = 3.0
"""Usual size of a sudden slip."""
STEP_S = 0.3
"""How long a sudden slip takes."""


class Slip:
    """Angle by which a sensor has slipped.

    Args:
        placement: Body segment.
        faults: Creep, steps, axis.
    """

    def __init__(self, placement: Placement, faults: FaultSettings) -> None:
        self.axis = faults.slip_axis
        self._rate = float(np.radians(faults.slip_creep_deg)) / 1800.0
        self._steps = [
            (s.at_s, float(np.radians(s.size or SLIP_STEP_DEG)))
            for s in faults.slip_step
            if s.strikes(placement)
        ]
        self.active = self._rate != 0.0 or bool(self._steps)

    def angle(self, t: Array) -> Jet:
        """Angle at session times, rad."""
        time = Jet.time(t)
        total = time * self._rate
        for at_s, size in self._steps:
            total = total + ((time - at_s) * (1.0 / STEP_S)).smoothstep() * size
        return total
