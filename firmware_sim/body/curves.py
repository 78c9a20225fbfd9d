"""Mean stride curves of real people as harmonics, and their evaluation with exact derivatives.

Sources (numbers in ``gait_curves.json``):

* Running, 2.5, 3.5 and 4.5 m/s: runner 001 of the Running Biomechanics Data Set (Fukuchi, Fukuchi and
  Duarte 2017, PeerJ 5:e3298, figshare 4543435, CC BY 4.0). Optical segment motion, force-plate events,
  time-normalised between foot strikes, 12 harmonics of angles and 10 of positions; pelvis made
  left/right symmetric. Invented curves give wrong event features, so none are used.
* Walking, 1.29 and 1.37 m/s: mean strides P01 and P03 of the BioMAC-Sim-Toolbox (Apache-2.0): inertial
  waveforms integrated over one closed stride, levelled by mean gravity, 14 harmonics.
* Second obliquity shape for variety between runners: average of three RBDS runners (same data set).

Positions come from the mean acceleration of the same strides (divided by the squared harmonic
frequency); that of the shank is carried to the ankle centre, which moves backwards at belt speed in
stance, so foot contact is consistent with the rotations.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from firmware_sim.body.jet import Array, Jet
from firmware_sim.body.traits import Term

Complex = NDArray[np.complex128]

WALK_DUTY_REFERENCE = 0.617
"""Stance fraction of the walking curves (mean vertical force below 3 % body weight)."""

# RBDS three-runner mean obliquity, harmonics 1, 3, 5 as (cosine, sine) in degrees.
_MEAN_OBLIQUITY_DEG = {1: (4.40, 0.66), 3: (-2.29, -0.12), 5: (-0.15, 0.04)}


class Harmonics:
    """m periodic curves that share one phase.

    Args:
        coefficients: Shape (K + 1, m), complex; value = c0 + sum 2 Re(c_k exp(2 pi i k phase)).
    """

    def __init__(self, coefficients: Complex) -> None:
        self.coefficients = coefficients
        order = coefficients.shape[0] - 1
        k = np.arange(1, order + 1)[:, None] * 2.0 * np.pi
        c = coefficients[1:]
        a, b = 2.0 * c.real, -2.0 * c.imag  # a cos + b sin
        self.order = order
        self.m = coefficients.shape[1]
        # one product yields value, first and second derivative with respect to phase
        self._table = np.hstack(
            [
                np.vstack([a, b]),
                np.vstack([b * k, -a * k]),
                np.vstack([-a * k * k, -b * k * k]),
            ]
        )
        self._mean = coefficients[0].real

    def __call__(self, phase: Jet) -> list[Jet]:
        """Evaluate all curves at a phase (one unit per stride, need not be wrapped)."""
        z = np.exp(2j * np.pi * phase.v)
        basis = np.empty((phase.v.size, 2 * self.order))
        power = z.copy()
        for k in range(self.order):
            basis[:, k] = power.real
            basis[:, self.order + k] = power.imag
            if k + 1 < self.order:
                power = power * z
        f = basis @ self._table
        m = self.m
        return [
            phase.compose(f[:, i] + self._mean[i], f[:, m + i], f[:, 2 * m + i]) for i in range(m)
        ]

    def values(self, phase: Array) -> Array:
        """Values only, shape (n, m)."""
        zero = np.zeros_like(phase)
        return np.stack([c.v for c in self(Jet(phase, zero, zero))], axis=1)


@dataclass(frozen=True, slots=True)
class PelvisShape:
    """Pelvis curves of one gait; phase 0 at right foot strike.

    Attributes:
        coefficients: (K + 1, 6): obliquity normalised to a stance peak of one, tilt [rad, zero mean],
            rotation [rad], position x, y, z [m, zero mean].
        tilt_rad: Mean anterior tilt.
        stride_hz: Stride frequency of the source.
    """

    coefficients: Complex
    tilt_rad: float
    stride_hz: float


@dataclass(frozen=True, slots=True)
class ShankShape:
    """Shank curves of one leg in right-leg signs; phase 0 at that leg's foot strike.

    Attributes:
        coefficients: (K + 1, 6): sagittal [rad, + reclined], frontal [rad, zero mean], axial normalised
            to zero at foot strike and an excursion of one, ankle position x, y, z [m, treadmill frame].
        duty_reference: Stance fraction of the source curves.
        stride_hz: Stride frequency of the source.
        stride_length_m: Stride length of the source.
    """

    coefficients: Complex
    duty_reference: float
    stride_hz: float
    stride_length_m: float


def _columns(tables: list[list[list[float]]], scale: float, order: int) -> Complex:
    out = np.zeros((order + 1, len(tables)), dtype=np.complex128)
    for i, rows in enumerate(tables):
        c = np.asarray(rows, dtype=np.float64)
        out[: len(c), i] = (c[:, 0] + 1j * c[:, 1]) * scale
    return out


_ORDER = 14
_DEGREE = np.pi / 180.0


@dataclass(frozen=True, slots=True)
class _Source:
    speed_m_s: float
    stride_hz: float
    pelvis: Complex
    shanks: tuple[Complex, ...]
    duty: tuple[float, ...]


@cache
def _sources(gait: Literal["run", "walk"]) -> tuple[_Source, ...]:
    text = (resources.files("firmware_sim.body") / "gait_curves.json").read_text("utf-8")
    rows: list[dict[str, Any]] = json.loads(text)[gait]
    found = []
    for row in rows:
        p = row["pelvis"]
        pelvis = np.hstack(
            [
                _columns(list(p["angle_deg"].values()), np.pi / 180.0, _ORDER),
                _columns(list(p["position_mm"].values()), 1e-3, _ORDER),
            ]
        )
        shanks = tuple(
            np.hstack(
                [
                    _columns(list(s["angle_deg"].values()), np.pi / 180.0, _ORDER),
                    _columns(list(s["ankle_mm"].values()), 1e-3, _ORDER),
                ]
            )
            for s in row["shanks"]
        )
        duty = tuple(float(s["duty_factor"]) for s in row["shanks"])
        found.append(_Source(row["speed_m_s"], row["stride_hz"], pelvis, shanks, duty))
    return tuple(found)


def _between(speeds: list[float], speed: float) -> Array:
    """Weights of piecewise linear interpolation in speed, extrapolated by at most 0.5 m/s."""
    x = float(np.clip(speed, speeds[0] - 0.5, speeds[-1] + 0.5))
    i = int(np.clip(np.searchsorted(speeds, x) - 1, 0, len(speeds) - 2))
    f = (x - speeds[i]) / (speeds[i + 1] - speeds[i])
    w = np.zeros(len(speeds))
    w[i], w[i + 1] = 1.0 - f, f
    return w


def _normalised_pelvis(c: Complex, duty: float) -> tuple[Complex, float]:
    """Scale obliquity so that its largest value in 5-75 % of right stance is one; take tilt's mean out."""
    c = c.copy()
    tilt = float(c[0, 1].real)
    c[0, 1] = 0.0
    phase = np.linspace(0.05, 0.75, 1401) * duty
    peak = float(Harmonics(c).values(phase)[:, 0].max())
    c[:, 0] /= peak
    return c, tilt


