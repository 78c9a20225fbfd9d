"""Whether acceleration and angular rate of a sensor tell the same movement.

Acceleration that the angular rate turns into a fixed frame is gravity plus what changes the speed.
Nobody's speed changes much from one second to the next, so its mean over some strides has the size of
gravity, and keeps its direction from one window to the next. In slow movement without impacts, as in
a squat, this holds for every second. And the axis about which a shank swings lies level.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from pipeline.importers.plausibility import STANDARD_GRAVITY
from sensors.sample_block import FloatArray

WINDOW_S = 6.0
MEAN_S = 4.0
"""The two means that are compared begin together with a window and end with it."""
SECOND_S = 1.0

ACTIVE_RAD_S = 0.25
QUIET_M_S2 = 1.0
QUIET_TURN_RAD = 0.15
SWING_RAD_S = 1.6
TELLING_SHARE = 0.5
"""Turning explains the force when what is left of its changes is below this share of them."""
LEAST_ACTIVE, LEAST_SWINGING, LEAST_QUIET = 2, 2, 8
"""Fewer windows, or pairs of seconds, say nothing."""

_FIRST_WINDOWS = 20
_OTHER_WINDOWS = 20
_FASTEST_HZ = 130.0
_STILL_SD = 0.1
_EVEN_TURNING = 0.5
_FIFTH = 4


@dataclass(frozen=True, slots=True)
class Misfit:
    """How badly acceleration and angular rate fit together.

    Attributes:
        carried_m_s2: median over windows of walking or running of what the mean force differs from
            gravity in size, and from one window to the next; NaN where too little was done.
        quiet_m_s2: the same from one second to another in slow turning, the fifth largest; NaN where
            there was too little of it.
        upright: median share of the swing axis that lies along gravity, 0 level to 1 upright; NaN
            where nothing swung.
        told: whether turning explains how the force moves in the sensor: carried by the angular rate it
            stays far better in place than as it is. An order in which little turns fits anything.
    """

    carried_m_s2: float
    quiet_m_s2: float
    upright: float
    told: bool = True


@dataclass(frozen=True, slots=True)
class MotionWindows:
    """Stretches of a recording without losses or clipping.

    Attributes:
        values: acceleration and angular rate as the file has them, shape (windows, samples, 6).
        offset: means of the six columns while nothing moves, shape (6,); else nil.
        rested: whether there was such a time, so that the gyroscope's offset is known.
        step_s: time between samples.
        active: windows that are taken for walking, running and the like, shape (windows,).
        quiet: pairs of seconds in slow turning, shape (windows, pairs).
    """

    values: FloatArray
    offset: FloatArray
    rested: bool
    step_s: float
    active: npt.NDArray[np.bool_]
    quiet: npt.NDArray[np.bool_]

    @classmethod
    def of(
        cls, values: FloatArray, rate_hz: float, sound: npt.NDArray[np.bool_] | None = None
    ) -> Self | None:
        """Choose windows: the first of the recording, where standing and squats are, and some more.

        Args:
            values: acceleration (m/s²) and angular rate (rad/s), shape (n, 6).
            rate_hz: sampling rate.
            sound: samples that are whole and come right after the one before, shape (n,).

        Returns:
            The windows; None where there is none.
        """
        skip = max(1, int(rate_hz / _FASTEST_HZ))
        count = len(values) // skip
        step_s = skip / rate_hz
        length = int(WINDOW_S / step_s)
        if count < length:
            return None
        values = values[: count * skip].reshape(count, skip, 6).mean(axis=1)
        bad = np.zeros(count + 1, dtype=np.int64)
        if sound is not None:
            np.cumsum(~sound[: count * skip].reshape(count, skip).all(axis=1), out=bad[1:])
        starts = np.arange(0, count - length + 1, max(1, length // 2))
        starts = starts[bad[starts + length] == bad[starts]]
        if not len(starts):
            return None
        later = starts[_FIRST_WINDOWS:]
        spread = np.unique(
            np.linspace(0, len(later) - 1, min(len(later), _OTHER_WINDOWS)).astype(int)
        )
        starts = np.concatenate((starts[:_FIRST_WINDOWS], later[spread] if len(later) else later))
        parts = values[starts[:, None] + np.arange(length)]
        still = _offset(parts, step_s)
        offset = np.zeros(6) if still is None else still
        rate = np.sqrt(((parts[..., 3:] - offset[3:]) ** 2).sum(axis=2).mean(axis=1))
        chosen = cls(
            parts,
            offset,
            still is not None,
            step_s,
            rate > ACTIVE_RAD_S,
            np.zeros((0, 0), dtype=np.bool_),
        )
        turned = chosen._turned(np.eye(6))
        angle = 2.0 * np.arccos(
            np.clip(np.abs((turned[:, 2:] * turned[:, :-2]).sum(axis=2)), 0.0, 1.0)
        )
        rows = chosen._seconds()
        shaking = np.linalg.norm(parts[..., :3], axis=2)[:, rows].std(axis=2)
        shaken = np.maximum(np.maximum(shaking[:, 2:], shaking[:, 1:-1]), shaking[:, :-2])
        quiet = (shaken < QUIET_M_S2) & (angle > QUIET_TURN_RAD)
        return cls(parts, offset, chosen.rested, step_s, chosen.active, quiet)

    def misfit(self, order: FloatArray) -> Misfit:
        """What the columns amount to in an order.

        Args:
            order: matrix (6, 6) from the columns of the file to acceleration and angular rate.
        """
        values = (self.values @ order.T) - np.concatenate((np.zeros(3), (order @ self.offset)[3:]))
        rate = values[..., 3:]
        turned = orientation(rate, self.step_s)
        force = _rotated(turned, values[..., :3])
        misfit, means = self._in_strides(force)
        unturned, _ = self._in_strides(values[..., :3])
        carried = uncarried = float("nan")
        # an order in which nothing turns fits everything, and says nothing
        telling = self.active & (np.sqrt((rate**2).sum(axis=2).mean(axis=1)) > ACTIVE_RAD_S)
        if telling.sum() >= LEAST_ACTIVE:
            carried = float(np.median(misfit[telling]))
            uncarried = float(np.median(unturned[telling]))
        quiet, loud = self._in_seconds(force), self._in_seconds(values[..., :3])
        told = carried < TELLING_SHARE * uncarried or quiet < TELLING_SHARE * loud
        return Misfit(carried, quiet, _upright(_rotated(turned, rate), means), told)

    def _in_strides(self, force: FloatArray) -> tuple[FloatArray, FloatArray]:
        """What the mean force of each window differs from gravity, or changes by; and its direction."""
        length = int(MEAN_S / self.step_s)
        early = _weighted(force[:, :length])
        late = _weighted(force[:, -length:])
        size = 0.5 * (np.linalg.norm(early, axis=1) + np.linalg.norm(late, axis=1))
        misfit = np.hypot(size - STANDARD_GRAVITY, np.linalg.norm(early - late, axis=1))
        return misfit, early + late

    def _in_seconds(self, force: FloatArray) -> float:
        """What it changes by from second to second in slow turning; NaN with too little of that."""
        if self.quiet.sum() < LEAST_QUIET:
            return float("nan")
        seconds = _weighted(force[:, self._seconds()], axis=2)
        change = np.linalg.norm(seconds[:, 2:] - seconds[:, :-2], axis=2)[self.quiet]
        return float(np.sort(change)[-1 - _FIFTH])

    def _seconds(self) -> npt.NDArray[np.intp]:
        """Rows of the seconds of a window, which overlap by half, shape (seconds, samples)."""
        length = int(SECOND_S / self.step_s)
        hop = length // 2
        count = (self.values.shape[1] - length) // hop + 1
        return np.arange(count)[:, None] * hop + np.arange(length)

    def _turned(self, order: FloatArray) -> FloatArray:
        """Orientation in the middle of each second, shape (windows, seconds, 4)."""
        rate = ((self.values - self.offset) @ order.T)[..., 3:]
        rows = self._seconds()
        turned = orientation(rate, self.step_s)
        middle: FloatArray = turned[:, rows[:, rows.shape[1] // 2]]
        return middle


def orientation(rate: FloatArray, step_s: float) -> FloatArray:
    """Turn since the first sample of each window.

    Args:
        rate: angular rate in sensor axes, rad/s, shape (windows, n, 3).
        step_s: time between samples.

    Returns:
        Quaternions (w x y z) from sensor axes to those at the first sample, shape (windows, n, 4).
    """
    turn = 0.5 * (rate[:, 1:] + rate[:, :-1]) * step_s
    angle = np.linalg.norm(turn, axis=2, keepdims=True)
    turned = np.zeros((*rate.shape[:2], 4))
    turned[:, 0, 0] = 1.0
    turned[:, 1:, :1] = np.cos(0.5 * angle)
    turned[:, 1:, 1:] = 0.5 * turn * np.sinc(0.5 * angle / np.pi)
    reach = 1
    while reach < turned.shape[1]:  # products of ever longer runs of steps
        turned[:, reach:] = _product(turned[:, :-reach], turned[:, reach:])
        reach *= 2
    return turned


def _product(first: FloatArray, second: FloatArray) -> FloatArray:
    w, v = first[..., :1], first[..., 1:]
    a, b = second[..., :1], second[..., 1:]
    product: FloatArray = np.concatenate(
        (w * a - (v * b).sum(axis=-1, keepdims=True), w * b + a * v + np.cross(v, b)), axis=-1
    )
    return product


def _rotated(turned: FloatArray, vectors: FloatArray) -> FloatArray:
    axis = turned[..., 1:]
    once = np.cross(axis, vectors) + turned[..., :1] * vectors
    rotated: FloatArray = vectors + 2.0 * np.cross(axis, once)
    return rotated


def _weighted(values: FloatArray, axis: int = 1) -> FloatArray:
    """Mean along an axis, weighted towards its middle: a stride cut at an end counts little."""
    weight = np.hanning(values.shape[axis] + 2)[1:-1]
    mean: FloatArray = np.tensordot(values, weight / weight.sum(), axes=(axis, 0))
    return mean


def _upright(rate: FloatArray, gravity: FloatArray) -> float:
    spread, axes = np.linalg.eigh(np.einsum("wti,wtj->wij", rate, rate) / rate.shape[1])
    size = np.sqrt(spread[:, 2])
    swings = (size > SWING_RAD_S) & (
        np.linalg.norm(rate.mean(axis=1), axis=1) < _EVEN_TURNING * size
    )
    if swings.sum() < LEAST_SWINGING:
        return float("nan")
    along = np.abs((axes[:, :, 2] * gravity).sum(axis=1))
    return float(np.median((along / np.maximum(np.linalg.norm(gravity, axis=1), 1e-9))[swings]))


def _offset(parts: FloatArray, step_s: float) -> FloatArray | None:
    """Means of the columns where nothing moves; None where something always does."""
    length = int(SECOND_S / step_s)
    seconds = parts[:, : parts.shape[1] // length * length].reshape(-1, length, 6)
    sd = seconds.std(axis=1).max(axis=1)
    least = float(sd.min())
    if least > _STILL_SD:
        return None
    still: FloatArray = seconds[sd <= max(2.0 * least, 0.5 * _STILL_SD)].mean(axis=(0, 1))
    return still
