"""Single-leg squats and step-downs against the simulator's truth, and where there are none."""

from __future__ import annotations

import uuid
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pytest

from firmware_sim import SimulatedSession
from firmware_sim.body.script import Script
from levelstride.commands.analyze import repetitions_path
from levelstride.simulated_recording import write_recording
from pipeline.analyse_file import analyse_recording
from pipeline.session import Session
from pipeline.store import Store
from pipeline.tasks.repetition import REPETITION_COLUMNS, REPETITION_FLAGS
from pipeline.tasks.repetition_table import repetitions_to_frame
from sensors.session_info import SessionInfo
from tests.simulated import simulated

ROWS: list[dict[str, Any]] = [
    {"activity": "stand", "seconds": 6},
    {"activity": "squats", "seconds": 10, "repetitions": 4},
    {"activity": "stand", "seconds": 3},
    {"activity": "single_leg_squat", "seconds": 14, "side": "right", "repetitions": 4},
    {"activity": "stand", "seconds": 4},
    {"activity": "step_down", "seconds": 14, "side": "left", "repetitions": 4},
    {"activity": "stand", "seconds": 4},
]
_FOLDER = TemporaryDirectory(prefix="levelstride-tests-")
BOUNDS_DEG = {
    "cpd_peak_deg": 1.2,
    "pelvis_tilt_deg": 1.5,
    "pelvis_rotation_deg": 1.5,
    "shank_inclination_deg": 2.5,
    "shank_medial_lean_deg": 2.5,
    "tir_exc_deg": 2.0,
}
"""The worst repetition; the lean's truth is that of the bone, which inclines in standing."""


@cache
def analysed(seed: int, rows: str = "tasks") -> tuple[Session, pd.DataFrame, Path]:
    session = SimulatedSession(60.0, seed, faults="field", script=Script.from_rows(ROWS, 0.0))
    path = Path(_FOLDER.name) / f"{rows}-{seed}.mcap"
    write_recording(session, path, SessionInfo(source="simulated"))
    return analyse_recording(path), session.truth_repetitions(), path


@pytest.mark.parametrize("seed", [331, 332, 333])
def test_repetitions_are_found_named_and_measured(seed: int) -> None:
    """Each true one once, none more; everyday faults; angles within bounds of the bone's."""
    session, truth, _ = analysed(seed)
    table = repetitions_to_frame(session.repetitions)
    assert len(table) == len(truth) == 8
    assert list(table["task"]) == list(truth["task"])
    assert list(table["side"]) == list(truth["side"])
    assert list(table["number"]) == [1, 2, 3, 4, 1, 2, 3, 4]
    assert np.max(np.abs(table["bottom_s"] - truth["bottom_s"])) < 0.1
    assert np.max(np.abs(table["start_s"] - truth["start_s"])) < 0.35
    assert np.max(np.abs(table["end_s"] - truth["end_s"])) < 0.35
    for column, bound in BOUNDS_DEG.items():
        assert np.max(np.abs(table[column] - truth[column])) < bound, column
    assert table["valid"].all()
    assert not [problem for problem in session.problems if "stride" in problem]


def test_the_direction_of_squats_keeps_lean_apart_from_inclination() -> None:
    """Lean over people within 1.5 degrees although the shank inclines by over 20."""
    errors = []
    for seed in (331, 332, 333):
        session, truth, _ = analysed(seed)
        table = repetitions_to_frame(session.repetitions)
        errors += list(table["shank_medial_lean_deg"] - truth["shank_medial_lean_deg"])
        assert (table["shank_inclination_deg"] > 15.0).all()
    assert abs(np.mean(errors)) < 1.5


@pytest.mark.parametrize(("gait", "seed"), [("run", 101), ("walk", 101)])
def test_gait_and_squats_on_both_legs_are_no_repetitions(gait: str, seed: int) -> None:
    """The usual session: standing, squats with bends, walking, running."""
    session = analyse_recording(simulated(75.0, seed, gait=gait).path)  # type: ignore[arg-type]
    assert len(session.strides) > 50
    assert list(session.repetitions) == []


def test_without_a_pelvis_the_shank_is_measured_and_said_to_be_alone() -> None:
    """Pelvic columns are empty, not zero."""
    session = _with_only(332, "shank_right", "shank_left")
    table = repetitions_to_frame(session.repetitions)
    assert len(table) == 8
    assert table["cpd_peak_deg"].isna().all()
    assert table["tir_exc_deg"].notna().all()
    assert all("no_pelvis" in f for f in table["flags"])


def test_with_one_shank_only_that_leg_is_known() -> None:
    """Its repetitions, the two-legged squats flagged as possibly such, the rest not."""
    session = _with_only(332, "pelvis", "shank_right")
    right = [r for r in session.repetitions if r.start_s > 18.0]
    assert len(right) == 4
    assert {r.side for r in session.repetitions} == {"right"}
    assert {r.task for r in session.repetitions} == {"single_leg"}
    assert all("other_leg_unknown" in r.flags for r in session.repetitions)
    assert all("shank_medial_lean_deg" not in r.metrics for r in session.repetitions)


def test_repetitions_are_stored_and_read_back() -> None:
    """The table of a session with some, and of one with none."""
    session, _, _ = analysed(331)
    with TemporaryDirectory() as folder, Store.open(Path(folder)) as store:
        stored = store.session(store.add_session(session))
        assert list(stored.repetitions) == list(REPETITION_COLUMNS)
        assert len(stored.repetitions) == 8
        plain = analyse_recording(simulated(75.0, 101).path)
        other = store.session(store.add_session(plain))
        assert len(other.repetitions) == 0
        assert list(other.repetitions) == list(REPETITION_COLUMNS)
        store.delete_session(session.session_id)
        assert not list(Path(folder).glob(f"repetitions/{uuid.UUID(session.session_id)}*"))


def test_the_table_lies_beside_the_strides_and_flags_are_explained() -> None:
    """Names of files; every flag in use has a meaning."""
    assert repetitions_path(Path("a/run.csv.gz")) == Path("a/run.repetitions.csv.gz")
    assert repetitions_path(Path("a/run.parquet")) == Path("a/run.repetitions.parquet")
    used = {flag for r in analysed(331)[0].repetitions for flag in r.flags}
    assert used <= set(REPETITION_FLAGS)


def _with_only(seed: int, *placements: str) -> Session:
    """The same session analysed as if only some sensors had been worn."""
    from pipeline.analysis import analyse_blocks
    from sensors.placement import Placement
    from sensors.recording_reader import open_recording

    worn = [Placement(p) for p in placements]
    with open_recording(analysed(seed)[2]) as recording:
        result = analyse_blocks(
            (b for b in recording.blocks() if b.placement in worn), worn, mode="offline"
        )
    return Session(
        str(uuid.uuid4()),
        "",
        None,
        result.last_s,
        result.strides,
        repetitions=result.repetitions,
    )
