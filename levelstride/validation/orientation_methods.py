"""Ways to keep track of gravity in sensor axes, compared: the filter used here and simpler ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from pipeline.offline_orientation import orientation_offline
from pipeline.orientation import FloatArray, OrientationFilter, up_in_sensor

COMPLEMENTARY_S = 1.0
"""Time constant of the complementary filter; a slow one of 30 s is compared beside it."""
QUIET_S = 2.0
QUIET_WITHIN_S = 12.0
"""Start and gyroscope bias come from the quietest two seconds of the first twelve."""
Method = Callable[[FloatArray, FloatArray, float], FloatArray]
"""Angular rate (n, 3), specific force (n, 3) and sampling rate to "up" in the sensor, (n, 3)."""


def vqf_offline(gyr: FloatArray, acc: FloatArray, rate_hz: float) -> FloatArray:
    """VQF forward and backward (Laidig and Seel 2023), as in offline sessions."""
    return up_in_sensor(orientation_offline(_over_interval(gyr), acc, rate_hz))


def vqf_online(gyr: FloatArray, acc: FloatArray, rate_hz: float) -> FloatArray:
    """VQF with its defaults, as live."""
    return up_in_sensor(OrientationFilter(rate_hz).update(_over_interval(gyr), acc))


def complementary(
    gyr: FloatArray, acc: FloatArray, rate_hz: float, time_s: float = COMPLEMENTARY_S
) -> FloatArray:
    """Gravity turned by the gyroscope and drawn towards the direction of the specific force."""
    still = gyr[_quiet(gyr, rate_hz)].mean(axis=0)
    return _propagated(gyr - still, acc, rate_hz, 1.0 / (time_s * rate_hz))


def plain_integration(gyr: FloatArray, acc: FloatArray, rate_hz: float) -> FloatArray:
    """Gravity of a quiet start, turned by the gyroscope; its bias of that time taken off."""
    return _propagated(gyr - gyr[_quiet(gyr, rate_hz)].mean(axis=0), acc, rate_hz, 0.0)


METHODS: Mapping[str, Method] = {
    "VQF, offline (used here)": vqf_offline,
    "VQF, live (used here)": vqf_online,
    "complementary filter, 1 s": complementary,
    "complementary filter, 30 s": partial(complementary, time_s=30.0),
    "plain integration": plain_integration,
}


def inclination_errors_deg(found: FloatArray, true: FloatArray) -> FloatArray:
    """Angles between directions (n, 3) of unit length, degrees, shape (n,)."""
    # the sine of half the angle keeps small angles exact
    half = 0.5 * np.sqrt(np.sum((found - true) ** 2, axis=1))
    result: FloatArray = np.degrees(2.0 * np.arcsin(np.minimum(half, 1.0)))
    return result


def _quiet(gyr: FloatArray, rate_hz: float) -> slice:
    """The window of the start in which the rate varies least."""
    length = max(1, round(QUIET_S * rate_hz))
    last = max(1, min(len(gyr), round(QUIET_WITHIN_S * rate_hz)) - length)
    firsts = range(0, last, max(1, length // 8))
    first = min(firsts, key=lambda n: float(np.sum(np.var(gyr[n : n + length], axis=0))))
    return slice(first, min(first + length, len(gyr)))


def _over_interval(gyr: FloatArray) -> FloatArray:
    """Mean rate over the interval before each sample."""
    mean = gyr.copy()
    mean[1:] = 0.5 * (gyr[1:] + gyr[:-1])
    return mean


def _propagated(gyr: FloatArray, acc: FloatArray, rate_hz: float, share: float) -> FloatArray:
    """Up turned by the gyroscope from sample to sample, a share of the way towards the force."""
    turns = (_over_interval(gyr) / rate_hz).tolist()
    sizes = np.sqrt(np.sum(acc**2, axis=1))
    forces = (acc / np.maximum(sizes, 1e-6)[:, None]).tolist()
    quiet = _quiet(gyr, rate_hz)
    start = acc[quiet].mean(axis=0)
    x, y, z = (start / np.sqrt(np.sum(start**2))).tolist()
    up = np.empty((len(gyr), 3))
    up[: quiet.stop] = x, y, z
    for n in range(quiet.stop, len(gyr)):
        (a, b, c), (u, v, w) = turns[n], forces[n]
        # a fixed direction seen from a sensor that turns: d = -turn x d, to second order
        dx, dy, dz = y * c - z * b, z * a - x * c, x * b - y * a
        x += dx + 0.5 * (dy * c - dz * b)
        y += dy + 0.5 * (dz * a - dx * c)
        z += dz + 0.5 * (dx * b - dy * a)
        x, y, z = x + share * (u - x), y + share * (v - y), z + share * (w - z)
        size = (x * x + y * y + z * z) ** 0.5
        x, y, z = x / size, y / size, z / size
        up[n] = x, y, z
    return up
