"""How far gravity leans in the slight curves of a run outside sustained bends.

On a road, and on the straights of a track, the path wanders, and every slight curve leans the mean force as a
bend does. On a treadmill the pelvis' heading wanders as much without any pull. What a recording
itself shows decides between them: over stretches of a minute the gyroscope carries the direction of the mean force, and
a fit says how much of it comes with the change of the heading. That number is the best that can be taken off,
whatever part of the wandering is the path's and whatever part the pelvis' own: about speed over gravity overground,
about zero on a treadmill. Nothing is known of it beforehand, so it is drawn towards zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from pipeline.bend_lean import SessionBends, filtered_turning, share_between, turning_rate_deg_s
from pipeline.orientation import FloatArray
from pipeline.pull_fit import carried_force, fit_pull
from pipeline.stride_events import StrideEvents

STRETCH_BLOCKS = 240
"""A minute."""
MOST_STRETCHES = 24
"""So many are looked at, spread over the session."""
SLIGHT_DEG_S = (3.0, 5.0)
"""What turns faster is no slight curve; between them it is partly one."""
DRIFT_S = 300.0
"""The mean rate within so much on either side is put down to the gyroscope."""
STRAIGHT_BLOCKS = 40
"""Straights shorter than ten seconds do not tell the drift in bends: the path wanders by more."""
DRIFT_BLOCKS = 40
"""As if so many blocks more had shown none: a few between bends say little."""
SHORTEST_BLOCKS = 160
"""A part between breaks that is shorter is left alone: the filter has hardly settled."""
FORCE_SE_DEG = 0.3
"""Direction of such a force against what is fitted, at least: on real treadmills and in simulated runs 0.03 to 0.15."""
PULL_SD = 0.3
"""Standard deviation of the pull that is expected over sessions, around zero: a treadmill, or a road at any speed."""
PULL_RANGE = (0.0, 0.6)


class SlightCurves:
    """The slow changes of heading in strides that share their axis.

    On straights they show how fast the heading drifts, which is taken off the bends' turning, too.

    Args:
        bends: of the same strides, whose parts they leave to them.
        events: the strides.
    """

    def __init__(self, bends: SessionBends, events: Sequence[StrideEvents]) -> None:
        self.bends = bends
        self._running = _running(bends, events)
        self._share = np.zeros(len(bends.weight))
        """How far each block belongs to a slight curve, 0 to 1."""
        self._turn_rad, self._drift_rad = np.zeros((2, len(bends.weight)))
        if not self._running.any():
            return
        for a, b in self._segments():
            self._turn_rad[a:b] = bends.turn_rad(a, b)
        for _ in range(2):  # a large drift makes bends of straights, until it is known
            self._find()
            for a, b in self._segments():  # each part between breaks drifts in its own way
                long = np.repeat(*_runs(self._straight(a, b), STRAIGHT_BLOCKS))
                bends.drift_rad[a:b] = self._drift_around(a, b, self._straight(a, b) * long)
            bends.look()
        self._find()
        for a, b in self._segments():
            self._drift_rad[a:b] = self._drift_around(a, b, self._straight(a, b))

    def _find(self) -> None:
        """Find the slight curves beside bends."""
        bends, block_s = self.bends, self.bends.blocks.block_s
        turn = self._turn_rad - bends.drift_rad
        for a, b in self._segments():
            fast = share_between(np.abs(turning_rate_deg_s(turn[a:b], block_s)), SLIGHT_DEG_S)
            self._share[a:b] = self._running[a:b] * (1.0 - bends.weight[a:b]) * (1.0 - fast)

    def _straight(self, low: int, high: int) -> FloatArray:
        """How far each of blocks ``[low, high)`` belongs to a slight curve that is no bend even in part."""
        share: FloatArray = self._share[low:high] * (self.bends.weight[low:high] == 0.0)
        return share

    def _drift_around(self, low: int, high: int, share: FloatArray) -> FloatArray:
        """Mean turn around each of blocks ``[low, high)``, of those that have a share."""
        reach = round(DRIFT_S / self.bends.blocks.block_s)
        n = np.arange(high - low)
        first, last = np.maximum(n - reach, 0), np.minimum(n + reach + 1, len(n))
        total, count = (
            np.concatenate([[0.0], np.cumsum(each)])
            for each in (self._turn_rad[low:high] * share, share)
        )
        known = count[last] - count[first] + DRIFT_BLOCKS
        drift: FloatArray = (total[last] - total[first]) / known
        return drift

    @property
    def any(self) -> bool:
        """Whether there is running outside bends."""
        return bool(self._share.any())

    def turning_deg_s(self) -> FloatArray:
        """Turning rate at the n + 1 edges of the bends' blocks, low-passed as the filter does, + left."""
        found = np.zeros(len(self._share) + 1)
        turn = self._turn_rad - self._drift_rad
        for a, b in self._segments():
            if self._share[a:b].any():
                found[a : b + 1] = filtered_turning(
                    turn[a:b], self._share[a:b], self.bends.blocks.block_s
                )
        return found

    def stretches(self) -> Iterator[tuple[int, int]]:
        """Blocks ``[a, b)`` of a minute of running each, some of it outside bends; they do not overlap."""
        for first, last in self._segments():
            edges = np.flatnonzero(np.diff(self._running[first:last], prepend=False, append=False))
            for low, high in (edges.reshape(-1, 2) + first).tolist():
                for a in range(low, high - STRETCH_BLOCKS + 1, STRETCH_BLOCKS):
                    if self._share[a : a + STRETCH_BLOCKS].any():
                        yield a, a + STRETCH_BLOCKS

    def pull(self, first: int, last: int) -> tuple[float, float]:
        """Lean of the mean force per turning rate in slight curves of blocks ``[first, last)``, and its standard error.

        Returns:
            Both in degrees per degree per second.
        """
        bends = self.bends
        pelvis, size, block_s = bends.pelvis, bends.blocks.size, bends.blocks.block_s
        low, high = (bends.first + first) * size, (bends.first + last) * size
        carried = carried_force(pelvis, bends.right, low, high, self._turn_rad[first:last])
        slight, bend = self._share[first:last], bends.weight[first:last]
        drift_rad_s = float(np.mean(self._drift_rad[first:last])) / block_s
        shares = [slight, bend, 1.0 - slight - bend]
        return fit_pull(carried, shares, FORCE_SE_DEG, drift_rad_s=drift_rad_s)

    def _segments(self) -> list[tuple[int, int]]:
        return [(a, b) for a, b in self.bends.segments() if b - a >= SHORTEST_BLOCKS]


