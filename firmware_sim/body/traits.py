"""Personal traits beyond the gait parameters: how the foot lands, how wide, and the shape of the curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

StrikeType: TypeAlias = Literal["rearfoot", "midfoot", "forefoot"]
Pair = tuple[float, float]

STRIKE_SHARES: dict[StrikeType, float] = {"rearfoot": 0.78, "midfoot": 0.16, "forefoot": 0.06}
"""Share of runners; recreational runners are 75-90 % rearfoot (Hasegawa 2007, Larson 2011)."""


@dataclass(frozen=True, slots=True)
class Landing:
    """How a strike type changes the impact transients.

    Attributes:
        size: Factor on their peaks.
        delay_s: How much later they begin after foot strike, s.
        frequency: Factor on their frequency.
        ringing: Factor on the share of ringing.
    """

    size: float
    delay_s: float
    frequency: float
    ringing: float


LANDINGS: dict[StrikeType, Landing] = {
    "rearfoot": Landing(1.0, 0.0, 1.0, 1.0),
    "midfoot": Landing(0.8, 0.005, 0.85, 0.8),
    "forefoot": Landing(0.5, 0.012, 0.7, 0.5),
}
"""Forefoot: about half the size and later (biomechanics literature); midfoot between."""

REFERENCE_STEP_WIDTH_M: dict[str, float] = {"run": 0.06, "walk": 0.10}
"""Step width of the source curves, assumed."""

Term: TypeAlias = tuple[str, int, float, float]
"""One deformation: curve, harmonic, cosine and sine part (degrees, or relative to a unit amplitude)."""

# Standard deviation of the cosine and sine part of a deformation, by curve and harmonic. Obliquity and axial
# rotation are relative to the amplitude (which is drawn by itself), the others in degrees. A symmetric
# pelvis has odd harmonics of obliquity and rotation and even ones of tilt.
PELVIS_TERMS: dict[str, dict[int, float]] = {
    "obliquity": {1: 0.08, 3: 0.06, 5: 0.01},
    "tilt": {2: 0.35, 4: 0.12},
    "rotation": {1: 1.0, 3: 0.25},
}
SHANK_TERMS: dict[str, dict[int, float]] = {
    "sagittal": {1: 0.9, 2: 0.4},
    "frontal": {1: 0.8, 2: 0.3},
    "axial": {1: 0.10, 2: 0.07, 3: 0.03},
}
_COMMON = 0.6
"""Share of the variance of a leg's deformation that both legs have in common."""


@dataclass(frozen=True, slots=True)
class SingleLeg:
    """How single-leg tasks are done. Pairs are (right, left).

    Attributes:
        cpd_deg: Mean peak drop at the lowest point.
        inclination_deg: Forward inclination of the standing shank at the lowest point.
        medial_lean_deg: Inward lean of the standing shank at the lowest point.
        tir_deg: Internal rotation of the standing shank at the lowest point.
        tilt_deg: Anterior tilt of the pelvis added at the lowest point.
        depth_m: How far the pelvis goes down.
    """

    cpd_deg: Pair
    inclination_deg: Pair
    medial_lean_deg: Pair
    tir_deg: Pair
    tilt_deg: float
    depth_m: float


@dataclass(frozen=True, slots=True)
class Traits:
    """What makes a person differ beyond gait parameters.

    Attributes:
        strike: Part of the foot that lands first in running.
        run_step_width_m: Distance between the feet across the path, running.
        walk_step_width_m: The same, walking.
        pelvis_terms: Deformations of the pelvis curves.
        shank_terms: Deformations of the (right, left) shank curves, in right-leg signs.
        single_leg: Single-leg tasks.
        bend_tilt_deg: Pelvic tilt added by a forward bend.
    """

    strike: StrikeType
    run_step_width_m: float
    walk_step_width_m: float
    pelvis_terms: tuple[Term, ...]
    shank_terms: tuple[tuple[Term, ...], tuple[Term, ...]]
    single_leg: SingleLeg
    bend_tilt_deg: float


def _terms(sizes: dict[str, dict[int, float]], z: np.ndarray) -> tuple[Term, ...]:
    keys = [(curve, k, size) for curve, by_k in sizes.items() for k, size in by_k.items()]
    return tuple(
        (curve, k, float(size * z[2 * i]), float(size * z[2 * i + 1]))
        for i, (curve, k, size) in enumerate(keys)
    )


def draw_traits(rng: np.random.Generator, cpd_run_deg: Pair) -> Traits:
    """Draw the traits of a person.

    Args:
        rng: Source of the draw.
        cpd_run_deg: Mean peak drop in running, (right, left); single-leg tasks resemble it.
    """
    strikes = list(STRIKE_SHARES)
    reached = np.cumsum(list(STRIKE_SHARES.values()))
    strike = strikes[min(int(np.searchsorted(reached, rng.random())), len(strikes) - 1)]
    widths = np.clip(rng.normal(0.0, 0.025, 2), -0.05, 0.06)
    pelvis = rng.standard_normal(2 * sum(len(v) for v in PELVIS_TERMS.values()))
    n = 2 * sum(len(v) for v in SHANK_TERMS.values())
    common, right, left = rng.standard_normal((3, n))
    a, b = np.sqrt(_COMMON), np.sqrt(1.0 - _COMMON)
    z = rng.standard_normal(8)
    u = rng.random(3)

    def pair(mean: float, sd: float, i: int) -> Pair:
        return float(mean + sd * z[i]), float(mean + sd * z[i + 1])

    return Traits(
        strike=strike,
        run_step_width_m=REFERENCE_STEP_WIDTH_M["run"] + float(widths[0]),
        walk_step_width_m=REFERENCE_STEP_WIDTH_M["walk"] + float(widths[1]),
        pelvis_terms=_terms(PELVIS_TERMS, pelvis),
        shank_terms=(
            _terms(SHANK_TERMS, a * common + b * right),
            _terms(SHANK_TERMS, a * common + b * left),
        ),
        single_leg=SingleLeg(
            cpd_deg=(
                max(0.5, 3.0 + 0.6 * cpd_run_deg[0] + 1.5 * float(z[0])),
                max(0.5, 3.0 + 0.6 * cpd_run_deg[1] + 1.5 * float(z[1])),
            ),
            inclination_deg=pair(26.0, 3.0, 2),
            medial_lean_deg=pair(4.0, 2.0, 4),
            tir_deg=pair(5.0, 2.0, 6),
            tilt_deg=float(12.0 + 14.0 * u[0]),
            depth_m=float(0.12 + 0.10 * u[1]),
        ),
        bend_tilt_deg=float(45.0 + 25.0 * u[2]),
    )
