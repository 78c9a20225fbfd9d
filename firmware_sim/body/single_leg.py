"""Single-leg squats and step-downs: what each repetition reaches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from firmware_sim.body.jet import Array, Jet
from firmware_sim.body.script import repetition
from firmware_sim.rng import Purpose, stream

if TYPE_CHECKING:
    from firmware_sim.body.runner import Runner
    from firmware_sim.body.script import Script
    from firmware_sim.body.segment import Segment

TASKS = ("single_leg_squat", "step_down")
STEP_DOWN_SHARE = 0.85
"""How deep a step-down goes, relative to a single-leg squat."""


@dataclass(frozen=True, slots=True)
class Repetition:
    """One repetition of a single-leg task.

    Attributes:
        task: ``single_leg_squat`` or ``step_down``.
        leg: Standing leg, 0 right, 1 left.
        start_s: Session time at which the descent begins.
        period_s: Length, s; it is lowest at half of it.
        depth: Depth relative to the mean.
        cpd_deg: Drop added at the lowest point.
        medial_lean_deg: Inward lean of the standing shank added at the lowest point.
        tir_deg: Internal rotation of the standing shank added at the lowest point.
    """

    task: str
    leg: int
    start_s: float
    period_s: float
    depth: float
    cpd_deg: float
    medial_lean_deg: float
    tir_deg: float


@dataclass(frozen=True, slots=True)
class SingleLegMotion:
    """Depth, drop, lean and rotation over time; 0 between repetitions."""

    depth: Jet
    cpd_deg: Jet
    medial_lean_deg: Jet
    tir_deg: Jet


class SingleLegTasks:
    """All single-leg repetitions of a script.

    Args:
        seed: Session seed.
        runner: The person.
        script: What is done.
    """

    def __init__(self, seed: int, runner: Runner, script: Script) -> None:
        self._seed = seed
        self._runner = runner
        self._segments = [(i, s) for i, s in enumerate(script.segments) if s.activity in TASKS]

    def of(self, number: int, s: Segment) -> list[Repetition]:
        """Repetitions of segment ``number``; the first and last 0.75 s are for standing on one leg.

        A segment without end keeps repeating at 3 s; then only its first ones are listed.
        """
        settle = 0.75
        period = min((s.end_s - s.start_s - 2.0 * settle) / s.repetitions, 3.0)
        t = self._runner.traits.single_leg
        leg = int(s.side == "left")
        share = STEP_DOWN_SHARE if s.activity == "step_down" else 1.0
        found = []
        for i in range(s.repetitions):
            z = stream(self._seed, Purpose.SCRIPT, 2, number, i).standard_normal(4)
            found.append(
                Repetition(
                    task=s.activity,
                    leg=leg,
                    start_s=s.start_s + settle + i * period,
                    period_s=period,
                    depth=share * (1.0 + 0.06 * float(z[0])),
                    cpd_deg=max(0.0, t.cpd_deg[leg] + 1.0 * float(z[1])),
                    medial_lean_deg=t.medial_lean_deg[leg] + 1.0 * float(z[2]),
                    tir_deg=t.tir_deg[leg] + 1.2 * float(z[3]),
                )
            )
        return found

    def all(self) -> Iterator[Repetition]:
        """All repetitions in order of time."""
        for number, s in self._segments:
            yield from self.of(number, s)

    def motion(self, t: Array, leg: int) -> SingleLegMotion:
        """What the repetitions on one leg do at times t, s, (n,)."""
        time = Jet.time(t)
        total = [Jet.constant(0.0, t) for _ in range(4)]
        for number, s in self._segments:
            if t[-1] < s.start_s or t[0] > s.end_s or int(s.side == "left") != leg:
                continue
            for r in self.of(number, s):
                if t[-1] < r.start_s or t[0] > r.start_s + r.period_s:
                    continue
                bump = repetition(time, r.start_s, r.period_s)
                sizes = (r.depth, r.cpd_deg, r.medial_lean_deg, r.tir_deg)
                total = [a + bump * size for a, size in zip(total, sizes, strict=True)]
        return SingleLegMotion(*total)
