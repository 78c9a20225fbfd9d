"""Steps from the pelvis sensor alone: foot strikes and toe-offs, the feet not yet told apart.

In running the body rests on a foot while the pelvis is pushed up: the low-passed vertical specific
force rises through a fifth and falls through a tenth of its range. In walking one foot or the
other is always down; there the vertical force rises steepest at the foot strike, and bends upward
most at the toe-off of the other foot (idea of McCamley et al. 2012; chosen on treadmill force).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pipeline.gait_kind import GaitJudge
from pipeline.long_session import long_parts
from pipeline.orientation import FloatArray, up_in_sensor
from pipeline.spilled_series import SpilledSeries
from pipeline.track import SensorTrack

PART_SAMPLES = 60_000
PART_HILLS = 4096
"""Steps whose gait is told together."""
BESIDE_HILLS = 3
"""Where a long bout is parted, so many hills on either side are looked at, too."""
STEP_SIGMA_S = 0.05
"""Low-pass that leaves one hill per step."""
STEP_S = (0.2, 1.1)
"""Shortest and longest step."""
LEAST_HILL_M_S2 = 0.8
"""A hill of the vertical force that is lower than this is no step."""
LEAST_SHARE = 0.2
"""A step's hill has at least this share of the usual one's height."""
STRIKE_SIGMA_S, STRIKE_SHARE = 0.010, 0.20
LIFT_SIGMA_S, LIFT_SHARE = 0.022, 0.10
WALK_STRIKE_SIGMA_S, WALK_LIFT_SIGMA_S = 0.035, 0.05
LEAST_STEPS = 3
REBOUND_S = 0.045
"""A dip after the impact is shorter than this."""
LIFT_PART = 0.35
"""In walking the other foot leaves within this part of a step after the hill."""
SAME_RHYTHM = 0.35
"""A step this much longer or shorter than its neighbours ends the bout."""


@dataclass(frozen=True, slots=True)
class StepBout:
    """Steps that follow each other without a pause, in one gait.

    Attributes:
        running: whether it is running.
        strike_s: foot strikes of both feet in turn, session time, shape (n,).
        lift_s: toe-off of the same foot after each strike, shape (n,); NaN where not seen.
    """

    running: bool
    strike_s: FloatArray
    lift_s: FloatArray

    def __len__(self) -> int:
        return len(self.strike_s)


def vertical_force(track: SensorTrack) -> SpilledSeries[np.float64]:
    """Vertical specific force of an oriented track, m/s²; 9.81 at rest."""
    force = SpilledSeries(np.float64)
    for a in range(track.time_s.start, track.end, PART_SAMPLES):
        b = min(a + PART_SAMPLES, track.end)
        force.append(np.sum(up_in_sensor(track.quat.get(a, b)) * track.acc.get(a, b), axis=1))
    return force


def find_steps(track: SensorTrack) -> list[StepBout]:
    """All bouts of steps of a session, in order.

    Args:
        track: the pelvis, oriented.
    """
    force, start = vertical_force(track), track.time_s.start
    if force.end < track.rate_hz:
        return []
    edges = np.array(track.breaks, np.int64) - start
    # a hill of a part is judged by the hills around it, which the overlap has
    hills = np.concatenate(
        [
            found[(found >= part.first) & (found < part.last)]
            for part in long_parts(0, force.end, track.rate_hz)
            for found in [_hills_between(force, part.read_first, part.read_last, track.rate_hz)]
        ]
    )
    if len(hills) < 3:
        return []
    hill_s = track.times_at((start + hills).astype(np.float64))
    judge, running = GaitJudge(track), []
    for a in range(0, len(hills), PART_HILLS):
        some = hill_s[a : a + PART_HILLS]
        judge.forget(float(some[0]))
        running.append(judge.running(some, np.full(len(some), 2.0)))
    runs = np.concatenate(running)
    found: list[StepBout] = []
    for first, last in _bouts(hill_s, runs, hills, edges):
        parts = [
            _events_between(force, track, hills[first:last], a, b, running=bool(runs[first]))
            for a, b in _parts_of(hills[first:last], track.rate_hz)
        ]
        strike_s, lift_s = (np.concatenate(column) for column in zip(*parts, strict=True))
        found += _seen_strikes(bool(runs[first]), strike_s, lift_s)
    return found


def _hills_between(
    force: SpilledSeries[np.float64], first: int, last: int, rate_hz: float
) -> npt.NDArray[np.intp]:
    return first + force_hills(force.get(first, last), rate_hz)


def _parts_of(hills: npt.NDArray[np.intp], rate_hz: float) -> list[tuple[int, int]]:
    """Numbers ``[a, b)`` of the hills of a bout that are looked at together."""
    count = len(long_parts(int(hills[0]), int(hills[-1]) + 1, rate_hz))
    edges = np.linspace(0, len(hills), count + 1).astype(int).tolist()
    return [*pairwise(edges)]


def _events_between(
    force: SpilledSeries[np.float64],
    track: SensorTrack,
    hills: npt.NDArray[np.intp],
    a: int,
    b: int,
    *,
    running: bool,
) -> tuple[FloatArray, FloatArray]:
    """Foot strikes and toe-offs of the hills ``[a, b)`` of a bout, each (b - a,)."""
    low_hill = max(0, a - BESIDE_HILLS)
    seen = hills[low_hill : b + BESIDE_HILLS]
    reach = _reach(seen)
    low, high = max(0, int(seen[0]) - reach), min(force.end, int(seen[-1]) + reach + 1)
    start = track.time_s.start
    strike_s, lift_s = _event_times(
        force.get(low, high),
        track.time_s.get(start + low, start + high),
        track.rate_hz,
        seen - low,
        running=running,
        before=low,
    )
    mine = slice(a - low_hill, b - low_hill)
    return strike_s[mine], lift_s[mine]


def step_events(
    force: FloatArray,
    time_s: FloatArray,
    rate_hz: float,
    hills: npt.NDArray[np.intp],
    *,
    running: bool,
) -> list[StepBout]:
    """Events of one stretch of one gait.

    Args:
        force: vertical specific force, shape (n,), m/s².
        time_s: session time, shape (n,).
        rate_hz: sampling rate.
        hills: positions of the hills of the force, one per step (:func:`force_hills`).
        running: the gait.

    Returns:
        One bout, or several where a step has no foot strike that could be seen.
    """
    if len(hills) < LEAST_STEPS:
        return []
    return _seen_strikes(running, *_event_times(force, time_s, rate_hz, hills, running=running))


def _event_times(
    force: FloatArray,
    time_s: FloatArray,
    rate_hz: float,
    hills: npt.NDArray[np.intp],
    *,
    running: bool,
    before: int = 0,
) -> tuple[FloatArray, FloatArray]:
    """Session times of the foot strike and the toe-off of each hill; NaN where not seen.

    Args:
        force: vertical specific force, shape (n,), m/s².
        time_s: session time, shape (n,).
        rate_hz: sampling rate.
        hills: positions of the hills in them.
        running: the gait.
        before: samples of the session before these.
    """
    reach = _reach(hills)
    low, high = max(0, int(hills[0]) - reach), min(len(force), int(hills[-1]) + reach + 1)
    strike, lift = (_running if running else _walking)(force[low:high], rate_hz, hills - low)
    grid = np.arange(before + low, before + high, dtype=np.float64)
    found = []
    for positions in (strike, lift):
        times = np.interp(np.nan_to_num(positions) + (before + low), grid, time_s[low:high])
        times[np.isnan(positions)] = np.nan
        found.append(times)
    return found[0], found[1]


def _reach(hills: npt.NDArray[np.intp]) -> int:
    """So many samples before the first hill and after the last one belong to their steps."""
    return round(1.5 * float(np.median(np.diff(hills))))


def _seen_strikes(running: bool, strike_s: FloatArray, lift_s: FloatArray) -> list[StepBout]:
    """Bouts of the steps whose foot strike was seen."""
    bounds = [-1, *np.flatnonzero(np.isnan(strike_s)).tolist(), len(strike_s)]
    return [
        StepBout(running, strike_s[a + 1 : b], lift_s[a + 1 : b])
        for a, b in pairwise(bounds)
        if b - a - 1 >= LEAST_STEPS
    ]


def force_hills(force: FloatArray, rate_hz: float) -> npt.NDArray[np.intp]:
    """Positions of the hills of the vertical force, one per step."""
    # scipy.signal takes a second to load, and most sessions have both shanks
    from scipy.ndimage import gaussian_filter1d
    from scipy.signal import find_peaks

    smooth = gaussian_filter1d(force, STEP_SIGMA_S * rate_hz)
    peaks, found = find_peaks(
        smooth, prominence=LEAST_HILL_M_S2, distance=max(1, round(STEP_S[0] * rate_hz))
    )
    if not len(peaks):
        return np.empty(0, np.intp)
    height = found["prominences"]
    usual = np.array(
        [np.median(height[max(0, n - 6) : n + 7]) for n in range(len(height))], np.float64
    )
    kept: npt.NDArray[np.intp] = peaks[height >= LEAST_SHARE * usual].astype(np.intp)
    return kept


def _bouts(
    hill_s: FloatArray,
    running: npt.NDArray[np.bool_],
    hills: npt.NDArray[np.intp],
    edges: npt.NDArray[np.int64],
) -> list[tuple[int, int]]:
    """Numbers ``[first, last)`` of hills in an even rhythm, one gait, without a break."""
    step_s = np.diff(hill_s)
    usual = np.array([np.median(step_s[max(0, n - 4) : n + 5]) for n in range(len(step_s))])
    ends = (step_s < STEP_S[0]) | (step_s > STEP_S[1]) | (running[1:] != running[:-1])
    ends |= np.abs(step_s / usual - 1.0) > SAME_RHYTHM
    for edge in edges.tolist():
        ends |= (hills[:-1] < edge) & (hills[1:] >= edge)
    bounds = [0, *(np.flatnonzero(ends) + 1).tolist(), len(hill_s)]
    return [(a, b) for a, b in pairwise(bounds) if b - a > LEAST_STEPS]


def _running(
    force: FloatArray, rate_hz: float, hills: npt.NDArray[np.intp]
) -> tuple[FloatArray, FloatArray]:
    """Fractional positions of foot strike and toe-off about each hill; NaN where not seen."""
    from scipy.ndimage import gaussian_filter1d

    strike, lift = np.full(len(hills), np.nan), np.full(len(hills), np.nan)
    sharp = gaussian_filter1d(force, STRIKE_SIGMA_S * rate_hz)
    blunt = gaussian_filter1d(force, LIFT_SIGMA_S * rate_hz)
    step = round(float(np.median(np.diff(hills))))
    floors = float(np.percentile(sharp, 5.0)), float(np.percentile(blunt, 5.0))
    rebound = round(REBOUND_S * rate_hz)
    tops = float(np.median(sharp[hills])), float(np.median(blunt[hills]))
    for n, hill in enumerate(hills.tolist()):
        level = floors[0] + STRIKE_SHARE * (tops[0] - floors[0])
        strike[n] = _crossing(sharp, hill, level, -1, step)
        for _ in range(2):
            if np.isnan(strike[n]):
                break
            # the impact may be followed by a dip: the strike is before the impact
            last = int(strike[n])
            first = max(0, last - rebound)
            if last <= first or float(np.max(sharp[first : last + 1])) <= level:
                break
            impact = first + int(np.argmax(sharp[first : last + 1]))
            earlier = _crossing(sharp, impact, level, -1, step)
            strike[n] = earlier if np.isfinite(earlier) else strike[n]
        level = floors[1] + LIFT_SHARE * (tops[1] - floors[1])
        lift[n] = _crossing(blunt, hill, level, 1, step)
    return strike, lift


def _crossing(force: FloatArray, hill: int, level: float, way: int, step: int) -> float:
    """Fractional position where the force falls through the level, going from a hill."""
    stop = hill + way * step
    stretch = force[hill : stop + 1] if way > 0 else force[max(0, stop) : hill + 1][::-1]
    below = np.flatnonzero(stretch < level)
    if not len(below) or below[0] == 0:
        return float("nan")
    n = int(below[0])
    share = float((stretch[n - 1] - level) / (stretch[n - 1] - stretch[n]))
    return hill + way * (n - 1 + share)


def _walking(
    force: FloatArray, rate_hz: float, hills: npt.NDArray[np.intp]
) -> tuple[FloatArray, FloatArray]:
    """The same in walking: the lift belongs to the foot that struck, so it follows the next strike."""
    from scipy.ndimage import gaussian_filter1d

    slope = gaussian_filter1d(force, WALK_STRIKE_SIGMA_S * rate_hz, order=1)
    bend = gaussian_filter1d(force, WALK_LIFT_SIGMA_S * rate_hz, order=2)
    step = round(float(np.median(np.diff(hills))))
    strike, other = np.full(len(hills), np.nan), np.full(len(hills), np.nan)
    for n, hill in enumerate(hills.tolist()):
        first = max(0, hill - round(0.5 * step))
        rising = slope[first : hill + 1]
        if len(rising) < 3:
            continue
        strike[n] = first + int(np.argmax(rising))
        last = min(len(force), hill + round(LIFT_PART * step))
        if last - hill > 2:
            other[n] = hill + int(np.argmax(bend[hill:last]))
    lift = np.append(other[1:], np.nan)
    return strike, lift
