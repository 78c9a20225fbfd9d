"""A sensor that slips on the body shows gravity from another side, stride for stride."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline.orientation import FloatArray
from pipeline.stride_events import StrideTimes
from pipeline.track import SensorTrack, segment_sums

REFERENCE_STRIDES = 15
"""The first strides of a gait show how the sensor sat."""
AROUND_STRIDES = 5
"""A stride is judged together with so many on either side."""
LASTING_STRIDES = 10
"""A slip lasts: so many strides up to the last one must show it."""
PART_STRIDES = 250
"""Strides whose samples are read together."""
SLIP_DEG = 3.0
SAME_STRIDE_TIME = 0.05
"""Strides whose duration differs by a larger share were run at another speed, and lean otherwise."""


def slipped(track: SensorTrack, times: StrideTimes) -> npt.NDArray[np.bool_]:
    """Which strides of one leg and one gait a sensor was turned in, against the first ones.

    Over whole strides the mean specific force is gravity, so no orientation is needed.

    Args:
        track: the sensor; it must have samples for all of the strides.
        times: n strides in order, after one calibration.

    Returns:
        Shape (n,); all False when there are too few strides.
    """
    count = len(times)
    if count < REFERENCE_STRIDES + AROUND_STRIDES:
        return np.zeros(count, np.bool_)
    first = track.positions_at(times.foot_strike_s)
    last = track.positions_at(times.next_foot_strike_s)
    sums = []
    for a in range(0, count, PART_STRIDES):
        some = slice(a, a + PART_STRIDES)
        low, high = int(first[a]), int(last[some][-1])
        sums.append(segment_sums(track.acc.columns(low, high), first[some] - low, last[some] - low))
    down = _unit(np.concatenate(sums))
    stride_s = times.next_foot_strike_s - times.foot_strike_s
    usual_s = float(np.median(stride_s[:REFERENCE_STRIDES]))
    same_speed = np.abs(stride_s / usual_s - 1.0) < SAME_STRIDE_TIME
    reference = _unit(np.median(down[:REFERENCE_STRIDES], axis=0)[None])[0]
    total = np.concatenate([np.zeros((1, 3)), np.cumsum(down, axis=0)])
    n = np.arange(count)
    start = np.maximum(0, n - AROUND_STRIDES)
    stop = np.minimum(count, n + AROUND_STRIDES + 1)
    around = _unit(total[stop] - total[start])
    angle_deg = np.degrees(np.arccos(np.clip(np.sum(around * reference, axis=1), -1.0, 1.0)))
    near = np.flatnonzero(same_speed & (angle_deg <= SLIP_DEG))
    found: npt.NDArray[np.bool_] = same_speed & (n > (near[-1] if len(near) else count))
    return found if np.count_nonzero(found) >= LASTING_STRIDES else np.zeros(count, np.bool_)


def _unit(vectors: FloatArray) -> FloatArray:
    scaled: FloatArray = vectors / np.sqrt(np.sum(vectors * vectors, axis=1))[:, None]
    return scaled
