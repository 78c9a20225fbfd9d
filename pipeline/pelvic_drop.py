"""Pelvic obliquity over one stride, and contralateral pelvic drop from it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline.orientation import FloatArray, dot, up_in_sensor
from pipeline.pelvis_axes import PelvisAxes
from pipeline.stride import CURVE_POINTS, Side
from pipeline.track import SensorTrack

PEAK_WINDOW_PCT = (5, 75)
"""Part of stance in which the peak is looked for."""
MID_STANCE_PCT = (45, 55)


def obliquity_deg(track: SensorTrack, axes: PelvisAxes, first: int, last: int) -> FloatArray:
    """Obliquity at positions ``[first, last)``: elevation of the medio-lateral axis, + right up.

    Needs gravity and the medio-lateral axis only. Source: Baker 2001; Wren and Mitiguy 2007.
    """
    elevation = dot(up_in_sensor(track.quat.get(first, last)), axes.right)
    angle: FloatArray = np.degrees(np.arcsin(np.clip(elevation, -1.0, 1.0)))
    return angle


def pelvic_drop(
    track: SensorTrack,
    axes: PelvisAxes,
    side: Side,
    foot_strike_s: float,
    toe_off_s: float,
    next_foot_strike_s: float,
) -> tuple[dict[str, float], npt.NDArray[np.float32]] | None:
    """Metrics of pelvic drop for the stance of one leg.

    Args:
        track: the pelvis.
        axes: its calibration; obliquity is zero in standing when that was seen.
        side: stance leg.
        foot_strike_s: start of stance.
        toe_off_s: end of stance.
        next_foot_strike_s: end of the stride.

    Returns:
        Metric values in degrees (``cpd_peak_pct`` in percent of stance) and the drop over stance,
        shape (101,); None when the pelvis has no samples for the whole stride. Drop against
        standing (``cpd_peak_deg``, ``cpd_mid_deg``) is absent when standing was not seen.
    """
    first = track.position_at(foot_strike_s) - 1
    last = track.position_at(next_foot_strike_s) + 1
    if first < track.time_s.start or last > track.end:
        return None
    times = track.time_s.get(first, last)
    obliquity = obliquity_deg(track, axes, first, last)
    stance = foot_strike_s + (toe_off_s - foot_strike_s) * np.arange(CURVE_POINTS) / 100.0
    sign = 1.0 if side == "right" else -1.0
    drop = sign * np.interp(stance, times, obliquity)
    low, high = PEAK_WINDOW_PCT
    peak_at = low + int(np.argmax(drop[low : high + 1]))
    edges = np.interp([foot_strike_s, next_foot_strike_s], times, obliquity)
    inside = np.concatenate([edges, obliquity[1:-1]])
    metrics = {
        "cpd_exc_deg": float(drop[peak_at] - drop[0]),
        "cpd_peak_pct": float(peak_at),
        "pelvis_rom_deg": float(inside.max() - inside.min()),
    }
    if axes.from_standing:
        metrics["cpd_peak_deg"] = float(drop[peak_at])
        metrics["cpd_mid_deg"] = float(np.mean(drop[MID_STANCE_PCT[0] : MID_STANCE_PCT[1] + 1]))
        curve = drop
    else:
        curve = drop - drop[0]
    return metrics, curve.astype(np.float32)
