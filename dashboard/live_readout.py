"""Numbers of one leg on the live page: read-outs, stance curves, dots; as plain data."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from dashboard.language import tr
from dashboard.number_text import metric_text
from pipeline.stride import Stride
from pipeline.synopsis import summarise_values
from pipeline.uncertainty import median_error

LIVE_METRICS = ("cpd_peak_deg", "tir_exc_deg")
"""Metrics with a large read-out and a plot."""
MEDIAN_STRIDES = 10
"""Strides in the running median."""
LEAST_STRIDES = 7
"""Strides needed before a median is shown: Dingenen et al. 2018 found 7 steps for a stable mean."""
PLOT_STRIDES = 60
"""Strides per side in the rolling plot."""
CURVE_STRIDES = 20
"""Strides per side in the mean stance curve."""
MEDIAN_EFFICIENCY = 1.2533
"""Standard error of a median over that of a mean, sqrt(pi / 2), for normal values."""

Frame = dict[str, object]


def rounded(values: npt.NDArray[np.floating] | Iterable[float]) -> list[float | None]:
    """Numbers with two decimals, None where not known."""
    return [round(float(v), 2) if math.isfinite(v) else None for v in values]


def readout(strides: Sequence[Stride], key: str) -> Frame:
    """Last value, and median with spread and uncertainty of the last strides.

    Args:
        strides: valid strides of one side, oldest first.
        key: metric key.

    Returns:
        ``last``, ``last_se``, ``median``, ``spread``, ``uncertainty`` as text without unit (empty
        when not known), ``n`` strides in the median, ``note`` that says why a median is missing,
        ``at`` and ``half_width``: median and its standard error as numbers, None without.
    """
    known = [s for s in strides if math.isfinite(s.metrics.get(key, math.nan))][-MEDIAN_STRIDES:]
    recent = [s.metrics[key] for s in known]
    summary = summarise_values(recent)
    # An older value must not stand as the last stride's.
    last = strides[-1].metrics.get(key, math.nan) if strides else math.nan
    last_se = strides[-1].standard_errors.get(key, math.nan) if strides else math.nan
    if summary is not None and summary.n >= LEAST_STRIDES:
        note = ""
        se = median_standard_error(known, key, summary.robust_sd)
        middle: Frame = {
            "median": metric_text(key, summary.median),
            "spread": metric_text(key, summary.robust_sd),
            "uncertainty": metric_text(key, se),
            "at": round(summary.median, 2),
            "half_width": round(se, 2) if math.isfinite(se) else None,
        }
    else:
        note = (
            tr(
                "not enough data yet: {count} of {least} strides",
                count=len(recent),
                least=LEAST_STRIDES,
            )
            if recent
            else tr("no valid stride yet")
        )
        middle = {"median": "", "spread": "", "uncertainty": "", "at": None, "half_width": None}
    return {
        "last": metric_text(key, last),
        "last_se": metric_text(key, last_se),
        "n": len(recent),
        "note": note,
        **middle,
    }


def median_standard_error(strides: Sequence[Stride], key: str, robust_sd: float) -> float:
    """Standard error of the median of strides, unit of the metric.

    What the strides have in common (calibration, soft tissue) does not shrink with their number,
    see `pipeline.uncertainty.median_error`; the scatter between them does.

    Args:
        strides: the strides that know the metric.
        key: metric.
        robust_sd: standard deviation between them.
    """
    errors = [s.standard_errors.get(key, math.nan) for s in strides]
    scatter = MEDIAN_EFFICIENCY * robust_sd / math.sqrt(len(strides))
    known = math.isfinite(float(np.median(errors)))
    return math.hypot(median_error(key, errors), scatter) if known else math.nan


def stance_curve(strides: Sequence[Stride], name: str) -> Frame:
    """Mean stance curve of strides of one leg and gait.

    Args:
        strides: valid strides.
        name: ``drop`` or ``tibial_rotation``.

    Returns:
        ``mean`` and ``sd`` (101 numbers each, None where not known; empty without a stride) and
        ``n``, the largest number of strides at a point.
    """
    curves = np.array(
        [s.drop_curve_deg if name == "drop" else s.tibial_rotation_curve_deg for s in strides],
        dtype=np.float64,
    )
    known = np.isfinite(curves)
    if not known.any():
        return {"mean": [], "sd": [], "n": 0}
    n = known.sum(axis=0)
    nan = np.full(curves.shape[1], np.nan)
    mean = np.divide(np.where(known, curves, 0.0).sum(axis=0), n, out=nan.copy(), where=n > 0)
    squares = np.where(known, (curves - mean) ** 2, 0.0).sum(axis=0)
    sd = np.sqrt(np.divide(squares, n - 1, out=nan.copy(), where=n > 1))
    return {"mean": rounded(mean), "sd": rounded(sd), "n": int(n.max())}
