"""Pelvic obliquity over strides, and contralateral pelvic drop from it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from pipeline.column_rotation import along, up_of
from pipeline.orientation import FloatArray, cross
from pipeline.pelvis_axes import PelvisAxes
from pipeline.stride import Side
from pipeline.stride_events import StrideTimes
from pipeline.track import SensorTrack, segment_maximum, segment_minimum
from pipeline.uncertainty import DropSensitivity

PEAK_WINDOW_PCT = (5, 75)
"""Part of stance in which the peak is looked for."""
MID_STANCE_PCT = (45, 55)
SLOPE_S = 0.01
"""The slope at foot strike is taken over so much on either side."""


def obliquity_deg(track: SensorTrack, axes: PelvisAxes, first: int, last: int) -> FloatArray:
    """Obliquity at positions ``[first, last)``: elevation of the medio-lateral axis, + right up.

    Needs gravity and the medio-lateral axis only. Source: Baker 2001; Wren and Mitiguy 2007.
    """
    return _angle_deg(along(up_of(track.quat.columns(first, last)), axes.right))


def _angle_deg(sine: FloatArray) -> FloatArray:
    angle: FloatArray = np.degrees(np.arcsin(sine.clip(-1.0, 1.0)))
    return angle


def pelvic_drop(
    track: SensorTrack,
    axes: PelvisAxes,
    side: Side,
    times: StrideTimes,
    lean_deg: FloatArray | float = 0.0,
) -> tuple[dict[str, FloatArray], npt.NDArray[np.float32], DropSensitivity]:
    """Metrics of pelvic drop for stances of one leg.

    Args:
        track: the pelvis; it must have samples for all of the strides.
        axes: its calibration; obliquity is zero in standing when that was seen.
        side: stance leg.
        times: n strides, in order.
        lean_deg: how far the vertical that was found leans to the left in each, shape (n,).

    Returns:
        Metric values, each of shape (n,), in degrees (``cpd_peak_pct`` in percent of stance), the
        drop over stance, shape (n, 101), and what would disturb them. Drop against standing
        (``cpd_peak_deg``, ``cpd_mid_deg``) is absent when standing was not seen; the curves then
        begin at zero.
    """
    starts = track.positions_at(times.foot_strike_s)
    stops = track.positions_at(times.next_foot_strike_s)
    low = max(track.time_s.start, int(starts[0]) - 2 - int(SLOPE_S * track.rate_hz))
    high = int(stops[-1]) + 1
    sample_s = track.time_s.get(low, high)
    up = up_of(track.quat.columns(low, high))
    obliquity = _angle_deg(along(up, axes.right))
    sign = 1.0 if side == "right" else -1.0
    strike_s, next_s = times.foot_strike_s, times.next_foot_strike_s
    grid_s = times.stance_grid_s()
    wanted_s = [grid_s, strike_s, next_s, strike_s - SLOPE_S, strike_s + SLOPE_S]
    known = np.interp(np.concatenate(wanted_s, axis=None), sample_s, obliquity)
    drop = sign * known[: grid_s.size].reshape(grid_s.shape)
    drop += sign * np.broadcast_to(lean_deg, len(times))[:, None]
    at_strike, at_next, before, after = known[grid_s.size :].reshape(4, -1)
    first, last = PEAK_WINDOW_PCT
    window = drop[:, first : last + 1]
    peak_at, peak = first + window.argmax(axis=1), window.max(axis=1)
    starts, stops = starts - low, stops - low
    highest = np.maximum.reduce([segment_maximum(obliquity, starts, stops), at_strike, at_next])
    lowest = np.minimum.reduce([segment_minimum(obliquity, starts, stops), at_strike, at_next])
    metrics = {
        "cpd_exc_deg": peak - drop[:, 0],
        "cpd_peak_pct": peak_at.astype(np.float64),
        "pelvis_rom_deg": highest - lowest,
    }
    tilt = along(up, cross(axes.up, axes.right))
    peak_s = strike_s + 0.01 * peak_at * times.contact_s
    tilt_peak, tilt_strike = np.interp(np.stack([peak_s, strike_s]), sample_s, tilt)
    sensitivity = DropSensitivity(
        slope_deg_s=sign * (after - before) / (2.0 * SLOPE_S),
        tilt_peak_rad=tilt_peak,
        tilt_strike_rad=tilt_strike,
        peak_share=(peak_s - strike_s) / times.stride_s,
    )
    if axes.from_standing:
        metrics["cpd_peak_deg"] = peak
        metrics["cpd_mid_deg"] = drop[:, MID_STANCE_PCT[0] : MID_STANCE_PCT[1] + 1].mean(axis=1)
    else:
        drop = drop - drop[:, :1]
    return metrics, drop.astype(np.float32), sensitivity
