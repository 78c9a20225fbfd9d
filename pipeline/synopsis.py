"""Summaries of a session's strides: median and spread of each metric, by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.metrics.registry import METRICS
from pipeline.packed_strides import PackedStrides
from pipeline.stride import SIDES, Gait, Side, Stride
from pipeline.uncertainty import median_error

MAD_TO_SD = 1.4826022185056018
"""Median absolute deviation to standard deviation of a normal distribution, 1 / Phi^-1(3/4)."""


@dataclass(frozen=True, slots=True)
class MetricSummary:
    """One metric over the strides of one side.

    Attributes:
        median: median, unit of the metric.
        robust_sd: 1.4826 times the median absolute deviation; NaN for a single stride.
        q25: lower quartile.
        q75: upper quartile.
        n: number of strides with a value.
    """

    median: float
    robust_sd: float
    q25: float
    q75: float
    n: int


def summarise_values(values: npt.ArrayLike) -> MetricSummary | None:
    """Summary of the finite values, shape (n,); None when there is none."""
    given = np.asarray(values, dtype=np.float64).ravel()
    known = given[np.isfinite(given)]
    if known.size == 0:
        return None
    q25, median, q75 = (float(q) for q in np.percentile(known, (25, 50, 75)))
    robust_sd = (
        MAD_TO_SD * float(np.median(np.abs(known - median))) if known.size > 1 else float("nan")
    )
    return MetricSummary(median, robust_sd, q25, q75, int(known.size))


def main_gait(strides: Iterable[Stride]) -> Gait | None:
    """Gait of most valid strides, running when even; None without a valid stride."""
    if isinstance(strides, PackedStrides):
        walks = int((strides.valid & strides.is_walk).sum())
        counts = Counter(run=int(strides.valid.sum()) - walks, walk=walks)
    else:
        counts = Counter(stride.gait for stride in strides if stride.valid)
    if not counts.total():
        return None
    return "run" if counts["run"] >= counts["walk"] else "walk"


def summarise(
    strides: Iterable[Stride], side: Side, gait: Gait | None = None
) -> dict[str, MetricSummary]:
    """Summarise the valid strides of one side and one gait.

    Running and walking are different movements and are never mixed in one number.

    Args:
        strides: strides of a session, both sides.
        side: side to summarise.
        gait: gait to summarise; None takes the one of most valid strides of both sides.

    Returns:
        Metric key to its summary; a metric that no stride knows is absent.
    """
    summaries: dict[str, MetricSummary] = {}
    values: Callable[[str], npt.ArrayLike]
    if isinstance(strides, PackedStrides):
        packed, gait = strides, gait or main_gait(strides)
        if gait is None:
            return summaries
        wanted = strides.chosen(side, gait)
        values = lambda key: packed.known_column(key)[wanted]  # noqa: E731
    else:
        valid = [stride for stride in strides if stride.valid]
        gait = gait or main_gait(valid)
        chosen = [stride for stride in valid if stride.side == side and stride.gait == gait]
        values = lambda key: [_value(stride, key) for stride in chosen]  # noqa: E731
    for key in METRICS:
        summary = summarise_values(values(key))
        if summary is not None:
            summaries[key] = summary
    return summaries


def summarise_sides(
    strides: Iterable[Stride], gait: Gait | None = None
) -> Mapping[Side, dict[str, MetricSummary]]:
    """Summarise both sides, in the same gait; see :func:`summarise`."""
    rows = strides if isinstance(strides, PackedStrides) else list(strides)
    gait = gait or main_gait(rows)
    return {side: summarise(rows, side, gait) for side in SIDES}


def count_strides(strides: Sequence[Stride], side: Side) -> tuple[int, int]:
    """How many strides of a side there are, and how many of them are valid."""
    if isinstance(strides, PackedStrides):
        right = int(strides.is_right.sum())
        total = right if side == "right" else len(strides) - right
        return total, int(strides.chosen(side).sum())
    mine = [stride for stride in strides if stride.side == side]
    return len(mine), sum(stride.valid for stride in mine)


def session_errors(
    strides: Iterable[Stride], side: Side, gait: Gait | None = None
) -> dict[str, float]:
    """Standard errors of the medians that `summarise` gives, for metrics that have them.

    Against the medians of what the same strides truly were: what the runner does on other days
    is not in it.
    """
    valid = [stride for stride in strides if stride.valid]
    gait = gait or main_gait(valid)
    chosen = [stride for stride in valid if stride.side == side and stride.gait == gait]
    found: dict[str, float] = {}
    for key in METRICS:
        errors = [s.standard_errors[key] for s in chosen if key in s.standard_errors]
        if errors:
            found[key] = median_error(key, errors)
    return found


def _value(stride: Stride, key: str) -> float:
    known = stride.metrics.get(key)
    if known is not None:
        return known
    match key:
        case "stride_time_s":
            return stride.next_foot_strike_s - stride.foot_strike_s
        case "contact_time_s":
            return stride.toe_off_s - stride.foot_strike_s
        case "cadence_spm" if stride.next_foot_strike_s > stride.foot_strike_s:
            return 120.0 / (stride.next_foot_strike_s - stride.foot_strike_s)
        case "duty_factor_pct" if stride.next_foot_strike_s > stride.foot_strike_s:
            contact_s = stride.toe_off_s - stride.foot_strike_s
            return 100.0 * contact_s / (stride.next_foot_strike_s - stride.foot_strike_s)
    return float("nan")
