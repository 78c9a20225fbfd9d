"""The body: pelvis and both shanks as exact functions of time.

Each mode (standing with squats, walking, running) gives the same six signals per segment, three angles and
three coordinates of a reference point; modes are blended with smooth weights. Angle orders: pelvis
rotation, obliquity, tilt (so obliquity is the elevation of the medio-lateral axis); shank sagittal,
frontal, axial last. Angles are functions of a phase that is C2 in time, and per-stride amplitudes change
only between the measured parts of a stance, also C2, so rates and accelerations stay finite and exact.

The duty factor of a leg is set by a smooth change of phase that keeps foot strike at 0 and brings toe off
of the source curves to the drawn stance fraction. The ankle path is stretched alike in the ground, so the
foot stays at rest in stance whatever the duty factor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from firmware_sim.body.curves import Harmonics, PelvisShape, ShankShape
from firmware_sim.body.foot_strikes import FootStrikes
from firmware_sim.body.jet import Array, Index, Jet, blend
from firmware_sim.body.motion import SegmentMotion
from firmware_sim.body.runner import GaitParameters, Runner
from firmware_sim.body.steps import StepPlan
from firmware_sim.rng import Purpose, stream

if TYPE_CHECKING:
    from firmware_sim.body.script import Mode, Script

RIGHT, LEFT = 0, 1
PELVIS_CHANGE = (0.62, 1.0)
"""Part of a step in which the obliquity amplitude passes to the next stance leg."""
SHANK_CHANGE = (0.66, 0.96)
"""Part of a stride in which a shank's amplitudes pass to the next stride."""


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


def _reciprocal(x: Jet) -> Jet:
    r = 1.0 / x.v
    return x.compose(r, -r * r, 2.0 * r * r * r)


def _window(x: Jet, edges: tuple[float, float]) -> Jet:
    return ((x - edges[0]) * (1.0 / (edges[1] - edges[0]))).smoothstep()


