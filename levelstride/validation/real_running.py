"""Suite on the optical motion of real runners, worn virtual sensors: truth is the sensor's."""

from __future__ import annotations

from levelstride.validation.leg_errors import leg_errors, leg_figures, tissue_scale_of
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
        for side in SIDES:
            leg = leg_errors(offline, truth, side, {"sensor": ""}, "run", scale)
            result.figures += leg_figures(leg, NAME, variant, trial.name, side, "sensor")
            result.figures += modes_compared(
                offline, online, NAME, variant, trial.name, side, "run"
            )
    order.progress(NAME, 1.0)
    return result
