"""Where one shank inclines forward and comes back while the other one does not do the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.orientation import FloatArray
from pipeline.spilled_series import SpilledSeries
from pipeline.tasks.shank_posture import POSTURE_HZ, ROWS_IN_MEMORY, ShankPosture, smoothed

SMOOTHING_S = 0.2
SMALLEST_DEG = 8.0
LARGEST_DEG = 55.0
"""A standing shank cannot incline further: the ankle ends. One that does is lifted."""
SHORTEST_S, LONGEST_S = 0.8, 8.0
DEEP_S = 3.0 * LONGEST_S
"""So far inside gait no repetition reaches out of it, nor does another that it might hide."""
EDGE_SHARE = 0.015
"""A repetition begins and ends at this share of its inclination."""
TOP_SHARE = 0.92
"""The lowest position is the middle of what lies above this share."""
RETURN_SHARE = 1.0 / 3.0
OTHER_SHARE = 0.5
"""The free shank inclines by less than this share of what the standing one does meanwhile."""
LOOK_BACK_S = 5.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A repetition as the posture shows it.

    Attributes:
        start_s: session time of the start.
        bottom_s: middle of the lowest part.
        end_s: end.
        inclined_deg: how far the shank inclined.
        uneven: whether the shank did not come back on one side.
        free_deg: mean angle of the free shank to standing; None when not known.
    """

    start_s: float
    bottom_s: float
    end_s: float
    inclined_deg: float
    uneven: bool
    free_deg: float | None


def find_candidates(
    posture: ShankPosture, other: ShankPosture | None, gait_s: FloatArray
) -> list[Candidate]:
    """All repetitions of one leg, in order; squats on both legs are not among them.

    Args:
        posture: of the leg that may be standing.
        other: of the other leg; None when it has no sensor.
        gait_s: begin and end of stretches of gait, in order, shape (n, 2); hills well inside one
            are passed over. Those near its ends are not: who wants no gait has to look himself.
    """
    deep_s = gait_s + DEEP_S * np.array([1.0, -1.0])
    deep_s = deep_s[deep_s[:, 0] < deep_s[:, 1]]
    forward = SpilledSeries(np.float64, rows_in_memory=ROWS_IN_MEMORY)
    parts = (posture.forward_deg(first, last) for first, last in posture.parts())
    for means in smoothed(parts, max(1, round(SMOOTHING_S * POSTURE_HZ))):
        forward.append(means)
    reach = round(LOOK_BACK_S * POSTURE_HZ)
    found: list[Candidate] = []
    for hill in _hills(forward):
        if len(deep_s) and _deep(hill, posture, deep_s):
            continue
        peak, top = hill.peak, float(forward.row(hill.peak))
        before = forward.get(peak - reach, peak + 1)
        after = forward.get(peak, peak + reach + 1)
        first = _foot(before[::-1], top)
        last = _foot(after, top)
        base = max(float(before[::-1][first]), float(after[last]))
        lower = min(float(before[::-1][first]), float(after[last]))
        rise = top - lower
        if rise < SMALLEST_DEG or top > LARGEST_DEG:
            continue
        start, end = peak - first, peak + last
        candidate = _candidate(posture, other, forward, (start, peak, end))
        if candidate is None or (found and candidate.start_s < found[-1].bottom_s):
            continue
        uneven = base - lower > RETURN_SHARE * rise
        if uneven and other is None:
            continue  # as likely the lifting of this leg
        found.append(
            Candidate(
                candidate.start_s,
                candidate.bottom_s,
                candidate.end_s,
                candidate.inclined_deg,
                uneven,
                candidate.free_deg,
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class _Hill:
    """Numbers of the postures in a valley, on the peak after it and in the next valley."""

    valley: int
    peak: int
    following: int


def _deep(hill: _Hill, posture: ShankPosture, deep_s: FloatArray) -> bool:
    """Whether a hill or its peak lies well inside a stretch of gait."""
    first_s, peak_s, last_s = (
        posture.at_s(number) for number in (hill.valley, hill.peak, hill.following)
    )
    within = int(np.searchsorted(deep_s[:, 0], first_s)) - 1
    if within >= 0 and last_s < deep_s[within, 1]:
        return True
    within = int(np.searchsorted(deep_s[:, 0], peak_s)) - 1
    return within >= 0 and peak_s < float(deep_s[within, 1])


def _hills(forward: SpilledSeries[np.float64]) -> Iterator[_Hill]:
    """Stretches between valleys, each with one peak that stands out."""
    if forward.end < 3:
        return
    valley = peak = -1
    for turn in _turning(forward):
        if valley < 0:
            valley = turn
        elif peak < 0:
            peak = turn
        else:
            yield _Hill(valley, peak, turn)
            valley, peak = turn, -1


def _turning(forward: SpilledSeries[np.float64]) -> Iterator[int]:
    """Turning points, valley and peak in turn: of a zigzag with the smallest inclination to count."""
    yield 0
    rising = True
    extreme, extreme_deg = 0, float(forward.row(0))
    for a in range(0, forward.end, ROWS_IN_MEMORY):
        for n, value in enumerate(forward.get(a, a + ROWS_IN_MEMORY).tolist(), start=a):
            if rising:
                if value > extreme_deg:
                    extreme, extreme_deg = n, value
                elif value < extreme_deg - SMALLEST_DEG / 2.0:
                    yield extreme
                    rising, extreme, extreme_deg = False, n, value
            elif value < extreme_deg:
                extreme, extreme_deg = n, value
            elif value > extreme_deg + SMALLEST_DEG / 2.0:
                yield extreme
                rising, extreme, extreme_deg = True, n, value
    yield extreme
    if rising:
        yield forward.end - 1


def _foot(falling: FloatArray, top: float) -> int:
    """How far from the peak a side of a hill begins: where it first is nearly as low as it gets.

    It ends where the shank rises again by a tenth of the hill.
    """
    lowest = np.minimum.accumulate(falling)
    height = top - lowest
    again = np.flatnonzero(falling > lowest + np.maximum(0.1 * height, 1.0))
    stop = int(again[0]) if len(again) else len(falling)
    low = float(lowest[stop - 1])
    return int(np.flatnonzero(falling[:stop] <= low + EDGE_SHARE * (top - low))[0])


def _candidate(
    posture: ShankPosture,
    other: ShankPosture | None,
    forward: SpilledSeries[np.float64],
    at: tuple[int, int, int],
) -> Candidate | None:
    """Judge a hill: its duration, and what the other leg did meanwhile."""
    start, peak, end = at
    start_s, end_s = posture.at_s(start), posture.at_s(end)
    if not SHORTEST_S <= end_s - start_s <= LONGEST_S:
        return None
    slope = forward.get(start, end + 1)
    highest = float(slope[peak - start])
    rise = float(highest - min(slope[0], slope[-1]))
    top = np.flatnonzero(slope >= highest - (1.0 - TOP_SHARE) * rise)
    bottom_s = float(np.mean(posture.time_s(start, end + 1)[top]))
    free_deg = None
    if other is not None:
        first, last = other.first_at(start_s), other.first_at(float(np.nextafter(end_s, np.inf)))
        if last - first >= SHORTEST_S * POSTURE_HZ / 2.0:
            angle = other.inclined_deg(first, last)
            level = other.up(first, last)
            moved = level - level[0]
            swing = float(np.degrees(np.sqrt(np.max(np.sum(moved * moved, axis=1)))))
            if swing > OTHER_SHARE * rise:
                return None
            free_deg = float(np.mean(angle))
    return Candidate(start_s, bottom_s, end_s, rise, uneven=False, free_deg=free_deg)
