"""Do the clocks of the sensors agree? Asked of the motion that all of them see.

A landing after a jump shakes pelvis and shanks together, and so does every foot strike, if less
alike. Where the size of the acceleration of two sensors fits best, shifted in time, is the lag
between them. It is no clock: an impact needs 5 to 20 ms from the shank to the pelvis, and in
walking and running the parts of the body do not move alike. It finds what is grossly wrong, and it
finds a step in the middle of a session. Figures: ``docs/timing.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from sensors.placement import Placement
from sensors.sample_block import FloatArray, SampleBlock

WINDOW_S = 8.0
MOST_S = 0.15
"""Largest lag looked for; half a step of a quick runner is longer."""
FEWEST_CORRELATION = 0.35
"""Windows in which the two fit less say nothing of the lag."""
FOLLOWED_CORRELATION = 0.2
"""Windows in which the two fit less do not show either whether the lag stays the same."""
ALIKE = 0.8
"""Correlation above which the sensors moved as one, as in jumps."""
GAIT_S = 0.045
"""Lag that walking and running people show between sensors whose clocks agree, 95 of 100."""
JUMP_S = 0.025
"""The same where the sensors moved as one."""
STEP_S = 0.05
"""Change of the lag in a session that no body makes."""
CLEARLY_S = 0.015
"""Lag beyond the uncertainty that is worth a warning."""
FEWEST_WINDOWS = 4
"""Windows before anything is said."""
_STRETCH_S = 60.0
_LOOKED_AT_S = 40.0
"""Part of each stretch that :class:`LagWatch` compares."""
_GRID_HZ = 200.0
_SMOOTH_S = 0.05
_QUIET_M_S2 = 1.0
_LONGEST_GAP_S = 0.05
_AS_STRONG = 0.35
_FEWEST_SIDE = 3
_ALONE_S = 0.005
"""Spread taken for a single window."""


@dataclass(frozen=True, slots=True)
class WindowLag:
    """The lag in one window.

    Attributes:
        start_s: session time of the window's start.
        lag_s: how much later the second sensor shows the motion.
        correlation: of the two at that lag.
        strength_m_s2: spread of the first sensor's acceleration.
    """

    start_s: float
    lag_s: float
    correlation: float
    strength_m_s2: float


@dataclass(frozen=True, slots=True)
class SensorLag:
    """The lag between two sensors.

    Attributes:
        first: the sensor compared with.
        second: the other sensor.
        lag_s: how much later the second shows the shared motion; median over the windows that fit
            well.
        uncertainty_s: half width within which the difference of their clocks is known by it, what
            bodies do included.
        windows: the windows that said something, in order.
    """

    first: Placement
    second: Placement
    lag_s: float
    uncertainty_s: float
    windows: tuple[WindowLag, ...]

    @property
    def agrees(self) -> bool:
        """Whether the lag may be the body's alone."""
        return abs(self.lag_s) <= self.uncertainty_s

    @property
    def warning(self) -> str:
        """A sentence for the user when the clocks do not agree; empty otherwise."""
        fitting = [each for each in self.windows if each.correlation >= FEWEST_CORRELATION]
        if len(fitting) < FEWEST_WINDOWS:
            return ""
        pair = f"the sensors named {self.first.label} and {self.second.label}"
        if abs(self.lag_s) > self.uncertainty_s + CLEARLY_S:
            return (
                f"{pair} show the same movements {abs(self.lag_s) * 1e3:.0f} ms apart, more than bodies"
                " do: their times may not agree, or one is worn elsewhere"
            )
        if self.step_s > STEP_S:
            return (
                f"{pair} drift apart by {self.step_s * 1e3:.0f} ms in the middle of the session:"
                " their times may not agree"
            )
        return ""

    @property
    def step_s(self) -> float:
        """Largest change of the lag in the course of the session; 0 with few windows.

        Windows as strong as the usual one are compared, before and after every moment: from
        walking to running the lag changes with no clock to blame.
        """
        usual = float(np.median([window.strength_m_s2 for window in self.windows]))
        alike = [w.lag_s for w in self.windows if abs(w.strength_m_s2 / usual - 1.0) < _AS_STRONG]
        lags = np.array(alike)
        steps = [
            abs(float(np.median(lags[:cut]) - np.median(lags[cut:])))
            for cut in range(_FEWEST_SIDE, len(lags) - _FEWEST_SIDE + 1)
        ]
        return max(steps, default=0.0)


