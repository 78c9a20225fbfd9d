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
    return up_in_sensor(orientation_offline(_over_interval(gyr), acc, rate_hz)[0])


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


def mahony(
    gyr: FloatArray, acc: FloatArray, rate_hz: float, kp: float = 1.0, ki: float = 0.3
) -> FloatArray:
    """Explicit complementary filter with bias of Mahony, Hamel and Pflimlin 2008, their gains.

    The part of it that turns about the vertical is left out: it changes no direction of gravity.
    """
    quiet = _quiet(gyr, rate_hz)
    bias = gyr[quiet].mean(axis=0)
    dt = 1.0 / rate_hz
    turns, forces = (_over_interval(gyr - bias) * dt).tolist(), _directions(acc).tolist()
    x, y, z = _start(acc, quiet)
    i = j = k = 0.0
    up = np.empty((len(gyr), 3))
    for n, ((a, b, c), (u, v, w)) in enumerate(zip(turns, forces, strict=True)):
        # measured times found direction: the turn that brings one to the other
        p, q, r = v * z - w * y, w * x - u * z, u * y - v * x
        i, j, k = i + ki * p * dt, j + ki * q * dt, k + ki * r * dt
        a, b, c = a + (kp * p + i) * dt, b + (kp * q + j) * dt, c + (kp * r + k) * dt
        x, y, z = _turned(x, y, z, a, b, c)
        up[n] = x, y, z
    return up


def madgwick(gyr: FloatArray, acc: FloatArray, rate_hz: float, beta: float = 0.033) -> FloatArray:
    """Gradient descent filter of Madgwick, Harrison and Vaidyanathan 2011, without a magnetometer.

    Written from the paper's equations, with its gain; starts level with a quiet window.
    """
    quiet = _quiet(gyr, rate_hz)
    rates = _over_interval(gyr - gyr[quiet].mean(axis=0)).tolist()
    forces = _directions(acc).tolist()
    half, step = 0.5 / rate_hz, beta / rate_hz
    ux, uy, uz = _start(acc, quiet)
    # the shortest turn from "up" in the sensor to the vertical; upside down, about x
    w, x, y, z = (1.0 + uz, uy, -ux, 0.0) if uz > -0.999 else (0.0, 1.0, 0.0, 0.0)
    size = (w * w + x * x + y * y) ** 0.5
    w, x, y = w / size, x / size, y / size
    quat = np.empty((len(gyr), 4))
    for n, ((a, b, c), (u, v, s)) in enumerate(zip(rates, forces, strict=True)):
        f, g, h = (
            2.0 * (x * z - w * y) - u,
            2.0 * (w * x + y * z) - v,
            1.0 - 2.0 * (x * x + y * y) - s,
        )
        gw, gx = 2.0 * (x * g - y * f), 2.0 * (z * f + w * g) - 4.0 * x * h
        gy, gz = 2.0 * (z * g - w * f) - 4.0 * y * h, 2.0 * (x * f + y * g)
        size = (gw * gw + gx * gx + gy * gy + gz * gz) ** 0.5
        share = step / size if size > 1e-12 else 0.0
        w, x, y, z = (
            w + half * (-x * a - y * b - z * c) - share * gw,
            x + half * (w * a + y * c - z * b) - share * gx,
            y + half * (w * b - x * c + z * a) - share * gy,
            z + half * (w * c + x * b - y * a) - share * gz,
        )
        size = (w * w + x * x + y * y + z * z) ** 0.5
        w, x, y, z = w / size, x / size, y / size, z / size
        quat[n] = w, x, y, z
    return up_in_sensor(quat)


METHODS: Mapping[str, Method] = {
    "VQF, offline (used here)": vqf_offline,
    "VQF, live (used here)": vqf_online,
    "complementary filter, 1 s": complementary,
    "complementary filter, 30 s": partial(complementary, time_s=30.0),
    "Mahony 2008": mahony,
    "Madgwick 2011": madgwick,
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


def _directions(acc: FloatArray) -> FloatArray:
    """Specific force at length one."""
    sizes = np.sqrt(np.sum(acc**2, axis=1))
    directions: FloatArray = acc / np.maximum(sizes, 1e-6)[:, None]
    return directions


def _start(acc: FloatArray, quiet: slice) -> tuple[float, float, float]:
    """Up in the sensor in a quiet window."""
    mean = acc[quiet].mean(axis=0)
    x, y, z = (mean / np.sqrt(np.sum(mean**2))).tolist()
    return x, y, z


def _turned(
    x: float, y: float, z: float, a: float, b: float, c: float
) -> tuple[float, float, float]:
    """A fixed direction seen from a sensor that turns by (a, b, c): d = -turn x d, to second order."""
    dx, dy, dz = y * c - z * b, z * a - x * c, x * b - y * a
    x += dx + 0.5 * (dy * c - dz * b)
    y += dy + 0.5 * (dz * a - dx * c)
    z += dz + 0.5 * (dx * b - dy * a)
    size = (x * x + y * y + z * z) ** 0.5
    return x / size, y / size, z / size


def _propagated(gyr: FloatArray, acc: FloatArray, rate_hz: float, share: float) -> FloatArray:
    """Up turned by the gyroscope from sample to sample, a share of the way towards the force."""
    turns, forces = (_over_interval(gyr) / rate_hz).tolist(), _directions(acc).tolist()
    quiet = _quiet(gyr, rate_hz)
    x, y, z = _start(acc, quiet)
    up = np.empty((len(gyr), 3))
    up[: quiet.stop] = x, y, z
    for n in range(quiet.stop, len(gyr)):
        (a, b, c), (u, v, w) = turns[n], forces[n]
        x, y, z = _turned(x, y, z, a, b, c)
        x, y, z = x + share * (u - x), y + share * (v - y), z + share * (w - z)
        size = (x * x + y * y + z * z) ** 0.5
        x, y, z = x / size, y / size, z / size
        up[n] = x, y, z
    return up
