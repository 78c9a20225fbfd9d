"""How fast the runner goes, on what, at a time: what side-channel sensors see of the script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from firmware_sim.body.script import Script
    from firmware_sim.body.segment import Mode
    from firmware_sim.session import SimulatedSession

REPETITION_VO2 = 14.0
STAIRS_UP_VO2 = 28.0
STAIRS_DOWN_VO2 = 11.0
RESTING_VO2 = 3.5


@dataclass(frozen=True, slots=True)
class Pace:
    """What is done at one instant.

    Attributes:
        speed_m_s: Speed along the ground.
        running: Weight of running, 0-1.
        moving: Weight of walking and running together, 0-1.
        oxygen_ml_kg_min: Oxygen uptake of this in the long run, ml/kg/min.
    """

    speed_m_s: float
    running: float
    moving: float
    oxygen_ml_kg_min: float


def pace_at(session: SimulatedSession, t_s: float) -> Pace:
    """The pace at a session time.

    Oxygen uptake follows the metabolic equations of the American College of Sports Medicine (walking
    3.5 + 0.1 v + 1.8 v G, running 3.5 + 0.2 v + 0.9 v G with v in m/min and the grade G not below zero);
    stairs and repetitions have constant values.
    """
    speed = running = moving = oxygen = 0.0
    for mode, weight in session.script.weights_at(t_s).items():
        own = _speed_m_s(session, mode)
        speed += weight * own
        if mode.is_gait:
            moving += weight
        if mode.kind == "run":
            running += weight
        oxygen += weight * _oxygen(session.script, mode, own, t_s)
    return Pace(speed, running, moving, oxygen)


def _speed_m_s(session: SimulatedSession, mode: Mode) -> float:
    if not mode.is_gait or mode.terrain == "on_the_spot":
        return 0.0
    if mode.speed_m_s is not None:
        return mode.speed_m_s
    gait = session.runner.run if mode.kind == "run" else session.runner.walk
    return gait.speed_m_s


def _oxygen(script: Script, mode: Mode, speed_m_s: float, t_s: float) -> float:
    if mode.terrain == "stairs_up":
        return STAIRS_UP_VO2
    if mode.terrain == "stairs_down":
        return STAIRS_DOWN_VO2
    per_minute, grade = speed_m_s * 60.0, max(mode.grade, 0.0)
    if mode.kind == "run":
        return RESTING_VO2 + per_minute * (0.2 + 0.9 * grade)
    if mode.kind == "walk":
        return RESTING_VO2 + per_minute * (0.1 + 1.8 * grade)
    busy = mode.kind == "single_leg" or script.segment_at(t_s).repetitions > 0
    return REPETITION_VO2 if busy else RESTING_VO2 * 1.3
