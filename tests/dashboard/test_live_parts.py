"""What frames say beside the legs' numbers: feedback, cues, calibration, notices, marks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dashboard.live_parts import cue_frame, feedback_frame, preparation_frame
from dashboard.live_readout import readout, stance_curve
from dashboard.live_view import LiveView
from dashboard.text import MARK_WORDS, PREPARATION_WORDS, REFUSAL_WORDS, REFUSED_AGAIN_WORDS
from pipeline.feedback import Feedback
from pipeline.feedback_cue import Cue
from pipeline.feedback_request import FeedbackRequest
from pipeline.feedback_zone import Zone
from pipeline.live_source import MARK_KINDS
from pipeline.mean_curves import mean_curves
from pipeline.setup_progress import PreparationStatus, Refusal
from sensors.placement import Placement
from sensors.sensor_status import SensorState, SensorStatus
from tests.dashboard.made_sessions import make_stride, make_strides
from tests.dashboard.test_live_view import ScriptedSource, frame_of


def test_the_uncertainty_of_a_median_is_not_that_of_one_stride() -> None:
    """The shared part stays, the scatter shrinks: between the stride's error and both added."""
    strides = [make_stride(n, "left") for n in range(10)]
    shown = readout(strides, "cpd_peak_deg")
    assert shown["uncertainty"] != ""
    half_width = shown["half_width"]
    assert isinstance(half_width, float)
    assert 0.4 <= half_width < 0.7
    assert shown["at"] == pytest.approx(
        float(np.median([s.metrics["cpd_peak_deg"] for s in strides])), abs=0.01
    )


def test_a_median_without_standard_errors_has_no_width() -> None:
    strides = [replace(make_stride(n, "left"), standard_errors={}) for n in range(10)]
    shown = readout(strides, "cpd_peak_deg")
    assert (shown["median"] != "", shown["uncertainty"], shown["half_width"]) == (True, "", None)


@pytest.mark.parametrize("name", ["drop", "tibial_rotation"])
def test_live_curves_are_those_of_the_stored_session(name: str) -> None:
    strides = [s for s in make_strides(20) if s.valid and s.side == "right"]
    table = mean_curves(strides)
    rows = table[(table["side"] == "right") & (table["metric"] == name)]
    shown = stance_curve(strides, name)
    assert shown["mean"] == [round(float(v), 2) for v in rows["mean_deg"]]
    assert shown["sd"] == [round(float(v), 2) for v in rows["sd_deg"]]
    assert shown["n"] == rows["n"].max()


def test_no_stride_no_curve() -> None:
    assert stance_curve([], "drop") == {"mean": [], "sd": [], "n": 0}


def test_every_state_has_words() -> None:
    assert set(MARK_WORDS) == set(MARK_KINDS)
    assert set(PREPARATION_WORDS) == {"stand", "move", "go"}
    assert set(REFUSAL_WORDS) == {"not_still", "gravity", "not_one_axis"}


def test_a_refused_standing_names_the_sensor_and_what_to_do() -> None:
    status = PreparationStatus("stand", 1.0, 5.0, (), "not_still", (Placement.SHANK_LEFT,), 0.0)
    shown = preparation_frame(status)
    assert shown is not None
    assert shown["refusal"] == (
        "That was not still: left shank moved. Stand still again; the count starts anew."
    )
    assert shown["percent"] == 20


def test_a_calibration_that_is_done_fills_the_bar() -> None:
    shown = preparation_frame(PreparationStatus("go", 0.0, 5.0, (), "", (), 0.0))
    assert shown is not None
    assert (shown["percent"], shown["title"]) == (100, "Done. Walk or run.")


def test_feedback_says_what_it_waits_for_and_what_it_rests_on() -> None:
    feedback = Feedback(FeedbackRequest("cpd_peak_deg"))
    collecting = feedback_frame(feedback.state())
    assert collecting is not None
    assert "0 of 20 strides" in str(collecting["words"])
    feedback.prime(make_strides(30))
    known = feedback_frame(feedback.state())
    assert known is not None
    assert "own baseline" in str(known["source"])
    assert known["unit"] == "°"
    assert feedback_frame(None) is None


def test_faded_feedback_says_that_it_is_off_on_purpose() -> None:
    request = FeedbackRequest("cpd_peak_deg", "fixed", low=1.0, high=2.0, session_number=8)
    feedback = Feedback(request)
    for stride in make_strides(40):
        feedback.push(stride)
    shown = feedback_frame(feedback.state())
    assert shown is not None
    assert "off on purpose" in str(shown["words"])


def test_a_cue_carries_its_sound_and_its_moment() -> None:
    cue = Cue(3, 9.0, "cpd_peak_deg", "right", 7.0, 0.3, Zone(3.0, 5.0, cue_below=False))
    shown = cue_frame(cue, 1234.4)
    assert shown is not None
    assert (shown["number"], shown["side"], shown["at_ms"]) == (3, "right", 1234)
    assert shown["words"] == "right: keep the pelvis level"
    pan = shown["pan"]
    assert isinstance(pan, float)
    assert pan > 0


def test_notices_are_shown_while_a_session_runs() -> None:
    source = ScriptedSource([])
    source.sensors = (
        SensorStatus("LS-1", "one", Placement.PELVIS, SensorState.LOST, battery_percent=9),
    )
    notices = frame_of(LiveView(source))["notices"]
    assert [n["code"] for n in notices] == ["reconnecting", "battery_low"]
    assert notices[0]["text"].startswith("Pelvis: ")


def test_words_of_cues_and_notices_are_no_verdicts() -> None:
    """No health words: what a number means for a body is not said anywhere on the live page."""
    from dashboard import text as words

    said = " ".join(
        [*REFUSAL_WORDS.values(), *PREPARATION_WORDS.values(), words.LIVE_HINT]
        + [
            Cue(1, 0.0, m, "left", v, 0.1, Zone(3, 5, cue_below=True)).words
            for m in ("cadence_spm", "cpd_peak_deg", "tir_exc_deg")
            for v in (1.0, 9.0)
        ]  # type: ignore[arg-type]
    ).lower()
    for verdict in (
        "normal",
        "abnormal",
        "injur",
        "weak",
        "risk",
        "healthy",
        "good",
        "bad",
        "wrong",
    ):
        assert verdict not in said


@pytest.mark.parametrize("refusal", sorted(REFUSED_AGAIN_WORDS))
def test_after_three_refusals_a_way_round_is_said(refusal: Refusal) -> None:
    pelvis = (Placement.PELVIS,)
    said_of = {}
    for count in (2, 3):
        status = PreparationStatus("stand", 0.0, 5.0, (), refusal, pelvis, 0.0, count)
        frame = preparation_frame(status)
        assert frame is not None
        said_of[count] = str(frame["refusal"])
    assert "refused" not in said_of[2]
    assert said_of[3].startswith(said_of[2])
    assert "That was refused 3 times." in said_of[3]
