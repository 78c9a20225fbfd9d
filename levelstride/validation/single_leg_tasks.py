"""Suite of tasks on one leg: repetitions found and named, and their angles against the bone's."""

from __future__ import annotations

import numpy as np

from firmware_sim.body.script import Script
from levelstride.validation.drawn_people import drawn_people
from levelstride.validation.figure import Figure
from levelstride.validation.leg_errors import rmse
from levelstride.validation.suite import SuiteOrder, SuiteResult
from pipeline.analyse_file import analyse_recording
from pipeline.stride import SIDES
from pipeline.tasks.repetition_table import repetitions_to_frame

NAME = "tasks"
SAME_REPETITION_S = 0.5
ROWS: tuple[dict[str, str | float], ...] = (
    {"activity": "stand", "seconds": 6},
    {"activity": "squats", "seconds": 10, "repetitions": 4},
    {"activity": "stand", "seconds": 3},
    {"activity": "single_leg_squat", "seconds": 14, "side": "right", "repetitions": 4},
    {"activity": "stand", "seconds": 4},
    {"activity": "step_down", "seconds": 14, "side": "left", "repetitions": 4},
    {"activity": "stand", "seconds": 4},
)
METRICS = (
    "cpd_peak_deg",
    "pelvis_tilt_deg",
    "pelvis_rotation_deg",
    "shank_inclination_deg",
    "shank_medial_lean_deg",
    "tir_exc_deg",
)


def single_leg_tasks(order: SuiteOrder) -> SuiteResult:
    """Squats and step-downs of simulated people, faults ``field``."""
    result = SuiteResult(NAME)
    people = drawn_people(order, "field", "run", Script.from_rows([dict(r) for r in ROWS], 0.0))
    for done, (who, session, path) in enumerate(people):
        order.progress(NAME, done / order.seeds)
        truth = session.truth_repetitions()
        found = repetitions_to_frame(analyse_recording(path).repetitions)
        near = np.abs(
            found["bottom_s"].to_numpy(np.float64)[None, :]
            - truth["bottom_s"].to_numpy(np.float64)[:, None]
        )
        pairs = [
            (n, int(np.argmin(row)))
            for n, row in enumerate(near)
            if len(row) and row.min() < SAME_REPETITION_S
        ]
        for side in SIDES:
            mine = [(a, b) for a, b in pairs if truth["side"].iloc[a] == side]
            true, got = (
                table.iloc[[pair[k] for pair in mine]].reset_index(drop=True)
                for k, table in enumerate((truth, found))
            )
            wanted = int((truth["side"] == side).sum())
            named = (true["task"] == got["task"]) & (true["side"] == got["side"])
            values = {
                "repetitions_count": float(wanted),
                "missed_count": float(wanted - len(mine)),
                "misnamed_count": float((~named).sum()),
                "extra_count": float((found["side"] == side).sum() - (got["side"] == side).sum()),
            }
            for metric in METRICS:
                errors = (got[metric] - true[metric]).to_numpy(np.float64)
                errors = errors[np.isfinite(errors)]
                if len(errors):
                    short = metric.removesuffix("_deg")
                    values[f"{short}_rmse_bone_deg"] = rmse(errors)
                    values[f"{short}_mean_error_bone_deg"] = float(np.mean(errors))
            result.figures += [
                Figure(NAME, "field", who, side, key, value, max(1, len(mine)))
                for key, value in values.items()
            ]
    order.progress(NAME, 1.0)
    return result
