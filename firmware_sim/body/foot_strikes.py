"""What each foot strike does to the segments: impact transients in the ground frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from firmware_sim.body.impact import REACH_S, Ringing, Thump
from firmware_sim.body.jet import Array, Jet
from firmware_sim.body.motion import GRAVITY_M_S2, rotation_columns

if TYPE_CHECKING:
    from firmware_sim.body.rotation import Chain, Vector
    from firmware_sim.body.runner import Runner
    from firmware_sim.body.script import Script
    from firmware_sim.body.steps import StepPlan

# Shares of the axial push: backwards on the shank, sideways; backwards and sideways on the sacrum.
_SHANK_BACK, _SHANK_SIDE, _RING = 0.40, 0.25, 0.22
_SACRUM_BACK, _SACRUM_SIDE = 0.35, 0.15


class FootStrikes:
    """Impacts of all steps.

    Args:
        steps: When the feet strike, and how hard relative to the mean.
        script: What is done at the time.
        runner: Nominal sizes and frequencies.
        sagittal_at_strike_rad: Nominal sagittal angle of the (right, left) shank at running foot strike.
        gain: Factor on all impacts.
    """

    def __init__(
        self,
        steps: StepPlan,
        script: Script,
        runner: Runner,
        sagittal_at_strike_rad: tuple[float, float],
        gain: float,
    ) -> None:
        self._steps = steps
        self._script = script
        self._runner = runner
        self._gain = gain * GRAVITY_M_S2
        self._axes = [self._axes_at_strike(leg, sagittal_at_strike_rad[leg]) for leg in (0, 1)]
        low, high = runner.impact_hz
        self._shank_thump = Thump(low, 0.060)
        self._shank_ring = Ringing(high, 0.014, 0.008)
        self._sacral_thump = Thump(low + 3.0, 0.050)

    def acting(self, t: Array, reach_s: float) -> list[tuple[int, float, float, slice]]:
        """Strikes whose effect reaches into t: (number, gain, time [s], samples it acts on).

        Args:
            t: Session times, s, rising, (n,).
            reach_s: How long an effect lasts, s.
        """
        times = self._steps.column("time_s")
        gains = self._steps.column("impact_gain")
        found = []
        low = int(np.searchsorted(times, t[0] - reach_s))
        high = int(np.searchsorted(times, t[-1], side="right"))
        for i in range(low, high):
            a = int(np.searchsorted(t, times[i]))
            b = int(np.searchsorted(t, times[i] + reach_s))
            if b > a:
                found.append((self._steps.first + i, float(gains[i]), float(times[i]), slice(a, b)))
        return found

    def level(self, time_s: float, walk: float, run: float) -> float:
        """Blend a walking and a running value by what is done at a time (0 while standing)."""
        w = self._script.weights_at(time_s)
        return w.get("walk", 0.0) * walk + w.get("run", 0.0) * run

    def pelvis_impact(self, t: Array) -> Vector:
        """Acceleration of the pelvis, ground frame, m/s^2, three (n,) arrays."""
        walk, run = self._runner.walk.sacral_impact_g, self._runner.run.sacral_impact_g
        x, y, z = np.zeros_like(t), np.zeros_like(t), np.zeros_like(t)
        for number, gain, time_s, part in self.acting(t, REACH_S):
            size = gain * self._gain * self.level(time_s, walk, run)
            if size <= 0.0:
                continue
            pulse = size * self._sacral_thump.acceleration(t[part] - time_s)
            x[part] -= _SACRUM_BACK * pulse
            y[part] += pulse
            z[part] += (_SACRUM_SIDE if number % 2 else -_SACRUM_SIDE) * pulse
        return x, y, z

    def shank_impact(self, t: Array, leg: int) -> Vector:
        """Acceleration of one shank (0 right, 1 left), ground frame, m/s^2, three (n,) arrays."""
        walk, run = self._runner.walk.shank_impact_g[leg], self._runner.run.shank_impact_g[leg]
        side = _SHANK_SIDE if leg == 0 else -_SHANK_SIDE
        x, y, z = np.zeros_like(t), np.zeros_like(t), np.zeros_like(t)
        for number, gain, time_s, part in self.acting(t, REACH_S):
            size = gain * self._gain * self.level(time_s, walk, run) if number % 2 == leg else 0.0
            if size <= 0.0:
                continue
            since = t[part] - time_s
            thump = size * self._shank_thump.acceleration(since)
            ring = _RING * size * self._shank_ring.acceleration(since)
            along = (ring - _SHANK_BACK * thump, thump + ring, side * (thump - ring))
            for row, total in zip(self._axes[leg], (x, y, z), strict=True):
                total[part] += row[0] * along[0] + row[1] * along[1] + row[2] * along[2]
        return x, y, z

    def _axes_at_strike(self, leg: int, sagittal_rad: float) -> Array:
        """Shank axes in the ground at a nominal running foot strike, (3, 3), by columns."""
        side = 1.0 if leg == 0 else -1.0
        frontal = side * float(np.radians(self._runner.standing_frontal_deg[leg]))
        axial = side * float(np.radians(self._runner.strike_axial_deg[leg]))
        like = np.zeros(1)
        chain: Chain = [
            ("z", Jet.constant(sagittal_rad, like)),
            ("x", Jet.constant(frontal, like)),
            ("y", Jet.constant(axial, like)),
        ]
        return np.stack([np.concatenate(rotation_columns(chain, i)) for i in range(3)], axis=1)
