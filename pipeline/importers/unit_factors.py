"""Units as the headers of sensor makers write them, and what turns them into SI."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pipeline.errors import ColumnError
from pipeline.importers.plausibility import STANDARD_GRAVITY

ACC_UNITS = {
    "m/s^2": 1.0,
    "m/s²": 1.0,
    "m/s/s": 1.0,
    "m/s2": 1.0,
    "m/(s^2)": 1.0,
    "m/(sec^2)": 1.0,
    "m/(s2)": 1.0,
    "g": STANDARD_GRAVITY,
    "mg": STANDARD_GRAVITY / 1000.0,
}
GYR_UNITS = {
    "rad/s": 1.0,
    "rad/sec": 1.0,
    "deg/s": np.pi / 180.0,
    "deg/sec": np.pi / 180.0,
    "°/s": np.pi / 180.0,
    "dps": np.pi / 180.0,
}
TIME_UNITS = {
    "s": 1.0,
    "sec": 1.0,
    "ms": 1e-3,
    "msecs": 1e-3,
    "us": 1e-6,
    "µs": 1e-6,
    "mus": 1e-6,
    "ns": 1e-9,
}


def factor_of(
    unit: str,
    known: dict[str, float],
    usual: str,
    *,
    path: Path,
    line: int | None,
    column: str,
) -> float:
    """What turns numbers in a unit into SI.

    Args:
        unit: as the header writes it; empty where it does not.
        known: one of the tables of this module.
        usual: the unit of the maker, for headers without one.
        path: the file, for errors.
        line: line of the unit, for errors.
        column: the column, for errors.

    Raises:
        ColumnError: the unit is not known.
    """
    # Shimmer marks default calibrations with an asterisk
    factor = known.get(unit.strip(' []"*').casefold() or usual)
    if factor is None:
        raise ColumnError(
            f"the unit {unit[:40]!r} is not known",
            path=path,
            line=line,
            column=column[:80],
            remedy=f"It should be one of {', '.join(known)}",
        )
    return factor
