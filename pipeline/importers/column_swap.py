"""Columns that stand in each other's place: told by the movement, where it can tell.

Two signs. Nobody turns about one axis all the time, so an angular rate whose mean is far from zero
is an acceleration. Acceleration turned into a fixed frame by the angular rate has gravity as its
mean: the same in the first and in the second half of some seconds, and as long as with any other
order of the columns. With two columns exchanged it changes, or shrinks, as soon as the sensor turns
enough; a shank does, a pelvis in an even run does not. The halves are weighted towards their
middle, so that a stride that is cut at an end counts little.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from pipeline.importers.plausibility import gravity_level
from sensors.sample_block import FloatArray

MOST_MEAN_RATE_RAD_S = 0.8
SHORTEST_S = 8.0
WINDOW_S = 4.0
CLEAR_M_S2, CLEARLY_LESS = 2.2, 0.4
"""Doubt of more than the first, and of less than so much of it with another order of the columns."""
SMALL_M_S2, FAR_LESS = 0.9, 0.12
"""The same for a smaller doubt that another order nearly removes. Running as it should be comes to 1.8
m/s², of which another order leaves a fifth or more."""

_MOST_WINDOWS = 10
_FASTEST_HZ = 130.0


def swapped_columns(acc: FloatArray, gyr: FloatArray, rate_hz: float) -> tuple[int, int] | None:
    """Find two columns that were exchanged.

    Args:
        acc: specific force, m/s², shape (n, 3).
        gyr: angular rate, rad/s, shape (n, 3).
        rate_hz: sampling rate.

    Returns:
        Numbers of the two columns, acceleration 0 to 2, angular rate 3 to 5; None where nothing is
        seen, which does not mean that all is right. (0, 3) with all six meant by it: see
        :func:`swapped_quantities`.
    """
    if len(acc) < SHORTEST_S * rate_hz:
        return None
    values = np.column_stack((acc, gyr))
    mean = np.abs(gyr.mean(axis=0))
    turning = int(np.argmax(mean))
    if mean[turning] > MOST_MEAN_RATE_RAD_S:
        partner = int(np.argmin(np.abs(acc.mean(axis=0))))
        return partner, 3 + turning
    orders = {pair: _exchanged(values, pair) for pair in (None, *combinations(range(6), 2))}
    means = {pair: _mean_forces(order, rate_hz) for pair, order in orders.items()}
    if not len(means[None]):
        return None
    sizes = {pair: np.linalg.norm(mean, axis=2).mean(axis=1) for pair, mean in means.items()}
    largest = np.max(list(sizes.values()), axis=0)
    doubts = {
        pair: float(
            np.median(
                np.hypot(np.linalg.norm(mean[:, 0] - mean[:, 1], axis=1), largest - sizes[pair])
            )
        )
        for pair, mean in means.items()
    }
    now = doubts.pop(None)
    pair = min(doubts, key=lambda each: doubts[each])
    clear = now > CLEAR_M_S2 and doubts[pair] < CLEARLY_LESS * now
    nearly_gone = now > SMALL_M_S2 and doubts[pair] < FAR_LESS * now
    return pair if clear or nearly_gone else None


def swapped_quantities(acc: FloatArray, gyr: FloatArray, rate_hz: float) -> bool:
    """Whether the angular rate reads like gravity and the acceleration does not."""
    return 8.0 < gravity_level(gyr, rate_hz) < 14.0 and gravity_level(acc, rate_hz) < 4.0


def _exchanged(values: FloatArray, pair: tuple[int, int] | None) -> FloatArray:
    if pair is None:
        return values
    other = values.copy()
    other[:, list(pair)] = values[:, list(reversed(pair))]
    return other


def _mean_forces(values: FloatArray, rate_hz: float) -> FloatArray:
    """Mean force in a fixed frame in both halves of n windows, m/s², shape (n, 2, 3)."""
    skip = max(1, int(rate_hz / _FASTEST_HZ))
    values = values[: len(values) // skip * skip].reshape(-1, skip, 6).mean(axis=1)
    step_s = skip / rate_hz
    half = int(0.5 * WINDOW_S / step_s)
    starts = np.arange(0, len(values) - 2 * half + 1, 2 * half)
    if not len(starts):
        return np.empty((0, 2, 3))
    starts = starts[np.linspace(0, len(starts) - 1, min(len(starts), _MOST_WINDOWS)).astype(int)]
    weights = np.hanning(half + 2)[1:-1]
    weights /= weights.sum()
    found = np.empty((len(starts), 2, 3))
    for row, start in enumerate(starts):
        part = values[start : start + 2 * half]
        force = _in_fixed_frame(part[:, :3], part[:, 3:], step_s)
        found[row] = weights @ force[:half], weights @ force[half:]
    return found


def _in_fixed_frame(acc: FloatArray, gyr: FloatArray, step_s: float) -> FloatArray:
    turn = 0.5 * (gyr[1:] + gyr[:-1]) * step_s
    angle = np.linalg.norm(turn, axis=1)
    axis = turn / np.maximum(angle, 1e-12)[:, None]
    half = 0.5 * angle
    step = np.column_stack((np.cos(half), axis * np.sin(half)[:, None]))
    w, x, y, z = 1.0, 0.0, 0.0, 0.0
    turned = np.empty((len(acc), 4))
    turned[0] = (w, x, y, z)
    for row, (a, b, c, d) in enumerate(step.tolist(), start=1):
        w, x, y, z = (
            w * a - x * b - y * c - z * d,
            w * b + x * a + y * d - z * c,
            w * c - x * d + y * a + z * b,
            w * d + x * c - y * b + z * a,
        )
        turned[row] = (w, x, y, z)
    vector = turned[:, 1:]
    once = np.cross(vector, acc) + turned[:, :1] * acc
    force: FloatArray = acc + 2.0 * np.cross(vector, once)
    return force
