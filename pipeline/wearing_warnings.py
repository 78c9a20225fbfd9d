"""What a live session says of sensors that seem to be worn, or to tell the time, otherwise than stated."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.side_check import check_sides
from pipeline.stride import Stride
from sensors.placement_check import PlacementChecker
from sensors.sample_block import SampleBlock
from sensors.shared_event import LagWatch

LOOK_EVERY_S = 10.0
"""Session time from one look at what was gathered to the next."""


class WearingWarnings:
    """Follows samples and strides; memory is bounded but for a few numbers each window."""

    def __init__(self) -> None:
        self._places = PlacementChecker()
        self._lags = LagWatch()
        self._looked_s = 0.0
        self.sentences: tuple[str, ...] = ()
        """What is to be said now; it is taken back when the motion no longer shows it."""

    def push(self, block: SampleBlock) -> None:
        """Take samples of any sensor."""
        if len(block):
            self._places.push(block)
            self._lags.push(block)

    def look(self, now_s: float, strides: Sequence[Stride]) -> bool:
        """Judge what was seen, now and then.

        Args:
            now_s: session time.
            strides: the last strides.

        Returns:
            Whether there is something new to say.
        """
        if now_s < self._looked_s + LOOK_EVERY_S:
            return False
        self._looked_s = now_s
        place = self._places.check().warning
        worn = place or check_sides(strides).warning
        before = self.sentences
        self.sentences = tuple(text for text in (worn, *self._lags.warnings()) if text)
        return bool(set(self.sentences) - set(before))
