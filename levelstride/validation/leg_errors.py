"""Errors of one leg's strides against true ones, and the figures they give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from levelstride.validation.figure import Figure
from pipeline.orientation import FloatArray
from pipeline.stride import Side, Stride
from pipeline.uncertainty import median_error, sensor_part_deg

SAME_STRIDE_S = 0.08
METRICS = ("cpd_peak_deg", "cpd_exc_deg", "tir_exc_deg")
EVENTS = ("foot_strike_s", "toe_off_s")
Z_95 = 1.96


@dataclass(frozen=True)
class LegErrors:
    """Errors of one leg.

    Attributes:
        missed: true strides without a measured one, valid or not.
        flagged: true strides whose measured one is marked not valid.
        extra: valid measured strides between the first and last true one that are not true.
        matched: number of pairs, n.
        errors: metric key and truth (``bone``, ``sensor``), or event, to errors of shape (n,).
        sizes: metric key to standard errors, shape (n,).
        sensor_sizes: the same without the part of skin over bone.
    """

    missed: int
    flagged: int
    extra: int
    matched: int
    errors: Mapping[tuple[str, str], FloatArray]
    sizes: Mapping[str, FloatArray]
    sensor_sizes: Mapping[str, FloatArray]


def leg_errors(
    strides: Sequence[Stride],
    truth: pd.DataFrame,
    side: Side,
    truths: Mapping[str, str],
    gait: str,
    tissue_scale: float = 1.0,
) -> LegErrors:
    """Match strides by foot strike and subtract the truth.

    Args:
        strides: measured ones of both legs.
        truth: stride table; rows with ``valid`` of the gait count.
        side: which leg.
        truths: name of each truth to what stands before ``_deg`` in its columns (``""``,
            ``"_sensor"``).
        gait: which gait.
        tissue_scale: what the analysis scaled the part of skin over bone by.
    """
    true = truth[(truth["side"] == side) & truth["valid"] & (truth["gait"] == gait)]
    rows = true.to_dict("records")
    mine = [s for s in strides if s.side == side and s.valid]
    starts = np.array([s.foot_strike_s for s in mine])
    pairs: list[tuple[Stride, dict[str, float]]] = []
    used: set[int] = set()
    matched: set[int] = set()
    for n, row in enumerate(rows):
        at = int(np.argmin(np.abs(starts - row["foot_strike_s"]))) if len(starts) else -1
        if at < 0 or at in used or abs(starts[at] - row["foot_strike_s"]) > SAME_STRIDE_S:
            continue
        used.add(at)
        matched.add(n)
        pairs.append((mine[at], {str(key): value for key, value in row.items()}))
    errors = {
        (event, ""): np.array([getattr(s, event) - row[event] for s, row in pairs], np.float64)
        for event in EVENTS
    }
    for metric in METRICS:
        for name, infix in truths.items():
            column = metric.removesuffix("_deg") + infix + "_deg"
            errors[metric, name] = np.array(
                [s.metrics.get(metric, np.nan) - row[column] for s, row in pairs], np.float64
            )
    sizes = {
        metric: np.array([s.standard_errors.get(metric, np.nan) for s, _ in pairs], np.float64)
        for metric in METRICS
    }
    sensor_sizes = {
        metric: np.array(
            [
                sensor_part_deg(s, metric, tissue_scale) if metric in s.standard_errors else np.nan
                for s, _ in pairs
            ],
            np.float64,
        )
        for metric in METRICS
    }
    unused = np.array([s.foot_strike_s for s in strides if s.side == side and not s.valid])
    left = [row["foot_strike_s"] for n, row in enumerate(rows) if n not in matched]
    flagged = sum(bool((np.abs(unused - t) <= SAME_STRIDE_S).any()) for t in left)
    low = min((row["foot_strike_s"] for row in rows), default=0.0) - 0.1
    high = max((row["foot_strike_s"] for row in rows), default=0.0) + 0.1
    extra = sum(low < start < high and n not in used for n, start in enumerate(starts.tolist()))
    return LegErrors(len(left) - flagged, flagged, extra, len(pairs), errors, sizes, sensor_sizes)


def leg_figures(
    leg: LegErrors, suite: str, case: str, who: str, side: Side, covered: str
) -> list[Figure]:
    """The figures of one leg.

    Args:
        leg: its errors.
        suite: name of the suite.
        case: what was varied.
        who: person or trial.
        side: which leg.
        covered: the truth that intervals are held against; with ``sensor`` the part of the soft
            tissue is taken off the standard errors first.
    """
    n = leg.matched
    values: dict[str, float] = {
        "strides_count": float(n + leg.missed + leg.flagged),
        "missed_count": float(leg.missed),
        "flagged_count": float(leg.flagged),
        "extra_count": float(leg.extra),
    }
    if n:
        for (name, truth), errors in leg.errors.items():
            if name in EVENTS:
                values |= _event(name.removesuffix("_s"), errors * 1e3)
            elif np.isfinite(errors).any():
                values |= _metric(name, truth, errors[np.isfinite(errors)])
        contact = leg.errors["toe_off_s", ""] - leg.errors["foot_strike_s", ""]
        values["contact_time_rmse_ms"] = rmse(contact * 1e3)
        for metric in METRICS:
            values |= _covered(leg, metric, covered)
    return [
        Figure(suite, case, who, side, key, value, 1 if "sessions" in key else max(n, 1))
        for key, value in values.items()
    ]


def tissue_scale_of(quality: Mapping[str, object]) -> float:
    """What an analysis scaled the part of skin over bone by, from its quality."""
    worn = quality.get("worn")
    scale = worn.get("tissue_scale") if isinstance(worn, Mapping) else None
    return float(scale) if isinstance(scale, float) else 1.0


def rmse(errors: FloatArray) -> float:
    """Root of the mean square."""
    return float(np.sqrt(np.mean(errors**2)))


def _event(name: str, errors_ms: FloatArray) -> dict[str, float]:
    return {
        f"{name}_bias_ms": float(np.mean(errors_ms)),
        f"{name}_sd_ms": float(np.std(errors_ms)),
        f"{name}_p99_ms": float(np.quantile(np.abs(errors_ms), 0.99)),
    }


def _metric(name: str, truth: str, errors: FloatArray) -> dict[str, float]:
    short = name.removesuffix("_deg")
    return {
        f"{short}_rmse_{truth}_deg": rmse(errors),
        f"{short}_mean_error_{truth}_deg": float(np.mean(errors)),
    }


def _covered(leg: LegErrors, metric: str, truth: str) -> dict[str, float]:
    errors = leg.errors[metric, truth]
    sizes = (leg.sensor_sizes if truth == "sensor" else leg.sizes)[metric]
    known = np.isfinite(errors) & np.isfinite(sizes)
    if not known.any():
        return {}
    errors, sizes = errors[known], sizes[known]
    short = metric.removesuffix("_deg")
    held = abs(float(np.median(errors))) < Z_95 * median_error(metric, sizes)
    return {
        f"{short}_strides_covered": float(np.mean(np.abs(errors) < Z_95 * sizes)),
        f"{short}_sessions_covered": float(held),
    }
