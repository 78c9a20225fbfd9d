"""Per-stride truth from the analytic angles, of the bone and of the sensor.

Definitions: contralateral drop d = s (O - O_ref), s = +1 in right and -1 in left stance, O the elevation
of the pelvis' medio-lateral axis (+ right side up), O_ref its mean in the first standing. Tibial rotation
is the axial angle of the shank (Cardan sagittal, frontal, axial last) in a ground frame, fixed over the
stride, whose forward is perpendicular to the mean flexion axis: first principal direction of the horizontal
angular velocity over this and up to nine strides before, of the same gait, relative to the heading of the
path. No filter, except 10 Hz (second-order Butterworth, both ways) before the rate of tibial rotation.
Tibial shock is the largest axial specific force at the sensor's place within half a stance after foot
strike, over 9.80665 m/s^2.

Sensor truth is the same of the frame that is carried by the sensor: the segment with the sensor's turn
against it (soft tissue, slip), seen through the mounting of the first standing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from firmware_sim.body.jet import Array, Index
from firmware_sim.body.model import Body
from firmware_sim.body.motion import SegmentMotion
from firmware_sim.body.rotation import Trigonometry, Vector
from firmware_sim.body.segment import STAND
from firmware_sim.truth.angles import Links, no_links, obliquity_rad
from firmware_sim.truth.events import StrideEvents, stride_events

if TYPE_CHECKING:
    import pandas as pd

STANDARD_GRAVITY_M_S2 = 9.80665
GRID_HZ = 1000.0
PAD_S = 0.3
HEADING_STRIDES = 10
CPD_WINDOW = (0.05, 0.75)
CPD_MID = (0.45, 0.55)
TIR_WINDOW_END = 0.75
STRIDE_COLUMNS = (
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
SENSOR_COLUMNS = {
    "cpd_peak_deg": "cpd_peak_sensor_deg",
    "cpd_peak_abs_deg": "cpd_peak_abs_sensor_deg",
    "cpd_exc_deg": "cpd_exc_sensor_deg",
    "cpd_mid_deg": "cpd_mid_sensor_deg",
    "pelvis_rom_deg": "pelvis_rom_sensor_deg",
    "tir_exc_deg": "tir_exc_sensor_deg",
    "tir_vel_deg_s": "tir_vel_sensor_deg_s",
}
"""Sensor truth: column of the bone to column of the sensor."""
TRUTH_COLUMNS = (*STRIDE_COLUMNS, *SENSOR_COLUMNS.values())

_SIDES: tuple[Literal["right"], Literal["left"]] = ("right", "left")
_RATE_REACH = 250
"""Samples on either side that the low-passed rate of tibial rotation looks at."""


@cache
def _rate_kernel() -> Array:
    """Weights that low-pass at 10 Hz (second-order Butterworth, both ways) and differentiate, 1/s."""
    impulse = np.zeros(4 * _RATE_REACH + 1)
    impulse[2 * _RATE_REACH] = 1.0
    from scipy.signal import butter, sosfiltfilt  # takes a second; only truth needs it

    smooth = sosfiltfilt(butter(2, 10.0, fs=GRID_HZ, output="sos"), impulse, padlen=0)
    middle = slice(_RATE_REACH, 3 * _RATE_REACH + 1)
    return np.asarray(np.gradient(smooth, 1.0 / GRID_HZ)[middle], dtype=np.float64)


def standing_obliquity_rad(body: Body, links: Links = no_links) -> float:
    """Mean obliquity of the first standing, without its ends; NaN for a script without standing."""
    for s in body.script.segments:
        if s.activity in ("stand", "stop") and s.mode == STAND:
            t = np.arange(s.start_s + 0.5, min(s.end_s, s.start_s + 30.0) - 0.75, 0.01)
            motion = body.pelvis(t)
            return float(np.mean(obliquity_rad([*motion.path_chain, *links(body, motion, t)])))
    return float("nan")


class TruthTable:
    """Per-stride truth of one session.

    Args:
        body: A body of its own, at its beginning.
        levers_m: Sensor positions on (right, left) shank, m, in segment axes from the ankle centre.
        links: Turn of the (pelvis, right shank, left shank) sensor against its bone.
    """

    def __init__(
        self,
        body: Body,
        levers_m: tuple[tuple[float, float, float], tuple[float, float, float]],
        links: tuple[Links, Links, Links] = (no_links, no_links, no_links),
    ) -> None:
        self._body = body
        self._levers = levers_m
        self._links = links
        bone = standing_obliquity_rad(body)
        worn = bone if links[0] is no_links else standing_obliquity_rad(body, links[0])
        self._reference = {"bone": bone, "sensor": worn}
        self._moments: dict[tuple[str, int, str], list[Array]] = {}

    def strides(self, end_s: float) -> pd.DataFrame:
        """Rows in order of foot strike with the columns ``TRUTH_COLUMNS``."""
        rows = [row for batch in stride_events(self._body, end_s) for row in self._batch(batch)]
        import pandas as pd  # slow to import, and only tables need it

        table = pd.DataFrame(rows, columns=list(TRUTH_COLUMNS))
        return table.astype({"valid": bool})

    def _batch(self, batch: list[StrideEvents]) -> Iterator[dict[str, object]]:
        start = min(s.foot_strike_s for s in batch) - PAD_S
        end = max(s.next_foot_strike_s for s in batch) + PAD_S
        grid = start + np.arange(int((end - start) * GRID_HZ)) / GRID_HZ
        events = [(s.foot_strike_s, s.toe_off_s, s.next_foot_strike_s) for s in batch]
        t = np.union1d(grid, np.concatenate(events))
        uniform = np.searchsorted(t, grid)
        pelvis = self._body.pelvis(t)
        extra = self._links[0](self._body, pelvis, t)
        bone = obliquity_rad(pelvis.path_chain)
        worn = obliquity_rad([*pelvis.path_chain, *extra]) if extra else bone
        legs = []
        for leg in (0, 1):
            motion = self._body.shank(t, leg)
            more = self._links[1 + leg](self._body, motion, t)
            turn = Trigonometry(motion.chain)
            omega, force = motion.sensor_signals(self._levers[leg], turn)
            bone_shank = _ShankTruth(motion, turn, omega, leg)
            worn_shank = None
            if more:
                turn = Trigonometry([*motion.chain, *more])
                worn_shank = _ShankTruth(motion, turn, turn.rates()[0], leg)
            legs.append((bone_shank, worn_shank, force[1]))
        for s in batch:
            shank, worn_shank, axial_force = legs[s.leg]
            view = _Stride(s, t, uniform)
            row = view.times() | view.shock(axial_force)
            row |= view.drop(bone, self._reference["bone"])
            row |= self._rotation(view, shank, "bone")
            sensor = dict(row)
            if worn is not bone:
                sensor |= view.drop(worn, self._reference["sensor"])
            if worn_shank is not None:
                sensor |= self._rotation(view, worn_shank, "sensor")
            yield row | {new: sensor[old] for old, new in SENSOR_COLUMNS.items()}

    def _rotation(self, view: _Stride, shank: _ShankTruth, what: str) -> dict[str, object]:
        s = view.events
        history = self._moments.setdefault((what, s.leg, s.gait), [])
        history.append(shank.moments(view.fs, view.nfs))
        del history[:-HEADING_STRIDES]
        xx, zz, xz, right_x, right_z = np.sum(history, axis=0)
        angle = 0.5 * np.arctan2(2.0 * xz, zz - xx)  # of the flexion axis from z towards x
        if np.sin(angle) * right_x + np.cos(angle) * right_z < 0.0:
            angle += np.pi
        return view.rotation(shank, float(angle))


class _Stride:
    """One stride within the samples of its batch."""

    def __init__(self, events: StrideEvents, t: Array, uniform: Index) -> None:
        self.events = events
        self._t = t
        self._uniform = uniform
        self.fs, self.to, self.nfs = (
            int(np.searchsorted(t, x))
            for x in (events.foot_strike_s, events.toe_off_s, events.next_foot_strike_s)
        )
        self._contact = events.toe_off_s - events.foot_strike_s
        self._share = (t[self.fs : self.to + 1] - events.foot_strike_s) / self._contact

    def times(self) -> dict[str, object]:
        s = self.events
        stride_s = s.next_foot_strike_s - s.foot_strike_s
        flight = s.other_foot_strike_s - s.toe_off_s
        return {
            "side": _SIDES[s.leg],
            "foot_strike_s": s.foot_strike_s,
            "toe_off_s": s.toe_off_s,
            "next_foot_strike_s": s.next_foot_strike_s,
            "stride_time_s": stride_s,
            "contact_time_s": self._contact,
            "flight_time_s": flight if flight > 0.0 else np.nan,
            "cadence_spm": 120.0 / stride_s,
            "gait": s.gait,
            "valid": s.valid,
            "flags": "|".join(s.flags),
        }

    def shock(self, axial_force: Array) -> dict[str, object]:
        force = axial_force[self.fs : self.fs + max(self.to - self.fs, 2) // 2]
        return {"tibial_shock_g": float(force.max()) / STANDARD_GRAVITY_M_S2}

    def drop(self, obliquity: Array, reference: float) -> dict[str, object]:
        sign = 1.0 if self.events.leg == 0 else -1.0
        low = sign * np.degrees(obliquity[self.fs : self.to + 1])
        share = self._share
        inside = np.flatnonzero((share >= CPD_WINDOW[0]) & (share <= CPD_WINDOW[1]))
        peak = int(inside[np.argmax(low[inside])])
        middle = (share >= CPD_MID[0]) & (share <= CPD_MID[1])
        zero = sign * np.degrees(reference)
        return {
            "cpd_peak_deg": low[peak] - zero,
            "cpd_peak_abs_deg": low[peak],
            "cpd_exc_deg": low[peak] - low[0],
            "cpd_mid_deg": float(np.mean(low[middle])) - zero,
            "cpd_peak_pct": 100.0 * share[peak],
            "pelvis_rom_deg": float(np.degrees(np.ptp(obliquity[self.fs : self.nfs + 1]))),
        }

    def rotation(self, shank: _ShankTruth, angle: float) -> dict[str, object]:
        heading = angle + shank.mean_heading(self.fs, self.nfs)
        turned = shank.axial_deg(np.arange(self.fs, self.to + 1), heading)
        early = self._share <= TIR_WINDOW_END
        most = int(np.argmax(turned[early]))
        # on the uniform grid, from foot strike to the end of the window
        grid = self._uniform
        last = self.events.foot_strike_s + TIR_WINDOW_END * self._contact
        low = int(np.searchsorted(grid, self.fs))
        high = int(np.searchsorted(grid, int(np.searchsorted(self._t, last, side="right"))))
        around = grid[low - _RATE_REACH : high + _RATE_REACH]
        rate = np.convolve(shank.axial_deg(around, heading), _rate_kernel(), mode="valid")
        return {
            "tir_exc_deg": turned[most] - turned[0],
            "tir_peak_pct": 100.0 * self._share[most],
            "tir_vel_deg_s": float(rate.max()),
        }


class _ShankTruth:
    """What is needed of one shank, or of the sensor on it, over one batch."""

    def __init__(self, motion: SegmentMotion, turn: Trigonometry, omega: Vector, leg: int) -> None:
        along_path = turn if motion.heading is None else turn.without_first()
        ground = along_path.to_ground(omega)
        self._rate_x, self._rate_z = ground[0], ground[2]
        self._heading = None if motion.heading is None else motion.heading.v
        self._x_axis = turn.column(0)
        self._z_axis = turn.column(2)
        z = self._z_axis
        self._right = (z[0], z[2]) if self._heading is None else self._along(z)
        self._sign = 1.0 if leg == 0 else -1.0

    def _along(self, v: tuple[Array, Array, Array]) -> tuple[Array, Array]:
        """Horizontal part of a ground vector in the frame that turns with the path."""
        assert self._heading is not None
        c, s = np.cos(self._heading), np.sin(self._heading)
        return c * v[0] - s * v[2], s * v[0] + c * v[2]

    def mean_heading(self, start: int, end: int) -> float:
        """Mean heading of the path over a stride, rad."""
        return 0.0 if self._heading is None else float(np.mean(self._heading[start:end]))

    def moments(self, start: int, end: int) -> Array:
        """Second moments of horizontal angular velocity and the mean right axis, relative to the path."""
        x, z = self._rate_x[start:end], self._rate_z[start:end]
        right = (self._right[0][start:end].sum(), self._right[1][start:end].sum())
        return np.array([np.sum(x * x), np.sum(z * z), np.sum(x * z), *right])

    def axial_deg(self, index: Index, heading: float) -> Array:
        """Axial Cardan angle at samples, + internal, with the flexion axis at a heading [rad] from z to x."""
        sin, cos = np.sin(heading), np.cos(heading)
        along_x = sin * self._x_axis[0][index] + cos * self._x_axis[2][index]
        along_z = sin * self._z_axis[0][index] + cos * self._z_axis[2][index]
        return np.asarray(
            self._sign * np.degrees(np.unwrap(np.arctan2(-along_x, along_z))), dtype=np.float64
        )
