"""Running or walking, from how hard the pelvis is pushed."""

from __future__ import annotations

import numpy as np

from pipeline.stride import Gait
from pipeline.track import SensorTrack

WINDOW_S = 0.8
RUN_ACC_M_S2 = 19.0
"""Running pushes with more than this for a tenth of the time; brisk walking reaches 18.

Seen: running at 2.5 to 4.5 m/s 24 to 26 (RBDS), jogging 20 to 28, walking 11 to 18 m/s²
(Grouvel et al. 2023, treadmill sets; docs/validation.md)."""
RUN_STRIDE_S = 0.86
"""Without a pelvis sensor: a shorter stride is running."""


def gait_kind(pelvis: SensorTrack | None, foot_strike_s: float, stride_time_s: float) -> Gait:
    """Gait in the time before a foot strike.

    Args:
        pelvis: pelvis track, or None when there is none.
        foot_strike_s: the foot strike.
        stride_time_s: duration of the stride, used only without a pelvis.
    """
    if pelvis is not None and pelvis.end:
        first = pelvis.position_at(foot_strike_s - WINDOW_S)
        last = pelvis.position_at(foot_strike_s)
        acc = pelvis.acc.get(first, last)
        if len(acc) >= 0.5 * WINDOW_S * pelvis.rate_hz:
            taps = max(1, round(0.035 * pelvis.rate_hz))
            size = np.sqrt(np.sum(acc * acc, axis=1))
            smooth = np.convolve(size, np.full(taps, 1.0 / taps), "valid")
            return "run" if float(np.percentile(smooth, 90.0)) > RUN_ACC_M_S2 else "walk"
    return "run" if stride_time_s < RUN_STRIDE_S else "walk"
