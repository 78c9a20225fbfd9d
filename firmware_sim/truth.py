"""The answer key: events and per-stride metrics from the analytic bone angles.

Definitions: contralateral drop d = s (O - O_ref), s = +1 in right and -1 in left stance, O the elevation
of the pelvis' medio-lateral axis (+ right side up), O_ref its mean in the first standing. Tibial rotation
is the axial angle of the shank (Cardan sagittal, frontal, axial last) in a ground frame whose forward is
perpendicular to the mean flexion axis: first principal direction of the horizontal angular velocity over
this and up to nine strides before, of the same gait. No filter, except 10 Hz (second-order Butterworth,
both ways) before the rate of tibial rotation. Tibial shock is the largest axial specific force at the
sensor's place within half a stance after foot strike, over 9.80665 m/s^2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from scipy.signal import butter, sosfiltfilt

from firmware_sim.body.jet import Array, Index
from firmware_sim.body.model import Body
from firmware_sim.body.motion import rotation_columns
from firmware_sim.body.rotation import Trigonometry

if TYPE_CHECKING:
    from firmware_sim.body.motion import SegmentMotion
    from firmware_sim.body.script import Script

STANDARD_GRAVITY_M_S2 = 9.80665
GRID_HZ = 1000.0
PAD_S = 0.3
HEADING_STRIDES = 10
CPD_WINDOW = (0.05, 0.75)
CPD_MID = (0.45, 0.55)
TIR_WINDOW_END = 0.75
TRUTH_COLUMNS = (
    "side",
    "foot_strike_s",
    "toe_off_s",
    "next_foot_strike_s",
    "stride_time_s",
    "contact_time_s",
    "flight_time_s",
    "cadence_spm",
    "cpd_peak_deg",
    "cpd_peak_abs_deg",
    "cpd_exc_deg",
    "cpd_mid_deg",
    "cpd_peak_pct",
    "pelvis_rom_deg",
    "tir_exc_deg",
    "tir_peak_pct",
    "tir_vel_deg_s",
    "tibial_shock_g",
    "gait",
    "valid",
    "flags",
)

_SIDES: tuple[Literal["right"], Literal["left"]] = ("right", "left")
_LOW_PASS = butter(2, 10.0, fs=GRID_HZ, output="sos")


@dataclass(frozen=True, slots=True)
class StrideEvents:
    """Events of one stride of leg 0 (right) or 1 (left)."""

    leg: int
    foot_strike_s: float
    toe_off_s: float
    other_foot_strike_s: float
    next_foot_strike_s: float
    gait: Literal["run", "walk"]
    steady: bool


def _shares(script: Script, t_s: float) -> tuple[float, float]:
    w = script.weights_at(t_s)
    return w.get("walk", 0.0), w.get("run", 0.0)


def _toe_off(body: Body, held: int, leg: int, foot_strike_s: float) -> float:
    """Time at which the leg's phase reaches its duty factor (blended like the curves in a transition)."""
    runner = body.runner
    extra = float(body.steps.column("duty_extra")[held])
    walk = runner.walk.duty_factor[leg] + extra
    run = runner.run.duty_factor[leg] + extra
    toe_off, before = foot_strike_s, -1.0
    for _ in range(40):  # the weights change slowly: each turn gains half a digit or more
        if abs(toe_off - before) < 1e-9:
            break
        before = toe_off
        a, b = _shares(body.script, toe_off)
        toe_off = body.steps.time_at_phase(held, (a * walk + b * run) / max(a + b, 1e-9))
    return toe_off


