"""Conditions of a session as people read them.

Names and values are free text and stay as they were written, apart from names that the program
itself suggests and the feedback that it notes.
"""

from __future__ import annotations

import re

from dashboard.language import tr
from pipeline.metrics.registry import METRICS

KNOWN_NAMES = frozenset(
    {
        *("shoe", "shoes", "insole", "surface", "slope", "speed", "task", "feedback", "files"),
        *("gait", "faults", "scenario", "seed"),
    }
)
KNOWN_VALUES = frozenset({"treadmill", "track", "road", "on", "off", "none", "run", "walk"})
_FEEDBACK = re.compile(r"(\w+), session (\d+) of (\d+)")


def condition_name(name: str) -> str:
    """Name of a condition; in the language of the request when it is a usual one."""
    return tr(name) if name in KNOWN_NAMES else name


def condition_value(name: str, value: str) -> str:
    """Value of a condition in words; free text as it is.

    Args:
        name: as it is stored.
        value: as it is stored.
    """
    found = _FEEDBACK.fullmatch(value) if name == "feedback" else None
    if found is None or found[1] not in METRICS:
        return tr(value) if name in KNOWN_NAMES and value in KNOWN_VALUES else value
    return tr(
        "{metric}, session {number} of {count}",
        metric=tr(METRICS[found[1]].short_name),
        number=found[2],
        count=found[3],
    )


def condition_text(name: str, value: str) -> str:
    """A condition in one piece: ``insole: on``; the value alone where the name says nothing."""
    words = condition_value(name, value)
    return words if name == "condition" else f"{condition_name(name)}: {words}"
