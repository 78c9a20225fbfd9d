"""Measured strides of one leg as columns, before anybody needs an object of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.orientation import FloatArray
from pipeline.stride import Gait, Side, Stride
from pipeline.stride_events import StrideTimes


@dataclass(frozen=True, slots=True)
class StrideColumns:
    """What was measured of n strides; what is not known of one is NaN there.

    Attributes:
        side: the leg.
        gait: gait of each.
        times: their events.
        metrics: metric key to its values, each of shape (n,).
        standard_errors: the same of the standard errors.
        flags: names out of ``FLAG_NAMES`` of each.
        drop_curves_deg: shape (n, 101).
        tibial_rotation_curves_deg: shape (n, 101).
    """

    side: Side
    gait: Sequence[Gait]
    times: StrideTimes
    metrics: Mapping[str, FloatArray]
    standard_errors: Mapping[str, FloatArray]
    flags: Sequence[AbstractSet[str]]
    drop_curves_deg: npt.NDArray[np.float32]
    tibial_rotation_curves_deg: npt.NDArray[np.float32]

    def __len__(self) -> int:
        """Number of strides."""
        return len(self.gait)

    def strides(self) -> list[Stride]:
        """An object of each."""
        metrics, errors = _rows(self.metrics, len(self)), _rows(self.standard_errors, len(self))
        starts, lifts, ends = (
            values.tolist()
            for values in (
                self.times.foot_strike_s,
                self.times.toe_off_s,
                self.times.next_foot_strike_s,
            )
        )
        return [
            Stride(
                side=self.side,
                gait=gait,
                foot_strike_s=starts[n],
                toe_off_s=lifts[n],
                next_foot_strike_s=ends[n],
                metrics=metrics[n],
                standard_errors=errors[n],
                flags=tuple(sorted(self.flags[n])) if self.flags[n] else (),
                drop_curve_deg=self.drop_curves_deg[n],
                tibial_rotation_curve_deg=self.tibial_rotation_curves_deg[n],
            )
            for n, gait in enumerate(self.gait)
        ]


def time_metrics(
    times: StrideTimes, opposite_strike_s: Sequence[float | None]
) -> dict[str, FloatArray]:
    """Metrics of the events alone, each of shape (n,).

    Args:
        times: the events.
        opposite_strike_s: first foot strike of the other leg within each stride, None if none.
    """
    start_s, end_s = times.foot_strike_s, times.next_foot_strike_s
    stride_s, contact_s = end_s - start_s, times.contact_s
    other_s = np.array([np.nan if one is None else one for one in opposite_strike_s])
    inside = (start_s < other_s) & (other_s < end_s)
    # there is flight when the other foot strikes after toe-off
    flies = inside & (other_s > times.toe_off_s)
    return {
        "stride_time_s": stride_s,
        "contact_time_s": contact_s,
        "cadence_spm": 120.0 / stride_s,
        "duty_factor_pct": 100.0 * contact_s / stride_s,
        "step_time_s": np.where(inside, other_s - start_s, np.nan),
        "flight_time_s": np.where(flies, other_s - times.toe_off_s, np.nan),
    }


def is_unusual(
    times: StrideTimes, usual: Sequence[tuple[float, float] | None]
) -> npt.NDArray[np.bool_]:
    """Which strides are unlike their neighbours: by 25 % in duration or 35 % in contact, (n,).

    Args:
        times: the events.
        usual: median stride time and contact time of the strides around each, None if unknown.
    """
    known = np.array([(np.nan, np.nan) if one is None else one for one in usual]).reshape(-1, 2)
    stride_s = times.next_foot_strike_s - times.foot_strike_s
    unusual: npt.NDArray[np.bool_] = (np.abs(stride_s / known[:, 0] - 1.0) >= 0.25) | (
        np.abs(times.contact_s / known[:, 1] - 1.0) >= 0.35
    )
    return unusual


def _rows(columns: Mapping[str, FloatArray], count: int) -> list[dict[str, float]]:
    """Rows of the columns, without what is not known there."""
    if not columns:
        return [{} for _ in range(count)]
    keys = tuple(columns)
    rows = zip(*(values.tolist() for values in columns.values()), strict=True)
    return [
        {key: value for key, value in zip(keys, row, strict=True) if value == value} for row in rows
    ]
