"""Real running motion under sensors that were drawn: errors, and how often the intervals hold.

The figures are printed (``pytest -rP``) and stated in docs/validation.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from levelstride.validation.leg_errors import tissue_scale_of
from pipeline.analysis import BlocksAnalysis
from pipeline.stride import SIDES, Stride
from pipeline.uncertainty import median_error, sensor_part_deg
from tests.pipeline.stride_errors import SAME_STRIDE_S, stride_errors
from tests.pipeline.virtual_sensors import RUNS, analysed, drawn, truth

COLUMNS = ("cpd_peak_deg", "cpd_exc_deg", "tir_exc_deg")
SEEDS = range(400, 410)
MIDDLE_WORST_DEG = {
    "cpd_peak_deg": (0.2, 0.5),
    "cpd_exc_deg": (0.15, 0.3),
    "tir_exc_deg": (0.5, 1.0),
}


def sensor_errors(strides: Sequence[Stride], column: str, scale: float) -> np.ndarray:
    """Standard errors without the part of the soft tissue, which virtual sensors do not have."""
    return np.array([sensor_part_deg(s, column, scale) for s in strides])


@pytest.fixture(scope="module")
def trials(shared_data: Path) -> list[tuple[BlocksAnalysis, Path]]:
    folders = [shared_data / "running_motion" / trial for trial in RUNS]
    return [(analysed(drawn(folder, seed)), folder) for folder in folders for seed in SEEDS]


def test_errors_do_not_depend_on_how_the_sensors_are_worn(
    trials: list[tuple[BlocksAnalysis, Path]],
) -> None:
    """30 draws: median and worst RMSE of a trial's two legs; no stride missed or invented.

    The worst tibia belongs to an accelerometer whose bias along the flexion axis is large;
    nothing in running tells it from a leg that leans.
    """
    rmse: dict[str, list[float]] = {column: [] for column in COLUMNS}
    for analysis, folder in trials:
        legs = [stride_errors(analysis.strides, truth(folder), side, COLUMNS) for side in SIDES]
        assert all((leg.missed, leg.extra) == (0, 0) for leg in legs)
        for leg in legs:
            assert abs(leg.bias("foot_strike_s")) <= 0.005
            assert leg.sd("foot_strike_s") <= 0.004
            assert abs(leg.bias("toe_off_s")) <= 0.010
        for column in COLUMNS:
            both = np.concatenate([leg.values[column] for leg in legs])
            rmse[column].append(float(np.sqrt(np.mean(both**2))))
    for column, (middle, worst) in MIDDLE_WORST_DEG.items():
        print(column, f"median {np.median(rmse[column]):.2f}, worst {np.max(rmse[column]):.2f} deg")
        assert np.median(rmse[column]) <= middle
        assert np.max(rmse[column]) <= worst


@pytest.mark.parametrize("column", COLUMNS)
def test_intervals_hold_on_real_motion(
    trials: list[tuple[BlocksAnalysis, Path]], column: str
) -> None:
    """95 % intervals of the sensor's part of the error: 90 % of strides and of legs at least."""
    inside: list[bool] = []
    legs_inside: list[bool] = []
    for analysis, folder in trials:
        for side in SIDES:
            true = truth(folder)
            true = true[true["side"] == side]
            mine = [s for s in analysis.strides if s.side == side and s.valid]
            starts = np.array([s.foot_strike_s for s in mine])
            nearest = [int(np.argmin(np.abs(starts - t))) for t in true["foot_strike_s"]]
            chosen = [mine[n] for n in nearest]
            assert np.abs(starts[nearest] - true["foot_strike_s"]).max() < SAME_STRIDE_S
            errors = np.array([s.metrics[column] for s in chosen]) - true[column].to_numpy()
            sizes = sensor_errors(chosen, column, tissue_scale_of(analysis.quality))
            inside += list(np.abs(errors) < 1.96 * sizes)
            legs_inside.append(bool(abs(np.median(errors)) < 1.96 * median_error(column, sizes)))
    print(column, f"strides {np.mean(inside):.1%}, legs {np.mean(legs_inside):.1%}")
    assert np.mean(inside) >= 0.90
    assert np.mean(legs_inside) >= 0.90
