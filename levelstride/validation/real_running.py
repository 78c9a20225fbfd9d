"""Suite on the optical motion of real runners, worn virtual sensors: truth is the sensor's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from levelstride.validation.figure import Figure
from levelstride.validation.leg_errors import (
    METRICS,
    LegErrors,
    leg_errors,
    leg_figures,
    rmse,
    tissue_scale_of,
)
from levelstride.validation.real_data import RUNS, running_blocks, running_trials, running_truth
from levelstride.validation.simulated_people import modes_compared
from levelstride.validation.suite import SuiteOrder, SuiteResult, why_not
from pipeline.analysis import analyse_blocks
from pipeline.stride import SIDES

NAME = "real-running-motion"
VARIANTS = ("clean", "field")


def real_running(order: SuiteOrder) -> SuiteResult:
    """Errors of each leg of each trial, standing and running only, nothing known of the mounting."""
    result = SuiteResult(NAME)
    reason = why_not(order.data, RUNS)
    if order.data is None or reason is not None:
        result.not_run[NAME] = reason or ""
        return result
    jobs = [(trial, v) for trial in running_trials(order.data) for v in VARIANTS]
    for done, (trial, variant) in enumerate(jobs):
        order.progress(NAME, done / len(jobs))
        blocks = running_blocks(trial, variant)
        worn = sorted({block.placement for block in blocks})
        analysis = analyse_blocks(blocks, worn, mode="offline")
        offline, scale = analysis.strides, tissue_scale_of(analysis.quality)
        online = analyse_blocks(blocks, worn, mode="online").strides
        truth = running_truth(trial)
        legs = []
        for side in SIDES:
            leg = leg_errors(offline, truth, side, {"sensor": ""}, "run", scale)
            legs.append(leg)
            result.figures += leg_figures(leg, NAME, variant, trial.name, side, "sensor")
            result.figures += modes_compared(
                offline, online, NAME, variant, trial.name, side, "run"
            )
        result.figures += _both_legs(legs, variant, trial.name)
    order.progress(NAME, 1.0)
    return result


def _both_legs(legs: Sequence[LegErrors], variant: str, trial: str) -> list[Figure]:
    """RMSE of the strides of both legs of a trial."""
    figures = []
    for metric in METRICS:
        errors = np.concatenate([leg.errors[metric, "sensor"] for leg in legs])
        known = errors[np.isfinite(errors)]
        if len(known):
            key = f"{metric.removesuffix('_deg')}_rmse_trial_deg"
            figures.append(Figure(NAME, variant, trial, "", key, rmse(known), len(known)))
    return figures
