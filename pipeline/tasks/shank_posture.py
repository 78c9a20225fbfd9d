"""How the shanks incline against standing, slowly enough to see repetitions in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.orientation import (
    FloatArray,
    cross,
    dot,
    unit,
    up_in_sensor,
)
from pipeline.stillness import Standing
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


@dataclass(frozen=True, slots=True)
class ShankPosture:
    """A shank against standing.

    Attributes:
        long: up in sensor axes in standing, (3,).
        time_s: session time of the postures, shape (n,).
        up: up in sensor axes at those times, shape (n, 3).
        right: unit vector (3,) in sensor axes, to the subject's right; None when not known.
    """

    long: FloatArray
    time_s: FloatArray
    up: FloatArray
    right: FloatArray | None = None

    @property
    def inclined_deg(self) -> FloatArray:
        """Angle of the shank to its direction in standing, shape (n,), never negative."""
        angle: FloatArray = np.degrees(np.arccos(np.clip(dot(self.up, self.long), -1.0, 1.0)))
        return angle

    @property
    def forward_deg(self) -> FloatArray:
        """Forward inclination, shape (n,); of either sign only when ``right`` is known."""
        if self.right is None:
            return self.inclined_deg
        anterior = cross(self.long, self.right)
        angle: FloatArray = np.degrees(np.arctan2(-dot(self.up, anterior), dot(self.up, self.long)))
        return angle


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
    long = unit(np.mean(up_in_sensor(track.quat.get(first, last)), axis=0))
    times, ups = [np.empty(0)], [np.empty((0, 3))]
    for positions in _outside_gait(track, step, gait_s):
        for a in range(0, len(positions), 4096):
            some = positions[a : a + 4096]
            low, high = int(some[0]), int(some[-1]) + 1
            times.append(track.time_s.get(low, high)[some - low])
            ups.append(up_in_sensor(track.quat.get(low, high)[some - low]))
    return ShankPosture(long, np.concatenate(times), np.concatenate(ups))


def _outside_gait(
    track: SensorTrack, step: int, gait_s: FloatArray
) -> Iterator[npt.NDArray[np.intp]]:
    """Every ``step``-th position, without those deep inside gait."""
    start = track.time_s.start
    inner_s = gait_s + WITHIN_GAIT_S * np.array([1.0, -1.0])
    edges = [start]
    for begin_s, end_s in inner_s[inner_s[:, 0] < inner_s[:, 1]].tolist():
        edges += [track.position_at(begin_s), track.position_at(end_s)]
    edges.append(track.end)
    for a, b in zip(edges[::2], edges[1::2], strict=True):
        yield np.arange(start + -(-(a - start) // step) * step, b, step)


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
    if other is None or not len(other.time_s):
        return None
    here = posture.inclined_deg
    there = np.interp(posture.time_s, other.time_s, other.inclined_deg)
    both = (np.minimum(here, there) > SQUAT_DEG) & (np.maximum(here, there) < SQUAT_LARGEST_DEG)
    both &= np.maximum(here, there) < SQUAT_RATIO * np.minimum(here, there)
    inside = np.zeros(len(here), np.bool_)
    for start_s, end_s in spans_s:
        inside |= (posture.time_s >= start_s) & (posture.time_s < end_s)
    both &= inside
    if int(both.sum()) < POSTURE_HZ:
        return None
    # inclined forward, up moves backward in the shank: the mean of the level part of up says where
    level = posture.up[both] - dot(posture.up[both], posture.long)[:, None] * posture.long
    direction = np.sum(level, axis=0)
    spread = float(np.sqrt(np.sum(direction**2)) / np.sum(np.sqrt(np.sum(level**2, axis=1))))
    if spread < 0.95:
        return None
    return unit(cross(unit(direction), posture.long)) * -1.0


def smoothed(values: FloatArray, width: int) -> FloatArray:
    """Centred running mean of ``width`` values, fewer at the ends; shape (n,)."""
    half = width // 2
    sums = np.concatenate([[0.0], np.cumsum(values)])
    at: npt.NDArray[np.intp] = np.arange(len(values))
    first, last = np.maximum(at - half, 0), np.minimum(at + half + 1, len(values))
    means: FloatArray = (sums[last] - sums[first]) / (last - first)
    return means
