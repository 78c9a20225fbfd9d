"""Strides and sessions for tests, with values that can be told apart."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from pipeline.session import Session
from pipeline.stride import CURVE_POINTS, Gait, Side, Stride

STARTED = datetime(2026, 3, 1, 7, 30, tzinfo=UTC)


def make_stride(
    number: int = 0,
    side: Side = "left",
    gait: Gait = "run",
    *,
    drop_deg: float = 4.0,
    flags: tuple[str, ...] = (),
    curve: float | None = 1.0,
) -> Stride:
    """A stride of 0.7 s; its curves are constant, or unknown for ``curve=None``."""
    start = 10.0 + 0.7 * number + (0.35 if side == "right" else 0.0)
    drop = np.full(CURVE_POINTS, np.nan if curve is None else curve, np.float32)
    return Stride(
        side=side,
        gait=gait,
        foot_strike_s=start,
        toe_off_s=start + 0.25,
        next_foot_strike_s=start + 0.7,
        metrics={"cpd_peak_deg": drop_deg, "tir_exc_deg": 10.0 + drop_deg},
        standard_errors={"cpd_peak_deg": 0.3},
        flags=flags,
        drop_curve_deg=drop,
        tibial_rotation_curve_deg=2 * drop,
    )


def make_session(
    runner: str = "Ann",
    *,
    strides: int = 6,
    session_id: str = "",
    started: datetime | None = STARTED,
    source: Path | None = None,
) -> Session:
    """A running session; drop grows by stride, right is 1 degree larger."""
    rows = [
        make_stride(number, side, drop_deg=3.0 + number + (side == "right"), curve=float(number))
        for number in range(strides)
        for side in ("left", "right")
    ]
    return Session(
        session_id=session_id or str(uuid.uuid4()),
        runner=runner,
        started_utc=started,
        duration_s=60.0,
        strides=rows,
        conditions={"shoe": "A"},
        quality={"pelvis": {"rate_hz": np.float32(200.0), "lost_samples": np.int64(3)}},
        problems=("3 samples are missing.",),
        provenance={"version": "0.1.0", "residual_deg": float("nan")},
        source=source,
    )
