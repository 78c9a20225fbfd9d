"""One measured figure of one leg, and the summary of many."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

Kind = Literal["spread", "total", "share"]


@dataclass(frozen=True, slots=True)
class Figure:
    """What one suite found on one leg of one person or trial.

    Attributes:
        suite: name of the suite.
        case: what was varied: level of faults, variant of the sensors, method.
        who: person or trial.
        side: ``left``, ``right`` or empty where both count.
        quantity: what was measured; the ending is the unit: ``_deg``, ``_ms``, ``_count``,
            ``_covered`` (a share of 0 to 1).
        value: the figure; errors are measured minus reference.
        n: strides or events it rests on.
    """

    suite: str
    case: str
    who: str
    side: str
    quantity: str
    value: float
    n: int

    @property
    def kind(self) -> Kind:
        """How such figures are put together."""
        return kind_of(self.quantity)


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of one quantity in one case, put together.

    Attributes:
        suite: name of the suite.
        case: what was varied.
        quantity: what was measured.
        kind: ``spread``: median and worst are of the legs; ``total``: both are the sum; ``share``:
            both are the share over all strides.
        median: middle leg, the sum, or the share.
        worst: leg farthest from zero, the sum, or the share.
        worst_at: whose leg that is; empty for totals and shares.
        legs: number of figures.
        n: strides or events behind them.
    """

    suite: str
    case: str
    quantity: str
    kind: Kind
    median: float
    worst: float
    worst_at: str
    legs: int
    n: int


def kind_of(quantity: str) -> Kind:
    """How figures of a quantity are put together."""
    if quantity.endswith("_count"):
        return "total"
    return "share" if quantity.endswith("_covered") else "spread"


def summarise(figures: Iterable[Figure]) -> list[Summary]:
    """Summaries in the order in which suite, case and quantity first appear."""
    groups: dict[tuple[str, str, str], list[Figure]] = {}
    for each in figures:
        if np.isfinite(each.value):
            groups.setdefault((each.suite, each.case, each.quantity), []).append(each)
    return [_summary(key, group) for key, group in groups.items()]


def _summary(key: tuple[str, str, str], group: list[Figure]) -> Summary:
    suite, case, quantity = key
    kind = kind_of(quantity)
    values = np.array([each.value for each in group])
    weights = np.array([each.n for each in group], np.float64)
    worst_at = ""
    if kind == "total":
        median = worst = float(values.sum())
    elif kind == "share":
        median = worst = float(np.average(values, weights=weights))
    else:
        at = int(np.argmax(np.abs(values)))
        median, worst = float(np.median(values)), float(values[at])
        worst_at = f"{group[at].who} {group[at].side}".strip()
    return Summary(
        suite, case, quantity, kind, median, worst, worst_at, len(group), int(weights.sum())
    )
