"""Load of a run against the longest one of the 30 days before.

In 5205 runners, a run more than 10 % longer than the longest of the last 30 days went with more
overuse injuries: hazard ratio 1.64 above 10 %, 1.52 above 30 %, 2.28 above 100 %; ratios of weekly
totals showed no such relation (Frandsen et al. 2025). An association among many runners, no limit
for one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from pipeline.journal_entry import JournalEntry

WINDOW = timedelta(days=30)
STEPS: tuple[tuple[float, float], ...] = ((1.0, 2.28), (0.3, 1.52), (0.1, 1.64))
"""Rise above the longest run, and the hazard ratio found for it; the largest first."""


@dataclass(frozen=True, slots=True)
class RunLoad:
    """A day's distance against the longest day of the 30 days before.

    Attributes:
        day: the day.
        distance_km: distance of that day, all runs of the journal together.
        longest_km: longest day of the 30 days before; None when the journal has none.
        rise: ``distance_km / longest_km - 1``; None when it cannot be known.
        hazard_ratio: what was found for such a rise; None at 10 % or less.
    """

    day: date
    distance_km: float
    longest_km: float | None
    rise: float | None
    hazard_ratio: float | None


def run_loads(entries: Iterable[JournalEntry]) -> list[RunLoad]:
    """Loads of all days with a distance, oldest first.

    Args:
        entries: journal in any order; entries without a distance are left out, so that a run whose
            distance was not written down counts as none.
    """
    totals: dict[date, float] = {}
    for entry in entries:
        if entry.distance_km:
            totals[entry.day] = totals.get(entry.day, 0.0) + entry.distance_km
    loads = []
    for day in sorted(totals):
        before = [km for other, km in totals.items() if day - WINDOW <= other < day]
        longest = max(before, default=None)
        rise = None if longest is None else totals[day] / longest - 1
        ratio = None
        if rise is not None:
            ratio = next((found for step, found in STEPS if rise > step + 1e-9), None)
        loads.append(RunLoad(day, totals[day], longest, rise, ratio))
    return loads