def lean_per_turning(curves: Sequence[SlightCurves]) -> float:
    """What all slight curves of a session say, drawn towards zero, in degrees per degree per second."""
    stretches = [(each, *at) for each in curves for at in each.stretches()]
    step = max(1.0, len(stretches) / MOST_STRETCHES)
    chosen = [stretches[int(n * step)] for n in range(min(len(stretches), MOST_STRETCHES))]
    found = np.array([each.pull(a, b) for each, a, b in chosen]).reshape(-1, 2)
    weights = found[:, 1] ** -2.0
    pull = float(np.sum(weights * found[:, 0]) / (np.sum(weights) + PULL_SD**-2.0))
    return min(max(pull, PULL_RANGE[0]), PULL_RANGE[1])


def set_slight_lean(curves: Sequence[SlightCurves]) -> None:
    """Have the bends of a session know the lean in slight curves beside them, where there is any."""
    per_turning = lean_per_turning(curves)
    for each in curves:
        if each.any and per_turning > 0.0:
            each.bends.slight_lean_deg = per_turning * each.turning_deg_s()


def _running(bends: SessionBends, events: Sequence[StrideEvents]) -> npt.NDArray[np.bool_]:
    """Which of the bends' blocks have running strides."""
    strides = [e for e in events if e.gait == e.next_gait == "run"]
    count = len(bends.weight)
    if not strides or not count:
        return np.zeros(count, np.bool_)
    size, first = bends.blocks.size, bends.first
    starts, ends = (
        bends.pelvis.positions_at(np.array(times_s)) // size - first
        for times_s in zip(*((e.foot_strike_s, e.next_foot_strike_s) for e in strides), strict=True)
    )
    change = np.zeros(count + 1, np.intp)
    np.add.at(change, np.clip(starts, 0, count), 1)
    np.add.at(change, np.clip(ends + 1, 0, count), -1)
    running: npt.NDArray[np.bool_] = np.cumsum(change)[:-1] > 0
    return running


def _runs(share: FloatArray, shortest: int) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.intp]]:
    """Whether each run of blocks with a share, or without, has one and is long enough; and its length."""
    inside = share > 0.0
    edges = np.flatnonzero(np.diff(inside, prepend=~inside[:1], append=~inside[-1:]))
    length = np.diff(edges)
    return inside[edges[:-1]] & (length >= shortest), length