class LagWatch:
    """The lags of a session of any length: stretches of it are compared, with bounded memory."""

    def __init__(self) -> None:
        self._kept: dict[Placement, list[SampleBlock]] = {}
        self._stretch = 0
        self._windows: dict[tuple[Placement, Placement], list[WindowLag]] = {}

    def push(self, block: SampleBlock) -> None:
        """Take samples; those of one sensor in time order."""
        if not len(block):
            return
        stretch = int(block.time_s[0] // _STRETCH_S)
        if stretch > self._stretch:
            self._compare()
            self._stretch = stretch
        if float(block.time_s[0]) - stretch * _STRETCH_S < _LOOKED_AT_S:
            self._kept.setdefault(block.placement, []).append(block)

    def _compare(self) -> None:
        tracks = _tracks(block for some in self._kept.values() for block in some)
        self._kept.clear()
        for first, second in combinations(sorted(tracks, key=list(Placement).index), 2):
            found = self._windows.setdefault((first, second), [])
            found += _windows(tracks[first], tracks[second])

    def lags(self) -> tuple[SensorLag, ...]:
        """What was seen so far, as of :func:`sensor_lags`."""
        self._compare()
        found = [_combined(*pair, windows) for pair, windows in self._windows.items()]
        return tuple(lag for lag in found if lag is not None)

    def warnings(self) -> list[str]:
        """A sentence for each pair of sensors whose clocks do not agree."""
        return [text for lag in self.lags() if (text := lag.warning)]


def sensor_lags(blocks: Iterable[SampleBlock]) -> tuple[SensorLag, ...]:
    """The lags between all pairs of sensors that moved together for long enough.

    Args:
        blocks: samples of a session, those of one sensor in time order.

    Returns:
        One for each pair with at least one window that says something.
    """
    tracks = _tracks(blocks)
    found: list[SensorLag] = []
    for first, second in combinations(sorted(tracks, key=list(Placement).index), 2):
        lag = _combined(first, second, _windows(tracks[first], tracks[second]))
        if lag is not None:
            found.append(lag)
    return tuple(found)


def _combined(
    first: Placement, second: Placement, windows: Sequence[WindowLag]
) -> SensorLag | None:
    """The lag of the windows that fit well; None when none does."""
    fitting = [window for window in windows if window.correlation >= FEWEST_CORRELATION]
    if not fitting:
        return None
    lags = np.array([window.lag_s for window in fitting])
    lag_s = float(np.median(lags))
    spread_s = 1.4826 * float(np.median(np.abs(lags - lag_s)))
    statistical_s = 2.0 * max(spread_s, _ALONE_S) / float(np.sqrt(len(lags)))
    alike = float(np.median([window.correlation for window in fitting])) >= ALIKE
    body_s = JUMP_S if alike else GAIT_S
    return SensorLag(first, second, lag_s, body_s + statistical_s, tuple(windows))


_Track = tuple[FloatArray, FloatArray]


def _tracks(blocks: Iterable[SampleBlock]) -> dict[Placement, _Track]:
    """Time and size of the acceleration, by placement."""
    parts: dict[Placement, list[_Track]] = {}
    for block in blocks:
        size = np.sqrt(np.einsum("ij,ij->i", block.acc, block.acc))
        parts.setdefault(block.placement, []).append((block.time_s, size))
    return {
        placement: (
            np.concatenate([time_s for time_s, _ in some]),
            np.concatenate([size for _, size in some]),
        )
        for placement, some in parts.items()
    }


def _windows(first: _Track, second: _Track) -> list[WindowLag]:
    start_s = float(max(first[0][0], second[0][0]))
    end_s = float(min(first[0][-1], second[0][-1]))
    found: list[WindowLag] = []
    for number in range(int((end_s - start_s) / WINDOW_S)):
        at_s = start_s + number * WINDOW_S
        one, other = _shape(first, at_s), _shape(second, at_s)
        if one is None or other is None:
            continue
        lag_s, correlation = _best_lag(one[0], other[0])
        if correlation >= FOLLOWED_CORRELATION and abs(lag_s) < MOST_S:
            found.append(WindowLag(at_s, lag_s, correlation, one[1]))
    return found


def _shape(track: _Track, start_s: float) -> tuple[FloatArray, float] | None:
    """Smoothed size of the acceleration on a grid, and its spread; None with a gap or in rest."""
    time_s, size = track
    low, high = np.searchsorted(time_s, (start_s, start_s + WINDOW_S)).tolist()
    if high - low < 2 or np.diff(time_s[low:high]).max() > _LONGEST_GAP_S:
        return None
    if (
        time_s[low] - start_s > _LONGEST_GAP_S
        or start_s + WINDOW_S - time_s[high - 1] > _LONGEST_GAP_S
    ):
        return None
    grid_s = start_s + np.arange(round(WINDOW_S * _GRID_HZ)) / _GRID_HZ
    bell = np.hanning(round(_SMOOTH_S * _GRID_HZ) + 2)
    shape = np.convolve(
        np.interp(grid_s, time_s[low:high], size[low:high]), bell / bell.sum(), "same"
    )
    spread = float(shape.std())
    if spread < _QUIET_M_S2:
        return None
    return np.asarray((shape - shape.mean()) / spread, dtype=np.float64), spread


def _best_lag(first: FloatArray, second: FloatArray) -> tuple[float, float]:
    """Lag of the best fit, with a parabola through the three best, and the correlation there."""
    most = round(MOST_S * _GRID_HZ)
    inner = first[most : len(first) - most]
    fits = np.correlate(second, inner, "valid") / len(inner)
    best = int(np.argmax(fits))
    shift = 0.0
    if 0 < best < len(fits) - 1:
        before, at, after = fits[best - 1 : best + 2].tolist()
        bend = before - 2.0 * at + after
        shift = 0.5 * (before - after) / bend if bend < 0.0 else 0.0
    return (best - most + shift) / _GRID_HZ, min(1.0, float(fits[best]))
