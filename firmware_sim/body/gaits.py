"""How a person does one gait: at the own speed, and at other speeds, slopes, stairs and conditions.

What another speed or ground changes, per person (own choices where no source is named):

* running, per m/s: cadence + 7 steps/min, drop + 1 deg (computed from RBDS), shank impact + 1.5 g, sacral
  impact + 0.3 g; duty factor along its curve. Walking, per m/s: cadence + 66 steps/min, drop + 1.5 deg.
* grade, per 10 %: anterior tilt + 4 deg uphill; shank 2.9 deg further forward; cadence + 2 %; impact - 34 %
  uphill and + 34 % downhill (after Gottschall and Kram 2005, J Biomech 38:445: + 54 % at -9 deg).
* stairs: walking along a slope of 30 deg at 0.55 m/s and 102 steps/min; a stylised model.
* turning on the spot: walking with half the movement at 90 steps/min and no way forward.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from firmware_sim.body.runner import Runner
    from firmware_sim.body.segment import Effect, Mode

Pair = tuple[float, float]

RUN_DUTY = ((2.0, 2.5, 3.5, 4.5, 5.0), (0.39, 0.365, 0.325, 0.3, 0.29))
"""Mean duty factor of running over speed, m/s."""
STAIRS_SLOPE_RAD = float(np.radians(30.0))


@dataclass(frozen=True, slots=True)
class GaitParameters:
    """How one person does one gait. Pairs are (right, left).

    Attributes:
        speed_m_s: Mean speed along the ground.
        stride_hz: Mean stride frequency, 1/s.
        duty_factor: Contact time over stride time, per leg.
        cpd_peak_deg: Mean peak contralateral drop against standing, per stance leg, + drop.
        cpd_shift_deg: Constant obliquity against standing (+ right up) that is part of both peaks.
        tir_exc_deg: Mean tibial internal rotation excursion from foot strike, per leg.
        tilt_deg: Mean anterior tilt.
        shank_impact_g: Nominal peak of the axial impact transient, per leg, g.
        sacral_impact_g: Nominal peak of the sacral impact transient, g.
        slope_rad: Slope of the ground along the path, + uphill.
        sagittal_offset_deg: Added to the sagittal shank angle, + reclined.
        movement: Factor on all movement that has no amplitude of its own.
    """

    speed_m_s: float
    stride_hz: float
    duty_factor: Pair
    cpd_peak_deg: Pair
    cpd_shift_deg: float
    tir_exc_deg: Pair
    tilt_deg: float
    shank_impact_g: Pair
    sacral_impact_g: float
    slope_rad: float = 0.0
    sagittal_offset_deg: float = 0.0
    movement: float = 1.0


def run_duty(speed_m_s: float) -> float:
    """Mean duty factor of runners at a speed."""
    return float(np.interp(speed_m_s, *RUN_DUTY))


def clip_pair(pair: Pair, low: float, high: float) -> Pair:
    """Each of a pair within bounds."""
    return float(np.clip(pair[0], low, high)), float(np.clip(pair[1], low, high))


def _plus(pair: Pair, amount: float) -> Pair:
    return pair[0] + amount, pair[1] + amount


def _times(pair: Pair, factor: float) -> Pair:
    return pair[0] * factor, pair[1] * factor


def _at_speed(g: GaitParameters, kind: str, speed_m_s: float) -> GaitParameters:
    more = speed_m_s - g.speed_m_s
    if kind == "run":
        duty = _plus(g.duty_factor, run_duty(speed_m_s) - run_duty(g.speed_m_s))
        return replace(
            g,
            speed_m_s=speed_m_s,
            stride_hz=float(np.clip(g.stride_hz + 7.0 / 120.0 * more, 1.2, 1.65)),
            duty_factor=clip_pair(duty, 0.26, 0.43),
            cpd_peak_deg=clip_pair(_plus(g.cpd_peak_deg, more), 0.5, 14.0),
            shank_impact_g=clip_pair(_plus(g.shank_impact_g, 1.5 * more), 1.0, 11.0),
            sacral_impact_g=float(np.clip(g.sacral_impact_g + 0.3 * more, 0.3, 3.0)),
        )
    return replace(
        g,
        speed_m_s=speed_m_s,
        stride_hz=float(np.clip(g.stride_hz + 0.275 * more, 0.65, 1.15)),
        duty_factor=clip_pair(_plus(g.duty_factor, -0.03 * more), 0.57, 0.68),
        cpd_peak_deg=clip_pair(_plus(g.cpd_peak_deg, 1.5 * more), 0.5, 10.0),
        shank_impact_g=_times(g.shank_impact_g, float(np.clip(1.0 + 0.6 * more, 0.5, 1.5))),
    )


def _on_grade(g: GaitParameters, grade: float) -> GaitParameters:
    slope = float(np.arctan(grade))
    harder = float(np.clip(1.0 - 3.4 * grade, 0.6, 1.4))
    return replace(
        g,
        stride_hz=g.stride_hz * (1.0 + 0.2 * grade),
        tilt_deg=g.tilt_deg + 0.7 * float(np.degrees(slope)),
        shank_impact_g=_times(g.shank_impact_g, harder),
        sacral_impact_g=g.sacral_impact_g * harder,
        slope_rad=slope,
        sagittal_offset_deg=-0.5 * float(np.degrees(slope)),
    )


def _on_stairs(g: GaitParameters, up: bool, speed_m_s: float | None) -> GaitParameters:
    speed = 0.55 if speed_m_s is None else speed_m_s
    return replace(
        g,
        speed_m_s=speed,
        stride_hz=0.85 * float(np.sqrt(speed / 0.55)),
        duty_factor=(0.64, 0.64) if up else (0.61, 0.61),
        cpd_peak_deg=_times(g.cpd_peak_deg, 1.2),
        tilt_deg=g.tilt_deg + (8.0 if up else 2.0),
        shank_impact_g=_times(g.shank_impact_g, 0.5 if up else 1.5),
        sacral_impact_g=g.sacral_impact_g * (0.5 if up else 1.5),
        slope_rad=STAIRS_SLOPE_RAD if up else -STAIRS_SLOPE_RAD,
        sagittal_offset_deg=-8.0 if up else -4.0,
        movement=0.8,
    )


def _on_the_spot(g: GaitParameters) -> GaitParameters:
    return replace(
        g,
        speed_m_s=0.0,
        stride_hz=0.75,
        cpd_peak_deg=_times(g.cpd_peak_deg, 0.5),
        cpd_shift_deg=0.5 * g.cpd_shift_deg,
        tir_exc_deg=_times(g.tir_exc_deg, 0.5),
        shank_impact_g=_times(g.shank_impact_g, 0.4),
        sacral_impact_g=0.4 * g.sacral_impact_g,
        movement=0.5,
    )


def _with_effect(g: GaitParameters, e: Effect) -> GaitParameters:
    cpd = (
        g.cpd_peak_deg[0] * e.cpd_factor[0] + e.cpd_deg[0],
        g.cpd_peak_deg[1] * e.cpd_factor[1] + e.cpd_deg[1],
    )
    tir = (
        g.tir_exc_deg[0] * e.tir_factor[0] + e.tir_deg[0],
        g.tir_exc_deg[1] * e.tir_factor[1] + e.tir_deg[1],
    )
    return replace(
        g,
        cpd_peak_deg=clip_pair(cpd, 0.0, 20.0),
        tir_exc_deg=clip_pair(tir, 0.5, 25.0),
        stride_hz=g.stride_hz * e.cadence_factor,
    )


def adapted(runner: Runner, mode: Mode) -> GaitParameters:
    """A runner's gait in a mode of kind ``walk`` or ``run``."""
    g = runner.run if mode.kind == "run" else runner.walk
    if mode.terrain == "on_the_spot":
        g = _on_the_spot(g)
    elif mode.terrain in ("stairs_up", "stairs_down"):
        g = _on_stairs(g, mode.terrain == "stairs_up", mode.speed_m_s)
    elif mode.speed_m_s is not None and mode.speed_m_s != g.speed_m_s:
        g = _at_speed(g, mode.kind, mode.speed_m_s)
    if mode.grade != 0.0:
        g = _on_grade(g, mode.grade)
    return _with_effect(g, mode.effect)


class GaitBook:
    """The gaits of one runner by mode, made when first asked for."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._known: dict[Mode, GaitParameters] = {}

    def __getitem__(self, mode: Mode) -> GaitParameters:
        if mode not in self._known:
            self._known[mode] = adapted(self._runner, mode)
        return self._known[mode]
