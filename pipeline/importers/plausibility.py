"""Whether the numbers of a file can be what its columns say: m/s² with gravity, and rad/s.

A sensor strapped to a person tells its own units. Over a couple of seconds the mean specific force
is gravity, whatever the person does: 8.8 to 10.5 m/s² at the pelvis and 9.4 to 14 m/s² at the shank
(centripetal force adds to it in running) in public data of standing, walking and running up to
4.5 m/s. And a sensor whose acceleration stands still cannot be turning.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sensors.placement import Placement
from sensors.sample_block import LACKS_ACC, LACKS_GYR, FloatArray

STANDARD_GRAVITY = 9.80665

IMPOSSIBLE = 1e5
"""No sensor reads this much, in m/s², mg or raw counts of 16 bits, nor in rad/s or °/s."""
LEAST_GRAVITY = 6.0
MOST_GRAVITY = {Placement.PELVIS: 20.0}
MOST_GRAVITY_SHANK = 26.0
MOST_RATE_RAD_S = 40.0
"""Beyond the range of the usual 2000 °/s gyroscope (34.9 rad/s)."""
MOST_STILL_RATE_RAD_S = 0.3
LEAST_LEG_RATE_RAD_S = 0.7
LEG_SHAKING_M_S2 = 3.0

_GRAVITY_WINDOW_S = 2.0
_STILL_WINDOW_S = 0.5
_STILL_SD_M_S2 = 0.15
_LEAST_STILL_WINDOWS = 4
_CLIP_RANGES_ACC = STANDARD_GRAVITY * np.array([2.0, 4.0, 8.0, 16.0, 24.0, 32.0, 64.0])
_CLIP_RANGES_GYR = np.deg2rad([125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0])
_CLIP_RANGE_TOLERANCE = 0.04
_CLIP_LEVEL = 0.999
_CLIP_MIN_SAMPLES = 5


@dataclass(frozen=True, slots=True)
class UnitDoubt:
    """Columns whose numbers cannot be in the unit they should be in.

    Attributes:
        quantity: ``acc`` or ``gyr``.
        what: what was seen, a sentence without a full stop.
        remedy: what to do.
    """

    quantity: str
    what: str
    remedy: str


def doubt_units(
    placement: Placement, acc: FloatArray, gyr: FloatArray, rate_hz: float, lacks: int = 0
) -> UnitDoubt | None:
    """Look for wrong units in all samples of a sensor.

    Args:
        placement: where the sensor is worn.
        acc: what should be specific force in m/s², shape (n, 3), n of at least 1.
        gyr: what should be angular rate in rad/s, shape (n, 3).
        rate_hz: sampling rate.
        lacks: ``LACKS_*`` bits of the quantities that are not there.

    Returns:
        The first doubt, or None.
    """
    doubt = None if lacks & LACKS_ACC else _doubt_acc(placement, acc, rate_hz)
    if doubt is not None or lacks & LACKS_GYR:
        return doubt
    return _doubt_gyr(placement, None if lacks else acc, gyr, rate_hz)


def _doubt_acc(placement: Placement, acc: FloatArray, rate_hz: float) -> UnitDoubt | None:
    if float(np.abs(acc).max()) > IMPOSSIBLE:
        return UnitDoubt(
            "acc", f"acceleration reaches {np.abs(acc).max():.3g}", "Convert it to m/s²"
        )
    level = gravity_level(acc, rate_hz)
    most = MOST_GRAVITY.get(placement, MOST_GRAVITY_SHANK)
    if LEAST_GRAVITY <= level <= most:
        return None
    size = float(np.median(np.linalg.norm(acc, axis=1)))
    seen = f"the {placement.label} sensor reads {level:.3g} where gravity should read 9.81 m/s²"
    if 0.6 <= level <= 2.6 and level > 0.25 * size:
        return UnitDoubt("acc", f"{seen}; it looks like g", "Multiply acceleration by 9.80665")
    if 600 <= level <= 2600:
        return UnitDoubt(
            "acc",
            f"{seen}; it looks like milli-g (1000) or cm/s² (981)",
            "Multiply milli-g by 0.00980665, or cm/s² by 0.01",
        )
    if level < LEAST_GRAVITY:
        return UnitDoubt(
            "acc",
            f"{seen}; it looks as if gravity had been removed",
            "Export the acceleration as measured (specific force, with gravity), "
            "not free or linear acceleration",
        )
    return UnitDoubt(
        "acc", f"{seen}; the unit is not m/s²", "Convert to m/s²: 9.81 along 'up' at rest"
    )


def _doubt_gyr(
    placement: Placement, acc: FloatArray | None, gyr: FloatArray, rate_hz: float
) -> UnitDoubt | None:
    if float(np.abs(gyr).max()) > IMPOSSIBLE:
        return UnitDoubt("gyr", f"angular rate reaches {np.abs(gyr).max():.3g}", "Convert to rad/s")
    speed = np.linalg.norm(gyr, axis=1)
    in_degrees = "Multiply angular rate by pi/180 (0.0174533)"
    busiest = _busiest(speed, rate_hz)
    if busiest > MOST_RATE_RAD_S:
        return UnitDoubt(
            "gyr",
            f"the {placement.label} sensor turns at {busiest:.0f} rad/s, faster than a person "
            "can and most sensors measure; it looks like °/s",
            in_degrees,
        )
    if acc is None:
        return None
    windows = _windows(acc, rate_hz, _STILL_WINDOW_S)
    still = (windows.std(axis=1) < _STILL_SD_M_S2).all(axis=1)
    if still.sum() >= _LEAST_STILL_WINDOWS:
        turning = _windows(gyr, rate_hz, _STILL_WINDOW_S)[still]
        rest = float(np.median(np.sqrt((turning**2).sum(axis=2).mean(axis=1))))
        if rest > MOST_STILL_RATE_RAD_S:
            return UnitDoubt(
                "gyr",
                f"the {placement.label} sensor turns at {rest:.2g} rad/s while its acceleration "
                "stands still; it looks like °/s",
                in_degrees,
            )
    if placement is not Placement.PELVIS and busiest < LEAST_LEG_RATE_RAD_S:
        shaking = _windows(np.linalg.norm(acc, axis=1)[:, None], rate_hz, _GRAVITY_WINDOW_S)
        moving = int((shaking.std(axis=1) > LEG_SHAKING_M_S2).sum())
        if moving >= 2:
            return UnitDoubt(
                "gyr",
                f"the {placement.label} sensor is shaken as in walking but never turns faster "
                f"than {busiest:.2g} rad/s",
                "Check that angular rate was not divided by 57.3 twice, and give it in rad/s",
            )
    return None


_CLIP_SAME = 1.0 - 1e-6
"""A smooth peak has several samples close to its extreme, but not at one value."""


def gravity_level(acc: FloatArray, rate_hz: float) -> float:
    """Median over windows of 2 s of the size of the mean acceleration vector, unit of ``acc``."""
    means = _windows(acc, rate_hz, _GRAVITY_WINDOW_S).mean(axis=1)
    return float(np.median(np.linalg.norm(means, axis=1)))


def clipped(values: FloatArray, *, gyroscope: bool) -> npt.NDArray[np.bool_]:
    """Find samples at the end of a sensor's range.

    A range counts as reached when an axis stands at one and the same extreme in at least five
    samples, two of them neighbours, and the extreme lies at a range that sensors have, within 4 %.
    Samples within 0.1 % of it are then at the end, too.

    Args:
        values: acceleration in m/s² or angular rate in rad/s, shape (n, 3).
        gyroscope: which of the two it is.

    Returns:
        Per sample whether an axis is clipped, shape (n,).
    """
    ranges = _CLIP_RANGES_GYR if gyroscope else _CLIP_RANGES_ACC
    found = np.zeros(len(values), dtype=np.bool_)
    for axis in range(3):
        size = np.abs(values[:, axis])
        extreme = float(size.max())
        if np.min(np.abs(extreme / ranges - 1.0)) > _CLIP_RANGE_TOLERANCE:
            continue
        at_end = size >= _CLIP_LEVEL * extreme
        same = size >= _CLIP_SAME * extreme
        if same.sum() >= _CLIP_MIN_SAMPLES and (same[1:] & same[:-1]).any():
            found |= at_end
    return found


def _windows(values: FloatArray, rate_hz: float, window_s: float) -> FloatArray:
    """Whole windows of a signal (n, k) as (windows, samples, k); one shorter when n is short."""
    length = min(max(int(window_s * rate_hz), 1), len(values))
    count = len(values) // length
    return values[: count * length].reshape(count, length, values.shape[1])


def _busiest(speed: FloatArray, rate_hz: float) -> float:
    """99th percentile of a size (n,) in the second busiest window of 2 s."""
    windows = _windows(speed[:, None], rate_hz, _GRAVITY_WINDOW_S)[:, :, 0]
    peaks = np.sort(np.percentile(windows, 99, axis=1))
    return float(peaks[-2] if len(peaks) > 1 else peaks[-1])