class Body:
    """Kinematics of one session.

    Args:
        seed: Session seed.
        runner: The person.
        script: What the person does.
        squat_error_deg: (obliquity, rotation) reached at the lowest point of the calibration movement;
            (0, 0) for a perfectly symmetric one.
        impact_gain: Factor on the impact transients.

    The instance holds a forward-moving window of steps; ask for times in rising order and call
    ``forget_before`` while streaming.
    """

    def __init__(
        self,
        seed: int,
        runner: Runner,
        script: Script,
        squat_error_deg: tuple[float, float] = (0.0, 0.0),
        impact_gain: float = 1.0,
    ) -> None:
        self.runner = runner
        self.script = script
        self.steps = StepPlan(seed, runner, script)
        self._squat_error = squat_error_deg
        rng = stream(seed, Purpose.SCRIPT)
        self._sway = {
            n: _Sway(rng, np.radians(0.12)) for n in ("o", "t", "r", "s0", "s1", "f0", "f1")
        }
        self._sway_m = {n: _Sway(rng, 0.002) for n in ("x", "z")}
        self._pelvis_shapes: tuple[PelvisShape, PelvisShape] = runner.pelvis_shapes()
        self._pelvis_curves = [Harmonics(s.coefficients) for s in self._pelvis_shapes]
        self._shank_shapes: list[tuple[ShankShape, ShankShape]] = [
            runner.shank_shapes(leg) for leg in (RIGHT, LEFT)
        ]
        self._shank_curves = [
            [Harmonics(s.coefficients) for s in pair] for pair in self._shank_shapes
        ]
        nominal = [
            float(self._shank_curves[leg][1].values(np.zeros(1))[0, 0]) for leg in (RIGHT, LEFT)
        ]
        self.strikes = FootStrikes(
            self.steps, script, runner, (nominal[RIGHT], nominal[LEFT]), impact_gain
        )

    def _gait(self, which: int) -> GaitParameters:
        return self.runner.walk if which == 0 else self.runner.run

    def _forward_acceleration(self, weights: dict[Mode, Jet], like: Array) -> Array:
        total = np.zeros_like(like)
        for i, mode in enumerate(_GAITS):
            if mode in weights:
                total = total + weights[mode].d * self._gait(i).speed_m_s
        return total

    def _moving(self, weights: dict[Mode, Jet], like: Array) -> Jet:
        parts = [weights[m] for m in _GAITS if m in weights]
        total = Jet.constant(0.0, like)
        for p in parts:
            total = total + p
        return total

    # --- pelvis ---

    def pelvis(self, t: Array) -> SegmentMotion:
        """Motion of the pelvis at times t [s], shape (n,), rising."""
        self.steps.reach(float(t[-1]) + 1.0)
        weights = self.script.weights(t)
        index = self.steps.index(t)
        within = self.steps.phase(t, index)
        number = self.steps.first + index
        phase = within.shifted(np.where(number % 2 == 0, 0.0, 0.5))
        modes: list[list[Jet]] = []
        for mode in weights:
            if mode == "stand":
                modes.append(self._standing_pelvis(t))
            else:
                modes.append(self._gait_pelvis(_GAITS.index(mode), phase, within, index))
        w = list(weights.values())
        obliquity, tilt, rotation, x, y, z = (blend(w, [m[i] for m in modes]) for i in range(6))
        return SegmentMotion(
            chain=[("y", rotation), ("x", -obliquity), ("z", -tilt)],
            point_acceleration=(x.dd + self._forward_acceleration(weights, t), y.dd, z.dd),
            impact=self.strikes.pelvis_impact(t),
            stride_phase=phase,
            moving=self._moving(weights, t),
        )

    def _standing_pelvis(self, t: Array) -> list[Jet]:
        r, time = self.runner, Jet.time(t)
        depth = self.script.squat_depth(t)
        bend = np.radians(r.squat_tilt_deg) * depth
        off_o, off_r = np.radians(self._squat_error)
        return [
            float(np.radians(r.standing_obliquity_deg)) + self._sway["o"](time) + off_o * depth,
            float(np.radians(r.standing_tilt_deg)) + self._sway["t"](time) + bend,
            self._sway["r"](time) + off_r * depth,
            self._sway_m["x"](time) - 0.25 * r.squat_depth_m * depth,
            -r.squat_depth_m * depth,
            self._sway_m["z"](time),
        ]

    def _gait_pelvis(self, which: int, phase: Jet, within: Jet, index: Index) -> list[Jet]:
        r, gait, shape = self.runner, self._gait(which), self._pelvis_shapes[which]
        number = self.steps.first + index
        extra = self.steps.column("cpd_extra_deg")
        base = (
            gait.cpd_peak_deg[0] - gait.cpd_shift_deg,
            gait.cpd_peak_deg[1] + gait.cpd_shift_deg,
        )
        even = number % 2 == 0
        here = np.where(even, base[0], base[1]) + extra[index]
        after = np.where(even, base[1], base[0]) + extra[index + 1]
        change = _window(within * 2.0, PELVIS_CHANGE)
        amplitude = change.scaled(after - here).shifted(here) * float(np.radians(1.0))
        obliquity, tilt, rotation, x, y, z = self._pelvis_curves[which](phase)
        # same accelerations at another cadence: contact and flight keep their balance
        scale = float((shape.stride_hz / gait.stride_hz) ** 2)
        return [
            obliquity * amplitude
            + float(np.radians(r.standing_obliquity_deg + gait.cpd_shift_deg)),
            tilt + float(np.radians(gait.tilt_deg)),
            rotation,
            x * scale,
            y * scale,
            z * scale,
        ]

    # --- shanks ---

    def shank(self, t: Array, leg: int) -> SegmentMotion:
        """Motion of one shank at times t [s], shape (n,), rising; leg 0 = right, 1 = left."""
        self.steps.reach(float(t[-1]) + 1.0)
        weights = self.script.weights(t)
        phase, first = self._leg_phase(t, leg)
        modes: list[list[Jet]] = []
        for mode in weights:
            if mode == "stand":
                modes.append(self._standing_shank(t, leg))
            else:
                modes.append(self._gait_shank(_GAITS.index(mode), leg, phase, first))
        w = list(weights.values())
        sagittal, frontal, axial, x, y, z = (blend(w, [m[i] for m in modes]) for i in range(6))
        sign = 1.0 if leg == RIGHT else -1.0
        return SegmentMotion(
            chain=[("z", sagittal), ("x", sign * frontal), ("y", sign * axial)],
            point_acceleration=(
                x.dd + self._forward_acceleration(weights, t),
                y.dd,
                sign * z.dd,
            ),
            impact=self.strikes.shank_impact(t, leg),
            stride_phase=phase,
            moving=self._moving(weights, t),
        )

    def _leg_phase(self, t: Array, leg: int) -> tuple[Jet, Index]:
        """Phase since the leg's last strike (0-1) and the held index of that strike."""
        index = self.steps.index(t)
        other = (self.steps.first + index + leg) % 2  # 1 while the other leg struck last
        return self.steps.phase(t, index).shifted(np.where(other == 0, 0.0, 0.5)), index - other

    def _standing_shank(self, t: Array, leg: int) -> list[Jet]:
        r, time = self.runner, Jet.time(t)
        depth = self.script.squat_depth(t)
        zero = Jet.constant(0.0, t)
        return [
            float(np.radians(r.standing_sagittal_deg[leg]))
            + self._sway[f"s{leg}"](time)
            - float(np.radians(r.squat_shank_deg)) * depth,
            float(np.radians(r.standing_frontal_deg[leg])) + self._sway[f"f{leg}"](time),
            Jet.constant(float(np.radians(r.standing_axial_deg[leg])), t),
            zero,
            zero,
            zero,
        ]

    def _gait_shank(self, which: int, leg: int, phase: Jet, first: Index) -> list[Jet]:
        r, gait, shape = self.runner, self._gait(which), self._shank_shapes[leg][which]
        change = _window(phase, SHANK_CHANGE)

        def per_stride(name: str, base: float) -> Jet:
            values = self.steps.column(name)
            here, after = values[first], values[first + 2]
            return change.scaled(after - here).shifted(here) + base

        duty = per_stride("duty_extra", gait.duty_factor[leg])
        half = (duty * np.pi).sin()
        bump = (phase * np.pi).sin()
        advance = (shape.duty_reference - duty) * (bump * bump) * _reciprocal(half * half)
        advance = advance + per_stride("shape_shift", 0.0)
        warped = phase + advance
        sagittal, frontal, axial, x, y, z = self._shank_curves[leg][which](warped)
        excursion = per_stride("tir_extra_deg", gait.tir_exc_deg[leg]) * float(np.radians(1.0))
        gain = per_stride("sagittal_gain", 0.0)
        mean = float(shape.coefficients[0, 0].real)
        length = gait.speed_m_s / gait.stride_hz
        return [
            (sagittal - mean) * gain + mean,
            frontal + float(np.radians(r.standing_frontal_deg[leg])),
            axial * excursion + float(np.radians(r.strike_axial_deg[leg])),
            x * (length / shape.stride_length_m) + advance * length,
            y,
            z,
        ]


_GAITS: tuple[Literal["walk"], Literal["run"]] = ("walk", "run")