def stride_events(body: Body, end_s: float) -> Iterator[list[StrideEvents]]:
    """All strides that end before ``end_s``, in batches of some seconds, in order of foot strike.

    A stride counts when both its foot strikes happen with the runner mainly walking or running. It is
    steady when one gait has full weight from strike to strike.
    """
    at = 0.0
    number = 0
    while at < end_s:
        body.steps.reach(at + 16.0)
        times = body.steps.column("time_s")
        batch: list[StrideEvents] = []
        while True:
            held = number - body.steps.first
            fs, other, following = (float(times[held + i]) for i in range(3))
            if fs >= at + 10.0:
                break
            number += 1
            if following > end_s:
                continue
            before, after = _shares(body.script, fs), _shares(body.script, following)
            if sum(before) < 0.5 or sum(after) < 0.5:
                continue
            leg = (number - 1) % 2
            middle = _shares(body.script, 0.5 * (fs + following))
            steady = any(min(b, a) > 1.0 - 1e-9 for b, a in zip(before, after, strict=True))
            batch.append(
                StrideEvents(
                    leg,
                    fs,
                    _toe_off(body, held, leg, fs),
                    other,
                    following,
                    "run" if middle[1] >= middle[0] else "walk",
                    steady,
                )
            )
        if batch:
            yield batch
        at += 10.0
        body.steps.forget_before(at - 5.0)


def standing_obliquity_rad(body: Body) -> float:
    """Mean obliquity of the first standing, without its first and last half second."""
    first = body.script.segments[0]
    t = np.arange(first.start_s + 0.5, first.end_s - 0.75, 0.01)
    return float(np.mean(-body.pelvis(t).chain[1][1].v))


