"""Which session of a course of feedback it is: the library knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from levelstride.earlier_sessions import course_sessions, feedback_conditions
from pipeline.feedback_request import FeedbackRequest
from pipeline.store import Store
from tests.dashboard.made_sessions import make_session


def test_sessions_with_this_cue_are_counted_for_each_runner(tmp_path: Path) -> None:
    cued = feedback_conditions(FeedbackRequest("cpd_peak_deg", session_number=3))
    other = feedback_conditions(FeedbackRequest("cadence_spm"))
    sessions: list[tuple[str, Mapping[str, str]]] = [
        ("Runner A", cued),
        ("Runner A", cued),
        ("Runner A", other),
        ("Runner A", {}),
        ("Runner B", cued),
    ]
    with Store.open(tmp_path / "library") as store:
        for number, (runner, conditions) in enumerate(sessions):
            made = make_session(number, per_side=3, runner=runner)
            store.add_session(replace(made, conditions=conditions))
        count = course_sessions(store)
        assert count("Runner A", "cpd_peak_deg") == 2
        assert count("Runner A", "cadence_spm") == 1
        assert count("Runner B", "cpd_peak_deg") == 1
        assert count("Runner C", "cpd_peak_deg") == 0
