"""The runner's heart: its rate follows effort with a delay."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from firmware_sim.devices.identity import KIND_NUMBERS
from firmware_sim.devices.pace import RESTING_VO2, pace_at
from firmware_sim.rng import Purpose, stream

if TYPE_CHECKING:
    from firmware_sim.session import SimulatedSession

RISE_S = 30.0
FALL_S = 50.0
"""Time constants of the approach to the rate that fits the effort: usual values of the literature."""

_BREATHS_PER_S = 0.25
_KCAL_PER_LITRE_O2 = 4.9
_KJ_PER_KCAL = 4.184
_MASS_KG = 70.0


class Heart:
    """Heart rate over a session; the same for every device that watches the runner.

    Rest 48-68, maximum 175-198 per minute, maximal oxygen uptake 42-58 ml/kg/min. The rate that fits an
    effort lies as far between rest and maximum as the effort's oxygen uptake between resting and maximal
    uptake; the heart approaches it in first order, step by second.

    Args:
        session: Who runs and what is done.
    """

    def __init__(self, session: SimulatedSession) -> None:
        rng = stream(session.seed, Purpose.RUNNER, KIND_NUMBERS["heart_rate"])
        self._session = session
        self._key = (session.seed, Purpose.NOISE, KIND_NUMBERS["heart_rate"])
        self.rest_bpm = float(rng.uniform(48.0, 68.0))
        self.max_bpm = float(rng.uniform(175.0, 198.0))
        self._max_vo2 = float(rng.uniform(42.0, 58.0))
        self._second = 0
        self._bpm = self._fitting(0.0)
        self._energy_kj = 0.0

    def _fitting(self, t_s: float) -> float:
        vo2 = pace_at(self._session, t_s).oxygen_ml_kg_min
        share = (vo2 - RESTING_VO2) / (self._max_vo2 - RESTING_VO2)
        return self.rest_bpm + min(max(share, 0.0), 1.0) * (self.max_bpm - self.rest_bpm)

    def _advance(self, t_s: float) -> None:
        if t_s < self._second:  # the script began anew
            self._second, self._bpm, self._energy_kj = 0, self._fitting(0.0), 0.0
        while self._second + 1 <= t_s:
            aim = self._fitting(float(self._second))
            tau = RISE_S if aim > self._bpm else FALL_S
            self._bpm += (aim - self._bpm) * (1.0 - math.exp(-1.0 / tau))
            vo2 = pace_at(self._session, float(self._second)).oxygen_ml_kg_min
            litres = vo2 * _MASS_KG * 1e-3 / 60.0
            self._energy_kj += litres * _KCAL_PER_LITRE_O2 * _KJ_PER_KCAL
            self._second += 1

    def rate_bpm(self, t_s: float) -> float:
        """Mean heart rate at a session time, per minute."""
        self._advance(t_s)
        return self._bpm

    def energy_kj(self, t_s: float) -> float:
        """Energy spent since session time 0, kJ, for a runner of 70 kg."""
        self._advance(t_s)
        return self._energy_kj

    def interval_s(self, beat: int, air_s: float, t_s: float) -> float:
        """Length of one beat.

        It varies with the breath (3 % of the interval at rest, fading to 0.3 % near maximum) and from beat
        to beat (1 %, fading alike).

        Args:
            beat: Number of the beat.
            air_s: Time for the phase of the breath, s.
            t_s: Session time.
        """
        bpm = self.rate_bpm(t_s)
        calm = 1.0 - 0.9 * (bpm - self.rest_bpm) / (self.max_bpm - self.rest_bpm)
        breath = 0.03 * calm * math.sin(2.0 * np.pi * _BREATHS_PER_S * air_s)
        seed, purpose, kind = self._key
        noise = 0.01 * calm * float(stream(seed, purpose, kind, beat).standard_normal())
        return 60.0 / bpm * (1.0 + breath + noise)
