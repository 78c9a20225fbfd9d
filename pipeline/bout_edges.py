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
