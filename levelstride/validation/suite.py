"""What a suite is given and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from levelstride.validation.figure import Figure
from pipeline.analysis import Progress


@dataclass(frozen=True)
class SuiteOrder:
    """What a suite is asked to do.

    Attributes:
        data: folder of the real data sets; None when not named.
        seeds: number of simulated people for each case.
        seconds: length of each simulated session.
        full: all trials instead of a few.
        progress: told how far the work is.
    """

    data: Path | None
    seeds: int
    seconds: float
    full: bool
    progress: Progress


@dataclass
class SuiteResult:
    """What a suite found.

    Attributes:
        name: the suite.
        figures: one per leg and quantity.
        not_run: part of the suite to why it could not run; the whole suite under its name.
    """

    name: str
    figures: list[Figure] = field(default_factory=list)
    not_run: dict[str, str] = field(default_factory=dict)


Suite = Callable[[SuiteOrder], SuiteResult]


def why_not(data: Path | None, folder: str) -> str | None:
    """Why a data set cannot be used, None when it can."""
    if data is None:
        return "no folder of data was named (--data, or LEVELSTRIDE_DATA)"
    if not (data / folder).is_dir():
        return f"there is no {folder} in {data}"
    return None
