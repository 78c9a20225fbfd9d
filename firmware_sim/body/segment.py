"""One stretch of a script: an activity, where it is done, and what is different about it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias, get_args

from firmware_sim.errors import SimulationError

Activity: TypeAlias = Literal[
    "stand",
    "stop",
    "squats",
    "forward_bends",
    "walk",
    "run",
    "turn",
    "stairs_up",
    "stairs_down",
    "single_leg_squat",
    "step_down",
]
Side: TypeAlias = Literal["right", "left"]
Surface: TypeAlias = Literal["overground", "treadmill"]
Kind: TypeAlias = Literal["stand", "walk", "run", "single_leg"]
Terrain: TypeAlias = Literal["ground", "stairs_up", "stairs_down", "on_the_spot"]

SHORTEST_S = 1.5
REPEATED: dict[Activity, int] = {
    "squats": 4,
    "forward_bends": 4,
    "single_leg_squat": 5,
    "step_down": 5,
}
"""Activities made of repetitions, and how many unless a segment says so."""

_SPEED_M_S: dict[Activity, tuple[float, float]] = {
    "run": (2.0, 5.0),
    "walk": (0.8, 1.9),
    "turn": (0.5, 1.9),
    "stairs_up": (0.3, 0.9),
    "stairs_down": (0.3, 0.9),
}
_LIMITS: dict[str, tuple[float, float]] = {
    "grade": (-0.10, 0.10),
    "camber_deg": (-3.0, 3.0),
    "bend_radius_m": (8.0, 500.0),
    "turn_deg": (-360.0, 360.0),
    "cadence_factor": (0.85, 1.15),
}
_PAIR_LIMITS: dict[str, tuple[float, float]] = {
    "cpd_deg": (-10.0, 10.0),
    "tir_deg": (-10.0, 10.0),
    "cpd_factor": (0.0, 3.0),
    "tir_factor": (0.0, 3.0),
}

Pair: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Effect:
    """What a condition (a shoe, an insole, a cue) does to the gait. Pairs are (right, left).

    Attributes:
        cpd_deg: Added to mean peak drop.
        tir_deg: Added to mean tibial rotation excursion.
        cpd_factor: Factor on mean peak drop, before the addition.
        tir_factor: Factor on mean tibial rotation excursion, before the addition.
        cadence_factor: Factor on cadence.
    """

    cpd_deg: Pair = (0.0, 0.0)
    tir_deg: Pair = (0.0, 0.0)
    cpd_factor: Pair = (1.0, 1.0)
    tir_factor: Pair = (1.0, 1.0)
    cadence_factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Mode:
    """How the body moves: segments with equal modes follow each other without a change.

    Attributes:
        kind: Posture or gait.
        terrain: What the gait is done on; ``ground`` for postures.
        speed_m_s: Speed along the ground, None for the runner's own speed of the gait.
        grade: Rise over horizontal distance.
        effect: Condition.
        task: ``single_leg_squat`` or ``step_down`` for the kind ``single_leg``, else empty.
        leg: Standing leg of a single-leg task, 0 right, 1 left.
    """

    kind: Kind
    terrain: Terrain = "ground"
    speed_m_s: float | None = None
    grade: float = 0.0
    effect: Effect = Effect()
    task: str = ""
    leg: int = 0

    @property
    def is_gait(self) -> bool:
        """Whether steps are taken."""
        return self.kind in ("walk", "run")


STAND = Mode("stand")


@dataclass(frozen=True, slots=True)
class Segment:
    """One activity over [start_s, end_s) of session time; the last one of a script has no end.

    Attributes:
        activity: What is done. ``stop`` is standing. ``turn`` is on the spot without a speed, a walked
            curve with one.
        start_s: Start, s.
        end_s: End, s (infinity for the last).
        repetitions: Number of squats, bends, single-leg squats or step-downs; 0 for other activities.
        speed_m_s: Speed along the ground; None for the runner's own.
        grade: Rise over horizontal distance, -0.1 to 0.1.
        camber_deg: Slope of the ground across the path, + right side higher.
        bend_radius_m: Radius of a bend, None on the straight.
        bend: Side of the bend's centre.
        surface: On a treadmill the body stays where it is while the belt moves.
        side: Standing leg of single-leg tasks.
        turn_deg: Angle of a turn, + to the left.
        cpd_deg: Condition: added to mean peak drop, (right, left).
        tir_deg: Condition: added to mean tibial rotation excursion, (right, left).
        cpd_factor: Condition: factor on mean peak drop, (right, left).
        tir_factor: Condition: factor on mean tibial rotation excursion, (right, left).
        cadence_factor: Condition: factor on cadence.
        label: Name of the condition, for tables and plots.

    Raises:
        SimulationError: A value outside the model; the sentence names it and what is possible.
    """

    activity: Activity
    start_s: float
    end_s: float
    repetitions: int = 0
    speed_m_s: float | None = None
    grade: float = 0.0
    camber_deg: float = 0.0
    bend_radius_m: float | None = None
    bend: Side = "left"
    surface: Surface = "overground"
    side: Side = "right"
    turn_deg: float = 0.0
    cpd_deg: Pair = (0.0, 0.0)
    tir_deg: Pair = (0.0, 0.0)
    cpd_factor: Pair = (1.0, 1.0)
    tir_factor: Pair = (1.0, 1.0)
    cadence_factor: float = 1.0
    label: str = ""

    def __post_init__(self) -> None:
        if self.activity not in get_args(Activity):
            raise _wrong("activity", self.activity, "use " + ", ".join(get_args(Activity)))
        for name, kinds in (("bend", Side), ("side", Side), ("surface", Surface)):
            if getattr(self, name) not in get_args(kinds):
                raise _wrong(name, getattr(self, name), "use " + " or ".join(get_args(kinds)))
        for name, (low, high) in _LIMITS.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise _wrong(name, value, f"choose {low:g} to {high:g}")
        for name, (low, high) in _PAIR_LIMITS.items():
            pair = getattr(self, name)
            if len(pair) != 2 or not all(low <= v <= high for v in pair):
                raise _wrong(name, pair, f"give (right, left) within {low:g} to {high:g}")
        self._check_fit()

    def _check_fit(self) -> None:
        if self.speed_m_s is not None:
            low, high = _SPEED_M_S.get(self.activity, (0.0, 0.0))
            if not low <= self.speed_m_s <= high or high == 0.0:
                can = f"choose {low:g} to {high:g} m/s" if high else "leave it out"
                raise _wrong("speed_m_s", self.speed_m_s, can)
        if (self.activity in REPEATED) != (self.repetitions > 0):
            can = "give 1 or more" if self.activity in REPEATED else "leave it out"
            raise _wrong("repetitions", self.repetitions, can)
        if self.activity in REPEATED and not self.end_s - self.start_s >= 1.2 * self.repetitions:
            raise _wrong("repetitions", self.repetitions, "give each 1.2 s or more")
        if (self.activity == "turn") != (self.turn_deg != 0.0):
            raise _wrong("turn_deg", self.turn_deg, "a turn needs one, nothing else has one")
        if self.activity == "turn" and not math.isfinite(self.end_s):
            raise _wrong("seconds", self.end_s, "a turn must end")
        if self.bend_radius_m is not None:
            if self.activity not in ("walk", "run"):
                raise _wrong("bend_radius_m", self.bend_radius_m, "only walk and run have bends")
            if self.surface == "treadmill":
                raise _wrong("bend_radius_m", self.bend_radius_m, "a treadmill is straight")

    @property
    def mode(self) -> Mode:
        """How the body moves."""
        effect = Effect(
            self.cpd_deg, self.tir_deg, self.cpd_factor, self.tir_factor, self.cadence_factor
        )
        if self.activity in ("walk", "run"):
            kind: Kind = "run" if self.activity == "run" else "walk"
            return Mode(kind, "ground", self.speed_m_s, self.grade, effect)
        if self.activity == "turn":
            if self.speed_m_s is None:
                return Mode("walk", "on_the_spot", effect=effect)
            return Mode("walk", "ground", self.speed_m_s, self.grade, effect)
        if self.activity == "stairs_up" or self.activity == "stairs_down":
            return Mode("walk", self.activity, self.speed_m_s, effect=effect)
        if self.activity in ("single_leg_squat", "step_down"):
            return Mode("single_leg", task=self.activity, leg=int(self.side == "left"))
        return STAND

    def as_row(self) -> dict[str, object]:
        """Plain values for JSON: activity, start, end, seconds (None = open) and what is not usual."""
        open_end = not math.isfinite(self.end_s)
        row: dict[str, object] = {
            "activity": self.activity,
            "start_s": self.start_s,
            "end_s": None if open_end else self.end_s,
            "seconds": None if open_end else self.end_s - self.start_s,
            "repetitions": self.repetitions,
        }
        for f in fields(self)[4:]:
            value = getattr(self, f.name)
            if value != f.default:
                row[f.name] = list(value) if isinstance(value, tuple) else value
        return row

    @staticmethod
    def from_row(row: Mapping[str, Any], start_s: float, *, last: bool) -> Segment:
        """Make a segment from plain values.

        Args:
            row: ``activity``, ``seconds`` and any other attribute; ``start_s`` and ``end_s`` are not read.
            start_s: Where the segment before ends.
            last: The last segment goes on for ever, whatever its ``seconds``.

        Raises:
            SimulationError: An unknown name, or a value outside the model.
        """
        known = {f.name for f in fields(Segment)} | {"seconds"}
        unknown = set(row) - known
        if unknown:
            raise _wrong("script", sorted(unknown), "known are " + ", ".join(sorted(known)))
        activity: Any = row.get("activity")
        if activity not in get_args(Activity):
            raise _wrong("activity", activity, "use " + ", ".join(get_args(Activity)))
        seconds = row.get("seconds")
        if last:
            seconds = math.inf
        if not isinstance(seconds, int | float) or not seconds >= SHORTEST_S:
            raise _wrong("seconds", seconds, f"give {SHORTEST_S} s or more")
        values: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v
            for k, v in row.items()
            if k not in ("activity", "start_s", "end_s", "seconds")
        }
        if activity in REPEATED and not values.get("repetitions"):
            values["repetitions"] = REPEATED[activity]
        try:
            return Segment(activity, start_s, start_s + seconds, **values)
        except TypeError as error:
            raise _wrong("script", dict(row), "use numbers and pairs of numbers") from error


def _wrong(field: str, value: object, what: str) -> SimulationError:
    return SimulationError(field, value, f"A script cannot have {field} {value!r}; {what}.")
