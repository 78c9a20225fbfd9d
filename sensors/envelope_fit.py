"""How well a lower envelope is known: where the quickest packets pin it, and where they do not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sensors.clock_kind import ClockKind
from sensors.lower_envelope import Line, lower_line
from sensors.sample_block import FloatArray

_PARTS = 4
_SLOPING_WEIGHT = 1.5
"""Weight of what the parts show of a fitted skew: with it the intervals hold on made-up links."""
_LOWEST_SHARE = 8
_FEWEST_LOWEST = 3
_AT_FIRST_S = 0.03
"""Delay above the shortest that one point alone may have: most connection intervals are shorter."""


@dataclass(frozen=True, slots=True)
class EnvelopeFit:
    """The lower envelope of some points, and how far below it the truth may lie.

    Attributes:
        line: the envelope.
        looseness_s: what the scatter of the lowest points leaves open, at every place.
        parts: envelopes of every fourth point each.
        flat_from_s: device time at which the level line touches; None when the skew was fitted.
        flat_skew: usual largest skew, for a level line.
    """

    line: Line
    looseness_s: float
    parts: tuple[Line, ...]
    flat_from_s: float | None
    flat_skew: float

    def uncertainty_s(self, device_s: float) -> float:
        """Half width of what the envelope can be at a device time, seconds.

        Three parts are added: the scatter of the lowest points, how much higher the envelope of a
        quarter of the points lies (with four times as many it would lie lower yet), and the
        skew where it is unknown.
        """
        at = self.line(device_s)
        higher = sum(max(0.0, part(device_s) - at) for part in self.parts) / max(1, len(self.parts))
        if self.flat_from_s is None:
            return self.looseness_s + _SLOPING_WEIGHT * higher
        return self.looseness_s + higher + self.flat_skew * abs(device_s - self.flat_from_s)


def fit_envelope(
    device_s: Sequence[float], offset_s: Sequence[float], kind: ClockKind
) -> EnvelopeFit:
    """The lower envelope of points, level when they span too little to show a skew.

    Args:
        device_s: device times, increasing, at least one.
        offset_s: arrival minus device time of each, seconds.
        kind: kind of clock.
    """
    x, y = list(device_s), list(offset_s)
    flat = x[-1] - x[0] < kind.slope_after_s
    line = _line(x, y, kind, flat=flat)
    at, offset = np.asarray(x), np.asarray(y)
    above = np.sort(np.maximum(offset - (line.offset_s + line.skew * (at - line.at_s)), 0.0))
    looseness = looseness_s(above)
    parts: list[Line] = []
    if len(x) >= 2 * _PARTS:
        parts = [_line(x[k::_PARTS], y[k::_PARTS], kind, flat=flat) for k in range(_PARTS)]
    touches = x[int(np.argmin(offset))] if flat else None
    return EnvelopeFit(line, looseness, tuple(parts), touches, kind.flat_skew)


def looseness_s(above_s: FloatArray) -> float:
    """What the scatter of the lowest points leaves open, seconds.

    The lowest points of many lie as far apart as the very lowest lies above the floor; three times that
    is exceeded once in twenty times, were the delays independent.

    Args:
        above_s: how far the points lie above the lowest, in order, at least one.
    """
    rank = min(len(above_s) - 1, max(_FEWEST_LOWEST, len(above_s) // _LOWEST_SHARE))
    scatter_s: float = 3.0 * above_s[rank].item() / max(1, rank - 1)
    return scatter_s + _AT_FIRST_S / math.pow(len(above_s), 1.5)


def _line(x: list[float], y: list[float], kind: ClockKind, *, flat: bool) -> Line:
    if flat:
        return Line(x[0], min(y), 0.0)
    return lower_line(x, y, kind.max_skew)


@dataclass(frozen=True, slots=True)
class EnvelopePieces:
    """An envelope of straight pieces.

    Attributes:
        device_s: device times of the knots, shape (k,), increasing.
        offset_s: the envelope there, shape (k,).
        uncertainty_s: half width of what it can be there, shape (k,).
    """

    device_s: FloatArray
    offset_s: FloatArray
    uncertainty_s: FloatArray


def fit_pieces(
    device_s: Sequence[float], offset_s: Sequence[float], kind: ClockKind
) -> EnvelopePieces:
    """The lower envelope over a whole session: one straight line, or pieces of one window each.

    Args:
        device_s: device times, increasing, at least one.
        offset_s: arrival minus device time of each, seconds.
        kind: kind of clock.
    """
    start, end = device_s[0], device_s[-1]
    whole = fit_envelope(device_s, offset_s, kind)
    if end - start < 1.5 * kind.window_s:
        knots = [start, end] if whole.flat_from_s is None else [start]
        return _pieces([(knot, whole) for knot in knots], ends=(start, end))
    found: list[tuple[float, EnvelopeFit]] = []
    at, offset = np.asarray(device_s), np.asarray(offset_s)
    fewest = kind.slope_after_s / kind.bin_s / 2
    count = max(2, round((end - start) / (kind.window_s / 2)))
    for knot in np.linspace(start, end, count + 1).tolist():
        low = min(max(knot - kind.window_s / 2, start), end - kind.window_s)
        inside = slice(*np.searchsorted(at, (low, low + kind.window_s)).tolist())
        x = at[inside].tolist()
        if len(x) < fewest or x[-1] - x[0] < kind.slope_after_s:  # a long break
            continue
        found.append((knot, fit_envelope(x, offset[inside].tolist(), kind)))
    if len(found) < 2:
        found = [(start, whole), (end, whole)]
    return _pieces(found, ends=(start, end))


def _pieces(found: list[tuple[float, EnvelopeFit]], ends: tuple[float, float]) -> EnvelopePieces:
    uncertainty = [fit.uncertainty_s(knot) for knot, fit in found]
    if len(found) == 1:  # level: what holds at the worse end holds everywhere
        uncertainty = [max(found[0][1].uncertainty_s(end) for end in ends)]
    return EnvelopePieces(
        np.asarray([knot for knot, _ in found]),
        np.asarray([fit.line(knot) for knot, fit in found]),
        np.asarray(uncertainty),
    )
