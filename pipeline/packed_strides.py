"""The strides of a session as numbers in columns, so that memory does not grow with its length.

A stride as an object takes 2 to 3 kB, and a day has hundreds of thousands. Here its numbers lie in
rows of which the older ones are in a file, and the object is made when somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from pipeline.metrics.registry import METRICS
from pipeline.spilled_series import SpilledSeries
from pipeline.stride import CURVE_POINTS, FLAG_NAMES, INVALIDATING_FLAGS, SIDES, Gait, Side, Stride
from pipeline.stride_columns import StrideColumns

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Curves = npt.NDArray[np.float32]

GAITS: tuple[Gait, Gait] = ("run", "walk")
ROWS_IN_MEMORY = 1 << 13
"""Strides whose numbers are in memory; the numbers of older ones are in a file."""
PART_ROWS = 1 << 11
"""Strides of which a table is made at once."""
_EVENTS = ("foot_strike_s", "toe_off_s", "next_foot_strike_s")
_ERRORS = tuple(metric.standard_error_key for metric in METRICS.values())
_COLUMNS = {name: n for n, name in enumerate((*_EVENTS, *METRICS, *_ERRORS))}
_FIRST_METRIC, _FIRST_ERROR = len(_EVENTS), len(_EVENTS) + len(METRICS)
_KEYS = tuple(METRICS)
_FLAGS = tuple(FLAG_NAMES)
_FLAG_BIT = {name: 1 << (n + 2) for n, name in enumerate(_FLAGS)}
_IMPLIED = ("stride_time_s", "contact_time_s", "cadence_spm", "duty_factor_pct")
_RIGHT, _WALK = 1, 2
_INVALID = sum(_FLAG_BIT[name] for name in INVALIDATING_FLAGS)
_TOGETHER = 512
"""Strides that are made at a time while all are gone through."""
_NEAR = 64
"""Rows so near to one another are read together."""


class PackedStrides(Sequence[Stride]):
    """Strides, immutable once they are sorted; a `Stride` is made anew whenever one is asked for.

    What a stride does not know is kept as NaN, and is absent from the stride that is given.

    Args:
        strides: the first ones.
        rows_in_memory: strides whose numbers are gathered before they go to a file.
    """

    def __init__(
        self, strides: Iterable[Stride] = (), rows_in_memory: int = ROWS_IN_MEMORY
    ) -> None:
        self._numbers = SpilledSeries(np.float64, len(_COLUMNS), rows_in_memory)
        self._curves = SpilledSeries(np.float32, 2 * CURVE_POINTS, rows_in_memory)
        self._codes = SpilledSeries(np.uint32, rows_in_memory=rows_in_memory)
        self._order: npt.NDArray[np.intp] | None = None
        self.extend(strides)

    def extend(self, strides: Iterable[Stride]) -> None:
        """Add strides at the end.

        Raises:
            ValueError: one carries a metric or a flag that is not known.
            SpillError: there is no room for the file.
        """
        if self._order is not None:
            raise ValueError("strides that were sorted are complete")
        waiting: list[Stride] = []
        for stride in strides:
            waiting.append(stride)
            if len(waiting) == _TOGETHER:
                self._append(waiting)
                waiting = []
        if waiting:
            self._append(waiting)

    def add(self, columns: StrideColumns) -> None:
        """Add measured strides at the end, without an object of each.

        Raises:
            ValueError: there is a metric or a flag that is not known.
            SpillError: there is no room for the file.
        """
        if self._order is not None:
            raise ValueError("strides that were sorted are complete")
        numbers = np.full((len(columns), len(_COLUMNS)), np.nan)
        numbers[:, 0], numbers[:, 1] = columns.times.foot_strike_s, columns.times.toe_off_s
        numbers[:, 2] = columns.times.next_foot_strike_s
        for first, known in (
            (_FIRST_METRIC, columns.metrics),
            (_FIRST_ERROR, columns.standard_errors),
        ):
            for key, values in known.items():
                numbers[:, first + _number(key)] = values
        codes = [
            _code(columns.side, *each) for each in zip(columns.gait, columns.flags, strict=True)
        ]
        curves = (columns.drop_curves_deg, columns.tibial_rotation_curves_deg)
        self._numbers.append(numbers)
        self._codes.append(np.array(codes, np.uint32))
        self._curves.append(np.concatenate(curves, axis=1))

    def sort(self) -> None:
        """Put them in order of their ends, left before right; none can be added afterwards."""
        self._order = np.lexsort((self.is_right, self.column("next_foot_strike_s")))

    def _append(self, strides: Sequence[Stride]) -> None:
        numbers = np.full((len(strides), len(_COLUMNS)), np.nan)
        codes = []
        for row, stride in zip(numbers, strides, strict=True):
            row[0], row[1] = stride.foot_strike_s, stride.toe_off_s
            row[2] = stride.next_foot_strike_s
            _put(row, _FIRST_METRIC, stride.metrics)
            _put(row, _FIRST_ERROR, stride.standard_errors)
            codes.append(_code(stride.side, stride.gait, stride.flags))
        self._numbers.append(numbers)
        self._codes.append(np.array(codes, np.uint32))
        curves = np.empty((len(strides), 2, CURVE_POINTS), np.float32)
        for both, stride in zip(curves, strides, strict=True):
            both[0], both[1] = stride.drop_curve_deg, stride.tibial_rotation_curve_deg
        self._curves.append(curves.reshape(len(strides), -1))

    # As a sequence

    def __len__(self) -> int:
        """Number of strides."""
        return self._codes.end

    @overload
    def __getitem__(self, which: int) -> Stride: ...

    @overload
    def __getitem__(self, which: slice) -> list[Stride]: ...

    def __getitem__(self, which: int | slice) -> Stride | list[Stride]:
        """One stride, or a list of some."""
        if isinstance(which, slice):
            return self.take(np.arange(*which.indices(len(self))))
        return self.take(np.array([range(len(self))[which]]))[0]

    def __iter__(self) -> Iterator[Stride]:
        """All strides in order, made a few at a time."""
        for a in range(0, len(self), _TOGETHER):
            yield from self.take(np.arange(a, min(a + _TOGETHER, len(self))))

    def __eq__(self, other: object) -> bool:
        """Whether the other, too, is a sequence of these strides."""
        if not isinstance(other, PackedStrides | list):
            return NotImplemented
        pairs = zip(self, other, strict=False)
        return len(self) == len(other) and all(one == another for one, another in pairs)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[list[Stride]]]:
        """Copied into another process as a plain list."""
        return (list, (list(self),))

    def take(self, numbers: npt.NDArray[np.intp]) -> list[Stride]:
        """The strides with these numbers, shape (n,), in that order."""
        at = numbers if self._order is None else self._order[numbers]
        rows, curves = _rows_at(self._numbers, at), _rows_at(self._curves, at)
        codes = _rows_at(self._codes, at)
        return [
            _stride(row, code, curve)
            for row, code, curve in zip(rows.tolist(), codes.tolist(), curves, strict=True)
        ]

    # As columns

    def parts(self) -> Iterator[PackedStrides]:
        """The same strides in the same order, some at a time; at least one part."""
        for a in range(0, max(1, len(self)), PART_ROWS):
            at = np.arange(a, min(a + PART_ROWS, len(self)))
            at = at if self._order is None else self._order[at]
            part = PackedStrides(rows_in_memory=PART_ROWS + 1)
            part._numbers.append(_rows_at(self._numbers, at))
            part._curves.append(_rows_at(self._curves, at))
            part._codes.append(_rows_at(self._codes, at))
            yield part

    def column(self, name: str) -> FloatArray:
        """An event (``foot_strike_s``), a metric or its standard error; NaN where not known, (n,)."""
        number = _COLUMNS[name]
        values = np.empty(len(self))
        for a, rows in _parts(self._numbers):
            values[a : a + len(rows)] = rows[:, number]
        return self._ordered(values)

    def known_column(self, metric: str) -> FloatArray:
        """A metric, shape (n,); one that the events imply is worked out where it is not carried."""
        values = self.column(metric)
        if metric not in _IMPLIED or not np.isnan(values).any():
            return values
        start_s, toe_off_s, end_s = (self.column(name) for name in _EVENTS)
        implied = implied_by_events(np.stack([start_s, toe_off_s, end_s], axis=1))[metric]
        return np.where(np.isnan(values), implied, values)

    def curves(self, numbers: npt.NDArray[np.intp]) -> tuple[Curves, Curves]:
        """Curves of drop and of tibial rotation of the strides with these numbers, each (n, 101)."""
        both = _rows_at(self._curves, numbers if self._order is None else self._order[numbers])
        return both[:, :CURVE_POINTS], both[:, CURVE_POINTS:]

    @property
    def is_right(self) -> BoolArray:
        """Which strides are of the right leg, shape (n,)."""
        return self._bits(_RIGHT)

    @property
    def is_walk(self) -> BoolArray:
        """Which strides are of walking, shape (n,)."""
        return self._bits(_WALK)

    @property
    def valid(self) -> BoolArray:
        """Which strides may enter summaries, shape (n,)."""
        return ~self._bits(_INVALID)

    def flagged(self, flag: str) -> BoolArray:
        """Which strides carry a flag, shape (n,)."""
        return self._bits(_FLAG_BIT[flag])

    def chosen(self, side: Side, gait: Gait | None = None) -> BoolArray:
        """Which are valid and of a side and, where one is given, of a gait, shape (n,)."""
        wanted: BoolArray = self.valid & (self.is_right == (side == "right"))
        return wanted if gait is None else wanted & (self.is_walk == (gait == "walk"))

    def words(self) -> tuple[list[str], list[str], list[str]]:
        """Side, gait and flags (joined by ``|``) of each stride; equal ones are one object."""
        codes = self._ordered(self._codes.get(0, len(self))).tolist()
        flags = {code: "|".join(_flags(code)) for code in set(codes)}
        return (
            [SIDES[code & _RIGHT] for code in codes],
            [GAITS[(code & _WALK) >> 1] for code in codes],
            [flags[code] for code in codes],
        )

    def _bits(self, mask: int) -> BoolArray:
        return self._ordered((self._codes.get(0, len(self)) & np.uint32(mask)) != 0)

    def _ordered(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return values if self._order is None else values[self._order]


def implied_by_events(events_s: FloatArray) -> dict[str, FloatArray]:
    """Metrics that follow from foot strike, toe-off and next foot strike, shape (n, 3), each (n,)."""
    stride_time_s = events_s[:, 2] - events_s[:, 0]
    contact_s = events_s[:, 1] - events_s[:, 0]
    unknown, lasts = np.full(len(events_s), np.nan), stride_time_s > 0
    return {
        "stride_time_s": stride_time_s,
        "contact_time_s": contact_s,
        "cadence_spm": np.divide(120.0, stride_time_s, out=unknown.copy(), where=lasts),
        "duty_factor_pct": np.divide(100.0 * contact_s, stride_time_s, out=unknown, where=lasts),
    }


def stride_spans_s(strides: Sequence[Stride]) -> FloatArray:
    """Begin and end of each stride, shape (n, 2)."""
    if isinstance(strides, PackedStrides):
        names = ("foot_strike_s", "next_foot_strike_s")
        return np.stack([strides.column(name) for name in names], axis=1)
    pairs = [(s.foot_strike_s, s.next_foot_strike_s) for s in strides]
    return np.array(pairs, np.float64).reshape(-1, 2)


def _put(row: FloatArray, first: int, known: Mapping[str, float]) -> None:
    for key, value in known.items():
        row[first + _number(key)] = value


def _number(metric: str) -> int:
    if metric not in METRICS:
        raise ValueError(f"a stride carries the unknown metric {metric!r}")
    return _COLUMNS[metric] - _FIRST_METRIC


def _code(side: Side, gait: Gait, flags: Iterable[str]) -> int:
    code = _RIGHT * (side == "right") | _WALK * (gait == "walk")
    for flag in flags:
        if flag not in _FLAG_BIT:
            raise ValueError(f"a stride carries the unknown flag {flag!r}")
        code |= _FLAG_BIT[flag]
    return code


def _flags(code: int) -> tuple[str, ...]:
    if code < 4:  # nearly always none
        return ()
    return tuple(sorted(flag for flag, bit in _FLAG_BIT.items() if code & bit))


def _stride(row: Sequence[float], code: int, curves: npt.NDArray[np.float32]) -> Stride:
    metrics = zip(_KEYS, row[_FIRST_METRIC:_FIRST_ERROR], strict=True)
    errors = zip(_KEYS, row[_FIRST_ERROR:], strict=True)
    return Stride(
        side=SIDES[code & _RIGHT],
        gait=GAITS[(code & _WALK) >> 1],
        foot_strike_s=row[0],
        toe_off_s=row[1],
        next_foot_strike_s=row[2],
        metrics={key: value for key, value in metrics if value == value},
        standard_errors={key: value for key, value in errors if value == value},
        flags=_flags(code),
        drop_curve_deg=curves[:CURVE_POINTS],
        tibial_rotation_curve_deg=curves[CURVE_POINTS:],
    )


def _parts(series: SpilledSeries[np.float64]) -> Iterator[tuple[int, FloatArray]]:
    for a in range(0, series.end, ROWS_IN_MEMORY):
        yield a, series.get(a, a + ROWS_IN_MEMORY)


def _rows_at(series: SpilledSeries[Any], at: npt.NDArray[np.intp]) -> npt.NDArray[Any]:
    """Rows at positions in any order, read in as few pieces as they lie in."""
    if not len(at):
        return series.get(0, 0)
    sort = np.argsort(at, kind="stable")
    places = at[sort]
    edges = [0, *(np.flatnonzero(np.diff(places) > _NEAR) + 1).tolist(), len(places)]
    pieces = []
    for a, b in pairwise(edges):
        low = int(places[a])
        pieces.append(series.get(low, int(places[b - 1]) + 1)[places[a:b] - low])
    found = np.concatenate(pieces)
    rows = np.empty_like(found)
    rows[sort] = found
    return rows
