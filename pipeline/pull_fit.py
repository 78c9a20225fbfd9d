"""How much of the sideways mean force comes with the change of the heading: the pull of bends and curves.

Carried by the gyroscope alone, the mean force of a runner leans inwards by speed over gravity times the turning
rate; a wrong bias of the gyroscope turns it slowly, a wrong one of the accelerometer turns it with the runner.
Over a minute in which the turning changes the three differ, and are fitted together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.offline_orientation import block_means
from pipeline.orientation import FloatArray, to_earth
from pipeline.track import SensorTrack
from pipeline.uncertainty import GRAVITY_M_S2

ComplexArray = npt.NDArray[np.complex128]

SMOOTH_TAPS = 17
"""Force and heading are smoothed over so many blocks, four seconds, and taken every `STEP`. What the pelvis turns by
itself passes for a bend without a pull, and the less so the longer the smoothing."""
STEP = 8
FORWARD_WEIGHT = 0.7
"""Of the part along the path, where runners gain and lose speed."""
GYRO_BIAS_SE_DEG_S = 0.3
ACC_BIAS_SE_DEG = 2.0
LARGEST_PULL = 10.0
"""Standard deviation of lean per turning rate in a fit: none that matters."""


class CarriedForce(NamedTuple):
    """Mean force of n blocks in the level plane of the frame that the gyroscope carries.

    Attributes:
        heading: forward direction, of size one, shape (n,).
        force: over gravity, shape (n,).
        block_s: duration of a block.
    """

    heading: ComplexArray
    force: ComplexArray
    block_s: float


def carried_force(
    pelvis: SensorTrack, right: FloatArray, low: int, high: int, turn_rad: FloatArray
) -> CarriedForce:
    """The mean force in positions ``[low, high)``.

    Args:
        pelvis: the track, with its final orientation.
        right: the medio-lateral axis in sensor axes, + to the right, shape (3,).
        low: first position.
        high: position after the last.
        turn_rad: turn of each block against the one before it, + left, shape (n,).
    """
    size = (high - low) // len(turn_rad)
    rate = pelvis.rate.get(low, high) - pelvis.gyroscope_bias((low + high) // 2)
    _, force, there = block_means(rate, pelvis.acc.get(low, high), pelvis.rate_hz, size)
    earth = to_earth(there, force)
    level = _levelling(np.mean(earth, axis=0))
    axis = to_earth(there, np.broadcast_to(right, force.shape)) @ level.T
    # the axis at one instant of each block has the stride's own turning in it, their heading has not
    heading = np.exp(1j * np.cumsum(turn_rad))
    heading *= np.mean(1j * (axis[:, 0] + 1j * axis[:, 1]) * np.conj(heading))
    level_force = (earth @ level.T)[:, :2] @ np.array([1.0, 1j]) / GRAVITY_M_S2
    return CarriedForce(heading, level_force, size / pelvis.rate_hz)


def fit_pull(
    carried: CarriedForce,
    shares: Sequence[FloatArray],
    force_se_deg: float,
    *,
    drift_rad_s: float = 0.0,
    steps: Sequence[FloatArray] = (),
    step_se_deg: float = 0.0,
) -> tuple[float, float]:
    """Lean per turning rate where the first share is one, and its standard error.

    Args:
        carried: the force in n blocks.
        shares: how far each block belongs to each kind of turning, which have a pull of their own, (n,) each.
        force_se_deg: direction of such a force against what is fitted, at least.
        drift_rad_s: turning rate that is no turning.
        steps: what else may lean the force by an unknown size, (n,) each.
        step_se_deg: by how much.
    """
    forward, seen = _smoothed(carried.heading), _smoothed(carried.force)
    forward /= np.abs(forward)
    path = np.cumsum(forward) * carried.block_s
    path -= np.mean(path)
    still = np.ones_like(forward)
    turning = np.gradient(forward, carried.block_s) - drift_rad_s * 1j * forward
    leaning = [_smoothed(step) for step in steps]
    columns = np.stack(
        [
            *(turning * _smoothed(share) for share in shares),
            *(still, 1j * still, path, 1j * path, forward, 1j * forward),
            *leaning,
            *(1j * step for step in leaning),
        ]
    )[:, ::STEP]
    along, seen = forward[::STEP], seen[::STEP]
    sideways, onwards = np.conj(1j * along), np.conj(along)
    a = np.concatenate([(columns * sideways).real, FORWARD_WEIGHT * (columns * onwards).real], 1).T
    b = np.concatenate([(seen * sideways).real, FORWARD_WEIGHT * (seen * onwards).real])
    known = np.radians(
        [GYRO_BIAS_SE_DEG_S] * 2 + [ACC_BIAS_SE_DEG] * 2 + [step_se_deg] * 2 * len(leaning)
    )
    weights = np.concatenate([[LARGEST_PULL**-2.0] * len(shares), [0.0, 0.0], known**-2.0])
    noise = np.radians(force_se_deg)
    for _ in range(2):  # a second time where the force was less steady than usual
        inverse = np.linalg.inv(a.T @ a / noise**2 + np.diag(weights))
        fitted = inverse @ (a.T @ b) / noise**2
        noise = max(noise, float(np.std(b - a @ fitted)))
    # smoothed over two steps, neighbours are half the same
    return float(fitted[0]), float(np.sqrt(2.0 * inverse[0, 0]))


def _smoothed(values: npt.NDArray[np.inexact]) -> npt.NDArray[np.inexact]:
    taps = np.hanning(SMOOTH_TAPS + 2)[1:-1]
    return np.convolve(values, taps / np.sum(taps), "valid")


def _levelling(up: FloatArray) -> FloatArray:
    """The smallest rotation matrix that turns a direction upright."""
    x, y, z = (up / np.sqrt(np.sum(up * up))).tolist()
    share = 1.0 / max(1.0 + z, 1e-12)  # there is no smallest one for what points straight down
    return np.array(
        [
            [1.0 - x * x * share, -x * y * share, -x],
            [-x * y * share, 1.0 - y * y * share, -y],
            [x, y, z],
        ]
    )
