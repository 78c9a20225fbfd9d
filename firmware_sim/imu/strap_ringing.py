"""Ringing of the strap after an impact: the sensor shakes on the skin without turning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from firmware_sim.body.impact import Ringing
from firmware_sim.body.jet import Array
from firmware_sim.imu.faults import FaultSettings
from firmware_sim.imu.mounting import PLACEMENTS, Placement
from firmware_sim.imu.parts import STANDARD_GRAVITY_M_S2
from firmware_sim.rng import Purpose, stream

if TYPE_CHECKING:
    from firmware_sim.body.model import Body

_REACH_S = 0.2
_WALKING = 0.3


class StrapRinging:
    """Damped shaking at 40-60 Hz, decaying with 10-25 ms, 30-60 % of the axial size across.

    Args:
        seed: Session seed.
        placement: Body segment.
        faults: Size.
    """

    def __init__(self, seed: int, placement: Placement, faults: FaultSettings) -> None:
        rng = stream(seed, Purpose.SOFT_TISSUE, PLACEMENTS.index(placement), 1)
        frequency, decay = float(rng.uniform(40.0, 60.0)), float(rng.uniform(0.010, 0.025))
        across = rng.uniform(0.3, 0.6, 2) * rng.choice([-1.0, 1.0], 2)
        share = 0.3 if placement == "pelvis" else 1.0
        size = share * faults.strap_ringing_g * faults.impact_gain * STANDARD_GRAVITY_M_S2
        self._direction = size * np.array([float(across[0]), 1.0, float(across[1])])
        self._ringing = Ringing(frequency, decay, 0.008)
        self._leg = {"pelvis": None, "shank_right": 0, "shank_left": 1}[placement]
        self.active = faults.strap_ringing_g > 0.0

    def acceleration(self, body: Body, t: Array) -> Array:
        """Acceleration of the sensor against its segment, segment axes, m/s^2, (n, 3)."""
        pulse = np.zeros_like(t)
        for number, gain, time_s, part in body.strikes.acting(t, _REACH_S):
            if self._leg is None or number % 2 == self._leg:
                size = gain * body.strikes.level(time_s, _WALKING, 1.0)
                pulse[part] += size * self._ringing.acceleration(t[part] - time_s)
        return np.asarray(pulse[:, None] * self._direction)
