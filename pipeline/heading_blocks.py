"""The pelvis' heading in blocks of a quarter of a second.

The heading is that of an axis of the body. What turns about the vertical in sum is not quite it: an axis
that nods and sways comes back turned. Which axis is asked for only later, so the three of the sensor are
kept. Blocks lie at fixed positions of the track, so that they do not depend on how its samples came.
"""

from __future__ import annotations

import numpy as np

from pipeline.column_rotation import horizon_of
from pipeline.orientation import FloatArray
from pipeline.series import Series
from pipeline.track import SensorTrack

BLOCK_S = 0.25
STEPS = 5
"""The heading of a block is the mean of so many samples of it, so that harmonics of the stride do not pass
for slow turning."""
_AXES = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
_TOGETHER = 512
"""Blocks that are read together, which bounds the memory for it."""


class HeadingBlocks:
    """Headings of the blocks of a track; grows with the track.

    Args:
        track: the pelvis, oriented as far as it goes when `advance` is called.

    Attributes:
        size: samples of a block; block n has the positions ``[n * size, (n + 1) * size)``.
        block_s: their duration.
    """

    def __init__(self, track: SensorTrack) -> None:
        self._track = track
        self.size = max(1, round(BLOCK_S * track.rate_hz))
        self.block_s = self.size / track.rate_hz
        steps = min(STEPS, self.size)
        self._offsets = np.arange(steps) * self.size // steps
        self._horizon: Series[np.float64] = Series(np.float64, 2 * len(_AXES))

    @property
    def end(self) -> int:
        """Blocks so far."""
        return self._horizon.end

    def advance(self) -> None:
        """Take in the whole blocks that the track has by now."""
        track, size = self._track, self.size
        last = track.quat.end // size
        for a in range(self.end, last, _TOGETHER):
            b = min(last, a + _TOGETHER)
            quat = track.quat.get(a * size, b * size).reshape(b - a, size, 4)
            columns = np.ascontiguousarray(quat[:, self._offsets].reshape(-1, 4).T)
            horizon = [horizon_of(columns, axis) for axis in _AXES]
            rows = np.array(horizon).reshape(2 * len(_AXES), b - a, -1).sum(axis=2).T
            self._horizon.append(rows)

    def trim(self, before: int) -> None:
        """Forget blocks before one."""
        self._horizon.trim(before)

    def turn_rad(self, right: FloatArray, first: int, last: int) -> FloatArray:
        """Turn of blocks ``[first, last)``, each against the one before, + to the left.

        Args:
            right: an axis in sensor axes, about level, shape (3,).
            first: 1 at least; the block before it must be kept.
            last: `end` at most.
        """
        rows = self._horizon.get(first - 1, last)
        x, y, z = right.tolist()
        east = x * rows[:, 0] + y * rows[:, 2] + z * rows[:, 4]
        north = x * rows[:, 1] + y * rows[:, 3] + z * rows[:, 5]
        turn: FloatArray = np.arctan2(
            east[:-1] * north[1:] - north[:-1] * east[1:],
            east[:-1] * east[1:] + north[:-1] * north[1:],
        )
        return turn

    def segment(self, block: int) -> tuple[int, int]:
        """Blocks ``[first, last)`` around one whose turns no break of the track disturbs; perhaps none."""
        for first, last in self.segments():
            if first <= block < last:
                return first, last
        return block, block

    def segments(self) -> list[tuple[int, int]]:
        """All of them, in order."""
        edges = self._track.breaks
        firsts = [0, *(-(-edge // self.size) for edge in edges)]
        lasts = [*(edge // self.size for edge in edges), self.end]
        return [(a + 1, b) for a, b in zip(firsts, lasts, strict=True) if a + 1 < b]
