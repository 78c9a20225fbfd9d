"""The body: pelvis and both shanks as exact functions of time.

Each mode (a posture, or a gait at some speed on some ground) gives the same six signals per segment, three
angles and three coordinates of a reference point; modes are blended with smooth weights. Angle orders:
pelvis rotation, obliquity, tilt (so obliquity is the elevation of the medio-lateral axis); shank sagittal,
frontal, axial last. Angles are functions of a phase that is C2 in time, and per-stride amplitudes change
only between the measured parts of a stance, also C2, so rates and accelerations stay finite and exact.
All this is relative to the path, which the course turns, tilts and carries along.

The duty factor of a leg is set by a smooth change of phase that keeps foot strike at 0 and brings toe off
of the source curves to the drawn stance fraction. The ankle path is stretched alike in the ground, so the
foot stays at rest in stance whatever the duty factor; on a slope it is turned into the slope.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from firmware_sim.body.course import Course
from firmware_sim.body.foot_strikes import FootStrikes
from firmware_sim.body.gaits import GaitBook
from firmware_sim.body.jet import Array, Index, Jet, blend
from firmware_sim.body.mode_curves import CurveBook
from firmware_sim.body.motion import SegmentMotion
from firmware_sim.body.postures import Postures
from firmware_sim.body.runner import Runner
from firmware_sim.body.segment import Mode
from firmware_sim.body.steps import StepPlan
from firmware_sim.body.traits import REFERENCE_STEP_WIDTH_M
from firmware_sim.rng import Purpose, stream

if TYPE_CHECKING:
    from firmware_sim.body.course import Carried
    from firmware_sim.body.script import Script

RIGHT, LEFT = 0, 1
PELVIS_CHANGE = (0.62, 1.0)
"""Part of a step in which the obliquity amplitude passes to the next stance leg."""
SHANK_CHANGE = (0.66, 0.96)
"""Part of a stride in which a shank's amplitudes pass to the next stride."""
PELVIS_HEIGHT_M = 0.95
ANKLE_HEIGHT_M = 0.08
LEG_M = 0.85
PELVIS_CAMBER, SHANK_CAMBER = 0.4, 0.2
"""Share of the ground's camber that the pelvis and the shanks follow: the feet are closer together than the
hips, and the ankles take up most of the rest (assumed)."""


def _reciprocal(x: Jet) -> Jet:
    r = 1.0 / x.v
    return x.compose(r, -r * r, 2.0 * r * r * r)


def _window(x: Jet, edges: tuple[float, float]) -> Jet:
    return ((x - edges[0]) * (1.0 / (edges[1] - edges[0]))).smoothstep()


