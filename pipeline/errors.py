"""Errors of the pipeline: input files, calibration, store."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from sensors.errors import LevelstrideError


class InputError(LevelstrideError):
    """A file given as input cannot be used.

    Attributes:
        path: the file.
        line: line number in a text file (first line is 1), or None.
        column: column name, or None.
    """

    def __init__(
        self,
        what: str,
        *,
        path: Path | str,
        line: int | None = None,
        column: str | None = None,
        remedy: str = "",
    ) -> None:
        self.path = Path(path)
        self.line = line
        self.column = column
        where = str(path)
        if line is not None:
            where += f", line {line}"
        if column is not None:
            where += f", column {column}"
        super().__init__(what, where=where, remedy=remedy)


class UnitError(InputError):
    """The numbers of a column are not in the unit the column is declared in."""


class ColumnError(InputError):
    """A column is missing, doubled or not of numbers."""


class TimeError(InputError):
    """Time stamps are unsorted, doubled, missing or of an unusable rate."""


class RateError(TimeError):
    """Files do not tell their sampling rate, or one was given that is none."""


class DetailsMissing(InputError):
    """Files do not tell something that whoever recorded them may know.

    Attributes:
        sensors: names of the sensors whose places are not told.
        lacks_rate: whether the sampling rate is not told.
    """

    def __init__(self, path: Path | str, sensors: Sequence[str], *, lacks_rate: bool) -> None:
        self.sensors = tuple(sensors)
        self.lacks_rate = lacks_rate
        lacking = ["where each sensor was worn"] if sensors else []
        lacking += ["their sampling rate"] if lacks_rate else []
        super().__init__(
            f"the files do not tell {' and '.join(lacking)}", path=path, remedy="Say it"
        )


class PlacementError(InputError):
    """A placement is unknown, missing or given twice."""


class OutputError(LevelstrideError):
    """A result file cannot be written.

    Attributes:
        path: the file.
    """

    def __init__(self, what: str, *, path: Path | str, remedy: str = "") -> None:
        self.path = Path(path)
        super().__init__(what, where=str(path), remedy=remedy)


class CalibrationError(LevelstrideError):
    """The sensors could not be aligned to the body.

    Attributes:
        reason: ``not_still``, ``axis_not_found``, ``facing_ambiguous``, ``no_movement``
            or ``missing_sensor``.
    """

    def __init__(self, what: str, *, reason: str, where: str = "", remedy: str = "") -> None:
        self.reason = reason
        super().__init__(what, where=where, remedy=remedy)


class StoreError(LevelstrideError):
    """The library of sessions cannot be read or written."""


class SessionNotFound(StoreError):
    """No session of the library has this id.

    Attributes:
        session_id: the id that was asked for.
    """

    def __init__(self, session_id: str, *, where: str) -> None:
        self.session_id = session_id
        super().__init__(
            f"there is no session {session_id[:64]!r}",
            where=where,
            remedy="List the sessions to see their ids",
        )


class FieldError(LevelstrideError):
    """A value given in a form makes no sense.

    Attributes:
        field: name of the field.
    """

    def __init__(self, field: str, what: str, remedy: str = "") -> None:
        self.field = field
        super().__init__(f"the field {field.replace('_', ' ')!r} {what}", remedy=remedy)


class SpillError(LevelstrideError):
    """The folder for temporary files has no room for the samples of a long session."""

    def __init__(self, what: str) -> None:
        super().__init__(
            what,
            where=tempfile.gettempdir(),
            remedy="Make room there, or name another folder in the variable TMPDIR",
        )