class TruthTable:
    """Per-stride truth of one session.

    Args:
        body: A body of its own, at its beginning.
        levers_m: Sensor positions on (right, left) shank, m, in segment axes from the ankle centre.
    """

    def __init__(
        self,
        body: Body,
        levers_m: tuple[tuple[float, float, float], tuple[float, float, float]],
    ) -> None:
        self._body = body
        self._levers = levers_m
        self._reference = standing_obliquity_rad(body)
        self._moments: dict[tuple[int, str], list[Array]] = {}

    def strides(self, end_s: float) -> pd.DataFrame:
        """Rows in order of foot strike with the columns ``TRUTH_COLUMNS``."""
        rows = [row for batch in stride_events(self._body, end_s) for row in self._batch(batch)]
        table = pd.DataFrame(rows, columns=list(TRUTH_COLUMNS))
        return table.astype({"valid": bool})

    def _batch(self, batch: list[StrideEvents]) -> Iterator[dict[str, object]]:
        start = min(s.foot_strike_s for s in batch) - PAD_S
        end = max(s.next_foot_strike_s for s in batch) + PAD_S
        grid = start + np.arange(int((end - start) * GRID_HZ)) / GRID_HZ
        events = [(s.foot_strike_s, s.toe_off_s, s.next_foot_strike_s) for s in batch]
        t = np.union1d(grid, np.concatenate(events))
        pelvis = -self._body.pelvis(t).chain[1][1].v
        shanks = [_ShankTruth(self._body.shank(t, leg), leg, self._levers[leg]) for leg in (0, 1)]
        uniform = np.searchsorted(t, grid)
        for s in batch:
            yield self._row(s, t, pelvis, shanks[s.leg], uniform)

    def _row(
        self, s: StrideEvents, t: Array, pelvis: Array, shank: _ShankTruth, uniform: Index
    ) -> dict[str, object]:
        fs, to, nfs = (
            int(np.searchsorted(t, x)) for x in (s.foot_strike_s, s.toe_off_s, s.next_foot_strike_s)
        )
        contact = s.toe_off_s - s.foot_strike_s
        share = (t[fs : to + 1] - s.foot_strike_s) / contact
        sign = 1.0 if s.leg == 0 else -1.0
        drop = sign * np.degrees(pelvis[fs : to + 1] - self._reference)
        inside = np.flatnonzero((share >= CPD_WINDOW[0]) & (share <= CPD_WINDOW[1]))
        peak = int(inside[np.argmax(drop[inside])])
        middle = (share >= CPD_MID[0]) & (share <= CPD_MID[1])
        alpha = self._axial_deg(s, shank, fs, nfs)
        turning = alpha(np.arange(fs, to + 1))
        early = share <= TIR_WINDOW_END
        most = int(np.argmax(turning[early]))
        around = uniform[(uniform >= fs - 250) & (uniform <= to + 250)]
        rate = np.gradient(sosfiltfilt(_LOW_PASS, alpha(around)), 1.0 / GRID_HZ)
        when = (t[around] - s.foot_strike_s) / contact
        stride_s = s.next_foot_strike_s - s.foot_strike_s
        flight = s.other_foot_strike_s - s.toe_off_s
        force = shank.axial_force[fs : fs + max(to - fs, 2) // 2]
        return {
            "side": _SIDES[s.leg],
            "foot_strike_s": s.foot_strike_s,
            "toe_off_s": s.toe_off_s,
            "next_foot_strike_s": s.next_foot_strike_s,
            "stride_time_s": stride_s,
            "contact_time_s": contact,
            "flight_time_s": flight if flight > 0.0 else np.nan,
            "cadence_spm": 120.0 / stride_s,
            "cpd_peak_deg": drop[peak],
            "cpd_peak_abs_deg": drop[peak] + sign * np.degrees(self._reference),
            "cpd_exc_deg": drop[peak] - drop[0],
            "cpd_mid_deg": float(np.mean(drop[middle])),
            "cpd_peak_pct": 100.0 * share[peak],
            "pelvis_rom_deg": float(np.degrees(np.ptp(pelvis[fs : nfs + 1]))),
            "tir_exc_deg": turning[most] - turning[0],
            "tir_peak_pct": 100.0 * share[most],
            "tir_vel_deg_s": float(rate[(when >= 0.0) & (when <= TIR_WINDOW_END)].max()),
            "tibial_shock_g": float(force.max()) / STANDARD_GRAVITY_M_S2,
            "gait": s.gait,
            "valid": s.steady,
            "flags": "" if s.steady else "transition",
        }

    def _axial_deg(self, s: StrideEvents, shank: _ShankTruth, fs: int, nfs: int) -> _AxialAngle:
        history = self._moments.setdefault((s.leg, s.gait), [])
        history.append(shank.moments(fs, nfs))
        del history[:-HEADING_STRIDES]
        xx, zz, xz, right_x, right_z = np.sum(history, axis=0)
        angle = 0.5 * np.arctan2(2.0 * xz, zz - xx)  # of the flexion axis from z towards x
        if np.sin(angle) * right_x + np.cos(angle) * right_z < 0.0:
            angle += np.pi
        return _AxialAngle(shank, float(angle))


class _ShankTruth:
    """What is needed of one shank over one batch."""

    def __init__(
        self,
        motion: SegmentMotion,
        leg: int,
        lever_m: tuple[float, float, float],
    ) -> None:
        omega, force = motion.sensor_signals(lever_m)
        ground = Trigonometry(motion.chain).to_ground(omega)
        self.rate_x, self.rate_z = ground[0], ground[2]
        self.x_axis = rotation_columns(motion.chain, 0)
        self.z_axis = rotation_columns(motion.chain, 2)
        self.sign = 1.0 if leg == 0 else -1.0
        self.axial_force = force[1]

    def moments(self, start: int, end: int) -> Array:
        """Second moments of horizontal angular velocity and the mean right axis."""
        x, z = self.rate_x[start:end], self.rate_z[start:end]
        right = (self.z_axis[0][start:end].sum(), self.z_axis[2][start:end].sum())
        return np.array([np.sum(x * x), np.sum(z * z), np.sum(x * z), *right])


class _AxialAngle:
    """Axial Cardan angle, + internal, with the flexion axis at a heading from z towards x [rad]."""

    def __init__(self, shank: _ShankTruth, heading: float) -> None:
        self._shank = shank
        self._sin, self._cos = np.sin(heading), np.cos(heading)

    def __call__(self, index: Index) -> Array:
        """Angle in degrees at sample indices."""
        x0, x2 = self._shank.x_axis[0][index], self._shank.x_axis[2][index]
        z0, z2 = self._shank.z_axis[0][index], self._shank.z_axis[2][index]
        along_x = self._sin * x0 + self._cos * x2
        along_z = self._sin * z0 + self._cos * z2
        return np.asarray(
            self._shank.sign * np.degrees(np.unwrap(np.arctan2(-along_x, along_z))),
            dtype=np.float64,
        )
