"""Where the runner goes: heading, speed along the ground, lean in bends, slope across the path.

The path is a curve on the ground. Its forward direction turns with the heading (+ to the left); segments
of the body are described in the frame that turns with it (x forward, y up, z right) and carried along
exactly: d2/dt2 (path + R(heading) R(lean) p).

* Bends: heading turns at speed over radius, with ramps of 2 s between straight and bend.
* Lean: the whole body rolls inwards by atan(speed x yaw rate / g) about the ground under it.
* Treadmill: the body stays where it is, so changes of belt speed do not accelerate it.
* Wander: three slow sines each for heading (2.5 deg RMS, periods 12-100 s) and relative speed (2 % RMS,
  periods 15-80 s), a quarter of that heading in standing, none on a treadmill.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from firmware_sim.body.gravity import GRAVITY_M_S2
from firmware_sim.body.jet import Array, Jet
from firmware_sim.body.ramped import Ramped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from firmware_sim.body.gaits import GaitBook
    from firmware_sim.body.rotation import Chain, Vector
    from firmware_sim.body.script import Script
    from firmware_sim.body.segment import Mode, Segment

Point: TypeAlias = tuple[Jet, Jet, Jet]
BEND_RAMP_S = 2.0
HEADING_WANDER_DEG = 2.5
SPEED_WANDER = 0.02
STANDING_WANDER = 0.25


@dataclass(frozen=True, slots=True)
class Carried:
    """The moving frame over n instants. What is None does not happen in this stretch.

    Attributes:
        heading: Angle of the path's forward direction about up, rad, + to the left.
        lean: Roll of the body towards the left, rad.
        pace: Speed relative to the one of the mode.
        camber: Slope of the ground across the path, rad, + right side higher.
        speed: Of the path point, forward and upwards, m/s; None if it does not change.
        acceleration: Of the path point in the moving frame (forward, up, right), m/s^2.
    """

    heading: Jet | None
    lean: Jet | None
    pace: Jet | None
    camber: Jet | None
    speed: tuple[Jet, Jet] | None
    acceleration: Vector

    def chain(self) -> Chain:
        """Rotation links from the body's own frame to the ground."""
        links: Chain = []
        if self.heading is not None:
            links.append(("y", self.heading))
        if self.lean is not None:
            links.append(("x", -self.lean))
        return links

    def point(self, x: Jet, y: Jet, z: Jet, height_m: float) -> Point:
        """A point of the body in the frame that turns with the path but does not lean.

        Args:
            x: Position forward of the path point in the body's frame, m.
            y: Position upwards, relative to ``height_m``, m.
            z: Position to the right, m.
            height_m: Height above the ground, about which the body leans, m.
        """
        if self.lean is not None:
            c, s = self.lean.cos(), self.lean.sin()
            up = y + height_m
            y, z = up * c + z * s, z * c - up * s
        return x, y, z

    def acceleration_of(self, point: Point) -> Vector:
        """Ground-frame acceleration of a point in the turning frame, m/s^2."""
        x, y, z = point
        forward, upwards, right = self.acceleration
        ax, ay, az = x.dd + forward, y.dd + upwards, z.dd + right
        if self.heading is None:
            return ax, ay, az
        w, wd = self.heading.d, self.heading.dd
        ax = ax + 2.0 * w * z.d + wd * z.v - w * w * x.v
        az = az - 2.0 * w * x.d - wd * x.v - w * w * z.v
        return self.to_ground((ax, ay, az))

    def position_of(self, point: Point) -> Vector:
        """Ground-frame position of a point in the turning frame, relative to the path point, m."""
        return self.to_ground((point[0].v, point[1].v, point[2].v))

    def to_ground(self, v: Vector) -> Vector:
        """Turn a vector of the moving frame by the heading."""
        if self.heading is None:
            return v
        c, s = np.cos(self.heading.v), np.sin(self.heading.v)
        return c * v[0] + s * v[2], v[1], c * v[2] - s * v[0]


class _Slow:
    """Three slow sines of unit mean square, with derivatives."""

    def __init__(self, rng: np.random.Generator, periods_s: tuple[float, float]) -> None:
        low, high = np.log(periods_s[0]), np.log(periods_s[1])
        self._omega = 2.0 * np.pi / np.exp(rng.uniform(low, high, 3))
        self._phase = rng.uniform(0.0, 2.0 * np.pi, 3)
        size = rng.uniform(0.5, 1.0, 3)
        self._size = size * np.sqrt(2.0 / np.sum(size * size))

    def __call__(self, t: Array) -> Jet:
        v, d, dd = np.zeros_like(t), np.zeros_like(t), np.zeros_like(t)
        for w, p, a in zip(self._omega, self._phase, self._size, strict=True):
            s, c = np.sin(w * t + p), np.cos(w * t + p)
            v += a * s
            d += a * w * c
            dd -= a * w * w * s
        return Jet(v, d, dd)