def _moving(weights: dict[Mode, Jet], like: Array) -> Jet:
    total = Jet.constant(0.0, like)
    for mode, w in weights.items():
        if mode.is_gait:
            total = total + w
    return total


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
    ``steps.forget_before`` while streaming.
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
        self.gaits = GaitBook(runner)
        self.steps = StepPlan(seed, runner, script, self.gaits)
        self.course = Course(script, self.gaits, stream(seed, Purpose.SCRIPT, 3))
        self.postures = Postures(
            seed, runner, script, squat_error_deg, stream(seed, Purpose.SCRIPT)
        )
        self._curves = CurveBook(runner, self.gaits)
        nominal = self._curves[Mode("run")].shanks
        right, left = (float(c.values(np.zeros(1))[0, 0]) for c in nominal)
        self.strikes = FootStrikes(
            self.steps, script, runner, self.gaits, (right, left), impact_gain
        )

    # --- pelvis ---

    def pelvis(self, t: Array) -> SegmentMotion:
        """Motion of the pelvis at times t [s], shape (n,), rising; reference point: its centre."""
        self.steps.reach(float(t[-1]) + 1.0)
        weights = self.script.weights(t)
        carried = self.course.at(t, weights)
        index = self.steps.index(t)
        within = self.steps.phase(t, index)
        number = self.steps.first + index
        phase = within.shifted(np.where(number % 2 == 0, 0.0, 0.5))
        modes = [
            self._gait_pelvis(mode, phase, within, index)
            if mode.is_gait
            else self.postures.pelvis(t, mode)
            for mode in weights
        ]
        w = list(weights.values())
        obliquity, tilt, rotation, x, y, z = (blend(w, [m[i] for m in modes]) for i in range(6))
        if carried.camber is not None:
            obliquity = obliquity + carried.camber * PELVIS_CAMBER
        return SegmentMotion(
            chain=[*carried.chain(), ("y", rotation), ("x", -obliquity), ("z", -tilt)],
            point=carried.point(x, y, z, PELVIS_HEIGHT_M),
            impact=carried.to_ground(self.strikes.pelvis_impact(t)),
            stride_phase=phase,
            moving=_moving(weights, t),
            carried=carried,
        )

    def _gait_pelvis(self, mode: Mode, phase: Jet, within: Jet, index: Index) -> list[Jet]:
        r, curves = self.runner, self._curves[mode]
        gait, shape = curves.gait, curves.pelvis_shape
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
        obliquity, tilt, rotation, x, y, z = curves.pelvis(phase)
        # same accelerations at another cadence: contact and flight keep their balance
        scale = gait.movement * float((shape.stride_hz / gait.stride_hz) ** 2)
        if gait.movement != 1.0:
            tilt, rotation = tilt * gait.movement, rotation * gait.movement
        return [
            obliquity * amplitude
            + float(np.radians(r.standing_obliquity_deg + gait.cpd_shift_deg)),
            tilt + float(np.radians(gait.tilt_deg)),
            rotation,
            x * scale,
            y * scale,
            z * (scale * (1.0 + 4.0 * self._wider(mode))),
        ]

    def _wider(self, mode: Mode) -> float:
        """Step width beyond that of the source curves, m."""
        traits = self.runner.traits
        width = traits.run_step_width_m if mode.kind == "run" else traits.walk_step_width_m
        return width - REFERENCE_STEP_WIDTH_M[mode.kind]

    # --- shanks ---

    def shank(self, t: Array, leg: int) -> SegmentMotion:
        """Motion of one shank at times t [s], shape (n,), rising; leg 0 = right, 1 = left; reference: ankle."""
        self.steps.reach(float(t[-1]) + 1.0)
        weights = self.script.weights(t)
        carried = self.course.at(t, weights)
        phase, first = self._leg_phase(t, leg)
        modes = [
            self._gait_shank(mode, leg, phase, first, carried)
            if mode.is_gait
            else self.postures.shank(t, leg, mode)
            for mode in weights
        ]
        w = list(weights.values())
        sagittal, frontal, axial, x, y, z = (blend(w, [m[i] for m in modes]) for i in range(6))
        sign = 1.0 if leg == RIGHT else -1.0
        roll = sign * frontal
        if carried.camber is not None:
            roll = roll - carried.camber * SHANK_CAMBER
        return SegmentMotion(
            chain=[*carried.chain(), ("z", sagittal), ("x", roll), ("y", sign * axial)],
            point=carried.point(x, y, sign * z, ANKLE_HEIGHT_M),
            impact=carried.to_ground(self.strikes.shank_impact(t, leg)),
            stride_phase=phase,
            moving=_moving(weights, t),
            carried=carried,
        )

    def _leg_phase(self, t: Array, leg: int) -> tuple[Jet, Index]:
        """Phase since the leg's last strike (0-1) and the held index of that strike."""
        index = self.steps.index(t)
        other = (self.steps.first + index + leg) % 2  # 1 while the other leg struck last
        return self.steps.phase(t, index).shifted(np.where(other == 0, 0.0, 0.5)), index - other

    def _gait_shank(
        self, mode: Mode, leg: int, phase: Jet, first: Index, carried: Carried
    ) -> list[Jet]:
        r, curves = self.runner, self._curves[mode]
        gait, shape = curves.gait, curves.shank_shapes[leg]
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
        sagittal, frontal, axial, x, y, z = curves.shanks[leg](warped)
        excursion = per_stride("tir_extra_deg", gait.tir_exc_deg[leg]) * float(np.radians(1.0))
        gain = per_stride("sagittal_gain", 0.0)
        mean = float(shape.coefficients[0, 0].real)
        length = gait.speed_m_s / gait.stride_hz
        x = x * (length / shape.stride_length_m) + advance * length
        if carried.pace is not None:
            x = x * carried.pace
        if gait.slope_rad != 0.0:
            c, s = float(np.cos(gait.slope_rad)), float(np.sin(gait.slope_rad))
            x, y = x * c - y * s, x * s + y * c
        if gait.movement != 1.0:
            gain, frontal = gain * gait.movement, frontal * gait.movement
            y, z = y * gait.movement, z * gait.movement
            mean *= gait.movement
            sagittal = sagittal + (mean - mean / gait.movement)
        # a wider stance leans the upper end inwards
        wide = -float(np.degrees(np.arctan(0.5 * self._wider(mode) / LEG_M)))
        return [
            (sagittal - mean) * gain + (mean + float(np.radians(gait.sagittal_offset_deg))),
            frontal + float(np.radians(r.standing_frontal_deg[leg] + wide)),
            axial * excursion + float(np.radians(r.strike_axial_deg[leg])),
            x,
            y,
            z,
        ]
