"""Running or walking, from how hard the pelvis is pushed and how light it gets between."""

from __future__ import annotations

import numpy as np

from pipeline.orientation import FloatArray
from pipeline.row_windows import BoolArray, IntArray
from pipeline.series import Series
from pipeline.track import SensorTrack

WINDOW_S = 0.8
RUN_ACC_M_S2 = 19.0
"""Running pushes with more than this for a tenth of the time; brisk walking reaches 18.

Seen: running at 2.5 to 4.5 m/s 24 to 26 (RBDS), jogging 20 to 28, walking 11 to 18 m/s²
(Grouvel et al. 2023, treadmill sets)."""
RUN_SHARE = 0.1
LIGHT_ACC_M_S2 = 5.0
LIGHT_SHARE = 0.15
"""Or it leaves the pelvis with less than this for so much of the time, as slow jogging does whose pushes
are long and soft. Walking at 0.8 to 1.9 m/s, with a brace too, has more than 6.3 for 85 % of the time."""
SMOOTHING_S = 0.035
MOST_ROWS = 1 << 16
"""Samples that are looked at together, which bounds the memory for it."""
RUN_STRIDE_S = 0.86
"""Without a pelvis sensor: a shorter stride is running."""


class GaitJudge:
    """Tells the gait in the time before a foot strike.

    Args:
        pelvis: pelvis track, or None when there is none.
    """

    def __init__(self, pelvis: SensorTrack | None) -> None:
        self._pelvis = pelvis
        self._push = Series(np.float64)
        """Size of the specific force, mean over the last `SMOOTHING_S`, from sample 0 on."""
        self._taps = 1 if pelvis is None else max(1, round(SMOOTHING_S * pelvis.rate_hz))

    @property
    def has_pelvis(self) -> bool:
        """Whether there is a pelvis track to judge by."""
        return self._pelvis is not None

    @property
    def known_until_s(self) -> float:
        """Session time of the last foot strike that can be judged."""
        return float("inf") if self._pelvis is None else self._pelvis.watermark_s

    def running(self, foot_strike_s: FloatArray, stride_time_s: FloatArray) -> BoolArray:
        """Whether the gait before each foot strike is running, shape (n,).

        Args:
            foot_strike_s: foot strikes, at least one, in order, shape (n,).
            stride_time_s: durations of the strides, used only where the pelvis has no samples,
                shape (n,).
        """
        run: BoolArray = stride_time_s < RUN_STRIDE_S
        pelvis = self._pelvis
        if pelvis is None or not pelvis.end:
            return run
        first = pelvis.positions_at(foot_strike_s - WINDOW_S)
        last = pelvis.positions_at(foot_strike_s)
        low, high = int(first.min()), int(last.max())
        while self._push.end < high:
            self._extend(pelvis, min(high, self._push.end + MOST_ROWS))
        push = self._push.get(low, high)
        first_row, last_row = first - low, last - low
        pushed = _count(push > RUN_ACC_M_S2, first_row, last_row) > RUN_SHARE * (last - first)
        light = _count(push < LIGHT_ACC_M_S2, first_row, last_row) > LIGHT_SHARE * (last - first)
        known = last - first >= 0.5 * WINDOW_S * pelvis.rate_hz
        return np.where(known, pushed | light, run)

    def forget(self, before_s: float) -> None:
        """No foot strike before this session time will be asked for, by a second or more."""
        if self._pelvis is not None and self._pelvis.end:
            self._push.trim(self._pelvis.position_at(before_s - WINDOW_S - 1.0))

    def _extend(self, pelvis: SensorTrack, last: int) -> None:
        first = self._push.end
        before = max(pelvis.acc.start, first - self._taps + 1)
        size = _size(pelvis.acc.columns(before, last))
        padding = self._taps - 1 - (first - before)
        if padding:
            size = np.concatenate([np.repeat(size[:1], padding), size])
        total = np.zeros(last - first)
        for tap in range(self._taps):
            total += size[tap : tap + len(total)]
        self._push.append(total / self._taps)
        self._push.trim(pelvis.time_s.start)


def _count(true: BoolArray, first: IntArray, last: IntArray) -> IntArray:
    """How many of the rows ``[first, last)`` are true, for each pair."""
    counts = np.zeros(len(true) + 1, np.intp)
    np.cumsum(true, out=counts[1:])
    found: IntArray = counts[last] - counts[first]
    return found


def _size(vectors: FloatArray) -> FloatArray:
    """Sizes of vectors, shape (3, n)."""
    x, y, z = vectors
    size: FloatArray = np.sqrt(x * x + y * y + z * z)
    return size
