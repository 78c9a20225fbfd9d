"""Which way a pelvis sensor is strapped on: its up and its medio-lateral axis.

Up comes from standing. The medio-lateral axis comes from movements that only tilt the pelvis
(squats, forward bends), or from the run itself: over a stride the pelvis tilts twice, once per
step, while obliquity goes once, so the even harmonics of the horizontal angular rate lie about
the medio-lateral axis and the odd ones about the antero-posterior axis. On a real runner at three
speeds the run alone found the axis within 2.2 degrees (docs/validation.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from pipeline.column_rotation import along
from pipeline.orientation import (
    FloatArray,
    any_perpendicular,
    cross,
    unit,
    up_in_sensor,
)
from pipeline.stillness import WindowMeans
from pipeline.stride import Side
from pipeline.stride_events import STANCE_SHARES, StrideTimes
from pipeline.track import SensorTrack

FUNCTIONAL_RATE_RAD_S = 0.3
"""A window counts as movement above this angular rate."""
FUNCTIONAL_WINDOWS = 8
"""Movement of two seconds at least."""
FUNCTIONAL_RATIO = 0.10
"""Largest share of rotation about the other horizontal axis in a tilt-only movement."""
FUNCTIONAL_YAW_SE_DEG = 0.3
CROOKED_SHARE = 0.5
MOST_CROOKED_DEG = 1.5
"""People squat a little crookedly, every time the same way, which no spread shows. Who turns about the
vertical while squatting leans aside as well, by about half as much (assumed)."""
GAIT_STRIDES = 2
"""Strides of each leg before the gait is asked for the axis."""
ENOUGH_STRIDES = 400
"""Strides of each leg after which more would not help: five minutes of running."""
GAIT_YAW_SE_DEG = 2.0
"""Standard error of the axis from many strides: a real runner's tilt is not quite symmetric."""
GAIT_YAW_SE_ONE_STRIDE_DEG = 8.0
"""Part of the standard error that shrinks with the root of the number of strides."""
PHASES = 32
BRAKING_PCT = slice(5, 41, 5)
PUSHING_PCT = slice(55, 96, 5)
"""Parts of stance in which the pelvis is slowed and pushed forward, in every gait."""
LEAN_PER_PUSH_DEG = 10.0
"""A lean of so many degrees in a calibration movement counts like a push of 1 m/s²."""
HARMONICS = (1, 2, 3, 4)

_PUSH_SHARES = np.concatenate([STANCE_SHARES[BRAKING_PCT], STANCE_SHARES[PUSHING_PCT]])
_BRAKING_POINTS = len(STANCE_SHARES[BRAKING_PCT])
_MIRRORED = np.where(np.array(HARMONICS) % 2, -1.0, 1.0)
"""What the odd harmonics of one leg are is, for the other leg, the negative of it."""

Method = Literal["functional", "gait"]


@dataclass(frozen=True, slots=True)
class PelvisAxes:
    """Axes of the pelvis in sensor axes.

    Attributes:
        up: unit vector (3,), up when standing.
        right: unit vector (3,), to the subject's right, perpendicular to ``up``.
        from_standing: whether ``up`` was seen in standing; if not, it is the mean of the run and
            drop against standing cannot be known.
        method: where ``right`` comes from.
        yaw_se_deg: standard error of ``right`` about ``up``.
    """

    up: FloatArray
    right: FloatArray
    from_standing: bool
    method: Method
    yaw_se_deg: float

    def is_same(self, other: PelvisAxes) -> bool:
        """Whether all numbers are the same."""
        return (
            np.array_equal(self.up, other.up)
            and np.array_equal(self.right, other.right)
            and (self.from_standing, self.method, self.yaw_se_deg)
            == (other.from_standing, other.method, other.yaw_se_deg)
        )


