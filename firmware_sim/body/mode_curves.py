"""The stride curves of one runner in each mode, made when first needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from firmware_sim.body.curves import (
    WALK_DUTY_REFERENCE,
    Harmonics,
    PelvisShape,
    ShankShape,
    personal_pelvis,
    personal_shank,
    running_pelvis,
    running_shank,
    walking_pelvis,
    walking_shank,
)
from firmware_sim.body.gaits import GaitBook, GaitParameters, run_duty

if TYPE_CHECKING:
    from firmware_sim.body.runner import Runner
    from firmware_sim.body.segment import Mode


@dataclass(frozen=True, slots=True)
class ModeCurves:
    """All that is needed to move the body in one gait.

    Attributes:
        gait: Parameters.
        pelvis_shape: Pelvis curves as coefficients.
        pelvis: The same, to be evaluated.
        shank_shapes: Shank curves of the (right, left) leg.
        shanks: The same, to be evaluated.
    """

    gait: GaitParameters
    pelvis_shape: PelvisShape
    pelvis: Harmonics
    shank_shapes: tuple[ShankShape, ShankShape]
    shanks: tuple[Harmonics, Harmonics]


def _make(runner: Runner, gait: GaitParameters, kind: str) -> ModeCurves:
    shares, traits = runner.shape_shares, runner.traits
    if kind == "run":
        speed = gait.speed_m_s
        pelvis, duty = running_pelvis(speed, shares[1]), run_duty(speed)
        right, left = running_shank(speed, shares[4]), running_shank(speed, shares[5])
    else:
        pelvis, duty = walking_pelvis(shares[0]), WALK_DUTY_REFERENCE
        right, left = walking_shank(shares[0], shares[2]), walking_shank(shares[0], shares[3])
    pelvis = personal_pelvis(pelvis, traits.pelvis_terms, duty)
    right = personal_shank(right, traits.shank_terms[0])
    left = personal_shank(left, traits.shank_terms[1])
    return ModeCurves(
        gait,
        pelvis,
        Harmonics(pelvis.coefficients),
        (right, left),
        (Harmonics(right.coefficients), Harmonics(left.coefficients)),
    )


class CurveBook:
    """Curves by mode.

    Args:
        runner: The person.
        gaits: The person's gaits.
    """

    def __init__(self, runner: Runner, gaits: GaitBook) -> None:
        self._runner = runner
        self._gaits = gaits
        self._known: dict[Mode, ModeCurves] = {}

    def __getitem__(self, mode: Mode) -> ModeCurves:
        if mode not in self._known:
            self._known[mode] = _make(self._runner, self._gaits[mode], mode.kind)
        return self._known[mode]
