"""Orientation of every sensor in one ground frame, and of the sensors in the upright pose.

Without a magnetometer each sensor has a heading of its own, which drifts. What is known is which
way "right" is on each segment. So every sensor is turned about the vertical until the right axis of
its segment, averaged over a few strides, points to the right of the ground frame: forward is where
the runner runs. What is lost is the direction of travel and the mean rotation of one segment
against another about the vertical (the toe-out angle), which no such sensor knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pipeline.errors import CalibrationError
from pipeline.exporters.session_samples import CHUNK_S, SessionSamples
from pipeline.importers.imported_samples import to_blocks
from pipeline.orientation import FloatArray, cross, multiply, to_horizon
from pipeline.partial_sensors import NO_WHOLE_SENSOR
from pipeline.refinement import refine, session_flexion_axis
from pipeline.stride import SIDES, Stride
from pipeline.stride_measurement import SHANK_OF
from pipeline.track import SensorTrack
from pipeline.track_set import TrackSet
from pipeline.worn_axes import WornAxes
from sensors.placement import Placement

HEADING_WINDOW_S = 5.0
"""The heading is averaged over so long: several strides of every gait."""


@dataclass(frozen=True, slots=True)
class SensorPose:
    """How a sensor sits on its segment.

    Attributes:
        up: "up" (along the segment, proximal) in sensor axes, shape (3,).
        right: to the subject's right in sensor axes, shape (3,), perpendicular to ``up``.
    """

    up: FloatArray
    right: FloatArray

    @property
    def upright(self) -> FloatArray:
        """Quaternion sensor -> ground (w, x, y, z) when the segment stands upright, shape (4,).

        Ground: x forward, y to the left, z up.
        """
        return _quaternion(np.stack([cross(self.up, self.right), -self.right, self.up]))


@dataclass(frozen=True, slots=True)
class SegmentOrientations:
    """Orientations on one time grid.

    Attributes:
        time_s: session time, shape (n,), even steps; where a sensor has no samples rows are absent.
        rate_hz: rate of the grid.
        quat: placement to quaternions sensor -> ground (w, x, y, z), shape (n, 4), neighbours on
            the same side of the sphere. Ground: x forward, y to the left, z up.
        upright: placement to the quaternion of the upright pose, shape (4,).
        from_standing: whether the upright pose was seen, or comes from the gait.
        absent: sensors that could not be aligned.
    """

    time_s: FloatArray
    rate_hz: float
    quat: Mapping[Placement, FloatArray]
    upright: Mapping[Placement, FloatArray]
    from_standing: bool
    absent: tuple[Placement, ...]


def segment_orientations(samples: SessionSamples, rate_hz: float) -> SegmentOrientations:
    """Orient the sensors of a session in one ground frame.

    Args:
        samples: the session.
        rate_hz: rate of the result.

    Returns:
        Orientations over the time that all aligned sensors share; without rows when there is none,
        or when no sensor could be aligned.

    Raises:
        CalibrationError: no sensor has both quantities.
    """
    whole = [placement for placement, sensor in samples.sensors.items() if not sensor.lacks]
    if not whole:
        raise CalibrationError(
            NO_WHOLE_SENSOR,
            reason="missing_sensor",
            where=str(samples.source),
            remedy="Export accelerometer and gyroscope of each sensor",
        )
    tracks = TrackSet(whole, live=False)
    for block in to_blocks(samples.as_imported(), CHUNK_S):
        if not block.lacks:
            tracks.push(block)
    refined = refine(tracks)
    poses = sensor_poses(tracks, refined.worn, refined.strides)
    absent = tuple(p for p in samples.sensors if p not in poses)
    aligned = {placement: tracks.tracks[placement] for placement in poses}
    time_s = _shared_grid(list(aligned.values()), rate_hz)
    return SegmentOrientations(
        time_s=time_s,
        rate_hz=rate_hz,
        quat={p: _in_ground(track, poses[p], time_s) for p, track in aligned.items()},
        upright={placement: pose.upright for placement, pose in poses.items()},
        from_standing=refined.worn.standing is not None,
        absent=absent,
    )


def sensor_poses(
    tracks: TrackSet, worn: WornAxes, strides: Sequence[Stride]
) -> dict[Placement, SensorPose]:
    """How the sensors sit on their segments; those that nothing tells about are absent."""
    poses: dict[Placement, SensorPose] = {}
    pelvis = worn.pelvis_axes()
    if pelvis is not None and tracks.pelvis is not None:
        poses[Placement.PELVIS] = SensorPose(pelvis.up, pelvis.right)
    for side in SIDES:
        track = tracks.tracks.get(SHANK_OF[side])
        mine = [s for s in strides if s.side == side]
        flexion = None if track is None else session_flexion_axis(track)
        if track is None or flexion is None or not mine:
            continue
        axes = worn.shank_axes(track, flexion, mine)
        poses[track.placement] = SensorPose(axes.long, axes.right)
    return poses


def _shared_grid(tracks: list[SensorTrack], rate_hz: float) -> FloatArray:
    """Even times at which every track has samples."""
    if not tracks:
        return np.empty(0)
    first_s = max(float(t.time_s.row(t.time_s.start)) for t in tracks)
    last_s = min(t.watermark_s for t in tracks)
    if last_s <= first_s:
        return np.empty(0)
    first, last = int(np.ceil(first_s * rate_hz)), int(np.floor(last_s * rate_hz))
    time_s = np.arange(first, last + 1) / rate_hz
    inside = (time_s >= first_s) & (time_s <= last_s)
    for track in tracks:
        for edge in track.breaks:
            before_s, after_s = float(track.time_s.row(edge - 1)), float(track.time_s.row(edge))
            inside &= (time_s <= before_s) | (time_s >= after_s)
    return time_s[inside]


def _in_ground(track: SensorTrack, pose: SensorPose, time_s: FloatArray) -> FloatArray:
    """Quaternions sensor -> ground at the times, shape (n, 4)."""
    sample_s = track.time_s.get(track.time_s.start, track.end)
    quat = track.quat.get(track.time_s.start, track.end)
    turned = np.empty_like(quat)
    edges = [0, *(edge - track.time_s.start for edge in track.breaks), len(quat)]
    for a, b in pairwise(edges):
        right = to_horizon(quat[a:b], np.broadcast_to(pose.right, (b - a, 3)))
        mean = _moving_sum(right, round(HEADING_WINDOW_S * track.rate_hz))
        # right of the ground frame is its -y, a quarter turn before x
        turn = -0.5 * np.pi - np.arctan2(mean[:, 1], mean[:, 0])
        about_up = np.zeros((b - a, 4))
        about_up[:, 0], about_up[:, 3] = np.cos(0.5 * turn), np.sin(0.5 * turn)
        turned[a:b] = multiply(about_up, quat[a:b])
    flips = np.cumsum(np.sum(turned[1:] * turned[:-1], axis=1) < 0.0) % 2 == 1
    turned[1:][flips] *= -1.0
    found = np.column_stack([np.interp(time_s, sample_s, turned[:, k]) for k in range(4)])
    # samples are a few degrees apart, so that the chord lies within 0.001 degrees of the arc
    found /= np.sqrt(np.sum(found * found, axis=1))[:, None]
    return found


def _moving_sum(values: FloatArray, window: int) -> FloatArray:
    """Sums over ``window`` rows around each row of (n, k), fewer at the ends."""
    reach = max(1, window // 2)
    total = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    n = np.arange(len(values))
    sums: FloatArray = (
        total[np.minimum(n + reach + 1, len(values))] - total[np.maximum(n - reach, 0)]
    )
    return sums


def _quaternion(matrix: FloatArray) -> FloatArray:
    """Quaternion (w, x, y, z), w not negative, of a rotation matrix (3, 3)."""
    # the eigenvector of the largest eigenvalue: no division by a small number in any orientation
    m = matrix
    k = np.array(
        [
            [m[0, 0] + m[1, 1] + m[2, 2], m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]],
            [m[2, 1] - m[1, 2], m[0, 0] - m[1, 1] - m[2, 2], m[1, 0] + m[0, 1], m[2, 0] + m[0, 2]],
            [m[0, 2] - m[2, 0], m[1, 0] + m[0, 1], m[1, 1] - m[0, 0] - m[2, 2], m[2, 1] + m[1, 2]],
            [m[1, 0] - m[0, 1], m[2, 0] + m[0, 2], m[2, 1] + m[1, 2], m[2, 2] - m[0, 0] - m[1, 1]],
        ]
    )
    vector: FloatArray = np.linalg.eigh(k)[1][:, -1]
    return vector if vector[0] >= 0.0 else -vector
