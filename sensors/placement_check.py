"""Is the pelvis sensor on the pelvis? Told by how much each sensor turns in walking and running.

A shank swings like a pendulum once a stride; the pelvis only rocks. In real recordings of walking
and running people each shank turned 2.0 to 6.5 times as fast as the pelvis (root mean square of
the angular rate over 8 s; ``docs/timing.md``), whatever way the sensors sat. Which shank is the left
one cannot be told from one stretch of raw signals: the pelvis turns about the vertical with the swing of
the legs, but how much earlier or later differs between people, speeds, and walking and running by
more than half a stride. That takes the way the pelvis faces, which the stride engine finds.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np

from sensors.placement import Placement
from sensors.sample_block import SampleBlock

WINDOW_S = 4.0
MOVING_RAD_S = 1.0
"""Root mean square rate of the quickest sensor from which somebody walks or runs."""
CLEAR_RATIO = 1.5
"""How much more the next sensor has to turn than the one that turns least."""
FEWEST_WINDOWS = 3
AGREEING = 0.75
"""Share of the windows that have to name the same sensor."""
_WHOLE = 0.8


class PlacementVerdict(StrEnum):
    """What the motion says about the placements."""

    FITS = "fits"
    SWAPPED = "swapped"
    UNCLEAR = "unclear"
    NOT_SEEN = "not seen"


@dataclass(frozen=True, slots=True)
class PlacementCheck:
    """Whether the pelvis sensor moves like a pelvis.

    Attributes:
        verdict: what the motion says.
        likely_pelvis: the placement whose sensor moves like a pelvis; None unless it is clear.
        ratio: how much more the next sensor turns, median; 0 when nothing was seen.
        windows: windows of walking or running that were seen.
    """

    verdict: PlacementVerdict
    likely_pelvis: Placement | None
    ratio: float
    windows: int

    @property
    def warning(self) -> str:
        """A sentence for the user when something is wrong; empty otherwise."""
        if self.verdict is not PlacementVerdict.SWAPPED or self.likely_pelvis is None:
            return ""
        return (
            f"the sensor named {self.likely_pelvis.label} moves like a pelvis, and the one named"
            " pelvis swings like a shank: they seem to be swapped"
        )


class PlacementChecker:
    """Watches the samples of a session; memory grows by a few numbers each window."""

    def __init__(self) -> None:
        self._rows: dict[int, int] = {}
        """Row of each window in the columns."""
        self._sums = {placement: array("d") for placement in Placement}
        self._counts = {placement: array("q") for placement in Placement}

    def push(self, block: SampleBlock) -> None:
        """Take samples of any sensor."""
        slots = np.floor(block.time_s / WINDOW_S).astype(np.int64)
        squares = np.einsum("ij,ij->i", block.gyr, block.gyr)
        edges = [0, *(np.flatnonzero(np.diff(slots)) + 1).tolist(), len(slots)]
        for start, stop in pairwise(edges if len(slots) else ()):
            mine = squares[start:stop]
            row = self._row(slots[start].item())
            self._sums[block.placement][row] += float(mine.sum())
            self._counts[block.placement][row] += len(mine)

    def _row(self, slot: int) -> int:
        row = self._rows.setdefault(slot, len(self._rows))
        if row == len(self._sums[Placement.PELVIS]):
            for placement in Placement:
                self._sums[placement].append(0.0)
                self._counts[placement].append(0)
        return row

    def _window(self, row: int) -> dict[Placement, tuple[float, int]]:
        """Sum of squares and number of samples, of the sensors that sent some."""
        return {
            placement: (self._sums[placement][row], self._counts[placement][row])
            for placement in Placement
            if self._counts[placement][row]
        }

    def check(self) -> PlacementCheck:
        """What was seen so far."""
        windows = map(self._window, self._rows.values())
        judged = [found for window in windows if (found := _judge(window))]
        if len(judged) < FEWEST_WINDOWS:
            return PlacementCheck(PlacementVerdict.NOT_SEEN, None, 0.0, len(judged))
        ratio = float(np.median([each for _, each in judged]))
        likely, votes = Counter(placement for placement, _ in judged).most_common(1)[0]
        if ratio < CLEAR_RATIO or votes < AGREEING * len(judged):
            return PlacementCheck(PlacementVerdict.UNCLEAR, None, ratio, len(judged))
        fits = likely is Placement.PELVIS
        verdict = PlacementVerdict.FITS if fits else PlacementVerdict.SWAPPED
        return PlacementCheck(verdict, likely, ratio, len(judged))


def _judge(window: Mapping[Placement, tuple[float, int]]) -> tuple[Placement, float] | None:
    """Which sensor turned least, and how much more the next.

    None unless a pelvis sensor and another took part, and somebody walked or ran.
    """
    most = max(count for _, count in window.values())
    rates = sorted(
        (float(np.sqrt(total / count)), placement)
        for placement, (total, count) in window.items()
        if count > _WHOLE * most
    )
    names = {placement for _, placement in rates}
    if Placement.PELVIS not in names or len(names) < 2 or rates[-1][0] < MOVING_RAD_S:
        return None
    return rates[0][1], rates[1][0] / max(rates[0][0], 1e-6)


def check_placements(blocks: Iterable[SampleBlock]) -> PlacementCheck:
    """Whether the pelvis sensor moves like a pelvis, over a whole session.

    Args:
        blocks: samples of a session, in any order.
    """
    checker = PlacementChecker()
    for block in blocks:
        checker.push(block)
    return checker.check()
