"""The speed that people with a contact time usually have: faster ones are on the ground for a shorter time.

Over gravity, as lean of the mean force per turning rate, since that is what bends need it for.
Source of the running figures: contact times of 285, 240 and 205 ms at 2.5, 3.5 and 4.5 m/s (RBDS, Fukuchi et al. 2017);
simulated people have the same slope, walkers (0.9 to 1.8 m/s) are simulated ones only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from pipeline.stride import Gait


class _Usual(NamedTuple):
    contact_s: float
    per_turning: float
    exponent: float
    least_s: float
    most_s: float


_USUAL: Mapping[Gait, _Usual] = {
    "run": _Usual(0.24, 0.35, -1.75, 0.16, 0.36),
    "walk": _Usual(0.68, 0.14, -1.9, 0.5, 1.0),
}
USUAL_CONTACT_S: Mapping[Gait, float] = {gait: usual.contact_s for gait, usual in _USUAL.items()}
USUAL_SE_DEG_PER_DEG_S: Mapping[Gait, float] = {"run": 0.05, "walk": 0.02}
"""People differ by a tenth and more at one contact time: 0.04 and 0.01 among simulated ones."""


class LeanPerTurning(Protocol):
    """Speed over gravity, in degrees of lean per degree per second."""

    def at(self, time_s: float, gait: Gait, contact_s: float, /) -> tuple[float, float]:
        """What it was in a stride with a contact time, and its standard error."""


class UsualSpeed:
    """That of everybody with the contact time."""

    def at(self, _time_s: float, gait: Gait, contact_s: float, /) -> tuple[float, float]:
        """What it was in a stride with a contact time, and its standard error."""
        return usual_lean(gait, contact_s), USUAL_SE_DEG_PER_DEG_S[gait]


def usual_lean(gait: Gait, contact_s: float) -> float:
    """Usual speed over gravity, in degrees per degree per second; contact times beyond usual ones count as those."""
    usual = _USUAL[gait]
    inside_s = min(max(contact_s, usual.least_s), usual.most_s)
    return usual.per_turning * float((inside_s / usual.contact_s) ** usual.exponent)
