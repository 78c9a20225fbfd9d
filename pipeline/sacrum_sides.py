"""Which foot is which, where the pelvis alone tells the steps: one decision per bout.

Left and right take turns, so a bout has two possible assignments and every step votes for one.
Beside a shank sensor the shank decides. Without, the pelvis does, by two signs that must agree. In early
stance the side of the stance leg is up. In running the pelvis also turns towards the stance leg (from
above, clockwise in right stance): one simulated runner in six has a drop so late that obliquity alone names
the wrong foot. In walking the ground pushes the body from the stance leg towards the other: where the steps
were found at another moment, obliquity does not agree with it, and the feet stay unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.orientation import FloatArray, up_in_sensor
from pipeline.pelvic_drop import obliquity_deg
from pipeline.pelvis_axes import PelvisAxes
from pipeline.sacrum_steps import StepBout
from pipeline.stride import Side
from pipeline.stride_events import StrideEvents
from pipeline.track import SensorTrack

LOCK_STEPS = 20
"""Steps of a bout below which the pelvis alone does not decide."""
LOCK_RATIO = 3.0
"""The votes' mean must be so many of its standard errors away from zero."""
SAME_STRIKE_S = 0.12
LEAST_MATCHES = 3
AGREEMENT = 0.8
UP_PART, TURN_PART, PUSH_PART = (0.0, 0.3), (0.0, 0.6), (0.2, 0.8)
"""Parts of the step in which the stance side is up, the pelvis turns, and a walker is pushed aside. That push
is right on 24 simulated walkers, also on those whose steps are found 0.15 s late, and on four real ones."""
POINTS = 25
PART_STEPS = 2000
"""Steps whose samples are read together."""
STANDARD_GRAVITY_M_S2 = 9.80665


@dataclass(frozen=True, slots=True)
class ShankMatch:
    """What the strides of the one shank say about a bout.

    Attributes:
        even: side of the steps 0, 2, 4, …
        strike_late_s: how much later the pelvis shows a foot strike than the shank, median.
        lift_late_s: the same of toe-offs.
    """

    even: Side
    strike_late_s: float
    lift_late_s: float


def other_side(side: Side) -> Side:
    """The other leg."""
    return "left" if side == "right" else "right"


def side_by_shank(bout: StepBout, shank: Sequence[StrideEvents]) -> ShankMatch | None:
    """Let the strides of one leg say which steps are its own; None when they do not agree.

    Args:
        bout: the steps.
        shank: strides of one leg, in order.
    """
    if not shank:
        return None
    strikes = np.array([e.foot_strike_s for e in shank])
    after = np.clip(np.searchsorted(strikes, bout.strike_s), 1, max(1, len(strikes) - 1))
    before, after = after - 1, np.minimum(after, len(strikes) - 1)
    nearer = np.abs(bout.strike_s - strikes[before]) <= np.abs(bout.strike_s - strikes[after])
    nearest = np.where(nearer, before, after)
    late = bout.strike_s - strikes[nearest]
    matched = np.flatnonzero(np.abs(late) < SAME_STRIKE_S)
    if len(matched) < LEAST_MATCHES:
        return None
    even = float(np.mean(matched % 2 == 0))
    if max(even, 1.0 - even) < AGREEMENT:
        return None
    mine = matched[(matched % 2 == 0) == (even > 0.5)]
    lifts = np.array([e.toe_off_s for e in shank])[nearest[mine]]
    lift_late = bout.lift_s[mine] - lifts
    known = lift_late[np.isfinite(lift_late)]
    side = shank[0].side
    return ShankMatch(
        side if even > 0.5 else other_side(side),
        float(np.median(late[mine])),
        float(np.median(known)) if len(known) else 0.0,
    )


def side_by_pelvis(bout: StepBout, track: SensorTrack, axes: PelvisAxes) -> Side | None:
    """Side of the steps 0, 2, 4, … by two signs; None while they are not certain or disagree.

    Args:
        bout: the steps.
        track: the pelvis.
        axes: its calibration; the direction to the right must be known.
    """
    if len(bout) < LOCK_STEPS:
        return None
    parts = [
        _levels(bout.strike_s[a : a + PART_STEPS + 1], track, axes, running=bout.running)
        for a in range(0, len(bout) - 1, PART_STEPS)
    ]
    sides = [_vote(np.concatenate(level)) for level in zip(*parts, strict=True)]
    return sides[0] if len(set(sides)) == 1 else None


def _levels(
    strike_s: FloatArray, track: SensorTrack, axes: PelvisAxes, *, running: bool
) -> tuple[FloatArray, FloatArray]:
    """Means over the steps between foot strikes, each (n - 1,).

    Of two signals that are higher in right stance.
    """
    first = max(track.position_at(float(strike_s[0])) - 2, track.time_s.start)
    last = min(track.position_at(float(strike_s[-1])) + 2, track.end)
    sample_s = track.time_s.get(first, last)
    obliquity = obliquity_deg(track, axes, first, last)
    up_level = _level(strike_s, sample_s, obliquity, UP_PART)
    if running:
        up = up_in_sensor(track.quat.get(first, last))
        turning = np.sum(track.rate.get(first, last) * up, axis=1)
        return up_level, _level(strike_s, sample_s, -turning, TURN_PART)
    # without gravity's share, which would only repeat the obliquity
    force = np.sum(track.acc.get(first, last) * axes.right, axis=1)
    to_left = STANDARD_GRAVITY_M_S2 * np.sin(np.radians(obliquity)) - force
    return up_level, _level(strike_s, sample_s, to_left, PUSH_PART)


def _level(
    strike_s: FloatArray, sample_s: FloatArray, signal: FloatArray, part: tuple[float, float]
) -> FloatArray:
    """Mean of a signal over a part of each step, shape (n - 1,)."""
    grid_s = strike_s[:-1, None] + np.diff(strike_s)[:, None] * np.linspace(*part, POINTS)
    level: FloatArray = np.mean(np.interp(grid_s, sample_s, signal), axis=1)
    return level


def _vote(level: FloatArray) -> Side | None:
    """Side of the even steps by a signal that is higher in right stance; None if not certain.

    Args:
        level: its mean in each step, shape (n,).
    """
    pairs = len(level) // 2
    votes = level[0 : 2 * pairs : 2] - level[1 : 2 * pairs : 2]
    mean = float(np.mean(votes))
    if abs(mean) < LOCK_RATIO * float(np.std(votes, ddof=1)) / np.sqrt(pairs):
        return None
    return "right" if mean > 0.0 else "left"