class Course:
    """Heading, speed, lean and ground of one session.

    Args:
        script: What is done where.
        gaits: Speeds of the modes.
        rng: Source of the wandering.
    """

    def __init__(self, script: Script, gaits: GaitBook, rng: np.random.Generator) -> None:
        self._script = script
        self._gaits = gaits
        self._slow_heading = _Slow(rng, (12.0, 100.0))
        self._slow_speed = _Slow(rng, (15.0, 80.0))
        segments = script.segments
        self._rate = self._ramped([self._yaw_rate(s) for s in segments], BEND_RAMP_S)
        self._camber = self._ramped([float(np.radians(s.camber_deg)) for s in segments], 2.0)
        self._overground = self._ramped([float(s.surface == "overground") for s in segments], 1.0)
        self._wander = self._ramped([script.wander * _freedom(s) for s in segments], 2.0)
        self._turns = [s for s in segments if s.activity == "turn"]
        self._bends = not self._rate.constant or self._rate.first != 0.0
        self.straight = not (self._bends or self._turns or script.wander > 0.0)

    def _ramped(self, values: Sequence[float], longest_s: float) -> Ramped:
        return Ramped(self._script.boundaries_s, values, self._script.ramp_lengths_s(longest_s))

    def _yaw_rate(self, s: Segment) -> float:
        if s.bend_radius_m is None:
            return 0.0
        speed = self._gaits[s.mode].speed_m_s
        return (speed if s.bend == "left" else -speed) / s.bend_radius_m

    def at(self, t: Array, weights: dict[Mode, Jet]) -> Carried:
        """The moving frame at times t, s, (n,), with the weights of the modes there."""
        camber = None if self._camber.constant and self._camber.first == 0.0 else self._camber(t)
        if self.straight and len(weights) == 1 and self._overground.constant:
            zero = np.zeros_like(t)
            return Carried(None, None, None, camber, None, (zero, zero, zero))
        pace = None
        if self._script.wander > 0.0:
            pace = 1.0 + SPEED_WANDER * self._wander(t) * self._slow_speed(t)
        forward, up = self._speed(t, weights, pace)
        if self.straight:
            level = (forward.d, up.d, np.zeros_like(t))
            return Carried(None, None, pace, camber, (forward, up), level)
        heading, turning = self._heading(t)
        inwards = forward * turning  # = speed x yaw rate, towards the left
        lean = None
        if bool(np.any(turning.v)) or bool(np.any(turning.d)):
            lean = _arctangent(inwards * (1.0 / GRAVITY_M_S2))
        acceleration = (forward.d, up.d, -forward.v * heading.d)
        return Carried(heading, lean, pace, camber, (forward, up), acceleration)

    def heading_at(self, t: Array) -> Jet:
        """Heading at times t, rad."""
        return Jet.constant(0.0, t) if self.straight else self._heading(t)[0]

    def _speed(self, t: Array, weights: dict[Mode, Jet], pace: Jet | None) -> tuple[Jet, Jet]:
        """Speed forwards and upwards."""
        forward, up = Jet.constant(0.0, t), Jet.constant(0.0, t)
        for mode, w in weights.items():
            if mode.is_gait:
                gait = self._gaits[mode]
                forward = forward + w * (gait.speed_m_s * float(np.cos(gait.slope_rad)))
                if gait.slope_rad != 0.0:
                    up = up + w * (gait.speed_m_s * float(np.sin(gait.slope_rad)))
        if not (self._overground.constant and self._overground.first == 1.0):
            free = self._overground(t)
            forward, up = forward * free, up * free
        if pace is not None:
            forward, up = forward * pace, up * pace
        return forward, up

    def _heading(self, t: Array) -> tuple[Jet, Jet]:
        """Heading, and the rate of turning in bends and turns (without the wandering)."""
        heading = self._rate.integral(t)
        turning = self._rate(t)
        for s in self._turns:
            if s.start_s >= t[-1]:
                break
            angle, rate = _turned(t, s)
            heading, turning = heading + angle, turning + rate
        if self._script.wander > 0.0:
            slow = self._wander(t) * self._slow_heading(t)
            heading = heading + slow * float(np.radians(HEADING_WANDER_DEG))
        return heading, turning


def _freedom(s: Segment) -> float:
    if s.surface == "treadmill":
        return 0.0
    return 1.0 if s.mode.is_gait else STANDING_WANDER


def _turned(t: Array, s: Segment) -> tuple[Jet, Jet]:
    """Angle of one turn and its rate; a polynomial of seventh degree, C3."""
    length = s.end_s - s.start_s
    angle = float(np.radians(s.turn_deg))
    x = np.clip((t - s.start_s) / length, 0.0, 1.0)
    y = x * (1.0 - x)
    value = x**4 * (35.0 + x * (-84.0 + x * (70.0 - 20.0 * x)))
    first = 140.0 * y**3 / length
    second = 420.0 * y * y * (1.0 - 2.0 * x) / length**2
    third = 840.0 * y * (1.0 - 5.0 * y) / length**3
    return (
        Jet(angle * value, angle * first, angle * second),
        Jet(angle * first, angle * second, angle * third),
    )


def _arctangent(x: Jet) -> Jet:
    f1 = 1.0 / (1.0 + x.v * x.v)
    return x.compose(np.arctan(x.v), f1, -2.0 * x.v * f1 * f1)
