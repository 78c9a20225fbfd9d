"""Marks, laps, conditions and cues of a live session, as its viewers and its recording have them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from levelstride.live_recording import file_session
from levelstride.radio_name import RadioName
from levelstride.radios import radio_source
from pipeline.feedback_request import FeedbackRequest
from pipeline.live_session import LiveSession
from sensors.recording_reader import open_recording

pytestmark = pytest.mark.real_time


def test_marks_of_every_kind_reach_viewers_and_recording(tmp_path: Path) -> None:
    """Laps are counted, the condition is remembered, feedback says what was asked for."""
    path = tmp_path / "run.mcap"
    session = LiveSession(radio_source(RadioName("sim")), file_session(path, "", "simulated"))
    session.mark("before the start", "note")
    session.set_feedback(FeedbackRequest())
    session.start("Runner A", "insole on")
    deadline = time.monotonic() + 100
    while session.snapshot().preparation is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    session.mark("", "lap")
    session.mark("uphill", "lap")
    session.mark("insole off", "condition")
    session.mark("new shoe")
    shown = session.snapshot()
    assert [(m.kind, m.text) for m in shown.marks] == [
        ("lap", "lap 1"),
        ("lap", "lap 2: uphill"),
        ("condition", "insole off"),
        ("marker", "new shoe"),
    ]
    assert shown.condition == "insole off"
    assert shown.feedback is not None
    assert shown.feedback.phase == "baseline"
    session.set_feedback(None)
    session.stop()
    assert session.wait(100)
    session.mark("after the end", "note")
    with open_recording(path) as recording:
        assert recording.session.conditions["condition"] == "insole on"
        written = [(m.kind, m.text) for m in recording.markers()]
    assert written == [
        ("feedback", "feedback cadence_spm session +5 % run session 1 of 8"),
        ("lap", "lap 1"),
        ("lap", "lap 2: uphill"),
        ("condition", "insole off"),
        ("marker", "new shoe"),
        ("feedback", "feedback off"),
    ]
