"""Running or walking, from how hard the pelvis is pushed."""

from __future__ import annotations

import numpy as np

from pipeline.orientation import FloatArray
from pipeline.series import Series
from pipeline.stride import Gait
from pipeline.track import SensorTrack

WINDOW_S = 0.8
RUN_ACC_M_S2 = 19.0
"""Running pushes with more than this for a tenth of the time; brisk walking reaches 18.

Seen: running at 2.5 to 4.5 m/s 24 to 26 (RBDS), jogging 20 to 28, walking 11 to 18 m/s²
(Grouvel et al. 2023, treadmill sets)."""
RUN_SHARE = 0.1
SMOOTHING_S = 0.035
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

    def gait(self, foot_strike_s: float, stride_time_s: float) -> Gait:
        """Gait before a foot strike.

        Args:
            foot_strike_s: the foot strike.
            stride_time_s: duration of the stride, used only when the pelvis has no samples there.
        """
        if self._pelvis is not None and self._pelvis.end:
            self._extend(self._pelvis)
            first = self._pelvis.position_at(foot_strike_s - WINDOW_S)
            push = self._push.get(first, self._pelvis.position_at(foot_strike_s))
            if len(push) >= 0.5 * WINDOW_S * self._pelvis.rate_hz:
                hard = int(np.count_nonzero(push > RUN_ACC_M_S2))
                return "run" if hard > RUN_SHARE * len(push) else "walk"
        return "run" if stride_time_s < RUN_STRIDE_S else "walk"

    def _extend(self, pelvis: SensorTrack) -> None:
        first = self._push.end
        if first == pelvis.end:
            return
        before = max(pelvis.acc.start, first - self._taps + 1)
        size = _size(pelvis.acc.get(before, pelvis.end))
        padding = self._taps - 1 - (first - before)
        if padding:
            size = np.concatenate([np.repeat(size[:1], padding), size])
        total = np.zeros(pelvis.end - first)
        for tap in range(self._taps):
            total += size[tap : tap + len(total)]
        self._push.append(total / self._taps)
        self._push.trim(pelvis.time_s.start)


def _size(vectors: FloatArray) -> FloatArray:
    x, y, z = vectors[:, 0], vectors[:, 1], vectors[:, 2]
    size: FloatArray = np.sqrt(x * x + y * y + z * z)
    return size
