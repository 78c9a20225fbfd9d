"""What the runner does when: standing, calibration movements, walking, running."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np

from firmware_sim.body.jet import Array, Jet
from firmware_sim.errors import SimulationError

Activity: TypeAlias = Literal["stand", "squats", "walk", "run"]
Mode: TypeAlias = Literal["stand", "walk", "run"]

_RAMP_S: dict[frozenset[Mode], float] = {
    frozenset({"stand", "walk"}): 1.0,
    frozenset({"walk", "run"}): 1.2,
    frozenset({"stand", "run"}): 1.5,
}
MIN_SECONDS = 20.0
COMPRESSED_BELOW_S = 90.0


@dataclass(frozen=True, slots=True)
class Segment:
    """One activity over [start_s, end_s) of session time; the last one has no end.

    Attributes:
        activity: What is done.
        start_s: Start, s.
        end_s: End, s (infinity for the last).
        repetitions: Number of squats, 0 for other activities.
    """

    activity: Activity
    start_s: float
    end_s: float
    repetitions: int = 0

    @property
    def mode(self) -> Mode:
        """The base posture of the activity: squats are done standing."""
        return "stand" if self.activity == "squats" else self.activity


@dataclass(frozen=True)
class Script:
    """A sequence of segments without gaps, starting at 0 s.

    Between segments of different mode the weights change over a ramp centred on the boundary (0.5-1.5 s
    long), with continuous second derivative.
    """

    segments: tuple[Segment, ...]

    def __post_init__(self) -> None:
        clock = 0.0
        for segment in self.segments:
            if segment.start_s != clock or segment.end_s - segment.start_s < 1.5:
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

    @cached_property
    def _ramps(self) -> list[tuple[float, float, Mode, Mode]]:
        """All changes of mode as (start_s, end_s, from, to)."""
        found: list[tuple[float, float, Mode, Mode]] = []
        for a, b in zip(self.segments[:-1], self.segments[1:], strict=True):
            if a.mode != b.mode:
                half = _RAMP_S[frozenset({a.mode, b.mode})] / 2.0
                found.append((b.start_s - half, b.start_s + half, a.mode, b.mode))
        return found

    def weights(self, t: Array) -> dict[Mode, Jet]:
        """Smooth weight of each mode at the times t [s]; they sum to one. Modes without weight are left out."""
        near = [r for r in self._ramps if r[0] < t[-1] and r[1] > t[0]]
        if not near:
            return {self._mode_at(float(t[0])): Jet.constant(1.0, t)}
        time = Jet.time(t)
        total: dict[Mode, Jet] = {self.segments[0].mode: Jet.constant(1.0, t)}
        for start, end, before, after in self._ramps:
            if t[-1] <= start:
                break
            step = ((time - start) * (1.0 / (end - start))).smoothstep()
            total[before] = total.get(before, Jet.constant(0.0, t)) - step
            total[after] = total.get(after, Jet.constant(0.0, t)) + step
        # sums of finished ramps leave +-1 ulp: below any visible amount, but not worth evaluating
        return {m: w for m, w in total.items() if float(np.max(np.abs(w.v))) > 1e-12}

    def _mode_at(self, t_s: float) -> Mode:
        """Mode at a time outside all ramps."""
        mode = self.segments[0].mode
        for start, _, _, after in self._ramps:
            if t_s > start:
                mode = after
        return mode

    def weights_at(self, t_s: float) -> dict[Mode, float]:
        """Weights at one instant."""
        if not any(start < t_s < end for start, end, _, _ in self._ramps):
            return {self._mode_at(t_s): 1.0}
        return {m: float(w.v[0]) for m, w in self.weights(np.array([t_s])).items()}

    def squat_depth(self, t: Array) -> Jet:
        """Depth of the calibration movement, 0 upright to 1 lowest."""
        time = Jet.time(t)
        depth = Jet.constant(0.0, t)
        for s in self.segments:
            if s.repetitions == 0 or t[-1] < s.start_s or t[0] > s.end_s:
                continue
            period = (s.end_s - s.start_s) / s.repetitions
            for i in range(s.repetitions):
                x = (time - (s.start_s + i * period)) * (1.0 / period)
                down = (x * (1.0 / 0.42)).smoothstep()
                up = ((1.0 - x) * (1.0 / 0.42)).smoothstep()
                depth = depth + down * up
        return depth

    def as_rows(self) -> list[dict[str, object]]:
        """Plain rows for metadata; an open end is None."""
        return [
            {
                "activity": s.activity,
                "start_s": s.start_s,
                "end_s": s.end_s if np.isfinite(s.end_s) else None,
                "repetitions": s.repetitions,
            }
            for s in self.segments
        ]


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
