"""How loosely the sensors sit, live: by the foot strikes so far, stride by stride."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np

from pipeline.skin_shake import FEWEST_STRIKES, MOST_STRIKES, scale_of, strike_shakes_deg2_s2
from pipeline.stride import Gait
from pipeline.stride_events import StrideEvents
from pipeline.stride_measurement import SHANK_OF
from pipeline.track import SensorTrack
from sensors.placement import Placement

EVERY_ONE = 40
"""So many strikes of a sensor are all looked at; later one of `SELDOM`, the latest 200."""
SELDOM = 8
_GAITS: tuple[Gait, ...] = ("run", "walk")
_Key: TypeAlias = tuple[Gait, Placement]


class LiveShake:
    """The factor on the standard error of soft tissue, from the strides so far.

    It is the same as that of a session that ends there, but for which strikes are looked at: here the
    latest. How strides are given, one by one or many at once, does not matter.
    """

    def __init__(self) -> None:
        self._seen: dict[_Key, int] = {}
        self._latest: dict[_Key, _RunningMedian] = {}
        self.scale = 1.0
        """The factor by now."""

    def scales(
        self, strides: Sequence[StrideEvents], tracks: Mapping[Placement, SensorTrack]
    ) -> list[float]:
        """The factor at the end of each stride; 1 as long as nothing can be said.

        Args:
            strides: of both legs, in order of their ends, after those given before.
            tracks: the sensors that have samples for them.
        """
        wanted: dict[Placement, list[int]] = {placement: [] for placement in tracks}
        for n, events in enumerate(strides):
            if events.gait == events.next_gait:
                for placement in (Placement.PELVIS, SHANK_OF[events.side]):
                    if placement in wanted and self._is_looked_at((events.gait, placement)):
                        wanted[placement].append(n)
        added: dict[int, list[tuple[_Key, float]]] = {}
        for placement, which in wanted.items():
            strikes_s = np.array([strides[n].foot_strike_s for n in which])
            sizes = strike_shakes_deg2_s2(tracks[placement], strikes_s)
            for n, size in zip(which, sizes.tolist(), strict=True):
                if size == size:  # not where the sensor has no samples
                    added.setdefault(n, []).append(((strides[n].gait, placement), size))
        return [self._after(added[n]) if n in added else self.scale for n in range(len(strides))]

    def _is_looked_at(self, key: _Key) -> bool:
        seen = self._seen[key] = self._seen.get(key, 0) + 1
        return seen <= EVERY_ONE or seen % SELDOM == 0

    def _after(self, sizes: Sequence[tuple[_Key, float]]) -> float:
        """The factor when these, of one stride, are known, too."""
        for key, size in sizes:
            self._latest.setdefault(key, _RunningMedian(MOST_STRIKES)).add(size)
        for gait in _GAITS:
            medians = {
                place: known.median()
                for (here, place), known in self._latest.items()
                if here == gait and len(known) >= FEWEST_STRIKES
            }
            if medians:
                self.scale = scale_of(gait, medians)
                break
        return self.scale


class _RunningMedian:
    """Median of the latest values.

    Args:
        most: how many.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: deque[float] = deque()
        self._sorted: list[float] = []

    def __len__(self) -> int:
        return len(self._values)

    def add(self, value: float) -> None:
        """Take one in."""
        self._values.append(value)
        insort(self._sorted, value)
        if len(self._values) > self._most:
            del self._sorted[bisect_left(self._sorted, self._values.popleft())]

    def median(self) -> float:
        """Of those there are, one at least."""
        middle = len(self._sorted) // 2
        if len(self._sorted) % 2:
            return self._sorted[middle]
        return 0.5 * (self._sorted[middle - 1] + self._sorted[middle])
