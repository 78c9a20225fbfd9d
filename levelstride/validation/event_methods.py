"""Published rules for foot strike and toe-off, written anew from their descriptions.

What a description leaves open (filters, windows) was chosen on simulated people 8500 and 8501,
which are no acceptance seeds, for a small spread. All rules on the shank share one finder of
strides, so that none is blamed for the search. Rules whose description could not be had in full
are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import find_peaks

from levelstride.validation.shank_signals import LegSignals, low_passed
from pipeline.orientation import FloatArray

SWING_RAD_S = 1.5
"""A mid-swing is faster than this (about 86 degrees per second)."""
APART_S = {"run": 0.45, "walk": 0.70}
"""Two events of one foot are at least this far apart."""
STRIKE_WINDOW_S = 0.35
"""Where rules on the acceleration look for a foot strike, from mid-swing on."""


@dataclass(frozen=True, slots=True)
class FoundEvents:
    """Events of one leg in session time; empty where a rule says nothing about them.

    Attributes:
        foot_strike_s: shape (n,).
        toe_off_s: shape (m,).
        both_feet: the rule cannot tell the feet apart; events of both are here.
    """

    foot_strike_s: FloatArray
    toe_off_s: FloatArray
    both_feet: bool = False


NOTHING: FloatArray = np.zeros(0)


def gyroscope_minima(leg: LegSignals, cut_hz: float = 15.0) -> FoundEvents:
    """Aminian et al. 2002: the minima of the sagittal rate on either side of mid-swing.

    The first minimum after mid-swing is the foot strike, the one before it, the fastest forward
    fall of the shank, the toe-off. Described for walking.
    """
    rate = low_passed(leg.rate, leg.rate_hz, cut_hz)
    strikes, lifts = [], []
    after, before = round(0.4 * leg.rate_hz), round(0.5 * leg.rate_hz)
    for swing in _mid_swings(leg):
        minima, _ = find_peaks(-rate[swing : swing + after], height=0.0)
        if len(minima):
            strikes.append(leg.time_s[swing + int(minima[0])])
        first = max(0, swing - before)
        if swing - first > 2:
            lifts.append(leg.time_s[first + int(np.argmin(rate[first:swing]))])
    return FoundEvents(np.array(strikes), np.array(lifts))


def rate_zero(leg: LegSignals) -> FoundEvents:
    """The sagittal rate crosses zero after mid-swing: foot strike. A baseline without a paper."""
    rate = low_passed(leg.rate, leg.rate_hz, 15.0)
    strikes = []
    for swing in _mid_swings(leg):
        below = np.flatnonzero(rate[swing : swing + round(0.5 * leg.rate_hz)] < 0.0)
        if len(below):
            strikes.append(leg.time_s[swing + int(below[0])])
    return FoundEvents(np.array(strikes), NOTHING)


def axial_peak(leg: LegSignals, window_s: float = STRIKE_WINDOW_S) -> FoundEvents:
    """Mizrahi et al. 2000: foot strike at the peak of the acceleration along the shank."""
    return FoundEvents(leg.time_s[_axial_peaks(leg, window_s)], NOTHING)


def axial_minimum_before_peak(
    leg: LegSignals, cut_hz: float = 15.0, back_s: float = 0.10
) -> FoundEvents:
    """Mercer et al. 2003: foot strike at the minimum along the shank just before its peak."""
    smooth = low_passed(leg.axial, leg.rate_hz, cut_hz)
    back = round(back_s * leg.rate_hz)
    at = []
    for peak in _axial_peaks(leg, STRIKE_WINDOW_S).tolist():
        first = max(0, peak - back)
        at.append(first + int(np.argmin(smooth[first : peak + 1])))
    return FoundEvents(leg.time_s[np.array(at, np.int64)], NOTHING)


def sacrum_threshold(leg: LegSignals) -> FoundEvents:
    """Idea of Auvinet et al. 2002 and Patoz et al. 2022: contact is where the sacrum is pushed up.

    The specific force of the sacrum along its mean direction rises above 20 % and falls below 10 %
    of its range. Running only: in walking one foot or the other is always down.
    """
    if leg.gait != "run" or not len(leg.pelvis_up):
        return FoundEvents(NOTHING, NOTHING, both_feet=True)
    strikes = _crossings(leg, cut_hz=16.0, share=0.20, rising=True)
    lifts = _crossings(leg, cut_hz=8.0, share=0.10, rising=False)
    return FoundEvents(strikes, lifts, both_feet=True)


METHODS: Mapping[str, Callable[[LegSignals], FoundEvents]] = {
    "gyroscope minima (Aminian 2002)": gyroscope_minima,
    "axial peak (Mizrahi 2000)": axial_peak,
    "axial minimum (Mercer 2003)": axial_minimum_before_peak,
    "sacrum threshold (Auvinet, Patoz)": sacrum_threshold,
    "rate crosses zero": rate_zero,
}


def _mid_swings(leg: LegSignals) -> list[int]:
    """Fastest forward swing of each stride."""
    smooth = low_passed(leg.rate, leg.rate_hz, 8.0)
    apart = max(1, round(APART_S[leg.gait] * leg.rate_hz))
    peaks, found = find_peaks(smooth, height=SWING_RAD_S, distance=apart)
    usual = 0.5 * float(np.median(found["peak_heights"])) if len(peaks) else 0.0
    return [int(p) for p in peaks if smooth[p] > usual]


def _axial_peaks(leg: LegSignals, window_s: float) -> npt.NDArray[np.int64]:
    """Largest axial specific force between mid-swing and the end of a window after it."""
    window = round(window_s * leg.rate_hz)
    peaks = [
        swing + int(np.argmax(leg.axial[swing : swing + window])) for swing in _mid_swings(leg)
    ]
    return np.array(peaks, np.int64)


def _crossings(leg: LegSignals, *, cut_hz: float, share: float, rising: bool) -> FloatArray:
    force = low_passed(leg.pelvis_up, leg.pelvis_rate_hz, cut_hz)
    low, high = float(np.quantile(force, 0.05)), float(np.quantile(force, 0.95))
    above = force > low + share * (high - low)
    edge = above[1:] & ~above[:-1] if rising else ~above[1:] & above[:-1]
    return leg.pelvis_time_s[np.flatnonzero(edge) + 1]
