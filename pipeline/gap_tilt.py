"""What gravity says about the turn over a filled gap, once the strides after it are known.

Over whole strides the mean of the specific force is gravity. Carried by the gyroscope alone, its
direction before the gap and its direction after it differ by the error of the fill (and by what
speed was gained or lost, less the more strides there are). The fill is turned by that difference,
so that the orientation after the gap continues the one before it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pipeline.offline_orientation import strapdown
from pipeline.orientation import FloatArray, to_earth, to_sensor
from pipeline.track_rows import Rows

SWEEPS = 2
"""Gaps that see each other are levelled again after their neighbours were."""
CROSS_TALK = 0.35
"""Share of a neighbour's turn that may be taken for this gap's."""
GRAVITY_SE_DEG_S2_M = {2: 0.018, 1: 0.045}
"""Standard error of the difference of two directions of gravity, per size of the specific force
(root mean square, m/s²), from two strides on either side and from one; seen on real running."""
TURN_SHARE = 0.55
"""Turn of a long fill, as a share of mismatch times duration; seen on real running."""
SHORT_S = 0.04
"""In gaps as short as this the errors of the ends, which are blended, matter less."""


@dataclass(frozen=True, slots=True)
class GapRecord:
    """A filled gap on a track.

    Attributes:
        first: position of its first sample.
        missing: number of samples.
        stride: samples from a phase of the stride to the same phase a stride later; 0 unknown.
        turn_se_deg: standard error of the turn over the gap about one axis, by the fill alone.
        tilt_se_deg: the same of the tilt gained; less once gravity was asked.
    """

    first: int
    missing: int
    stride: int
    turn_se_deg: float
    tilt_se_deg: float


def turn_se_deg(mismatch_rad_s: float, missing: int, rate_hz: float) -> float:
    """Standard error of the turn over a filled gap about one axis, degrees."""
    gap_s = missing / rate_hz
    share = TURN_SHARE * gap_s * gap_s / (gap_s * gap_s + SHORT_S * SHORT_S)
    return float(np.degrees(share * mismatch_rad_s * gap_s))


def level_fills(
    rate: Rows,
    acc: Rows,
    bias: Rows,
    gaps: list[GapRecord],
    rate_hz: float,
) -> list[GapRecord]:
    """Turn the fills of gaps so that gravity agrees on both sides.

    Args:
        rate: angular rates over the interval before each sample, shape (n, 3), rad/s; changed.
        acc: specific force, shape (n, 3), m/s².
        bias: gyroscope bias at each sample, shape (n, 3), rad/s.
        gaps: filled gaps in order, positions counted from the first row.
        rate_hz: sampling rate.

    Returns:
        The gaps with the standard errors that remain.
    """
    left = list(gaps)
    for sweep in range(SWEEPS):
        for n, gap in enumerate(gaps):
            reach = 2 * gap.stride
            neighbours = gaps[max(0, n - 1) : n] + gaps[n + 1 : n + 2]
            alone = all(abs(other.first - gap.first) > reach + gap.missing for other in neighbours)
            if sweep == 0 or not alone:
                left[n] = _level(rate, acc, bias, gap, rate_hz)
            if not alone:
                worst = max(other.turn_se_deg for other in neighbours)
                se_deg = float(np.hypot(left[n].tilt_se_deg, CROSS_TALK * worst))
                left[n] = replace(left[n], tilt_se_deg=se_deg)
    return left


def _level(rate: Rows, acc: Rows, bias: Rows, gap: GapRecord, rate_hz: float) -> GapRecord:
    """Turn one fill in ``rate``."""
    end = gap.first + gap.missing
    if not gap.stride:
        return gap
    strides = min(2, gap.first // gap.stride, (len(rate) - end) // gap.stride)
    if not strides:
        return gap
    reach = strides * gap.stride - (strides - 1)
    low, high = gap.first - reach, end + reach
    quat = strapdown(rate[low:high] - bias[low:high], rate_hz)
    earth = to_earth(quat, acc[low:high])
    shape = _taper(gap.stride, strides)
    before, after = _direction(shape, earth[:reach]), _direction(shape, earth[-reach:])
    size = float(np.sqrt(np.mean(np.sum(earth * earth, axis=1))))
    doubt, measured = gap.turn_se_deg**2, (GRAVITY_SE_DEG_S2_M[strides] * size) ** 2
    weight = doubt / (doubt + measured)
    # the rotation that carries one direction into the other, by small steps in the gap
    turn = weight * np.cross(after, before)
    steps = gap.missing + 1
    inside = quat[gap.first - low : gap.first - low + steps]
    rate[gap.first : gap.first + steps] += (
        to_sensor(inside, np.broadcast_to(turn, (steps, 3))) * rate_hz / steps
    )
    return replace(gap, tilt_se_deg=float(np.sqrt(weight * measured)))


def _taper(stride: int, strides: int) -> FloatArray:
    """Weights over whole strides; over two they rise and fall, so that the edges hardly matter."""
    flat = np.ones(stride)
    return flat if strides == 1 else np.convolve(flat, flat)


def _direction(weights: FloatArray, vectors: FloatArray) -> FloatArray:
    """Direction of the weighted sum of vectors (n, 3)."""
    total = np.sum(weights[:, None] * vectors, axis=0)
    direction: FloatArray = total / np.sqrt(np.sum(total * total))
    return direction
