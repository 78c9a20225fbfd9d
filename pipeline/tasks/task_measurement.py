"""Angles of pelvis and standing shank over one repetition."""

from __future__ import annotations

import numpy as np

from pipeline.orientation import FloatArray, cross, dot, to_earth, to_horizon, up_in_sensor
from pipeline.pelvis_axes import PelvisAxes
from pipeline.stride import Side
from pipeline.track import MARK_FILLED, SensorTrack

START_S = 0.1
"""What "at the start" means: the mean of the first tenth of a second."""
WOBBLE_HZ = (2.0, 10.0)
LONGEST_FILL_S = 0.1


def pelvis_metrics(
    track: SensorTrack, axes: PelvisAxes, side: Side, start_s: float, end_s: float
) -> dict[str, float]:
    """Peak drop against standing, ranges of tilt and rotation, degrees.

    Args:
        track: the pelvis.
        axes: its calibration; without standing the drop is not known.
        side: standing leg.
        start_s: start of the repetition.
        end_s: its end.
    """
    first, last = track.position_at(start_s), track.position_at(end_s)
    quat = track.quat.get(first, last)
    up = up_in_sensor(quat)
    anterior = cross(axes.up, axes.right)
    obliquity = np.degrees(np.arcsin(np.clip(dot(up, axes.right), -1.0, 1.0)))
    tilt = np.degrees(np.arctan2(-dot(up, anterior), dot(up, axes.up)))
    level = to_horizon(quat, np.broadcast_to(axes.right, (len(quat), 3)))
    heading = np.degrees(np.unwrap(np.arctan2(level[:, 1], level[:, 0])))
    metrics = {
        "pelvis_tilt_deg": float(np.ptp(tilt)),
        "pelvis_rotation_deg": float(np.ptp(heading)),
    }
    if axes.from_standing:
        metrics["cpd_peak_deg"] = float(np.max(obliquity if side == "right" else -obliquity))
    return metrics


def shank_metrics(
    track: SensorTrack,
    long: FloatArray,
    right: FloatArray | None,
    side: Side,
    start_s: float,
    end_s: float,
) -> dict[str, float]:
    """Inclination, inward lean and internal rotation of the standing shank against the start.

    The ground frame stands on the shank's own direction to the right at the start, so no heading
    is needed. Cardan order sagittal, frontal, axial, as in gait.

    Args:
        track: the shank.
        long: its long axis in sensor axes, (3,).
        right: its direction to the right in sensor axes, (3,); None leaves lean and rotation out.
        side: the leg.
        start_s: start of the repetition.
        end_s: its end.
    """
    first, last = track.position_at(start_s), track.position_at(end_s)
    metrics = {"wobble_deg_s": _wobble_deg_s(track.rate.get(first, last), track.rate_hz)}
    quat = track.quat.get(first, last)
    count = max(1, round(START_S * track.rate_hz))
    if right is None:
        up = up_in_sensor(quat)
        angle = np.degrees(np.arccos(np.clip(dot(up, long), -1.0, 1.0)))
        metrics["shank_inclination_deg"] = float(np.max(angle) - np.mean(angle[:count]))
        return metrics
    spread = np.broadcast_to(right, (len(quat), 3))
    towards = np.mean(to_horizon(quat, spread)[:count], axis=0)
    east, north = (towards / np.sqrt(np.sum(towards**2))).tolist()
    ground_right, ground_up = np.array([east, north, 0.0]), np.array([0.0, 0.0, 1.0])
    ground_forward = cross(ground_up, ground_right)
    y = to_earth(quat, np.broadcast_to(long, (len(quat), 3)))
    z = to_earth(quat, spread)
    x = to_earth(quat, np.broadcast_to(cross(long, right), (len(quat), 3)))
    sign = 1.0 if side == "right" else -1.0
    forward = np.degrees(np.arctan2(dot(y, ground_forward), dot(y, ground_up)))
    outward = sign * np.degrees(np.arcsin(np.clip(dot(y, ground_right), -1.0, 1.0)))
    internal = sign * np.degrees(np.arctan2(-dot(x, ground_right), dot(z, ground_right)))
    metrics["shank_inclination_deg"] = _rise(forward, count)
    metrics["shank_medial_lean_deg"] = _rise(-outward, count)
    metrics["tir_exc_deg"] = _rise(internal, count)
    return metrics


def has_gap(track: SensorTrack, start_s: float, end_s: float) -> bool:
    """Whether samples are missing in ``[start_s, end_s]``."""
    first, last = track.position_at(start_s), track.position_at(end_s)
    if last <= first or any(first <= edge <= last for edge in track.breaks):
        return True
    filled = (track.marks.get(first, last) & MARK_FILLED) != 0
    # gaps are filled from the stride before; outside gait a short one does not matter
    return int(filled.sum()) > LONGEST_FILL_S * track.rate_hz


def _rise(angle: FloatArray, count: int) -> float:
    return float(np.max(angle) - np.mean(angle[:count]))


def _wobble_deg_s(rate: FloatArray, rate_hz: float) -> float:
    """Root mean square of the resultant angular rate (n, 3) within ``WOBBLE_HZ``."""
    n = len(rate)
    window = np.hanning(n)[:, None]
    spectrum = np.fft.rfft((rate - np.mean(rate, axis=0)) * window, axis=0)
    frequency = np.fft.rfftfreq(n, 1.0 / rate_hz)
    inside = (frequency >= WOBBLE_HZ[0]) & (frequency <= WOBBLE_HZ[1])
    power = 2.0 * float(np.sum(np.abs(spectrum[inside]) ** 2)) / (n * float(np.sum(window**2)))
    return float(np.degrees(np.sqrt(power)))