def functional_axis(
    up: FloatArray, bias: FloatArray, windows: Iterable[WindowMeans]
) -> tuple[FloatArray, float, FloatArray] | None:
    """Medio-lateral axis from tilt-only movements.

    Args:
        up: up in sensor axes, (3,).
        bias: gyroscope bias, (3,), rad/s.
        windows: what the sensor did between standing and walking off, in parts.

    Returns:
        The axis (3,) with either sign, its standard error in degrees, and the mean direction of
        "up" while moving (for the sign); None when the movement was too small or not about one
        axis.
    """
    first = any_perpendicular(up)
    second = cross(up, first)
    count, total, lean = 0, np.zeros((3, 3)), np.zeros(3)
    for part in windows:
        moving = np.sqrt(np.trace(part.rate_products, axis1=1, axis2=2)) > FUNCTIONAL_RATE_RAD_S
        if not moving.any():
            continue
        acc, rate = part.mean_acc[moving], part.mean_rate[moving]
        # summed up one after another: what there is does not depend on the parts
        terms = np.empty((1 + 2 * len(rate), 3, 3))
        terms[0] = total
        terms[1::2] = part.rate_products[moving] - bias[:, None] * rate[:, None, :]
        terms[2::2] = (bias - rate)[:, :, None] * bias
        total = np.sum(terms, axis=0)
        leans = acc / np.sqrt(np.sum(acc * acc, axis=1))[:, None]
        lean = np.sum(np.concatenate([lean[None], leans]), axis=0)
        count += len(rate)
    if count < FUNCTIONAL_WINDOWS:
        return None
    a, b, c = first @ total @ first, first @ total @ second, second @ total @ second
    angle = 0.5 * np.arctan2(2.0 * b, a - c)
    spread = np.hypot(a - c, 2.0 * b)
    ratio = float((a + c - spread) / (a + c + spread))
    if ratio > FUNCTIONAL_RATIO:
        return None
    axis = np.cos(angle) * first + np.sin(angle) * second
    # each repetition may lean sideways on its own; about one repetition in two seconds
    repetitions = max(1.0, count / 8.0)
    se_deg = float(np.degrees(np.sqrt(max(ratio, 0.0)) / np.sqrt(repetitions)))
    turning = max(0.0, 2.0 * float(up @ total @ up) / float(a + c + spread))
    turning_deg = float(np.degrees(np.sqrt(turning)))
    crooked_deg = min(MOST_CROOKED_DEG, CROOKED_SHARE * turning_deg)
    parts = FUNCTIONAL_YAW_SE_DEG, crooked_deg, se_deg
    return axis, float(np.sqrt(sum(part * part for part in parts))), unit(lean)


@dataclass(frozen=True, slots=True)
class GaitVotes:
    """What n strides of one leg say about the medio-lateral axis.

    Attributes:
        side: the leg.
        waves: harmonics of the rate about two horizontal axes, shape (n, 4, 2).
        push: specific force while being pushed forward less that while being slowed, (n, 3).
    """

    side: Side
    waves: npt.NDArray[np.complex128]
    push: FloatArray


