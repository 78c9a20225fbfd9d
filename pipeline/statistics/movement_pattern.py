"""Movement pattern of a leg: pelvic, tibial, both, neither, or undetermined.

Each of the two excursions is held against a reference (a published group, or the runner's own
earlier sessions): how probable is it that the leg's true value lies more than one standard
deviation above the reference's mean, given all that may be wrong with the measurement and with the
reference? Above 0.8 it is called elevated, below 0.2 not, and in between nothing is called.

A pattern is a description of movement. It is no cause, names no weak muscle and no type of foot,
and says nothing of which treatment will work.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from scipy.special import ndtr

from pipeline.metrics.bramah_2018 import bramah_2018_bands
from pipeline.statistics.estimate import Estimate

Pattern = Literal["pelvic", "tibial", "both", "neither", "undetermined"]
Call = Literal["elevated", "not elevated", "undetermined"]
CALLED = 0.8
ELEVATED_SD = 1.0
RUNS_CALLED_ALIKE = 2
RUNS_LOOKED_AT = 3
DISCLAIMER = (
    "A movement pattern is not a cause: it does not tell weak muscles, the type of foot, or which "
    "treatment will work."
)


@dataclass(frozen=True, slots=True)
class PatternReference:
    """What a leg is held against.

    Attributes:
        label: who, how many, at which speed, and the source; or ``own baseline``.
        mean: of the reference, degrees.
        sd: between its people (or sessions), degrees.
        n: people or sessions; makes mean and SD uncertain.
        mismatch_sd: how far the reference's zero or definition may be off ours, degrees.
        exploratory: whether the reference is no accepted norm; printed with the result.
    """

    label: str
    mean: float
    sd: float
    n: int
    mismatch_sd: float = 0.0
    exploratory: bool = False


_HEALTHY = bramah_2018_bands("")[0]
PELVIC_REFERENCE = PatternReference(
    label=f"{_HEALTHY.population}, n = {_HEALTHY.n}, {_HEALTHY.speed} ({_HEALTHY.source})",
    mean=_HEALTHY.mean,
    sd=_HEALTHY.sd,
    n=_HEALTHY.n,
    mismatch_sd=1.0,
)
"""For ``cpd_peak_deg``: against the laboratory there, against standing here; and about 1 degree per
m/s of other speeds."""
TIBIAL_EXPLORATORY = PatternReference(
    label=(
        "axial rotation at the ankle of 23 runners (regifukuchi/BMC-RIC, CC BY 4.0): another "
        "quantity than the rotation of the shank in space"
    ),
    mean=9.9,
    sd=3.2,
    n=23,
    mismatch_sd=2.0,
    exploratory=True,
)
"""For ``tir_exc_deg`` there is no accepted norm; this one is used only when asked for."""


@dataclass(frozen=True, slots=True)
class LegPattern:
    """Movement pattern of one leg in one session.

    Attributes:
        pattern: what both calls together are; undetermined as long as one of them is.
        pelvic: what is called of the drop.
        tibial: what is called of the tibial rotation.
        pelvic_probability: that the drop is elevated, 0 to 1; None without value or reference.
        tibial_probability: the same of the tibial rotation.
        exploratory: whether a reference was used that is no accepted norm.
        references: labels of the references used.
    """

    pattern: Pattern
    pelvic: Call
    tibial: Call
    pelvic_probability: float | None
    tibial_probability: float | None
    exploratory: bool
    references: tuple[str, ...]


def elevated_probability(value: float, se: float, reference: PatternReference) -> float:
    """Probability that a leg's true value lies above the reference's mean plus one SD.

    Args:
        value: of the leg, degrees.
        se: its standard error, all parts, degrees.
        reference: what it is held against.
    """
    limit = reference.mean + ELEVATED_SD * reference.sd
    of_mean = reference.sd**2 / reference.n
    of_sd = (ELEVATED_SD * reference.sd) ** 2 / (2.0 * max(1, reference.n - 1))
    error = math.sqrt(se**2 + of_mean + of_sd + reference.mismatch_sd**2)
    if error == 0.0:
        return 1.0 if value > limit else 0.0
    return float(ndtr((value - limit) / error))


def leg_pattern(
    drop: Estimate | None,
    tibia: Estimate | None,
    *,
    pelvic: PatternReference | None = PELVIC_REFERENCE,
    tibial: PatternReference | None = None,
    between_session_sd: tuple[float, float] = (0.0, 0.0),
) -> LegPattern:
    """Movement pattern of a leg.

    Args:
        drop: peak pelvic drop (``cpd_peak_deg``).
        tibia: tibial rotation excursion (``tir_exc_deg``).
        pelvic: reference for the drop.
        tibial: reference for the tibial rotation; None without: then nothing is called of it.
        between_session_sd: of drop and rotation, degrees: what putting on the sensors on another
            day would change, where the standard errors do not hold it
            (``detectable_change(...).session_sd``).
    """
    probabilities = [
        None
        if estimate is None or reference is None or not math.isfinite(estimate.se)
        else elevated_probability(estimate.value, max(estimate.se, spread), reference)
        for estimate, reference, spread in zip(
            (drop, tibia), (pelvic, tibial), between_session_sd, strict=True
        )
    ]
    used = [r for r, p in zip((pelvic, tibial), probabilities, strict=True) if r and p is not None]
    pelvic_call, tibial_call = (_call(probability) for probability in probabilities)
    return LegPattern(
        pattern=_pattern(pelvic_call, tibial_call),
        pelvic=pelvic_call,
        tibial=tibial_call,
        pelvic_probability=probabilities[0],
        tibial_probability=probabilities[1],
        exploratory=any(r.exploratory for r in used),
        references=tuple(r.label for r in used),
    )


def pattern_over_runs(patterns: Sequence[Pattern]) -> Pattern:
    """What the last runs have in common.

    Args:
        patterns: of one leg, oldest first.

    Returns:
        The pattern that at least two of the last three runs were called; else undetermined.
    """
    counts = Counter(p for p in patterns[-RUNS_LOOKED_AT:] if p != "undetermined")
    for pattern, count in counts.most_common(1):
        if count >= RUNS_CALLED_ALIKE:
            return pattern
    return "undetermined"


def _call(probability: float | None) -> Call:
    if probability is None or 1.0 - CALLED < probability < CALLED:
        return "undetermined"
    return "elevated" if probability >= CALLED else "not elevated"


def _pattern(pelvic: Call, tibial: Call) -> Pattern:
    if "undetermined" in (pelvic, tibial):
        return "undetermined"
    if pelvic == "elevated":
        return "both" if tibial == "elevated" else "pelvic"
    return "tibial" if tibial == "elevated" else "neither"
