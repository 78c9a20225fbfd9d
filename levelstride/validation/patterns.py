"""Suite of movement patterns: whether their probabilities are what they say.

A pattern is a probability that a leg lies above a limit. Each simulated leg is held against a row of
limits that do not depend on it; its true medians say on which side of each it lies.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from levelstride.validation.drawn_people import drawn_people
from levelstride.validation.figure import Figure
from levelstride.validation.suite import SuiteOrder, SuiteResult
from pipeline.analyse_file import analyse_recording
from pipeline.orientation import FloatArray
from pipeline.statistics.estimate import estimate_leg
from pipeline.statistics.movement_pattern import CALLED, PatternReference, elevated_probability
from pipeline.stride import SIDES
from pipeline.stride_table import strides_to_frame

NAME = "patterns"
LIMITS_DEG: Mapping[str, FloatArray] = {
    "cpd_peak_deg": np.arange(0.0, 10.01, 0.5),
    "tir_exc_deg": np.arange(4.0, 18.01, 0.5),
}
"""Limits from the low to the high end of people."""
BINS = 5
"""Steps of probability in which saying and being are compared."""


def patterns(order: SuiteOrder) -> SuiteResult:
    """Running of simulated people, faults ``field``; the reference itself counts as exact."""
    result = SuiteResult(NAME)
    said: dict[str, list[float]] = {key: [] for key in LIMITS_DEG}
    true: dict[str, list[bool]] = {key: [] for key in LIMITS_DEG}
    for done, (_, session, path) in enumerate(drawn_people(order, "field", "run")):
        order.progress(NAME, done / order.seeds)
        table = strides_to_frame(analyse_recording(path).strides)
        truth = session.truth_strides()
        for side in SIDES:
            mine = truth[truth["valid"] & (truth["gait"] == "run") & (truth["side"] == side)]
            for key, limits in LIMITS_DEG.items():
                estimate = estimate_leg(table, side, key, "run")
                if estimate is None or not np.isfinite(estimate.se):
                    continue
                typical = float(np.median(mine[key]))
                for limit in limits.tolist():
                    exact = PatternReference("", limit, 0.0, 1)
                    said[key].append(elevated_probability(estimate.value, estimate.se, exact))
                    true[key].append(typical > limit)
    for key in LIMITS_DEG:
        values = calibration(np.array(said[key]), np.array(true[key], np.float64))
        short = key.partition("_")[0]
        result.figures += [
            Figure(NAME, "field", "all legs", "", f"{short}_{word}", value, max(1, len(said[key])))
            for word, value in values.items()
        ]
    order.progress(NAME, 1.0)
    return result


def calibration(said: FloatArray, true: FloatArray) -> dict[str, float]:
    """How far probabilities are from shares, and how often a call is wrong.

    Args:
        said: probabilities, shape (n,).
        true: whether it is so, 0 or 1, shape (n,).

    Returns:
        ``probability_error``: mean difference of said and true share over `BINS` steps, weighted by
        cases; ``confident_wrong``: share of all cases that are called and wrong.
    """
    if not len(said):
        return {}
    step = np.minimum((said * BINS).astype(np.int64), BINS - 1)
    error = sum(
        abs(float(np.sum(said[step == n]) - np.sum(true[step == n]))) for n in range(BINS)
    ) / len(said)
    called = (said >= CALLED) | (said <= 1.0 - CALLED)
    wrong = called & ((said >= 0.5) != (true > 0.5))
    return {"probability_error": error, "confident_wrong": float(np.mean(wrong))}
