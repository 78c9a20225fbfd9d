"""Two conditions of one recording, in blocks that take turns: ABAB or ABBA.

Each block gives one value, the median of its strides. The blocks are regressed on the condition
and, from three blocks on, on time, so that a drift through the session does not pass for an
effect: for ABAB that is three quarters of the inner pair's difference and one quarter of the
outer pair's. Blocks of one condition differ among themselves by more than their strides explain;
how much is taken from the blocks at hand, joined with what is usual (``BLOCK_SD``) as if that came
from ``USUAL_DF`` more blocks. With one pair the usual alone is left.

The sensors stay on, so what is wrong in the same way throughout cancels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pipeline.orientation import FloatArray
from pipeline.statistics.change_words import change_sentence
from pipeline.statistics.condition_blocks import ConditionBlock
from pipeline.statistics.estimate import LEAST_STRIDES
from pipeline.statistics.leg_series import LegSeries
from pipeline.statistics.stride_memory import median_certainty, t_factor
from pipeline.statistics.within_run_trend import (
    LEAST_VARIATION,
    Profile,
    smoothed,
)

BLOCK_SD: Mapping[str, float] = {
    "cpd_peak_deg": 0.2,
    "cpd_mid_deg": 0.2,
    "cpd_exc_deg": 0.15,
    "tir_exc_deg": 0.3,
}
"""Assumed standard deviation of a block's true value about the runner's, beyond the strides'."""
USUAL_DF = 5.0
BLOCKS_FOR_TIME = 3


