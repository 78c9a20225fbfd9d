"""When the engine decides: samples are gathered until a decision is likely to bring something.

Deciding costs more than samples do, and between two foot strikes it brings nothing. What is
decided does not depend on when.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.stride import Side
from sensors.placement import Placement
from sensors.sample_block import SampleBlock

DECISION_S = 0.04
"""Samples are gathered at least so long."""
STALLED_S = 0.2
"""A sensor that has fallen behind by this much is not waited for with gathering."""
LONGEST_S = 0.4
"""They are gathered no longer than this, whatever is expected."""
OUT_OF_STEP_S = 2.5
"""A leg that brought no stride for so long is not waited for."""
DELAY_S = 0.18
"""A stride is known about so long after the foot strike that ends it; until more is known of the leg."""
SHORTEST_DELAY_S, LONGEST_DELAY_S = 0.1, 0.35
SOONER_S, LATER_S = 0.003, 0.015
"""A stride that the first decision for it brought may have been known before, so the next one is asked for
sooner by this much; after a decision that came too soon it is later. One in six then comes too soon."""
SAME_PACE_S = 0.15
"""Strides whose durations differ by more are of another gait, and the earlier ones tell nothing of the next."""


class SampleGathering:
    """Samples that wait for a decision.

    Args:
        placements: the sensors.
    """

    def __init__(self, placements: Iterable[Placement]) -> None:
        self._lanes = [_Lane(placement) for placement in placements]
        self._decided_s = self._stalled_s = float("-inf")
        self._due_s = float("-inf")
        self._rhythm: dict[Side, _Rhythm] = {}

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

    def expect(self, strides: Iterable[tuple[Side, float, float]]) -> None:
        """Say what a decision has brought, so that the next one comes in time.

        Args:
            strides: legs, foot strikes and next foot strikes of the strides; those of a leg in order.
        """
        now_s = self._decided_s
        for side, start_s, end_s in strides:
            rhythm = self._rhythm.get(side)
            if rhythm is None:
                rhythm = self._rhythm[side] = _Rhythm(end_s - start_s)
            rhythm.follow(start_s, end_s, now_s)
        rhythms = self._rhythm.values()
        due_s = [each.due_s for each in rhythms if now_s < each.known_s + OUT_OF_STEP_S]
        wait_s = min(due_s, default=now_s + STALLED_S) - now_s
        self._due_s = now_s + min(max(wait_s, DECISION_S), LONGEST_S)

    def take(self) -> list[tuple[Placement, list[SampleBlock]]]:
        """What was gathered, by sensor; it is gone from here."""
        found = [(lane.placement, lane.blocks) for lane in self._lanes if lane.blocks]
        for lane in self._lanes:
            lane.blocks = []
        return found


@dataclass(slots=True)
class _Rhythm:
    """When the next stride of a leg may be known.

    Attributes:
        stride_s: usual duration of a stride.
        delay_s: usual time from the foot strike that ends a stride until it is known, at least.
        known_s: when the last stride was known.
        due_s: when the next one may be.
    """

    stride_s: float
    delay_s: float = DELAY_S
    known_s: float = float("-inf")
    due_s: float = float("-inf")

    def follow(self, start_s: float, end_s: float, now_s: float) -> None:
        """Go on by a stride ``[start_s, end_s)`` that is known now."""
        if now_s < self.known_s + OUT_OF_STEP_S:
            at_once = now_s < self.due_s + 0.5 * DECISION_S
            delay_s = self.delay_s + (-SOONER_S if at_once else LATER_S)
            self.delay_s = min(max(delay_s, SHORTEST_DELAY_S), LONGEST_DELAY_S)
        longer_s = end_s - start_s - self.stride_s
        self.stride_s += 0.5 * longer_s if abs(longer_s) < SAME_PACE_S else longer_s
        self.known_s, self.due_s = now_s, end_s + self.stride_s + self.delay_s


class _Lane:
    """What one sensor has sent since the last decision."""

    __slots__ = ("blocks", "newest_s", "placement")

    def __init__(self, placement: Placement) -> None:
        self.placement = placement
        self.blocks: list[SampleBlock] = []
        self.newest_s: float | None = None