def _normalised_shank(c: Complex, duty: float) -> Complex:
    """Frontal mean to zero; axial to zero at foot strike and excursion one over 0-75 % of stance."""
    c = c.copy()
    c[0, 1] = 0.0
    phase = np.linspace(0.0, 0.75, 1501) * duty
    axial = Harmonics(c).values(phase)[:, 2]
    c[0, 2] -= axial[0]
    c[:, 2] /= float(axial.max() - axial[0])
    return c


def _deformed(c: Complex, terms: Sequence[Term], columns: dict[str, tuple[int, float]]) -> Complex:
    """Add low harmonics; columns: curve to (column, unit of the term's size)."""
    c = c.copy()
    for curve, k, cosine, sine in terms:
        column, unit = columns[curve]
        c[k, column] += 0.5 * unit * (cosine - 1j * sine)
    return c


def personal_pelvis(shape: PelvisShape, terms: Sequence[Term], duty: float) -> PelvisShape:
    """A person's own pelvis curves: the source shape with deformations.

    Args:
        shape: Source shape.
        terms: Deformations; of obliquity relative to its peak, of tilt and rotation in degrees.
        duty: Stance share in which the peak of obliquity is one.
    """
    columns = {"obliquity": (0, 1.0), "tilt": (1, _DEGREE), "rotation": (2, _DEGREE)}
    c, _ = _normalised_pelvis(_deformed(shape.coefficients, terms, columns), duty)
    return PelvisShape(c, shape.tilt_rad, shape.stride_hz)


