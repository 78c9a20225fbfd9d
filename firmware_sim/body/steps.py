"""The sequence of steps: when each foot strikes and how each step differs from the mean.

Steps are numbered k = 0, 1, 2 ...; even k are right foot strikes, odd k left. The pelvis phase P is
k / 2 at strike k and a C2 function of time between (quintic Hermite per step), so that every curve of the
body is C2 in time. Stride times carry persistent (1/f-like) variation: a sum of first-order
autoregressive processes of 1, 4, 16 and 64 strides memory.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from firmware_sim.body.gaits import GaitBook
from firmware_sim.body.jet import Array, Index, Jet
from firmware_sim.body.runner import Runner
from firmware_sim.body.script import Script
from firmware_sim.rng import Purpose, stream

FIRST_STEP_S = -3.0
"""Steps exist from here on; while standing they are given no weight."""

_MEMORY_STRIDES = (1.0, 4.0, 16.0, 64.0)
_VARIANCE_SHARES = (0.58, 0.26, 0.11, 0.05)
"""Shares of the stride-time variance by memory; with these a detrended fluctuation analysis of 600 strides
gives exponents of 0.7-0.9 as in people."""
_SLOW_GAIN = np.sqrt(_VARIANCE_SHARES)
_AR_STEP = 0.5
_CHUNK = 256


@dataclass(frozen=True, slots=True)
class Step:
    """One foot strike and the stance that follows.

    Attributes:
        time_s: Foot strike, session time.
        cpd_extra_deg: Deviation of peak drop from the leg's mean, in this stance.
        tir_extra_deg: Deviation of tibial excursion from the leg's mean.
        duty_extra: Deviation of duty factor from the leg's mean.
        shape_shift: Lead of the shank's curves over the true foot strike, in strides: kinematic features
            scatter by some ms about contact, as they do in people.
        sagittal_gain: Factor on sagittal shank motion about its mean.
        impact_gain: Factor on the impact transients.
    """

    time_s: float
    cpd_extra_deg: float
    tir_extra_deg: float
    duty_extra: float
    shape_shift: float
    sagittal_gain: float
    impact_gain: float


class StepPlan:
    """Steps in order, made as far as asked and, when told so, forgotten again.

    The content depends on seed, runner and script only, never on how it is asked for.

    Args:
        seed: Session seed.
        runner: The person.
        script: What the person does; sets cadence over time.
        gaits: How the person does it.
    """

    def __init__(self, seed: int, runner: Runner, script: Script, gaits: GaitBook) -> None:
        self._rng = stream(seed, Purpose.STEPS)
        self._runner = runner
        self._script = script
        self._gaits = gaits
        self._slow = self._rng.standard_normal(len(_MEMORY_STRIDES))
        self._ar = {name: self._rng.standard_normal(2) for name in ("cpd", "tir", "duty")}
        self._stride_noise = 0.0
        self._time = FIRST_STEP_S - float(self._rng.uniform(0.0, 0.5))
        self._made: list[Step] = []
        self._first = 0  # number of the first step still held
        self._arrays: dict[str, Array] = {}

    @property
    def first(self) -> int:
        """Number of the first step still held (even)."""
        return self._first

    def _cadence_hz(self, t: float) -> float:
        moving = total = 0.0
        for mode, w in self._script.weights_at(t).items():
            if mode.is_gait:
                moving += w
                total += w * self._gaits[mode].stride_hz
        # nobody steps while standing: tick at the walking pace
        return total / moving if moving > 1e-9 else self._runner.walk.stride_hz

    def _make(self) -> None:
        r = self._runner
        k = self._first + len(self._made)
        side = k % 2
        z = self._rng.standard_normal(11)
        if side == 0:
            keep = np.exp(-1.0 / np.asarray(_MEMORY_STRIDES))
            self._slow = keep * self._slow + np.sqrt(1.0 - keep**2) * z[:4]
            self._stride_noise = r.stride_time_cv * float(np.dot(self._slow, _SLOW_GAIN))
        for i, name in enumerate(("cpd", "tir", "duty")):
            a = self._ar[name]
            a[side] = _AR_STEP * a[side] + np.sqrt(1.0 - _AR_STEP**2) * z[4 + i]
        tired = min(max(self._time, 0.0) / r.fatigue_full_s, 1.0)
        self._made.append(
            Step(
                time_s=self._time,
                cpd_extra_deg=r.cpd_sd_deg * float(self._ar["cpd"][side])
                + tired * r.fatigue_cpd_deg[side],
                tir_extra_deg=r.tir_sd_deg * float(self._ar["tir"][side]),
                duty_extra=0.004 * float(self._ar["duty"][side]) + tired * 0.34 * r.fatigue_contact,
                shape_shift=0.003 * float(z[10]),
                sagittal_gain=1.0 + 0.008 * float(z[7]),
                impact_gain=float(np.clip(1.0 + 0.12 * z[8], 0.6, 1.5)),
            )
        )
        hz = self._cadence_hz(self._time) * (1.0 + tired * r.fatigue_cadence)
        lopsided = r.step_time_asymmetry if side == 0 else -r.step_time_asymmetry
        noise = float(np.clip(self._stride_noise + 0.004 * z[9], -0.06, 0.06))
        self._time += 0.5 / hz * (1.0 + noise) * (1.0 + lopsided)

    def reach(self, t_s: float) -> None:
        """Make steps until at least three lie beyond a time."""
        grown = False
        while len(self._made) < 8 or self._made[-4].time_s <= t_s:
            for _ in range(_CHUNK if len(self._made) > _CHUNK else 16):
                self._make()
            grown = True
        if grown or not self._arrays:
            self._refresh()

    def forget_before(self, t_s: float) -> None:
        """Drop steps that end long before a time (keeps memory bounded while streaming)."""
        times = self._arrays["time_s"]
        drop = (int(np.searchsorted(times, t_s)) - 6) // 2 * 2
        if drop > 64:
            del self._made[:drop]
            self._first += drop
            self._refresh()

    def _refresh(self) -> None:
        self._arrays = {
            f.name: np.array([getattr(s, f.name) for s in self._made]) for f in fields(Step)
        }
        duration = np.diff(self._arrays["time_s"])
        rate = 1.0 / (duration[:-1] + duration[1:])  # mean stride rate about each inner strike
        self._arrays["duration_s"] = duration
        self._arrays["rate_hz"] = np.concatenate([[0.5 / duration[0]], rate, [0.5 / duration[-1]]])

    def column(self, name: str) -> Array:
        """One attribute of all held steps, shape (n,); also ``duration_s`` (n-1,) and ``rate_hz``."""
        return self._arrays[name]

    def index(self, t: Array) -> Index:
        """Index, among the held steps, of the step in progress at each time."""
        return np.searchsorted(self._arrays["time_s"], t, side="right") - 1

    def phase(self, t: Array, index: Index) -> Jet:
        """Pelvis phase since the step in progress, 0 to 0.5, at each time."""
        start = self._arrays["time_s"][index]
        span = self._arrays["duration_s"][index]
        m0 = self._arrays["rate_hz"][index] * span
        m1 = self._arrays["rate_hz"][index + 1] * span
        x = (t - start) / span
        # quintic with h(0)=0, h(1)=1/2, given end rates and zero end curvature
        a = 5.0 - 6.0 * m0 - 4.0 * m1
        b = -7.5 + 8.0 * m0 + 7.0 * m1
        c = 3.0 - 3.0 * m0 - 3.0 * m1
        x2 = x * x
        v = x * (m0 + x2 * (a + x * (b + x * c)))
        d = (m0 + x2 * (3.0 * a + x * (4.0 * b + x * 5.0 * c))) / span
        dd = x * (6.0 * a + x * (12.0 * b + x * 20.0 * c)) / (span * span)
        return Jet(v, d, dd)

    def time_at_phase(self, index: int, phase: float) -> float:
        """Time at which the pelvis phase since step ``index`` reaches a value (0 to under 2 strides)."""
        i, left = index, phase
        while left >= 0.5:
            i, left = i + 1, left - 0.5
        arrays = self._arrays
        start, span = float(arrays["time_s"][i]), float(arrays["duration_s"][i])
        m0, m1 = (float(arrays["rate_hz"][i + k]) * span for k in (0, 1))
        a, b, c = 5.0 - 6.0 * m0 - 4.0 * m1, -7.5 + 8.0 * m0 + 7.0 * m1, 3.0 - 3.0 * m0 - 3.0 * m1
        x = left / 0.5
        for _ in range(20):  # Newton: the phase (see above) is nearly a straight line
            x2 = x * x
            off = left - x * (m0 + x2 * (a + x * (b + x * c)))
            change = off / (m0 + x2 * (3.0 * a + x * (4.0 * b + x * 5.0 * c)))
            x += change
            if abs(change) < 1e-12:
                break
        return start + span * x
