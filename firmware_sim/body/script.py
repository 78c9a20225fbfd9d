"""What the runner does when: a sequence of segments, and how one passes to the next."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from firmware_sim.body.jet import Array, Jet
from firmware_sim.body.segment import SHORTEST_S, Activity, Mode, Segment
from firmware_sim.errors import SimulationError

MIN_SECONDS = 20.0
COMPRESSED_BELOW_S = 90.0

_Ramp = tuple[float, float, Mode, Mode]


def _ramp_s(before: Mode, after: Mode) -> float:
    """How long a change of mode takes, s."""
    kinds = {before.kind, after.kind}
    if kinds == {"stand", "walk"} or kinds == {"stand", "single_leg"}:
        return 1.0
    if kinds == {"walk", "run"}:
        return 1.2
    return 1.5 if len(kinds) == 2 else 2.0


@dataclass(frozen=True)
class Script:
    """A sequence of segments without gaps, starting at 0 s.

    Between segments of different mode the weights change over a ramp centred on the boundary (1-2 s long,
    at most the shorter segment), with continuous second derivative.

    Attributes:
        segments: What is done, in order; the last one has no end.
        wander: Factor on the slow wandering of heading and speed of a real run overground; 0 keeps to a
            straight line at constant speed.

    Raises:
        SimulationError: Segments with a gap, shorter than 1.5 s, or with an end of the last one.
    """

    segments: tuple[Segment, ...]
    wander: float = 0.0

    def __post_init__(self) -> None:
        clock = 0.0
        for segment in self.segments:
            if segment.start_s != clock or segment.end_s - segment.start_s < SHORTEST_S:
                raise SimulationError(
                    "script",
                    segment,
                    f"The script segment {segment.activity} at {segment.start_s} s must follow the one "
                    "before without a gap and last 1.5 s or longer; change its start or end.",
                )
            clock = segment.end_s
        if not self.segments or np.isfinite(clock):
            raise SimulationError(
                "script", clock, "The last script segment must be open: give it an infinite end."
            )
        if not 0.0 <= self.wander <= 3.0:
            raise SimulationError(
                "wander", self.wander, f"A wander of {self.wander} is outside 0-3; use 1."
            )

    @staticmethod
    def from_rows(rows: Sequence[Mapping[str, Any]], wander: float = 0.0) -> Script:
        """Make a script from plain rows, as they stand in a JSON file.

        Args:
            rows: One mapping per segment with ``activity``, ``seconds`` and any other attribute of
                ``Segment``; the last one goes on for ever.
            wander: See the attribute.

        Returns:
            The script; ``from_rows(script.as_rows())`` gives an equal one.

        Raises:
            SimulationError: A row that is no segment; the sentence names what is wrong.
        """
        segments: list[Segment] = []
        for i, row in enumerate(rows):
            if not isinstance(row, Mapping):
                raise SimulationError(
                    "script", row, f"Script row {i} is {row!r}; it must be a mapping of names."
                )
            start = segments[-1].end_s if segments else 0.0
            segments.append(Segment.from_row(row, start, last=i == len(rows) - 1))
        return Script(tuple(segments), wander)

    def as_rows(self) -> list[dict[str, object]]:
        """Plain rows for metadata and JSON; an open end is None."""
        return [s.as_row() for s in self.segments]

    @cached_property
    def boundaries_s(self) -> list[float]:
        """Times at which one segment passes to the next."""
        return [s.start_s for s in self.segments[1:]]

    def ramp_lengths_s(self, longest_s: float) -> list[float]:
        """A ramp length for each boundary that never reaches beyond the middle of a segment."""
        last = len(self.segments) - 1
        spans = [
            # the first and last segment give all their time to their only ramp
            (s.end_s - s.start_s) * (1.0 if 0 < i < last else 2.0)
            for i, s in enumerate(self.segments)
        ]
        return [min(longest_s, a, b) for a, b in pairwise(spans)]

    @cached_property
    def ramps(self) -> list[_Ramp]:
        """All changes of mode as (start_s, end_s, from, to), in order, without overlap."""
        found: list[_Ramp] = []
        room = self.ramp_lengths_s(10.0)
        for a, b, most in zip(self.segments[:-1], self.segments[1:], room, strict=True):
            before, after = a.mode, b.mode
            if before != after:
                half = min(_ramp_s(before, after), most) / 2.0
                found.append((b.start_s - half, b.start_s + half, before, after))
        return found

    @cached_property
    def _ramp_starts(self) -> list[float]:
        return [r[0] for r in self.ramps]

    def mode_at(self, t_s: float) -> Mode:
        """Mode at a time; within a ramp the one it leads to."""
        i = bisect_right(self._ramp_starts, t_s) - 1
        return self.segments[0].mode if i < 0 else self.ramps[i][3]

    def weights(self, t: Array) -> dict[Mode, Jet]:
        """Smooth weight of each mode at the times t [s]; they sum to one. Modes without weight are left out."""
        low = bisect_right(self._ramp_starts, float(t[0])) - 1
        if low >= 0 and self.ramps[low][1] <= t[0]:
            low += 1
        low = max(low, 0)
        high = bisect_right(self._ramp_starts, float(t[-1]))
        if low >= high:
            return {self.mode_at(float(t[0])): Jet.constant(1.0, t)}
        time = Jet.time(t)
        total: dict[Mode, Jet] = {self.ramps[low][2]: Jet.constant(1.0, t)}
        for start, end, before, after in self.ramps[low:high]:
            step = ((time - start) * (1.0 / (end - start))).smoothstep()
            total[before] = total.get(before, Jet.constant(0.0, t)) - step
            total[after] = total.get(after, Jet.constant(0.0, t)) + step
        # sums of finished ramps leave +-1 ulp: below any visible amount, but not worth evaluating
        return {m: w for m, w in total.items() if float(np.max(np.abs(w.v))) > 1e-12}

    def weights_at(self, t_s: float) -> dict[Mode, float]:
        """Weights at one instant."""
        i = bisect_right(self._ramp_starts, t_s) - 1
        if i < 0 or t_s >= self.ramps[i][1]:
            return {self.mode_at(t_s): 1.0}
        return {m: float(w.v[0]) for m, w in self.weights(np.array([t_s])).items()}

    def gait_shares_at(self, t_s: float) -> tuple[float, float]:
        """Total weight of (walking, running) modes at one instant."""
        shares = {"walk": 0.0, "run": 0.0}
        for mode, w in self.weights_at(t_s).items():
            if mode.is_gait:
                shares[mode.kind] += w
        return shares["walk"], shares["run"]

    def segment_at(self, t_s: float) -> Segment:
        """Segment in progress at a time."""
        return self.segments[bisect_right(self.boundaries_s, t_s)]


def repetition(time: Jet, start_s: float, period_s: float) -> Jet:
    """Depth of one repetition: 0 upright, 1 while lowest (42-58 % of the period), C2."""
    x = (time - start_s) * (1.0 / period_s)
    down = (x * (1.0 / 0.42)).smoothstep()
    up = ((1.0 - x) * (1.0 / 0.42)).smoothstep()
    return down * up


def depth(script: Script, activity: Activity, t: Array) -> Jet:
    """Depth of a repeated activity (squats, forward bends), 0 upright to 1 lowest."""
    time = Jet.time(t)
    total = Jet.constant(0.0, t)
    for s in script.segments:
        if s.activity != activity or t[-1] < s.start_s or t[0] > s.end_s:
            continue
        period = (s.end_s - s.start_s) / s.repetitions
        for i in range(s.repetitions):
            total = total + repetition(time, s.start_s + i * period, period)
    return total


def default_script(seconds: float, gait: Literal["run", "walk"], quick: bool) -> Script:
    """Standing, calibration movements, walking, then the gait asked for, without end.

    Args:
        seconds: Length of the session, s. Below 90 s (or with ``quick``) the parts before the run are
            shorter: 5 s standing, 3 squats in 5.5 s, 1.5 s standing, 6 s walking.
        gait: What fills the rest.
        quick: Use the short form for any length.

    Returns:
        The script.

    Raises:
        SimulationError: The session is shorter than 20 s.
    """
    if not np.isfinite(seconds) or seconds < MIN_SECONDS:
        raise SimulationError(
            "seconds",
            seconds,
            f"A simulated session of {seconds} s is too short to stand, squat and walk first; "
            f"ask for {MIN_SECONDS:.0f} s or more.",
        )
    short = quick or seconds < COMPRESSED_BELOW_S
    stand, squats, n, pause, walk = (5.0, 5.5, 3, 1.5, 6.0) if short else (8.0, 10.0, 4, 1.5, 15.0)
    a, b, c = stand, stand + squats, stand + squats + pause
    segments = [Segment("stand", 0.0, a), Segment("squats", a, b, n), Segment("stand", b, c)]
    if gait == "walk":
        segments.append(Segment("walk", c, np.inf))
    else:
        segments += [Segment("walk", c, c + walk), Segment("run", c + walk, np.inf)]
    return Script(tuple(segments))
