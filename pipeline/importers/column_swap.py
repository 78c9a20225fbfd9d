"""Columns that stand in each other's place: told by the movement, where it can tell.

Two signs. Nobody turns about one axis all the time, so an angular rate whose mean is far from zero
is an acceleration. Acceleration turned into a fixed frame by the angular rate has gravity as its
mean, the same over the first and the second half of some seconds; with two columns exchanged it
has not, as soon as the person does something else than one even movement.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from pipeline.importers.plausibility import gravity_level
from sensors.sample_block import FloatArray

MOST_MEAN_RATE_RAD_S = 0.8
SHORTEST_S = 8.0
WINDOW_S = 4.0
MOST_CHANGE_M_S2 = 3.0
CLEARLY_LESS = 0.25
"""Another order of columns counts when the change is that much smaller with it."""

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
    now = _change(values, rate_hz)
    if not now > MOST_CHANGE_M_S2:
        return None
    best, pair = now, None
    for one, two in combinations(range(6), 2):
        other = values.copy()
        other[:, [one, two]] = other[:, [two, one]]
        change = _change(other, rate_hz)
        if change < best:
            best, pair = change, (one, two)
    return pair if best < CLEARLY_LESS * now else None


def swapped_quantities(acc: FloatArray, gyr: FloatArray, rate_hz: float) -> bool:
    """Whether the angular rate reads like gravity and the acceleration does not."""
    return 8.0 < gravity_level(gyr, rate_hz) < 14.0 and gravity_level(acc, rate_hz) < 4.0


def _change(values: FloatArray, rate_hz: float) -> float:
    """Median over windows of the change of mean force from their first to their second half."""
    skip = max(1, int(rate_hz / _FASTEST_HZ))
    values = values[: len(values) // skip * skip].reshape(-1, skip, 6).mean(axis=1)
    step_s = skip / rate_hz
    length = int(WINDOW_S / step_s)
    starts = np.arange(0, len(values) - length + 1, length)
    if not len(starts):
        return 0.0
    starts = starts[np.linspace(0, len(starts) - 1, min(len(starts), _MOST_WINDOWS)).astype(int)]
    changes = []
    for start in starts:
        part = values[start : start + length]
        force = _in_fixed_frame(part[:, :3], part[:, 3:], step_s)
        half = length // 2
        changes.append(np.linalg.norm(force[:half].mean(axis=0) - force[half:].mean(axis=0)))
    return float(np.median(changes))


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
