"""When the engine decides: samples are gathered until a decision is likely to bring something.

Deciding costs more than samples do, and between two foot strikes it brings nothing. What is
decided does not depend on when.
"""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.stride import Side
from sensors.placement import Placement
from sensors.sample_block import SampleBlock

DECISION_S = 0.06
"""Samples are gathered at least so long."""
STALLED_S = 0.2
"""A sensor that has fallen behind by this much is not waited for with gathering."""
LONGEST_S = 0.4
"""They are gathered no longer than this, whatever is expected."""
OUT_OF_STEP_S = 2.5
"""A leg that brought no stride for so long is not waited for."""


class SampleGathering:
    """Samples that wait for a decision.

    Args:
        placements: the sensors.
    """

    def __init__(self, placements: Iterable[Placement]) -> None:
        self._lanes = [_Lane(placement) for placement in placements]
        self._decided_s = self._stalled_s = float("-inf")
        self._due_s = float("-inf")
        self._expected_s: dict[Side, tuple[float, float, float]] = {}
        """Of each leg: when its last stride was known, when the next one may be, and how much earlier
        in its stride that is."""

    def add(self, block: SampleBlock) -> bool:
        """Keep a block.

        Returns:
            Whether its samples may call for a decision.

        Raises:
            ValueError: the placement was not announced.
        """
        placement = block.placement
        for lane in self._lanes:
            if lane.placement is placement:
                if not len(block.time_s):
                    return False
                lane.blocks.append(block)
                newest_s = lane.newest_s = block.time_s.item(-1)
                return newest_s >= self._due_s
        raise ValueError(f"{placement} was not announced")

    def leave_out(self, placement: Placement) -> None:
        """Do not wait for a sensor before its next samples come."""
        for lane in self._lanes:
            if lane.placement is placement:
                lane.newest_s = None

    def is_due(self) -> bool:
        """Whether it is time for a decision; if so, it counts as made now."""
        known = [lane.newest_s for lane in self._lanes if lane.newest_s is not None]
        if not known:
            return False
        newest_s, oldest_s = max(known), min(known)
        if oldest_s < self._due_s and newest_s < max(self._due_s, self._stalled_s):
            return False
        self._decided_s, self._stalled_s = oldest_s, newest_s + STALLED_S
        return True

    def expect(self, strides: Iterable[tuple[Side, float]]) -> None:
        """Say what a decision has brought, so that the next one comes in time.

        Args:
            strides: legs and durations of the strides.
        """
        now_s = self._decided_s
        for side, stride_s in strides:
            # this one may have been certain before: earlier the next time, until that is too early
            _, expected_s, earlier_s = self._expected_s.get(side, (0.0, 0.0, 0.0))
            at_once = now_s < expected_s + 0.5 * DECISION_S
            earlier_s = min(2.0 * earlier_s, LONGEST_S) if at_once else 0.5 * DECISION_S
            self._expected_s[side] = now_s, now_s + stride_s - earlier_s, earlier_s
        due_s = [at for known, at, _ in self._expected_s.values() if now_s < known + OUT_OF_STEP_S]
        wait_s = min(due_s, default=now_s + STALLED_S) - now_s
        self._due_s = now_s + min(max(wait_s, DECISION_S), LONGEST_S)

    def take(self) -> list[tuple[Placement, list[SampleBlock]]]:
        """What was gathered, by sensor; it is gone from here."""
        found = [(lane.placement, lane.blocks) for lane in self._lanes if lane.blocks]
        for lane in self._lanes:
            lane.blocks = []
        return found


class _Lane:
    """What one sensor has sent since the last decision."""

    __slots__ = ("blocks", "newest_s", "placement")

    def __init__(self, placement: Placement) -> None:
        self.placement = placement
        self.blocks: list[SampleBlock] = []
        self.newest_s: float | None = None
