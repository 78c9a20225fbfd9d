"""What the functions of the Python interface are given: looked at before any work is done."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import InputError
from sensors.placement import Placement

if TYPE_CHECKING:
    from pipeline.session import Session


def file_names(function: str, given: object) -> list[Path]:
    """One file name or several as paths.

    Args:
        function: name of the function, for errors.
        given: what the caller gave.

    Raises:
        InputError: it is no file name and no list of such.
    """
    single = isinstance(given, str | bytes | os.PathLike) or not isinstance(given, Iterable)
    found: list[Path] = []
    for name in [given] if single or not isinstance(given, Iterable) else given:
        if not isinstance(name, str | os.PathLike) or not os.fspath(name):
            raise InputError(
                f"{_shown(name)} is no file name",
                path=function,
                remedy="Give a file, or a list of the files of one session",
            )
        found.append(Path(name))
    return found


def placement_names(function: str, names: object) -> dict[str, Placement] | None:
    """Placements by sensor id.

    Raises:
        InputError: it is no dictionary, or a placement does not exist.
    """
    if names is None:
        return None
    if not isinstance(names, Mapping):
        raise InputError(
            "placements are given as a dictionary",
            path=function,
            remedy="Give them like {'00B40B91': 'pelvis'}",
        )
    known = {placement.value for placement in Placement}
    for sensor, name in names.items():
        if name not in known:
            raise InputError(
                f"{name!r} is no placement",
                path=str(sensor),
                remedy=f"Use {', '.join(sorted(known))}",
            )
    return {str(sensor): Placement(name) for sensor, name in names.items()}


def one_of(function: str, argument: str, value: object, known: Sequence[str]) -> None:
    """See that a word is one of those that an argument can be.

    Raises:
        InputError: it is not.
    """
    if value not in known:
        raise InputError(
            f"{argument} cannot be {_shown(value)}",
            path=function,
            remedy=f"Use {', '.join(known)}",
        )


def positive(function: str, argument: str, value: object) -> None:
    """See that a number is one, and positive; None is fine.

    Raises:
        InputError: it is not.
    """
    if value is None:
        return
    number = isinstance(value, Real) and not isinstance(value, bool)
    if not number or not math.isfinite(float(value)) or float(value) <= 0:  # type: ignore[arg-type]
        raise InputError(
            f"{argument} cannot be {_shown(value)}", path=function, remedy="Give a positive number"
        )


def whole(function: str, argument: str, value: object) -> None:
    """See that a number is a whole one.

    Raises:
        InputError: it is not.
    """
    if not hasattr(value, "__index__") or isinstance(value, bool):
        raise InputError(
            f"{argument} cannot be {_shown(value)}", path=function, remedy="Give a whole number"
        )


def moment(function: str, argument: str, value: object) -> None:
    """See that a moment is one; None is fine.

    Raises:
        InputError: it is not.
    """
    if value is not None and not isinstance(value, datetime):
        raise InputError(
            f"{argument} cannot be {_shown(value)}",
            path=function,
            remedy="Give a datetime with its time zone, or leave it out",
        )


def analysed_sessions(given: object) -> list[Session]:
    """One analysed session or several.

    Raises:
        InputError: there is none, or something else.
    """
    from pipeline.session import Session as AnalysedSession

    single = isinstance(given, str | bytes) or not isinstance(given, Iterable)
    sessions: list[Session] = []
    for session in [given] if single or not isinstance(given, Iterable) else given:
        if not isinstance(session, AnalysedSession):
            raise InputError(
                f"{_shown(session)} is no analysed session",
                path="compare",
                remedy="Give what analyze() gave",
            )
        sessions.append(session)
    if not sessions:
        raise InputError("there is no session", path="compare", remedy="Give at least one")
    return sessions


def _shown(value: object) -> str:
    if isinstance(value, str | int | float) or value is None:
        return repr(value)[:60]
    return f"something of the type {type(value).__name__}"
