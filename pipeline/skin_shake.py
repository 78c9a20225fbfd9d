"""How loosely the sensors sit: how much the straps and the skin shake after each foot strike.

A sensor on soft tissue is a mass on a spring; a foot strike makes it swing at 8 to 18 Hz for less than a
tenth of a second, and the sudden start of that shows in the angular rate above what bodies do by
themselves. The swinging dies out before mid-stance; what it tells is how far this runner's skin
moves, and with it how far the slow part of soft tissue, which no sensor sees, may go. That the two
grow together is so in the simulator's model; on people it is an assumption.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from pipeline.orientation import FloatArray
from pipeline.stride import Gait
from pipeline.stride_events import StrideEvents
from pipeline.stride_measurement import SHANK_OF
from pipeline.track import SensorTrack
from pipeline.track_set import TrackSet
from sensors.placement import Placement

NARROW_S, WIDE_S = 0.004, 0.008
"""Two Gaussians; their difference passes what is faster than the body, about `CENTRE_HZ`."""
CENTRE_HZ = 28.0
AFTER_STRIKE_S = (-0.005, 0.07)
QUIET_S = (0.12, 0.20)
"""The same band in mid-stance, where the shaking is over."""
LOWEST_RATE_HZ = 95.0
FEWEST_STRIKES = 8
MOST_STRIKES = 200
"""So many strikes of a sensor, spread over the session, are looked at."""
OWN_DEG2_S2: Mapping[tuple[Gait, bool], float] = {
    ("run", True): 0.0,
    ("run", False): 45.0,
    ("walk", True): 1.0,
    ("walk", False): 38.0,
}
"""What the body does in that band, by gait and whether it is the pelvis."""
USUAL_DEG2_S2: Mapping[tuple[Gait, bool], float] = {
    ("run", True): 110.0,
    ("run", False): 140.0,
    ("walk", True): 13.0,
    ("walk", False): 14.0,
}
"""What everyday straps add to it: simulated people whose skin moves as `pipeline.uncertainty` allows."""
WEIGHT: Mapping[tuple[Gait, bool], float] = {
    ("run", True): 1.0,
    ("run", False): 1.0,
    ("walk", True): 1.0,
    ("walk", False): 0.3,
}
"""In walking, what a shank does by itself in that band is larger than what everyday straps add, and
differs between people."""
LEAST_SCALE, LARGEST_SCALE = 0.8, 3.5
USUAL_SPREAD = 0.25
"""Shaking of so small a part of the usual one says no more than none."""
WIDENED: Mapping[int, float] = {1: 3.6, 2: 2.5, 3: 2.1}
"""By number of sensors: the power is counted by so much more, since it rests on three axes of each. A
quiet sensor may be a loose one that happened to be struck along an axis it does not swing about, as
Student's factor allows for few degrees of freedom. Chosen with `LEAST_SCALE` and `USUAL_SPREAD` on 40
simulated people (seeds from 21000 and 31000 on) so that everyday and twice as soft skin are covered alike."""


def tissue_scale(samples: TrackSet, events: Sequence[StrideEvents]) -> float:
    """How much more or less than usual the soft tissue moves, as a factor on its standard error.

    Args:
        samples: the sensors.
        events: strides of both legs.

    Returns:
        `LEAST_SCALE` to `LARGEST_SCALE`: a sensor that does not shake may still ride on skin that
        moves slowly. 1 where nothing can be said.
    """
    gaits: tuple[Gait, ...] = ("run", "walk")
    for gait in gaits:
        mine = [e for e in events if e.gait == e.next_gait == gait]
        sizes = {}
        for placement, track in samples.tracks.items():
            strikes = [
                e.foot_strike_s
                for e in mine
                if placement is Placement.PELVIS or SHANK_OF[e.side] is placement
            ]
            size = shake_deg2_s2(track, np.array(strikes))
            if size is not None:
                sizes[placement] = size
        if sizes:
            return scale_of(gait, sizes)
    return 1.0


def scale_of(gait: Gait, sizes_deg2_s2: Mapping[Placement, float]) -> float:
    """How much more or less than usual the soft tissue moves, by how much each sensor shakes.

    Args:
        gait: in which they shake so.
        sizes_deg2_s2: see `shake_deg2_s2`; of one sensor at least.
    """
    total = weights = 0.0
    for placement, size in sizes_deg2_s2.items():
        key = gait, placement is Placement.PELVIS
        total += WEIGHT[key] * (size - OWN_DEG2_S2[key]) / USUAL_DEG2_S2[key]
        weights += WEIGHT[key]
    power = WIDENED[len(sizes_deg2_s2)] * (total / weights - USUAL_SPREAD)
    return math.sqrt(min(max(power, LEAST_SCALE**2), LARGEST_SCALE**2))


def shake_deg2_s2(track: SensorTrack, strikes_s: FloatArray) -> float | None:
    """Power of the fast angular rate after foot strikes above that in mid-stance.

    Args:
        track: a sensor.
        strikes_s: foot strikes, in order, shape (n,).

    Returns:
        (deg/s)², all axes together; None where too little is known.
    """
    strikes_s = strikes_s[:: max(1, len(strikes_s) // MOST_STRIKES)]
    sizes = strike_shakes_deg2_s2(track, strikes_s)
    known = sizes[~np.isnan(sizes)]
    return None if len(known) < FEWEST_STRIKES else float(np.median(known))


def strike_shakes_deg2_s2(track: SensorTrack, strikes_s: FloatArray) -> FloatArray:
    """The same of each strike by itself, shape (n,); not a number where too little is known."""
    sizes = np.full(len(strikes_s), np.nan)
    if track.rate_hz < LOWEST_RATE_HZ or not len(strikes_s):
        return sizes
    known = track.covers(strikes_s - 0.05, strikes_s + QUIET_S[1] + 0.05)
    if not known.any():
        return sizes
    weights = _band(track.rate_hz)
    powers = []
    for window in (AFTER_STRIKE_S, QUIET_S):
        first = track.positions_at(strikes_s[known] + window[0])
        count = max(1, round((window[1] - window[0]) * track.rate_hz))
        powers.append(_powers(track, first, count, weights))
    # a rate that is the mean of two samples has lost a part of what is fast
    kept = np.cos(np.pi * CENTRE_HZ / track.rate_hz) ** 2
    sizes[known] = np.degrees(np.degrees(powers[0] - powers[1])) / kept
    return sizes


def _powers(
    track: SensorTrack, first: npt.NDArray[np.intp], count: int, weights: FloatArray
) -> FloatArray:
    """Mean square of what is fast in so many samples from each position on, shape (n,)."""
    reach = len(weights) // 2
    known = np.flatnonzero(
        (first - reach >= track.rate.start) & (first + count + reach <= track.end)
    )
    powers = np.zeros(len(first))
    if len(known):
        span = count + 2 * reach
        rates = np.stack([track.rate.get(a, a + span) for a in (first[known] - reach).tolist()])
        fast = np.zeros((len(known), count, 3))
        for tap, weight in enumerate(weights.tolist()):
            fast += weight * rates[:, tap : tap + count]
        powers[known] = np.mean(np.sum(fast * fast, axis=2), axis=1)
    return powers


def _band(rate_hz: float) -> FloatArray:
    reach = round(3.0 * WIDE_S * rate_hz)
    lag_s = np.arange(-reach, reach + 1) / rate_hz
    narrow, wide = (np.exp(-0.5 * (lag_s / s) ** 2) for s in (NARROW_S, WIDE_S))
    weights: FloatArray = narrow / narrow.sum() - wide / wide.sum()
    return weights
