"""When feet strike and leave the ground, stride by stride, and what kind of stride it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from firmware_sim.body.model import Body
from firmware_sim.body.script import Script

TURNING_DEG_S = 3.0
"""Mean yaw rate of the path from which a stride is flagged ``turning``."""
SHARP_TURN_DEG_S = 20.0
"""Mean yaw rate from which a stride is a turn rather than a step along a path."""
INVALIDATING = frozenset({"transition", "stairs", "on_the_spot", "sharp_turn"})
"""Flags that make a stride not valid."""
_FULL = 1.0 - 1e-9
_BATCH_S = 10.0


@dataclass(frozen=True, slots=True)
class StrideEvents:
    """Events of one stride of leg 0 (right) or 1 (left).

    Attributes:
        leg: 0 right, 1 left.
        foot_strike_s: Its beginning.
        toe_off_s: End of its stance.
        other_foot_strike_s: Strike of the other foot within the stride.
        next_foot_strike_s: Its end.
        gait: What has most weight in its middle.
        flags: ``transition``, ``turning``, ``sharp_turn``, ``stairs``, ``on_the_spot``.
    """

    leg: int
    foot_strike_s: float
    toe_off_s: float
    other_foot_strike_s: float
    next_foot_strike_s: float
    gait: Literal["run", "walk"]
    flags: tuple[str, ...]

    @property
    def valid(self) -> bool:
        """Whether the stride is one of steady walking or running."""
        return INVALIDATING.isdisjoint(self.flags)


def _toe_off(body: Body, held: int, leg: int, foot_strike_s: float) -> float:
    """Time at which the leg's phase reaches its duty factor (blended like the curves in a transition)."""
    extra = float(body.steps.column("duty_extra")[held])
    toe_off, before = foot_strike_s, -1.0
    for _ in range(40):  # the weights change slowly: each turn gains half a digit or more
        if abs(toe_off - before) < 1e-9:
            break
        before = toe_off
        total = share = 0.0
        for mode, w in body.script.weights_at(toe_off).items():
            if mode.is_gait:
                total += w * (body.gaits[mode].duty_factor[leg] + extra)
                share += w
        toe_off = body.steps.time_at_phase(held, total / max(share, 1e-9))
    return toe_off


def _moving(script: Script, t_s: float) -> float:
    return sum(script.gait_shares_at(t_s))


def _is_transition(script: Script, strikes_s: list[float]) -> bool:
    """Whether a stride is not steady.

    Args:
        script: What is done.
        strikes_s: Strikes of this foot: before the stride, at its start, at its end, and the one after.
    """
    before, after = script.weights_at(strikes_s[1]), script.weights_at(strikes_s[2])
    if before.keys() != after.keys() or max(before.values()) < _FULL or max(after.values()) < _FULL:
        return True
    # the first and the last stride of a bout have a neighbour that is not a full stride
    return _moving(script, strikes_s[0]) < _FULL or _moving(script, strikes_s[3]) < _FULL


def _flags(body: Body, strikes_s: list[float]) -> tuple[str, ...]:
    start, end = strikes_s[1], strikes_s[2]
    found = ["transition"] if _is_transition(body.script, strikes_s) else []
    if not body.course.straight:
        heading = body.course.heading_at(np.array([start, end])).v
        turned_deg_s = abs(np.degrees(heading[1] - heading[0])) / (end - start)
        if turned_deg_s > TURNING_DEG_S:
            found.append("turning")
        if turned_deg_s > SHARP_TURN_DEG_S:
            found.append("sharp_turn")
    weights = body.script.weights_at(0.5 * (start + end))
    terrain = max(weights, key=lambda mode: weights[mode]).terrain
    if terrain in ("stairs_up", "stairs_down"):
        found.append("stairs")
    elif terrain == "on_the_spot":
        found.append("on_the_spot")
    return tuple(found)


def stride_events(body: Body, end_s: float) -> Iterator[list[StrideEvents]]:
    """All strides that end before ``end_s``, in batches of some seconds, in order of foot strike.

    A stride counts when both its foot strikes happen with the runner mainly walking or running (stairs and
    turns included). It is a ``transition`` unless one mode (gait, speed, ground, condition) has full weight
    from strike to strike and the strides before and after it are full strides, too.
    """
    at = 0.0
    number = 0
    script = body.script
    while at < end_s:
        body.steps.reach(at + _BATCH_S + 8.0)
        times = body.steps.column("time_s")
        batch: list[StrideEvents] = []
        while True:
            held = number - body.steps.first
            fs, other, following, later = (float(times[held + i]) for i in (0, 1, 2, 4))
            if fs >= at + _BATCH_S:
                break
            leg = number % 2
            number += 1
            if following > end_s or _moving(script, fs) < 0.5 or _moving(script, following) < 0.5:
                continue
            earlier = float(times[held - 2]) if held >= 2 else -1.0
            middle = script.gait_shares_at(0.5 * (fs + following))
            batch.append(
                StrideEvents(
                    leg,
                    fs,
                    _toe_off(body, held, leg, fs),
                    other,
                    following,
                    "run" if middle[1] >= middle[0] else "walk",
                    _flags(body, [earlier, fs, following, later]),
                )
            )
        if batch:
            yield batch
        at += _BATCH_S
        body.steps.forget_before(at - 5.0)
