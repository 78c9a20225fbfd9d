"""How the shanks incline against standing, slowly enough to see repetitions in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from pipeline.orientation import (
    FloatArray,
    cross,
    dot,
    unit,
    up_in_sensor,
)
from pipeline.spilled_series import SpilledSeries
from pipeline.stillness import Standing
from pipeline.time_index import TimeIndex
from pipeline.track import SensorTrack

POSTURE_HZ = 25.0
"""Posture is looked at this often."""
SQUAT_DEG = 6.0
"""A squat on both legs inclines both shanks by this much at least."""
SQUAT_LARGEST_DEG = 50.0
SQUAT_RATIO = 1.8
"""The larger inclination of the two shanks in a squat on both legs over the smaller, at most."""
WITHIN_GAIT_S = 60.0
"""Far more than anything that looks around a repetition looks back."""
ROWS_IN_MEMORY = 1 << 15
"""Postures of twenty minutes; those of more are in a file."""
TOGETHER = 1 << 16
"""Samples that are read at once."""


class ShankPosture:
    """A shank against standing, from time to time; what is old lies in a file.

    Args:
        long: up in sensor axes in standing, (3,).

    Attributes:
        long: as given.
        right: unit vector (3,) in sensor axes, to the subject's right; None when not known.
    """

    def __init__(self, long: FloatArray) -> None:
        self.long = long
        self.right: FloatArray | None = None
        self._time_s = SpilledSeries(np.float64, rows_in_memory=ROWS_IN_MEMORY)
        self._up = SpilledSeries(np.float64, 3, ROWS_IN_MEMORY)
        self._times = TimeIndex(self._time_s)

    def __len__(self) -> int:
        """Number of postures."""
        return self._time_s.end

    def add(self, time_s: FloatArray, up: FloatArray) -> None:
        """Add postures at the end.

        Args:
            time_s: session times, shape (n,).
            up: up in sensor axes at those times, shape (n, 3).
        """
        self._time_s.append(time_s)
        self._up.append(up)

    def parts(self) -> Iterator[tuple[int, int]]:
        """All numbers ``[first, last)`` in order, some at a time."""
        for a in range(0, len(self), ROWS_IN_MEMORY):
            yield a, min(a + ROWS_IN_MEMORY, len(self))

    def first_at(self, time_s: float) -> int:
        """Number of the first posture that is not before a session time."""
        return int(self._times.positions_at(np.array([time_s]))[0])

    def at_s(self, number: int) -> float:
        """Session time of one posture."""
        return float(self._time_s.row(number))

    def time_s(self, first: int, last: int) -> FloatArray:
        """Session times of the postures ``[first, last)``, shape (n,)."""
        return self._time_s.get(first, last)

    def up(self, first: int, last: int) -> FloatArray:
        """Up in sensor axes in the postures ``[first, last)``, shape (n, 3)."""
        return self._up.get(first, last)

    def inclined_deg(self, first: int, last: int) -> FloatArray:
        """Angle of the shank to its direction in standing, shape (n,), never negative."""
        cosine = np.clip(dot(self.up(first, last), self.long), -1.0, 1.0)
        angle: FloatArray = np.degrees(np.arccos(cosine))
        return angle

    def forward_deg(self, first: int, last: int) -> FloatArray:
        """Forward inclination, shape (n,); of either sign only when ``right`` is known."""
        if self.right is None:
            return self.inclined_deg(first, last)
        up, anterior = self.up(first, last), cross(self.long, self.right)
        angle: FloatArray = np.degrees(np.arctan2(-dot(up, anterior), dot(up, self.long)))
        return angle

    def inclined_at_deg(self, times_s: FloatArray) -> FloatArray:
        """The same as `inclined_deg` between postures, at rising times, shape (n,)."""
        first = max(0, self.first_at(float(times_s[0])) - 1)
        last = self.first_at(float(times_s[-1])) + 1
        found: FloatArray = np.interp(
            times_s, self.time_s(first, last), self.inclined_deg(first, last)
        )
        return found


def shank_posture(
    track: SensorTrack, standing: Standing, gait_s: FloatArray
) -> ShankPosture | None:
    """Posture of a shank over the session; None when it was not seen standing.

    Args:
        track: the shank, oriented.
        standing: what the posture is against.
        gait_s: begin and end of stretches of gait, in order, shape (n, 2); what lies more than
            `WITHIN_GAIT_S` inside one is left out: nobody asks for it, and there are hours of it.
    """
    if track.end - track.time_s.start < 2:
        return None
    # gravity through the filter, as everywhere else: the accelerometer's bias falls out
    first, last = (track.position_at(t) for t in (standing.start_s, standing.end_s))
    if last <= first:
        return None
    step = max(1, round(track.rate_hz / POSTURE_HZ))
    posture = ShankPosture(unit(_mean_up(track, first, last)))
    for positions in _outside_gait(track, step, gait_s):
        low, high = int(positions[0]), int(positions[-1]) + 1
        at = positions - low
        posture.add(track.time_s.get(low, high)[at], up_in_sensor(track.quat.get(low, high)[at]))
    return posture


def _mean_up(track: SensorTrack, first: int, last: int) -> FloatArray:
    """Mean of up in sensor axes over the positions ``[first, last)``, (3,)."""
    total = np.zeros(3)
    for a in range(first, last, TOGETHER):
        ups = up_in_sensor(track.quat.get(a, min(a + TOGETHER, last)))
        # one after another, so that the sum does not depend on the parts
        total = np.sum(np.concatenate([total[None], ups]), axis=0)
    return total / (last - first)


def _outside_gait(
    track: SensorTrack, step: int, gait_s: FloatArray
) -> Iterator[npt.NDArray[np.intp]]:
    """Every ``step``-th position, some at a time, without those deep inside gait."""
    start = track.time_s.start
    inner_s = gait_s + WITHIN_GAIT_S * np.array([1.0, -1.0])
    edges = [start]
    for begin_s, end_s in inner_s[inner_s[:, 0] < inner_s[:, 1]].tolist():
        edges += [track.position_at(begin_s), track.position_at(end_s)]
    edges.append(track.end)
    for a, b in zip(edges[::2], edges[1::2], strict=True):
        first = start + -(-(a - start) // step) * step
        for low in range(first, b, 4096 * step):
            yield np.arange(low, min(low + 4096 * step, b), step)


def squat_direction(
    posture: ShankPosture, other: ShankPosture | None, spans_s: Sequence[tuple[float, float]]
) -> FloatArray | None:
    """To the right, in sensor axes: the shank inclines forward when both legs squat.

    Args:
        posture: of the shank.
        other: of the other shank; None gives None: one leg alone may be lifted in any direction.
        spans_s: session time between standing and the first repetition, or the like.

    Returns:
        Unit vector (3,) perpendicular to ``long``; None when both shanks never inclined alike.
    """
    if other is None or not len(other):
        return None
    count, lengths, direction = 0, 0.0, np.zeros(3)
    for first, last in posture.parts():
        level = _level_in_squats(posture, other, spans_s, first, last)
        count += len(level)
        lengths += float(np.sum(np.sqrt(np.sum(level**2, axis=1))))
        direction = np.sum(np.concatenate([direction[None], level]), axis=0)
    if count < POSTURE_HZ:
        return None
    # inclined forward, up moves backward in the shank: the mean of the level part of up says where
    spread = float(np.sqrt(np.sum(direction**2)) / lengths)
    if spread < 0.95:
        return None
    return unit(cross(unit(direction), posture.long)) * -1.0


def _level_in_squats(
    posture: ShankPosture,
    other: ShankPosture,
    spans_s: Sequence[tuple[float, float]],
    first: int,
    last: int,
) -> FloatArray:
    """Level part of up, shape (k, 3), in those of the postures in which both legs squat."""
    time_s = posture.time_s(first, last)
    inside = np.zeros(len(time_s), np.bool_)
    for start_s, end_s in spans_s:
        inside |= (time_s >= start_s) & (time_s < end_s)
    if not inside.any():
        return np.empty((0, 3))
    here, there = posture.inclined_deg(first, last), other.inclined_at_deg(time_s)
    both = (np.minimum(here, there) > SQUAT_DEG) & (np.maximum(here, there) < SQUAT_LARGEST_DEG)
    both &= np.maximum(here, there) < SQUAT_RATIO * np.minimum(here, there)
    up = posture.up(first, last)[both & inside]
    level: FloatArray = up - dot(up, posture.long)[:, None] * posture.long
    return level


def smoothed(parts: Iterable[FloatArray], width: int) -> Iterator[FloatArray]:
    """Centred running mean of ``width`` values, fewer at the ends.

    Args:
        parts: the values, one part after another.
        width: how many values a mean is of.

    Yields:
        The means, one part after another; they do not depend on how the values were parted.
    """
    half = width // 2
    sums = np.zeros(1)  # of the values before `low`, `low` + 1, ...
    low = done = 0

    def means(until: int, end: int) -> FloatArray:
        at: npt.NDArray[np.intp] = np.arange(done, until)
        first, last = np.maximum(at - half, 0), np.minimum(at + half + 1, end)
        found: FloatArray = (sums[last - low] - sums[first - low]) / (last - first)
        return found

    end = 0
    for values in parts:
        sums = np.concatenate([sums[:-1], np.cumsum(np.concatenate([sums[-1:], values]))])
        end += len(values)
        if end - half > done:
            yield means(end - half, end)
            done = end - half
            kept = max(low, done - half)
            sums, low = sums[kept - low :], kept
    yield means(end, end)
