"""The person: everything that is drawn once per session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from firmware_sim.body.gaits import GaitParameters, clip_pair, run_duty
from firmware_sim.body.traits import Traits, draw_traits
from firmware_sim.errors import SimulationError
from firmware_sim.rng import Purpose, stream

SPEED_RANGE_M_S: dict[str, tuple[float, float]] = {"run": (2.0, 5.0), "walk": (0.8, 1.9)}
_RUN_SPEED_QUANTILES = ((0.0, 0.1, 0.9, 1.0), (2.2, 2.5, 3.9, 5.0))
"""Running speed of people: eight in ten between 2.5 and 3.9 m/s, all between 2.2 and 5."""


@dataclass(frozen=True, slots=True)
class Runner:
    """One virtual person. Angles in degrees at this edge, radians inside the body model."""

    walk: GaitParameters
    run: GaitParameters
    standing_obliquity_deg: float
    standing_tilt_deg: float
    standing_sagittal_deg: tuple[float, float]
    standing_frontal_deg: tuple[float, float]
    standing_axial_deg: tuple[float, float]
    strike_axial_deg: tuple[float, float]
    squat_tilt_deg: float
    squat_shank_deg: float
    squat_depth_m: float
    step_time_asymmetry: float
    stride_time_cv: float
    cpd_sd_deg: float
    tir_sd_deg: float
    fatigue_cpd_deg: tuple[float, float]
    fatigue_cadence: float
    fatigue_contact: float
    impact_hz: tuple[float, float]
    shape_shares: tuple[float, ...]
    shank_length_m: float
    traits: Traits
    fatigue_full_s: float = 1800.0
    """Fatigue grows in proportion to time until this session time and stays."""


def _pair(
    rng: np.random.Generator, mean: float, sd: float, correlation: float
) -> tuple[float, float]:
    common, right, left = rng.standard_normal(3)
    a, b = np.sqrt(correlation), np.sqrt(1.0 - correlation)
    return float(mean + sd * (a * common + b * right)), float(mean + sd * (a * common + b * left))


def _check_speed(speed_m_s: float, gait: str) -> None:
    low, high = SPEED_RANGE_M_S[gait]
    if not low <= speed_m_s <= high:
        raise SimulationError(
            "speed_m_s",
            speed_m_s,
            f"A speed of {speed_m_s} m/s is outside what the {gait} model covers; "
            f"choose {low}-{high} m/s.",
        )


def draw_runner(seed: int, speed_m_s: float | None, gait: Literal["run", "walk"]) -> Runner:
    """Draw a person from a seed.

    Args:
        seed: Session seed.
        speed_m_s: Speed of ``gait``, m/s, or None to draw it.
        gait: Which gait the speed belongs to.

    Returns:
        The person; the same for the same arguments.

    Raises:
        SimulationError: The speed lies outside the model (run 2.0-5.0, walk 0.8-1.9 m/s).
    """
    rng = stream(seed, Purpose.RUNNER)
    run_speed = float(np.interp(rng.random(), *_RUN_SPEED_QUANTILES))
    walk_speed = float(rng.uniform(1.15, 1.55))
    if speed_m_s is not None:
        _check_speed(speed_m_s, gait)
        if gait == "run":
            run_speed = float(speed_m_s)
        else:
            walk_speed = float(speed_m_s)
    shares = tuple(float(x) for x in rng.uniform(0.0, 1.0, 6) * [1.0, 0.6, 1.0, 1.0, 1.0, 1.0])
    above = run_speed - 3.2
    cadence_spm = float(np.clip(164.0 + 8.0 * above + 5.0 * rng.standard_normal(), 150.0, 190.0))
    duty_mean = run_duty(run_speed)
    duty_mean += 0.012 * float(rng.standard_normal())
    cpd_run = clip_pair(_pair(rng, 4.5 + above, 1.8, 0.5), 1.0, 12.0)
    tir_run = clip_pair(_pair(rng, 10.5, 2.6, 0.5), 4.0, 18.0)
    run = GaitParameters(
        speed_m_s=run_speed,
        stride_hz=cadence_spm / 120.0,
        duty_factor=clip_pair(_pair(rng, duty_mean, 0.004, 0.2), 0.28, 0.42),
        cpd_peak_deg=cpd_run,
        # part of a left-right difference is a constant tilt of the whole pelvis, part is amplitude
        cpd_shift_deg=(cpd_run[0] - cpd_run[1]) / 4.0,
        tir_exc_deg=tir_run,
        tilt_deg=float(16.5 + 3.0 * rng.standard_normal()),
        shank_impact_g=clip_pair(_pair(rng, 5.5 + 1.5 * above, 1.0, 0.6), 3.0, 8.5),
        sacral_impact_g=float(np.clip(1.2 + 0.3 * above + 0.3 * rng.standard_normal(), 0.5, 2.5)),
    )
    walk_hz = 0.5 * (1.83 + 0.55 * (walk_speed - 1.33) + 0.06 * float(rng.standard_normal()))
    cpd_walk = clip_pair(
        (2.0 + 0.45 * cpd_run[0] + 0.5 * float(rng.standard_normal()),
         2.0 + 0.45 * cpd_run[1] + 0.5 * float(rng.standard_normal())),
        1.0,
        9.0,
    )  # fmt: skip
    tir_walk = clip_pair((tir_run[0] * 1.1, tir_run[1] * 1.1), 5.0, 18.0)
    walk = GaitParameters(
        speed_m_s=walk_speed,
        stride_hz=walk_hz,
        duty_factor=clip_pair(
            _pair(rng, 0.62 - 0.03 * (walk_speed - 1.33), 0.004, 0.2), 0.58, 0.67
        ),
        cpd_peak_deg=cpd_walk,
        cpd_shift_deg=(cpd_walk[0] - cpd_walk[1]) / 4.0,
        tir_exc_deg=tir_walk,
        tilt_deg=float(11.0 + 3.0 * rng.standard_normal()),
        shank_impact_g=clip_pair(_pair(rng, 1.4, 0.3, 0.6), 0.6, 2.5),
        sacral_impact_g=0.25,
    )
    standing_axial = _pair(rng, -4.0, 4.0, 0.5)
    fatigue = float(rng.uniform(0.0, 2.5))
    tired_leg = int(rng.integers(2))
    return Runner(
        walk=walk,
        run=run,
        standing_obliquity_deg=float(1.0 * rng.standard_normal()),
        standing_tilt_deg=float(10.5 + 2.5 * rng.standard_normal()),
        standing_sagittal_deg=_pair(rng, -3.3, 1.0, 0.5),
        standing_frontal_deg=_pair(rng, 0.0, 2.0, 0.5),
        standing_axial_deg=standing_axial,
        strike_axial_deg=(
            standing_axial[0] - 2.0 + float(rng.standard_normal()),
            standing_axial[1] - 2.0 + float(rng.standard_normal()),
        ),
        squat_tilt_deg=float(rng.uniform(28.0, 42.0)),
        squat_shank_deg=float(rng.uniform(18.0, 27.0)),
        squat_depth_m=float(rng.uniform(0.12, 0.22)),
        step_time_asymmetry=float(0.006 * rng.standard_normal()),
        stride_time_cv=float(rng.uniform(0.012, 0.018)),
        cpd_sd_deg=0.6,
        tir_sd_deg=1.2,
        fatigue_cpd_deg=(fatigue, 0.0) if tired_leg == 0 else (0.0, fatigue),
        fatigue_cadence=float(-rng.uniform(0.01, 0.03)),
        fatigue_contact=float(rng.uniform(0.02, 0.04)),
        impact_hz=(float(rng.uniform(13.0, 18.0)), float(rng.uniform(42.0, 55.0))),
        shape_shares=shares,
        shank_length_m=float(np.clip(0.42 + 0.02 * rng.standard_normal(), 0.37, 0.47)),
        traits=draw_traits(stream(seed, Purpose.RUNNER, 1), cpd_run),
    )