class GaitAxisEstimator:
    """Medio-lateral axis from the run itself, stride by stride.

    Args:
        up: up in sensor axes, (3,).
    """

    def __init__(self, up: FloatArray) -> None:
        self.up = up
        self._first = any_perpendicular(up)
        self._second = cross(up, self._first)
        self._sums = np.zeros((len(HARMONICS), 2), np.complex128)
        self._push_sum = np.zeros(3)
        self._strides: dict[Side, int] = {"left": 0, "right": 0}
        phase = 2.0 * np.pi * np.arange(PHASES) / PHASES
        self._waves = np.exp(-1j * np.outer(HARMONICS, phase)) / PHASES

    def add(self, track: SensorTrack, side: Side, times: StrideTimes) -> None:
        """Take in strides of one leg; the pelvis must have samples for all of them."""
        votes = self.votes(track, side, times)
        self._sums += votes.waves.sum(axis=0)
        self._push_sum += votes.push.sum(axis=0)
        self._strides[side] += len(times)

    def take(self, votes: GaitVotes, n: int) -> None:
        """Take in what one stride says."""
        self._sums += votes.waves[n]
        self._push_sum += votes.push[n]
        self._strides[votes.side] += 1

    def votes(self, track: SensorTrack, side: Side, times: StrideTimes) -> GaitVotes:
        """What strides say, each by itself; the pelvis must have samples for all of them."""
        first = track.positions_at(times.foot_strike_s)
        last = track.positions_at(times.next_foot_strike_s)
        low, high = int(first[0]) - 1, int(last[-1]) + 1
        rate = track.rate.columns(low, high)
        # the rate belongs half a sample before its time stamp
        sample_s = track.time_s.get(low, high) - 0.5 / track.rate_hz
        grid_s = times.stride_grid_s(PHASES)
        mirror = _MIRRORED if side == "left" else 1.0
        waves = np.empty((len(times), len(HARMONICS), 2), np.complex128)
        for j, axis in enumerate((self._first, self._second)):
            cycles = np.interp(grid_s, sample_s, along(rate, axis))
            waves[:, :, j] = mirror * (self._waves * cycles[:, None, :]).sum(axis=2)
        at = track.positions_at(times.stance_s(_PUSH_SHARES).ravel()) - low
        quat, acc = track.quat.get(low, high)[at], track.acc.get(low, high)[at]
        up = up_in_sensor(quat)
        level = (acc - (acc * up).sum(axis=1)[:, None] * up).reshape(len(times), -1, 3)
        push = level[:, _BRAKING_POINTS:].mean(axis=1) - level[:, :_BRAKING_POINTS].mean(axis=1)
        return GaitVotes(side, waves, push)

    def wants_more(self, side: Side) -> bool:
        """Whether more strides of a leg would make the axis better."""
        return self._strides[side] < ENOUGH_STRIDES

    @property
    def ready(self) -> bool:
        """Whether enough strides of both legs were seen."""
        return min(self._strides.values()) >= GAIT_STRIDES

    @property
    def se_deg(self) -> float:
        """Standard error of the axis about up, degrees."""
        strides = max(1, sum(self._strides.values()))
        return float(np.hypot(GAIT_YAW_SE_DEG, GAIT_YAW_SE_ONE_STRIDE_DEG / np.sqrt(strides)))

    def axis(self) -> FloatArray | None:
        """The axis (3,), to the subject's right; None before enough strides."""
        if not self.ready:
            return None
        moment = np.zeros((2, 2))
        for n, k in enumerate(HARMONICS):
            outer = np.real(self._sums[n][:, None] * np.conj(self._sums[n])[None, :])
            moment += outer if k % 2 == 0 else -outer
        angle = 0.5 * np.arctan2(2.0 * moment[0, 1], moment[0, 0] - moment[1, 1])
        axis: FloatArray = np.cos(angle) * self._first + np.sin(angle) * self._second
        return axis if self.rightness(axis) >= 0.0 else -axis

    def rightness(self, axis: FloatArray) -> float:
        """How surely ``axis`` points right rather than left, in m/s²; negative: left.

        After foot strike the ground slows the pelvis, before toe-off it pushes it forward: the
        difference of the level accelerations points forward. On a real runner with known
        mounting it is right at three speeds; on eight treadmill recordings of four walkers it
        gives one and the same side of the sensor, where leaning forward and dropping of the
        unsupported side contradict themselves.
        """
        strides = sum(self._strides.values())
        if not strides:
            return 0.0
        x, y, z = (self._push_sum / strides * cross(self.up, axis)).tolist()
        return float(x + y + z)


def signed_functional(
    up: FloatArray, axis: FloatArray, lean: FloatArray, gait: GaitAxisEstimator | None
) -> FloatArray:
    """Give a functional axis its sign: squats and bends lean forward, and gait votes too."""
    forward = cross(up, axis)
    rightness = -float(np.degrees(np.sum(lean * forward))) / LEAN_PER_PUSH_DEG
    if gait is not None:
        rightness += gait.rightness(axis)
    return axis if rightness >= 0.0 else -axis


def angle_between_deg(first: npt.NDArray[np.float64], second: npt.NDArray[np.float64]) -> float:
    """Angle between two unit vectors, degrees."""
    return float(np.degrees(np.arccos(np.clip(np.sum(first * second), -1.0, 1.0))))