def personal_shank(shape: ShankShape, terms: Sequence[Term]) -> ShankShape:
    """A person's own shank curves: the source shape with deformations.

    Args:
        shape: Source shape.
        terms: Deformations; of axial rotation relative to its excursion, of the others in degrees.
    """
    columns = {"sagittal": (0, _DEGREE), "frontal": (1, _DEGREE), "axial": (2, 1.0)}
    c = _deformed(shape.coefficients, terms, columns)
    return replace(shape, coefficients=_normalised_shank(c, shape.duty_reference))


def running_pelvis(speed_m_s: float, mean_shape_share: float) -> PelvisShape:
    """Pelvis shape for running at a speed.

    Args:
        speed_m_s: Speed; shapes are known for 2.5-4.5 m/s and extrapolated by at most 0.5 m/s.
        mean_shape_share: Share (0-1) of the three-runner mean obliquity shape.

    Returns:
        The shape, symmetric between left and right.
    """
    rows = _sources("run")
    w = _between([r.speed_m_s for r in rows], speed_m_s)
    c = sum((wi * r.pelvis for wi, r in zip(w, rows, strict=True)), np.zeros_like(rows[0].pelvis))
    duty = float(sum(wi * float(np.mean(r.duty)) for wi, r in zip(w, rows, strict=True)))
    c, tilt = _normalised_pelvis(c, duty)
    other = np.zeros_like(c)
    for k, (a, b) in _MEAN_OBLIQUITY_DEG.items():
        other[k, 0] = (a - 1j * b) / 2.0
    other, _ = _normalised_pelvis(other, duty)
    c[:, 0] = (1.0 - mean_shape_share) * c[:, 0] + mean_shape_share * other[:, 0]
    c, _ = _normalised_pelvis(c, duty)
    hz = float(sum(wi * r.stride_hz for wi, r in zip(w, rows, strict=True)))
    return PelvisShape(c, tilt, hz)


def running_shank(speed_m_s: float, left_share: float) -> ShankShape:
    """Shank shape for running at a speed, between the source runner's right (0) and left (1) leg."""
    rows = _sources("run")
    w = _between([r.speed_m_s for r in rows], speed_m_s)
    share = (1.0 - left_share, left_share)
    c = np.zeros_like(rows[0].shanks[0])
    duty = hz = speed = 0.0
    for wi, r in zip(w, rows, strict=True):
        for s, shank, d in zip(share, r.shanks, r.duty, strict=True):
            c = c + wi * s * shank
            duty += float(wi * s * d)
        hz += float(wi * r.stride_hz)
        speed += float(wi * r.speed_m_s)
    return ShankShape(_normalised_shank(c, duty), duty, hz, speed / hz)


def walking_pelvis(second_share: float) -> PelvisShape:
    """Pelvis shape for walking, between the two source walkers (0 = P01, 1 = P03)."""
    first, second = _sources("walk")
    w = (1.0 - second_share, second_share)
    c = w[0] * first.pelvis + w[1] * second.pelvis
    c, tilt = _normalised_pelvis(c, WALK_DUTY_REFERENCE)
    return PelvisShape(c, tilt, w[0] * first.stride_hz + w[1] * second.stride_hz)


def walking_shank(second_share: float, left_share: float) -> ShankShape:
    """Shank shape for walking, between the two source walkers and their two legs."""
    rows = _sources("walk")
    c = np.zeros_like(rows[0].shanks[0])
    hz = length = 0.0
    for wi, r in zip((1.0 - second_share, second_share), rows, strict=True):
        c = c + wi * ((1.0 - left_share) * r.shanks[0] + left_share * r.shanks[1])
        hz += wi * r.stride_hz
        length += wi * r.speed_m_s / r.stride_hz
    return ShankShape(_normalised_shank(c, WALK_DUTY_REFERENCE), WALK_DUTY_REFERENCE, hz, length)
