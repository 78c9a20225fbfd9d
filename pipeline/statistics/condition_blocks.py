"""Stretches of a recording under one condition: with an insole, with a cue, without."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sensors.recording_schema import Marker

CONDITION_KIND = "condition"
WASHOUT_S = 30.0
"""The first seconds of a stretch are left out: the runner gets used to it."""
SHORTEST_S = 20.0
"""A stretch that has less left is left out."""
NO_CONDITION = frozenset({"", "end", "-"})
"""Texts of markers that end a condition without beginning another."""


@dataclass(frozen=True, slots=True)
class ConditionBlock:
    """A stretch of a recording under one condition.

    Attributes:
        condition: its name.
        start_s: session time from which strides count (washout left out).
        end_s: session time of the end, excluded.
    """

    condition: str
    start_s: float
    end_s: float


def condition_blocks(
    markers: Iterable[Marker], end_s: float, *, washout_s: float = WASHOUT_S
) -> list[ConditionBlock]:
    """Stretches between the condition markers of a recording.

    A marker of the kind ``condition`` begins a stretch named by its text, which lasts to the next
    one; a text of ``NO_CONDITION`` only ends. Two markers in a row with one name are one stretch.

    Args:
        markers: of the recording, in any order.
        end_s: session time of its end.
        washout_s: how much of the beginning of each stretch is left out.
    """
    found: list[ConditionBlock] = []
    named, since_s = "", 0.0
    changes = sorted(
        ((m.time_s, m.text.strip()) for m in markers if m.kind == CONDITION_KIND),
        key=lambda change: change[0],
    )
    for time_s, text in [*changes, (end_s, "")]:
        if text == named:
            continue
        if named not in NO_CONDITION and time_s - since_s - washout_s >= SHORTEST_S:
            found.append(ConditionBlock(named, since_s + washout_s, min(time_s, end_s)))
        named, since_s = text, time_s
    return found
