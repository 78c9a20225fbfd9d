"""Where one shank inclines forward and comes back while the other one does not do the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pipeline.orientation import FloatArray
from pipeline.tasks.shank_posture import POSTURE_HZ, ShankPosture, smoothed

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
    forward = smoothed(posture.forward_deg, max(1, round(SMOOTHING_S * POSTURE_HZ)))
    reach = round(LOOK_BACK_S * POSTURE_HZ)
    found: list[Candidate] = []
    for low, high in _outside(_hills(forward), posture.time_s, deep_s):
        peak = low + int(np.argmax(forward[low:high]))
        within = int(np.searchsorted(deep_s[:, 0], posture.time_s[peak])) - 1
        if within >= 0 and posture.time_s[peak] < deep_s[within, 1]:
            continue
        before = forward[max(0, peak - reach) : peak + 1]
        after = forward[peak : peak + reach + 1]
        first = _foot(before[::-1], forward[peak])
        last = _foot(after, forward[peak])
        base = max(float(before[::-1][first]), float(after[last]))
        lower = min(float(before[::-1][first]), float(after[last]))
        rise = float(forward[peak]) - lower
        if rise < SMALLEST_DEG or forward[peak] > LARGEST_DEG:
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


def _outside(
    hills: list[tuple[int, int]], time_s: FloatArray, deep_s: FloatArray
) -> list[tuple[int, int]]:
    """Those that do not lie as a whole inside a stretch of gait."""
    if not hills or not len(deep_s):
        return hills
    low, high = np.array(hills).T
    within = np.searchsorted(deep_s[:, 0], time_s[low]) - 1
    inside = (within >= 0) & (time_s[high - 1] < deep_s[within, 1])
    return [hill for hill, is_inside in zip(hills, inside.tolist(), strict=True) if not is_inside]


def _hills(forward: FloatArray) -> list[tuple[int, int]]:
    """Stretches ``[low, high)`` between valleys, each with one peak that stands out."""
    bounds: list[tuple[int, int]] = []
    if len(forward) < 3:
        return bounds
    # a zigzag with the smallest inclination as its threshold: turning points, valley and peak in turn
    turning: list[int] = [0]
    rising = True
    extreme = 0
    for n, value in enumerate(forward.tolist()):
        if rising:
            if value > forward[extreme]:
                extreme = n
            elif value < forward[extreme] - SMALLEST_DEG / 2.0:
                turning.append(extreme)
                rising, extreme = False, n
        elif value < forward[extreme]:
            extreme = n
        elif value > forward[extreme] + SMALLEST_DEG / 2.0:
            turning.append(extreme)
            rising, extreme = True, n
    turning.append(extreme)
    if rising:
        turning.append(len(forward) - 1)
    for valley, _, following in zip(turning[::2], turning[1::2], turning[2::2], strict=False):
        bounds.append((valley, following + 1))
    return bounds


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
    forward: FloatArray,
    at: tuple[int, int, int],
) -> Candidate | None:
    """Judge a hill: its duration, and what the other leg did meanwhile."""
    start, peak, end = at
    start_s, end_s = float(posture.time_s[start]), float(posture.time_s[end])
    if not SHORTEST_S <= end_s - start_s <= LONGEST_S:
        return None
    rise = float(forward[peak] - min(forward[start], forward[end]))
    top = np.flatnonzero(forward[start : end + 1] >= forward[peak] - (1.0 - TOP_SHARE) * rise)
    bottom_s = float(np.mean(posture.time_s[start + top]))
    free_deg = None
    if other is not None:
        inside = (other.time_s >= start_s) & (other.time_s <= end_s)
        if int(inside.sum()) >= SHORTEST_S * POSTURE_HZ / 2.0:
            angle = other.inclined_deg[inside]
            level = other.up[inside]
            moved = level - level[0]
            swing = float(np.degrees(np.sqrt(np.max(np.sum(moved * moved, axis=1)))))
            if swing > OTHER_SHARE * rise:
                return None
            free_deg = float(np.mean(angle))
    return Candidate(start_s, bottom_s, end_s, rise, uneven=False, free_deg=free_deg)
