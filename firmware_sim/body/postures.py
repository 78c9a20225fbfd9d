"""Standing on two legs (with squats and forward bends) and on one (single-leg squats, step-downs)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from firmware_sim.body.jet import Array, Jet
from firmware_sim.body.script import depth
from firmware_sim.body.single_leg import SingleLegTasks

if TYPE_CHECKING:
    from firmware_sim.body.runner import Runner
    from firmware_sim.body.script import Script
    from firmware_sim.body.segment import Mode

SINGLE_LEG_DROP_DEG = 1.0
"""Drop of quiet standing on one leg, before any squat (assumed)."""


class _Sway:
    """Quiet-standing sway: three slow sines per signal."""

    def __init__(self, rng: np.random.Generator, amplitude: float) -> None:
        self.terms = [
            (2.0 * np.pi * f, p, amplitude * a)
            for f, p, a in zip(
                rng.uniform(0.1, 0.7, 3),
                rng.uniform(0.0, 6.28, 3),
                rng.normal(0.0, 0.6, 3),
                strict=True,
            )
        ]

    def __call__(self, time: Jet) -> Jet:
        total = time * 0.0
        for omega, phase, amplitude in self.terms:
            total = total + amplitude * (time * omega + phase).sin()
        return total


def _rad(degrees: float) -> float:
    return float(np.radians(degrees))


class Postures:
    """The six signals of pelvis and shanks while no steps are taken.

    Args:
        seed: Session seed.
        runner: The person.
        script: What is done.
        squat_error_deg: (obliquity, rotation) at the lowest point of a squat or forward bend.
        rng: Source of the sway.
    """

    def __init__(
        self,
        seed: int,
        runner: Runner,
        script: Script,
        squat_error_deg: tuple[float, float],
        rng: np.random.Generator,
    ) -> None:
        self._runner = runner
        self._script = script
        self._squat_error = squat_error_deg
        self._sway = {n: _Sway(rng, _rad(0.12)) for n in ("o", "t", "r", "s0", "s1", "f0", "f1")}
        self._sway_m = {n: _Sway(rng, 0.002) for n in ("x", "z")}
        self.tasks = SingleLegTasks(seed, runner, script)

    def pelvis(self, t: Array, mode: Mode) -> list[Jet]:
        """Obliquity, tilt, rotation [rad], position x, y, z [m] at times t, s, (n,)."""
        r, time = self._runner, Jet.time(t)
        obliquity = _rad(r.standing_obliquity_deg) + self._sway["o"](time)
        tilt = _rad(r.standing_tilt_deg) + self._sway["t"](time)
        rotation = self._sway["r"](time)
        x, z = self._sway_m["x"](time), self._sway_m["z"](time)
        if mode.kind == "single_leg":
            single = r.traits.single_leg
            m = self.tasks.motion(t, mode.leg)
            side = 1.0 if mode.leg == 0 else -1.0
            obliquity = obliquity + (m.cpd_deg + SINGLE_LEG_DROP_DEG) * _rad(side)
            tilt = tilt + m.depth * _rad(single.tilt_deg)
            # over the standing foot
            return [obliquity, tilt, rotation, x, m.depth * -single.depth_m, z + 0.08 * side]
        squat = depth(self._script, "squats", t)
        bend = depth(self._script, "forward_bends", t)
        low = squat + bend
        return [
            obliquity + _rad(self._squat_error[0]) * low,
            tilt + _rad(r.squat_tilt_deg) * squat + _rad(r.traits.bend_tilt_deg) * bend,
            rotation + _rad(self._squat_error[1]) * low,
            x - 0.25 * r.squat_depth_m * squat - 0.10 * bend,
            -r.squat_depth_m * squat,
            z,
        ]

    def shank(self, t: Array, leg: int, mode: Mode) -> list[Jet]:
        """Sagittal, frontal, axial [rad], ankle x, y, z [m], right-leg signs, at times t, s, (n,)."""
        r, time = self._runner, Jet.time(t)
        sagittal = _rad(r.standing_sagittal_deg[leg]) + self._sway[f"s{leg}"](time)
        frontal = _rad(r.standing_frontal_deg[leg]) + self._sway[f"f{leg}"](time)
        axial = Jet.constant(_rad(r.standing_axial_deg[leg]), t)
        zero = Jet.constant(0.0, t)
        if mode.kind != "single_leg":
            squat = depth(self._script, "squats", t)
            bend = depth(self._script, "forward_bends", t)
            sagittal = sagittal - _rad(r.squat_shank_deg) * squat + _rad(4.0) * bend
            return [sagittal, frontal, axial, zero, zero, zero]
        m = self.tasks.motion(t, mode.leg)
        if leg == mode.leg:
            lean = _rad(r.traits.single_leg.inclination_deg[leg])
            # inwards: the upper end of a right shank towards the left
            frontal = frontal - m.medial_lean_deg * _rad(1.0)
            return [sagittal - m.depth * lean, frontal, axial + m.tir_deg * _rad(1.0), *3 * [zero]]
        if mode.task == "step_down":
            # beside the box, reaching for the floor in front
            down = m.depth * -0.15
            return [sagittal + _rad(-8.0), frontal, axial, zero + 0.15, down, zero]
        # lifted behind with a bent knee
        return [sagittal + _rad(-65.0), frontal, axial, zero - 0.30, zero + 0.22, zero]
