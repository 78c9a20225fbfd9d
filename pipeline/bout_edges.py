"""Bouts of strides, and how near to their beginning and end strides lie."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipeline.orientation import FloatArray
from pipeline.stride_events import StrideEvents, StrideTimes

EDGE_S = 2.0
"""What a change of speed does to the filtered vertical dies out in so much time."""
END_SHARE = 0.5
"""At the end of a bout there is half of it: the filter runs backwards as well."""

LIVE_EDGE_S = 5.0
"""Live the filter learns of a change of speed from what comes after it, and its error hardly falls at first."""


def bouts(events: Sequence[StrideEvents]) -> npt.NDArray[np.intp]:
    """Number of the bout of each stride of one leg: one gait, without a pause; shape (n,)."""
    begins = [
        e.first_of_bout or (n > 0 and events[n - 1].gait != e.gait) for n, e in enumerate(events)
    ]
    return np.cumsum(begins)


def edge_share(times: StrideTimes, bout: npt.NDArray[np.intp]) -> FloatArray:
    """How much of what a change of speed does to the vertical is left in each stride.

    Args:
        times: strides of one leg, in order.
        bout: number of the bout of each, shape (n,), not falling.

    Returns:
        About 1 at the beginning of a bout, `END_SHARE` at its end, 0 far from both; shape (n,).
    """
    first = np.searchsorted(bout, bout, "left")
    last = np.searchsorted(bout, bout, "right") - 1
    since_s = times.foot_strike_s - times.foot_strike_s[first]
    until_s = times.next_foot_strike_s[last] - times.next_foot_strike_s
    left: FloatArray = np.hypot(np.exp(-since_s / EDGE_S), END_SHARE * np.exp(-until_s / EDGE_S))
    return left


def live_edge_share(since_s: FloatArray) -> FloatArray:
    """The same live, where nobody knows yet when a bout will end.

    Args:
        since_s: from the first foot strike of the bout to that of each stride, shape (n,).

    Returns:
        1 at the beginning of a bout, 0 far from it; shape (n,).
    """
    return np.exp(-((since_s / LIVE_EDGE_S) ** 2))
