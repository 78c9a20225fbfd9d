"""What a report is made of, and how much of it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from dashboard.session_view import SessionView
from dashboard.sides import Side
from pipeline.journal_entry import JournalEntry, Plan
from pipeline.statistics.session_series import SessionSeries

Audience = Literal["patient", "colleague"]
AUDIENCES: tuple[Audience, Audience] = ("patient", "colleague")
SHOWN_ENTRIES = 6


@dataclass(frozen=True, slots=True)
class Fit:
    """How much of a report is shown, and how tightly.

    Attributes:
        characters: of each text that people wrote; None for all of it.
        tightness: 0 is roomy, 2 the tightest.
        days: of the journal.
    """

    characters: int | None = None
    tightness: int = 0
    days: int = SHOWN_ENTRIES


WHOLE = Fit()
FITS = (Fit(1500), Fit(600, 1), Fit(300, 2, 4), Fit(120, 2, 2), Fit(60, 2, 1), Fit(0, 2, 0))
"""For print, from roomy to tight: the first is taken that fills two pages at most."""


@dataclass(frozen=True, slots=True)
class ReportContent:
    """What a report is made of.

    Attributes:
        view: the session.
        histories: metric to leg to the runner's sessions, where there are several.
        entries: journal, newest first.
        plan: the therapist's text for the runner.
        made: when the report was made.
        software: name and version of the program.
        audience: for whom it is.
        fit: how much is shown.
    """

    view: SessionView
    made: datetime
    software: str
    histories: dict[str, dict[Side, SessionSeries]] = field(default_factory=dict)
    entries: Sequence[JournalEntry] = ()
    plan: Plan = field(default_factory=Plan)
    audience: Audience = "colleague"
    fit: Fit = field(default_factory=lambda: WHOLE)
