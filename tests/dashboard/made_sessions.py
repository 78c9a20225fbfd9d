"""Strides and sessions made by rule, for tests of the dashboard."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np

from pipeline.session import Session
from pipeline.stride import CURVE_POINTS, Gait, Side, Stride

STRIDE_TIME_S = 0.72
CONTACT_TIME_S = 0.25
CENTRES = {"left": (5.2, 10.4), "right": (3.9, 8.7)}
"""Pelvic drop and tibial rotation of each leg, degrees."""


def make_stride(
    number: int,
    side: Side,
    *,
    gait: Gait = "run",
    flags: tuple[str, ...] = (),
    known: bool = True,
    seed: int = 0,
) -> Stride:
    """The ``number``-th stride of a leg; the same arguments give the same stride."""
    rng = np.random.default_rng([seed, number, side == "left"])
    drop, rotation = CENTRES[side]
    drop = round(drop + 0.5 * float(rng.standard_normal()), 3)
    rotation = round(rotation + 1.1 * float(rng.standard_normal()), 3)
    start = 5.0 + number * STRIDE_TIME_S + (STRIDE_TIME_S / 2 if side == "right" else 0.0)
    phase = np.linspace(0, np.pi, CURVE_POINTS)
    metrics = {
        "cpd_peak_deg": drop,
        "cpd_peak_abs_deg": drop + 0.3,
        "cpd_exc_deg": drop - 1.5,
        "cpd_peak_pct": 38.0,
        "tir_exc_deg": rotation,
        "tir_peak_pct": 52.0,
        "tir_vel_deg_s": 160.0,
        "tibial_shock_g": 7.5,
    }
    return Stride(
        side,
        gait,
        start,
        start + CONTACT_TIME_S,
        start + STRIDE_TIME_S,
        metrics if known else {},
        {"cpd_peak_deg": 0.4, "tir_exc_deg": 2.0} if known else {},
        flags,
        np.asarray(drop * np.sin(phase) - 1.0 if known else np.full(CURVE_POINTS, np.nan), "f4"),
        np.asarray(
            rotation * np.sin(0.9 * phase) if known else np.full(CURVE_POINTS, np.nan), "f4"
        ),
    )


def make_strides(per_side: int, *, seed: int = 0, gait: Gait = "run") -> list[Stride]:
    """Strides of both legs in order of time; every 15th of the right leg is flagged."""
    strides = []
    for number in range(per_side):
        strides.append(make_stride(number, "left", seed=seed, gait=gait))
        flags = ("gap",) if number % 15 == 14 else ("turning",) if number % 15 == 7 else ()
        strides.append(
            make_stride(number, "right", seed=seed, gait=gait, flags=flags, known=flags != ("gap",))
        )
    return strides


def make_session(
    number: int,
    *,
    per_side: int = 60,
    runner: str = "Runner A",
    problems: tuple[str, ...] = (),
    strides: list[Stride] | None = None,
) -> Session:
    """A session with all parts filled; ``number`` gives its id and date."""
    chosen = make_strides(per_side, seed=number) if strides is None else strides
    return Session(
        session_id=str(UUID(int=number + 1)),
        runner=runner,
        started_utc=datetime(2026, 3, 1, 8, 30, tzinfo=UTC) + timedelta(days=number),
        duration_s=10.0 + STRIDE_TIME_S * per_side,
        strides=chosen,
        conditions={"shoe": "neutral", "surface": "treadmill"},
        quality={
            "pelvis": {
                "rate_hz": 200.02,
                "samples": 10200,
                "lost_samples": 12,
                "clipped_samples": 0,
            },
            "shank_left": {
                "rate_hz": 199.98,
                "samples": 10190,
                "lost_samples": 0,
                "clipped_samples": 3,
            },
            "shank_right": {
                "rate_hz": 200.01,
                "samples": 10195,
                "lost_samples": 55,
                "clipped_samples": 0,
            },
            "calibration": {"method": "functional", "pelvis_yaw_se_deg": 1.8},
        },
        problems=problems,
        provenance={"version": "0.1.0", "mode": "online", "source_sha256": "ab" * 32},
    )