@dataclass(frozen=True, slots=True)
class BlockValue:
    """One block.

    Attributes:
        block: condition and time.
        value: median of the strides, adjusted where something is adjusted for.
        se: its standard error for strides alone.
        n: strides.
        covariates: mean speed, cadence or grade of the block, where asked for.
    """

    block: ConditionBlock
    value: float
    se: float
    n: int
    covariates: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Condition ``b`` less condition ``a``.

    Attributes:
        key: the metric.
        a: name of the first condition.
        b: name of the second.
        difference: b less a, unit of the metric.
        low: lower end of the 95 % interval.
        high: upper end.
        detectable: smallest difference that this design would have found (half of the interval).
        pair_differences: b less a of each two neighbouring blocks, in order of time.
        blocks: all blocks used.
        adjusted_for: covariates.
        with_time: whether a drift through the session was taken out; with two blocks it cannot be.
        sentence: the same in words.
    """

    key: str
    a: str
    b: str
    difference: float
    low: float
    high: float
    detectable: float
    pair_differences: tuple[float, ...]
    blocks: tuple[BlockValue, ...]
    adjusted_for: tuple[str, ...]
    with_time: bool
    sentence: str

    @property
    def beyond_error(self) -> bool:
        """Whether no difference lies outside the interval."""
        return self.low > 0.0 or self.high < 0.0


def compare_conditions(
    series: LegSeries,
    blocks: Sequence[ConditionBlock],
    a: str,
    b: str,
    *,
    speed: Profile | None = None,
    grade: Profile | None = None,
    cadence: bool = False,
    name: str = "",
) -> Comparison | None:
    """Compare two conditions within a recording.

    Args:
        series: strides of one leg.
        blocks: stretches of the recording; those of other conditions are left out.
        a: condition to compare with.
        b: condition to compare.
        speed: speed over session time to adjust for, where it is known.
        grade: slope over session time to adjust for.
        cadence: adjust for cadence. Not when the condition works through cadence: its effect
            would be taken out.
        name: what the sentence calls the value.

    Returns:
        None when a condition has no block of ``LEAST_STRIDES`` strides.
    """
    covariates: dict[str, FloatArray] = {}
    if speed is not None:
        covariates["speed_m_s"] = np.interp(series.time_s, speed.time_s, speed.values)
    if cadence and np.isfinite(series.cadence_spm).all() and len(series):
        covariates["cadence_spm"] = smoothed(series.cadence_spm)[0]
    if grade is not None:
        covariates["grade"] = np.interp(series.time_s, grade.time_s, grade.values)
    chosen: list[tuple[ConditionBlock, np.typing.NDArray[np.intp]]] = []
    for block in sorted(blocks, key=lambda each: each.start_s):
        inside = np.flatnonzero((series.time_s >= block.start_s) & (series.time_s < block.end_s))
        if block.condition in (a, b) and len(inside) >= LEAST_STRIDES:
            chosen.append((block, inside))
    if a == b or {block.condition for block, _ in chosen} != {a, b}:
        return None
    slopes = _covariate_effects(series, [inside for _, inside in chosen], covariates)
    centres = {
        name: float(np.mean([values[inside].mean() for _, inside in chosen]))
        for name, values in covariates.items()
    }
    values = []
    for block, inside in chosen:
        own = series.values[inside]
        means = {name: float(column[inside].mean()) for name, column in covariates.items()}
        shift = sum(slopes[name][0] * (means[name] - centres[name]) for name in slopes)
        values.append(
            BlockValue(
                block,
                float(np.median(own)) - shift,
                median_certainty(own).se,
                len(inside),
                means,
            )
        )
    return _contrast(series.key, values, a, b, slopes, name)


def _covariate_effects(
    series: LegSeries,
    insides: Sequence[np.typing.NDArray[np.intp]],
    covariates: Mapping[str, FloatArray],
) -> dict[str, tuple[float, float]]:
    """Slope and its standard error of each covariate, from how strides vary within the blocks."""
    effects: dict[str, tuple[float, float]] = {}
    names = [
        name
        for name, column in covariates.items()
        if max(float(np.std(column[inside])) for inside in insides) >= LEAST_VARIATION[name]
    ]
    if not names:
        return effects
    design = np.concatenate(
        [
            np.column_stack([covariates[n][inside] - covariates[n][inside].mean() for n in names])
            for inside in insides
        ]
    )
    values = np.concatenate(
        [series.values[inside] - series.values[inside].mean() for inside in insides]
    )
    slopes = np.linalg.lstsq(design, values, rcond=None)[0]
    left = values - np.sum(design * slopes, axis=1)
    # covariates move slowly, so their coefficients have the residuals' long-run variance
    long_run = median_certainty(left).se ** 2 * len(left)
    gram = np.sum(design[:, :, None] * design[:, None, :], axis=0)
    covariance = np.linalg.pinv(gram) * long_run
    for k, name in enumerate(names):
        effects[name] = (float(slopes[k]), math.sqrt(float(covariance[k, k])))
    return effects


def _contrast(
    key: str,
    values: list[BlockValue],
    a: str,
    b: str,
    slopes: Mapping[str, tuple[float, float]],
    name: str,
) -> Comparison:
    """Regress the blocks on condition and time."""
    count = len(values)
    is_b = np.array([v.block.condition == b for v in values], np.float64)
    middle = np.array([(v.block.start_s + v.block.end_s) / 2.0 for v in values])
    columns = [np.ones(count), is_b]
    with_time = count >= BLOCKS_FOR_TIME
    if with_time:
        columns.append((middle - middle.mean()) / max(1.0, float(np.ptp(middle))))
    design = np.column_stack(columns)
    own_sd = float(np.median([v.se for v in values]))
    variances = np.array([v.se**2 + BLOCK_SD.get(key, own_sd) ** 2 for v in values])
    # values without any spread at all (constant metrics) still need a weight
    weights = 1.0 / np.maximum(variances, 1e-12)
    inverse = np.linalg.pinv(
        np.sum((design * weights[:, None])[:, :, None] * design[:, None, :], 0)
    )
    by_block = np.sum(inverse[1] * design, axis=1) * weights
    level = np.array([v.value for v in values])
    difference = float(np.sum(by_block * level))
    fitted = np.sum(
        design * np.sum(inverse * np.sum(design * (weights * level)[:, None], 0), axis=1), axis=1
    )
    spare = count - design.shape[1]
    seen = float(np.sum(weights * (level - fitted) ** 2)) if spare > 0 else 0.0
    scale = (USUAL_DF + seen) / (USUAL_DF + spare)
    variance = scale * float(inverse[1, 1])
    for covariate, (_, se) in slopes.items():
        # what the covariate's own effect may be wrong by, times how far the conditions differ in it
        means = np.array([v.covariates[covariate] for v in values])
        variance += (se * float(np.sum(by_block * means))) ** 2
    half = t_factor(USUAL_DF + spare) * math.sqrt(variance)
    pairs = tuple(
        (later.value - earlier.value) * (1.0 if later.block.condition == b else -1.0)
        for earlier, later in pairwise(values)
        if earlier.block.condition != later.block.condition
    )
    interval = (difference - half, difference + half)
    return Comparison(
        key=key,
        a=a,
        b=b,
        difference=difference,
        low=interval[0],
        high=interval[1],
        detectable=half,
        pair_differences=pairs,
        blocks=tuple(values),
        adjusted_for=tuple(slopes),
        with_time=with_time,
        sentence=change_sentence(key, name, difference, interval, against=f"{a}"),
    )
