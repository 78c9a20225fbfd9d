"""The table of repetitions: one row per single-leg squat or step-down, as a data frame."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from pipeline.tasks.repetition import REPETITION_COLUMNS, TASK_METRICS, Repetition


def repetitions_to_frame(repetitions: Iterable[Repetition]) -> pd.DataFrame:
    """Table of repetitions, ``REPETITION_COLUMNS``; what is not known is NaN, never zero."""
    rows = list(repetitions)
    columns: dict[str, object] = {
        "task": pd.array([r.task for r in rows], dtype="str"),
        "side": pd.array([r.side for r in rows], dtype="str"),
        "number": np.array([r.number for r in rows], np.int64),
        "start_s": np.array([r.start_s for r in rows], np.float64),
        "bottom_s": np.array([r.bottom_s for r in rows], np.float64),
        "end_s": np.array([r.end_s for r in rows], np.float64),
        "duration_s": np.array([r.duration_s for r in rows], np.float64),
    }
    for key in TASK_METRICS:
        columns[key] = np.array([r.metrics.get(key, np.nan) for r in rows], np.float64)
    columns["valid"] = np.array([r.valid for r in rows], np.bool_)
    columns["flags"] = pd.array(["|".join(r.flags) for r in rows], dtype="str")
    return pd.DataFrame(columns)[list(REPETITION_COLUMNS)]
