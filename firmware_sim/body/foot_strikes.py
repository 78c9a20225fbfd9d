"""What each foot strike does to the segments: impact transients in the frame that turns with the path."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from firmware_sim.body.gravity import GRAVITY_M_S2
from firmware_sim.body.impact import REACH_S, Ringing, Thump
from firmware_sim.body.jet import Array, Jet
from firmware_sim.body.motion import rotation_columns
from firmware_sim.body.traits import LANDINGS, Landing

if TYPE_CHECKING:
    from firmware_sim.body.gaits import GaitBook
    from firmware_sim.body.rotation import Chain, Vector
    from firmware_sim.body.runner import Runner
    from firmware_sim.body.script import Script
    from firmware_sim.body.steps import StepPlan

# Shares of the axial push: backwards on the shank, sideways; backwards and sideways on the sacrum.
_SHANK_BACK, _SHANK_SIDE, _RING = 0.40, 0.25, 0.22
_SACRUM_BACK, _SACRUM_SIDE = 0.35, 0.15


class _Transients:
    """The shapes of one way of landing."""

    def __init__(self, landing: Landing, impact_hz: tuple[float, float]) -> None:
        low, high = impact_hz
        self.landing = landing
        self.shank_thump = Thump(low * landing.frequency, 0.060)
        self.shank_ring = Ringing(high, 0.014, 0.008)
        self.sacral_thump = Thump((low + 3.0) * landing.frequency, 0.050)


class FootStrikes:
    """Impacts of all steps.

    Args:
        steps: When the feet strike, and how hard relative to the mean.
        script: What is done at the time.
        runner: Nominal frequencies, strike type, and posture.
        gaits: Nominal sizes.
        sagittal_at_strike_rad: Nominal sagittal angle of the (right, left) shank at running foot strike.
        gain: Factor on all impacts.
    """

    def __init__(
        self,
        steps: StepPlan,
        script: Script,
        runner: Runner,
        gaits: GaitBook,
        sagittal_at_strike_rad: tuple[float, float],
        gain: float,
    ) -> None:
        self._steps = steps
        self._script = script
        self._runner = runner
        self._gaits = gaits
        self._gain = gain * GRAVITY_M_S2
        self._axes = [self._axes_at_strike(leg, sagittal_at_strike_rad[leg]) for leg in (0, 1)]
        self._walk = _Transients(LANDINGS["rearfoot"], runner.impact_hz)
        self._run = _Transients(LANDINGS[runner.traits.strike], runner.impact_hz)

    def acting(self, t: Array, reach_s: float) -> list[tuple[int, float, float, slice]]:
        """Strikes whose effect reaches into t: (number, gain, time [s], samples it acts on).

        Args:
            t: Session times, s, rising, (n,).
            reach_s: How long an effect lasts, s.
        """
        times = self._steps.column("time_s")
        gains = self._steps.column("impact_gain")
        low, high = np.searchsorted(times, (t[0] - reach_s, t[-1])).tolist()
        near = times[low:high]
        begin = np.searchsorted(t, near).tolist()
        end = np.searchsorted(t, near + reach_s).tolist()
        first = self._steps.first + low
        return [
            (first + i, gain, time_s, slice(a, b))
            for i, (gain, time_s, a, b) in enumerate(
                zip(gains[low:high].tolist(), near.tolist(), begin, end, strict=True)
            )
            if b > a
        ]

    def level(self, time_s: float, walk: float, run: float) -> float:
        """Blend a walking and a running value by what is done at a time (0 while standing)."""
        walking, running = self._script.gait_shares_at(time_s)
        return walking * walk + running * run

    def _sizes(self, time_s: float, leg: int | None) -> tuple[float, float]:
        """Nominal peaks of (walking, running) transients at a time, g; of a shank, or of the sacrum."""
        sizes = {"walk": 0.0, "run": 0.0}
        for mode, w in self._script.weights_at(time_s).items():
            if mode.is_gait:
                gait = self._gaits[mode]
                peak = gait.sacral_impact_g if leg is None else gait.shank_impact_g[leg]
                sizes[mode.kind] += w * peak
        return sizes["walk"], sizes["run"] * self._run.landing.size

    def pelvis_impact(self, t: Array) -> Vector:
        """Acceleration of the pelvis along the path (forward, up, right), m/s^2, three (n,) arrays."""
        x, y, z = np.zeros_like(t), np.zeros_like(t), np.zeros_like(t)
        for number, gain, time_s, part in self.acting(t, REACH_S):
            for kind, size in zip((self._walk, self._run), self._sizes(time_s, None), strict=True):
                if size <= 0.0:
                    continue
                since = np.maximum(t[part] - (time_s + kind.landing.delay_s), 0.0)
                pulse = (gain * self._gain * size) * kind.sacral_thump.acceleration(since)
                x[part] -= _SACRUM_BACK * pulse
                y[part] += pulse
                z[part] += (_SACRUM_SIDE if number % 2 else -_SACRUM_SIDE) * pulse
        return x, y, z

    def shank_impact(self, t: Array, leg: int) -> Vector:
        """Acceleration of one shank (0 right, 1 left) along the path, m/s^2, three (n,) arrays."""
        side = _SHANK_SIDE if leg == 0 else -_SHANK_SIDE
        x, y, z = np.zeros_like(t), np.zeros_like(t), np.zeros_like(t)
        for number, gain, time_s, part in self.acting(t, REACH_S):
            if number % 2 != leg:
                continue
            for kind, peak in zip((self._walk, self._run), self._sizes(time_s, leg), strict=True):
                size = gain * self._gain * peak
                if size <= 0.0:
                    continue
                since = np.maximum(t[part] - (time_s + kind.landing.delay_s), 0.0)
                thump = size * kind.shank_thump.acceleration(since)
                ring = (_RING * kind.landing.ringing * size) * kind.shank_ring.acceleration(since)
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
