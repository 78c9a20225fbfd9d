"""Frames of the live page: what is shown, and what is honestly not shown."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dashboard.live_view import LEAST_STRIDES, PLOT_STRIDES, LiveView
from dashboard.number_text import metric_text
from pipeline.feedback_request import FeedbackRequest
from pipeline.live_source import LiveSnapshot, MarkKind
from pipeline.stride import Stride
from sensors.placement import Placement
from sensors.sensor_status import SensorState, SensorStatus
from tests.dashboard.made_sessions import make_stride, make_strides


class ScriptedSource:
    """A live source that shows as many strides as a test says."""

    def __init__(self, strides: list[Stride]) -> None:
        self.strides = strides
        self.total = 0
        self.session_id = "one"
        self.at_most = 600
        self.sensors: tuple[SensorStatus, ...] = ()
        self.warnings: tuple[str, ...] = ()

    def snapshot(self, after_stride: int = 0) -> LiveSnapshot:
        strides = tuple(self.strides[after_stride : self.total][-self.at_most :])
        return LiveSnapshot(
            "measuring",
            "Keep your pace.",
            61.0,
            self.sensors,
            strides,
            self.total,
            self.session_id,
            "",
            "functional",
            warnings=self.warnings,
        )

    def start(self, runner: str = "", condition: str = "") -> None:
        raise NotImplementedError

    def stop(self) -> None:
        raise NotImplementedError

    def mark(self, text: str, kind: MarkKind = "marker") -> None:
        raise NotImplementedError

    def set_feedback(self, request: FeedbackRequest | None) -> None:
        raise NotImplementedError


def frame_of(view: LiveView) -> Any:
    """The frame as a browser gets it."""
    return json.loads(json.dumps(view.frame(), allow_nan=False))


def test_read_outs_are_the_last_stride_and_the_median_of_the_last_ten() -> None:
    strides = make_strides(40)
    source = ScriptedSource(strides)
    view = LiveView(source)
    source.total = 80
    frame = frame_of(view)
    for side in ("left", "right"):
        valid = [s.metrics["cpd_peak_deg"] for s in strides if s.side == side and s.valid]
        shown = frame["sides"][side]["readouts"]["cpd_peak_deg"]
        assert shown["last"] == metric_text("cpd_peak_deg", valid[-1])
        assert shown["median"] == metric_text("cpd_peak_deg", float(np.median(valid[-10:])))
        assert shown["n"] == 10
        assert frame["sides"][side]["valid"] == len(valid)
    assert frame["sides"]["right"]["unused"] == 40 - len(valid)
    assert frame["elapsed"] == "1:01"
    assert frame["gait"] == "running"


def test_no_median_before_enough_strides_and_the_frame_says_how_many_there_are() -> None:
    source = ScriptedSource(make_strides(20))
    view = LiveView(source)
    empty = frame_of(view)["sides"]["left"]["readouts"]["tir_exc_deg"]
    assert (empty["last"], empty["median"], empty["note"]) == ("", "", "no valid stride yet")
    source.total = 2 * (LEAST_STRIDES - 1)
    few = frame_of(view)["sides"]["left"]["readouts"]["tir_exc_deg"]
    assert few["last"] != ""
    assert few["median"] == ""
    assert few["note"] == f"not enough data yet: {LEAST_STRIDES - 1} of {LEAST_STRIDES} strides"
    source.total = 2 * LEAST_STRIDES
    enough = frame_of(view)["sides"]["left"]["readouts"]["tir_exc_deg"]
    assert enough["median"] != ""
    assert enough["note"] == ""


def test_a_last_stride_without_the_metric_shows_no_older_value() -> None:
    strides = [make_stride(n, "left") for n in range(12)]
    strides.append(make_stride(12, "left", known=False, flags=("no_pelvis",)))
    source = ScriptedSource(strides)
    source.total = 13
    shown = frame_of(LiveView(source))["sides"]["left"]["readouts"]["cpd_peak_deg"]
    assert shown["last"] == ""
    assert shown["median"] != ""


def test_invalid_strides_change_no_number() -> None:
    good = [make_stride(n, "left") for n in range(12)]
    bad = replace(make_stride(12, "left", flags=("clipped",)), metrics={"cpd_peak_deg": 80.0})
    source = ScriptedSource([*good, bad])
    view = LiveView(source)
    source.total = 12
    before = frame_of(view)["sides"]["left"]
    source.total = 13
    after = frame_of(view)["sides"]["left"]
    assert after.pop("unused") == 1
    assert before.pop("unused") == 0
    assert after == before


def test_walking_and_running_are_never_mixed() -> None:
    running = [make_stride(n, "left") for n in range(15)]
    walking = [make_stride(n, "left", gait="walk") for n in range(15, 18)]
    source = ScriptedSource([*running, *walking])
    view = LiveView(source)
    source.total = 15
    assert frame_of(view)["gait"] == "running"
    source.total = 18
    frame = frame_of(view)
    assert frame["gait"] == "walking"
    assert len(frame["sides"]["left"]["trend"]["cpd_peak_deg"]) == 3
    assert frame["sides"]["left"]["readouts"]["cpd_peak_deg"]["median"] == ""
    assert frame["sides"]["left"]["curves"]["drop"]["n"] == 3


def test_chunks_of_any_size_end_in_the_same_frame() -> None:
    strides = make_strides(100)
    at_once, in_steps = ScriptedSource(strides), ScriptedSource(strides)
    first, second = LiveView(at_once), LiveView(in_steps)
    at_once.total = len(strides)
    for in_steps.total in (0, 1, 2, 50, 51, 199, 200):
        last = frame_of(second)
    assert last == frame_of(first)


def test_plots_hold_a_bounded_number_of_strides() -> None:
    source = ScriptedSource(make_strides(300))
    source.total = 600
    frame = frame_of(LiveView(source))
    assert len(frame["sides"]["left"]["trend"]["tir_exc_deg"]) == PLOT_STRIDES
    assert frame["sides"]["left"]["curves"]["tibial_rotation"]["n"] == 20
    assert len(frame["sides"]["left"]["curves"]["tibial_rotation"]["mean"]) == 101


def test_strides_that_nobody_looked_at_in_time_are_said_to_be_left_out() -> None:
    source = ScriptedSource(make_strides(50))
    source.at_most = 30
    view = LiveView(source)
    source.total = 100
    frame = frame_of(view)
    assert frame["unseen"] == "70"
    assert frame["stride_total"] == 100
    assert (
        sum(frame["sides"][s]["valid"] + frame["sides"][s]["unused"] for s in frame["sides"]) == 30
    )


def test_a_new_session_forgets_the_strides_of_the_old_one() -> None:
    source = ScriptedSource(make_strides(30))
    view = LiveView(source)
    source.total = 60
    assert frame_of(view)["sides"]["left"]["valid"] == 30
    source.session_id, source.total = "two", 4
    frame = frame_of(view)
    assert frame["session_id"] == "two"
    assert frame["sides"]["left"]["valid"] == 2
    assert frame["unseen"] == ""


def test_the_frame_tells_how_long_ago_the_last_stride_was() -> None:
    now = [100.0]
    source = ScriptedSource(make_strides(5))
    view = LiveView(source, clock=lambda: now[0])
    assert frame_of(view)["seconds_since_stride"] is None
    source.total = 10
    assert frame_of(view)["seconds_since_stride"] == 0
    now[0] += 7.5
    assert frame_of(view)["seconds_since_stride"] == 7


def test_a_sensor_without_placement_or_battery_is_described_without_inventing() -> None:
    source = ScriptedSource([])
    source.sensors = (SensorStatus("LS-9", "", None, SensorState.CONNECTING),)
    sensor = frame_of(LiveView(source))["sensors"][0]
    assert sensor["placement"] == "not assigned"
    assert sensor["battery_percent"] is None
    assert sensor["rate_hz"] is None
    assert sensor["lost_percent"] is None


def test_loss_is_a_share_of_all_samples_that_the_sensor_took() -> None:
    source = ScriptedSource([])
    source.sensors = (
        SensorStatus(
            "LS-9", "", Placement.PELVIS, SensorState.STREAMING, samples=990, lost_samples=10
        ),
    )
    assert frame_of(LiveView(source))["sensors"][0]["lost_percent"] == 1.0


def test_every_sensor_state_has_words() -> None:
    from dashboard.text import SENSOR_STATE_WORDS

    assert set(SENSOR_STATE_WORDS) == {str(state) for state in SensorState}


def test_the_spoken_summary_names_both_legs_and_the_unit() -> None:
    source = ScriptedSource(make_strides(30))
    source.total = 60
    summary = frame_of(LiveView(source))["summary"]
    assert summary.startswith("Left: pelvic drop ")
    assert "Right: pelvic drop " in summary
    assert "degrees" in summary


@pytest.mark.parametrize("total", [0, 1, 3, 37])
def test_frames_are_plain_json_without_nan(total: int) -> None:
    source = ScriptedSource(make_strides(30))
    source.total = total
    assert frame_of(LiveView(source))["stride_total"] == total


def test_a_warning_about_the_whole_session_is_among_the_notices() -> None:
    source = ScriptedSource(make_strides(10))
    source.sensors = (
        SensorStatus("A", "A", Placement.PELVIS, SensorState.STREAMING, battery_percent=5),
        SensorStatus("B", "B", Placement.SHANK_LEFT, SensorState.RECOVERING),
    )
    source.warnings = ("the two shanks seem to be swapped",)
    notices = frame_of(LiveView(source))["notices"]
    assert [each["code"] for each in notices] == ["reconnecting", "battery_low", "worn"]
    assert notices[2]["text"].startswith("Sensors: the two shanks seem to be swapped. ")
