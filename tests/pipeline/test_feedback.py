"""When a cue is given: not too often, not on doubtful numbers, not while feedback is faded out."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.feedback import CUE_EVERY_STRIDES, CUE_STRIDES, LEAST_STRIDES, Feedback
from pipeline.feedback_cue import CENTRE_HZ, Cue, read_cue
from pipeline.feedback_errors import FeedbackError
from pipeline.feedback_log import LiveFeedback
from pipeline.feedback_request import FeedbackRequest
from pipeline.feedback_schedule import FadedSchedule
from pipeline.feedback_zone import BASELINE_STRIDES, Baseline, Zone
from pipeline.stride import SIDES, Gait, Side, Stride

STRIDE_S = 0.72


def strides(
    values: dict[Side, list[float]],
    metric: str = "cpd_peak_deg",
    *,
    se: float = 0.2,
    gait: Gait = "run",
    first: int = 0,
) -> list[Stride]:
    """Strides of both legs in order of time, one per value."""
    made = []
    for side, numbers in values.items():
        for k, value in enumerate(numbers, first):
            start = 10.0 + k * STRIDE_S + (STRIDE_S / 2 if side == "right" else 0.0)
            made.append(
                Stride(
                    side, gait, start, start + 0.25, start + STRIDE_S, {metric: value}, {metric: se}
                )
            )
    return sorted(made, key=lambda s: s.next_foot_strike_s)


def cues_of(feedback: Feedback, given: list[Stride]) -> list[Cue]:
    return [cue for stride in given if (cue := feedback.push(stride)) is not None]


def fixed(low: float, high: float, **more: object) -> FeedbackRequest:
    return FeedbackRequest("cpd_peak_deg", "fixed", low=low, high=high, **more)  # type: ignore[arg-type]


def test_a_leg_above_its_zone_is_cued_and_the_other_is_not() -> None:
    given = strides({"left": [7.0] * 20, "right": [4.0] * 20})
    cues = cues_of(Feedback(fixed(3.0, 5.0)), given)
    assert len(cues) >= 5
    assert {cue.side for cue in cues} == {"left"}
    assert {cue.direction for cue in cues} == {"lower"}
    assert cues[0].value == 7.0
    assert cues[0].pan < 0.0
    assert cues[0].pitch_hz > CENTRE_HZ


def test_less_drop_than_the_zone_is_no_error_but_less_cadence_is() -> None:
    low_drop = strides({"left": [1.0] * 20, "right": [1.0] * 20})
    assert cues_of(Feedback(fixed(3.0, 5.0)), low_drop) == []
    slow = strides({"left": [150.0] * 20, "right": [150.0] * 20}, "cadence_spm")
    cues = cues_of(Feedback(FeedbackRequest(basis="fixed", low=160.0, high=170.0)), slow)
    assert {(cue.side, cue.direction, cue.pan) for cue in cues} == {(None, "raise", 0.0)}
    assert cues[0].pitch_hz < CENTRE_HZ


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.floats(-5.0, 25.0), min_size=30, max_size=90),
    st.lists(st.sampled_from(SIDES), min_size=30, max_size=90),
    st.floats(0.0, 6.0),
)
def test_never_more_than_one_cue_per_two_strides(
    values: list[float], sides: list[Side], low: float
) -> None:
    """Whatever the values, and whichever legs send: two strides lie between neighbouring cues."""
    feedback = Feedback(fixed(low, low + 3.0))
    given = [
        Stride(
            side,
            "run",
            10.0 + 0.36 * k,
            10.2 + 0.36 * k,
            10.72 + 0.36 * k,
            {"cpd_peak_deg": value},
        )
        for k, (value, side) in enumerate(zip(values, sides, strict=False))
    ]
    last = -10
    for k, stride in enumerate(given):
        if feedback.push(stride) is not None:
            assert k - last >= CUE_EVERY_STRIDES
            last = k


def test_two_strides_of_the_cued_leg_pass_between_cues() -> None:
    given = strides({"left": [9.0] * 40, "right": [9.0] * 40})
    ends = [cue.time_s for cue in cues_of(Feedback(fixed(3.0, 5.0)), given)]
    assert len(ends) > 15
    assert min(np.diff(ends)) >= CUE_EVERY_STRIDES * STRIDE_S - 1e-9


def test_a_cue_rests_on_a_median_so_one_wild_stride_does_nothing() -> None:
    values = [4.0] * 12 + [25.0] + [4.0] * 12
    assert cues_of(Feedback(fixed(3.0, 5.0)), strides({"left": values, "right": values})) == []
    late = [4.0] * 20 + [9.0] * 10
    cues = cues_of(Feedback(fixed(3.0, 5.0)), strides({"left": late, "right": [4.0] * 30}))
    first = round((cues[0].time_s - 10.0) / STRIDE_S) - 20
    assert CUE_STRIDES[0] <= first <= CUE_STRIDES[1]


def test_no_cue_before_enough_strides() -> None:
    few = strides({"left": [9.0] * (LEAST_STRIDES - 1), "right": [9.0] * (LEAST_STRIDES - 1)})
    assert cues_of(Feedback(fixed(3.0, 5.0)), few) == []


def test_no_cue_when_the_uncertainty_is_half_the_zone_or_more() -> None:
    """The zone is 2 wide: a standard error of 1.1 is too much, one of 0.7 is not."""
    values: dict[Side, list[float]] = {"left": [9.0] * 30, "right": [9.0] * 30}
    doubtful = Feedback(fixed(3.0, 5.0))
    assert cues_of(doubtful, strides(values, se=1.1)) == []
    assert not doubtful.state().sides["left"].certain
    assert cues_of(Feedback(fixed(3.0, 5.0)), strides(values, se=0.7)) != []


def test_scatter_between_strides_counts_as_uncertainty() -> None:
    rng = np.random.default_rng(4)
    wild = [float(v) for v in 9.0 + 4.0 * rng.standard_normal(60)]
    feedback = Feedback(fixed(3.0, 5.0))
    assert cues_of(feedback, strides({"left": wild, "right": wild}, se=0.0)) == []


def test_an_error_that_never_changes_does_not_count_against_an_own_baseline() -> None:
    """Tibial rotation is known to 2 degrees only, but a change since a minute ago much better."""
    rng = np.random.default_rng(1)
    before: dict[Side, list[float]] = {s: list(10.0 + rng.standard_normal(25)) for s in SIDES}
    after: dict[Side, list[float]] = {s: list(14.0 + rng.standard_normal(15)) for s in SIDES}
    request = FeedbackRequest("tir_exc_deg", "session")
    feedback = Feedback(request)
    assert cues_of(feedback, strides(before, "tir_exc_deg", se=2.0))[:0] == []
    assert cues_of(feedback, strides(after, "tir_exc_deg", se=2.0, first=25)) != []
    earlier = Baseline(dict.fromkeys(SIDES, 10.0), dict.fromkeys(SIDES, 1.0), 40, "earlier")
    other_day = Feedback(replace(request, basis="earlier"), earlier)
    assert cues_of(other_day, strides(after, "tir_exc_deg", se=2.0)) == []


def test_the_own_baseline_is_collected_first_and_then_cadence_is_cued_above_it() -> None:
    feedback = Feedback(FeedbackRequest())
    given = strides({"left": [160.0] * 40, "right": [160.0] * 40}, "cadence_spm")
    begin = given[: 2 * BASELINE_STRIDES - 2]
    assert cues_of(feedback, begin) == []
    assert feedback.state().phase == "baseline"
    assert feedback.state().baseline_strides == BASELINE_STRIDES - 1
    cues = cues_of(feedback, given[len(begin) :])
    assert cues
    zone = cues[0].zone
    assert zone.low == pytest.approx(0.98 * 168.0)
    assert zone.high == pytest.approx(1.02 * 168.0)
    assert "own baseline" in feedback.state().source


def test_strides_from_before_give_a_baseline_at_once_but_no_cues() -> None:
    feedback = Feedback(FeedbackRequest())
    given = strides({"left": [160.0] * 30, "right": [160.0] * 30}, "cadence_spm")
    feedback.prime(given)
    assert feedback.state().phase == "on"
    assert feedback.state().cues == 0


def test_the_zone_of_an_own_drop_baseline_ends_at_the_baseline() -> None:
    rng = np.random.default_rng(2)
    values: dict[Side, list[float]] = {s: list(6.0 + 0.8 * rng.standard_normal(20)) for s in SIDES}
    feedback = Feedback(FeedbackRequest("cpd_peak_deg"))
    feedback.prime(strides(values))
    zone = feedback.state().sides["left"].zone
    assert zone is not None
    assert zone.high == pytest.approx(float(np.median(values["left"])))
    assert zone.high - zone.low >= 1.0


def test_a_named_reference_is_named_and_drop_only() -> None:
    state = Feedback(FeedbackRequest("cpd_peak_deg", "reference")).state()
    assert "Bramah" in state.source
    zone = state.sides["left"].zone
    assert zone is not None
    assert (zone.low, zone.high) == pytest.approx((1.8, 5.6))
    with pytest.raises(FeedbackError, match="no accepted reference"):
        FeedbackRequest("tir_exc_deg", "reference")


@pytest.mark.parametrize("flag", ["gap", "turning", "settling", "filled"])
def test_doubtful_strides_count_for_nothing(flag: str) -> None:
    given = strides({"left": [9.0] * 30, "right": [9.0] * 30})
    assert cues_of(Feedback(fixed(3.0, 5.0)), [replace(s, flags=(flag,)) for s in given]) == []


def test_walking_is_not_cued_when_running_was_asked_for() -> None:
    walking = strides({"left": [9.0] * 30, "right": [9.0] * 30}, gait="walk")
    assert cues_of(Feedback(fixed(3.0, 5.0)), walking) == []
    assert cues_of(Feedback(fixed(3.0, 5.0, gait="walk")), walking) != []


def test_feedback_fades_in_the_second_half_of_a_course() -> None:
    """Share of strides that could be cued: all in session 4 of 8, a fifth in the last."""
    minutes = int(5 * 60 / STRIDE_S)
    given = strides({"left": [9.0] * minutes, "right": [9.0] * minutes})
    counts = {
        number: len(cues_of(Feedback(fixed(3.0, 5.0, session_number=number, sessions=8)), given))
        for number in (1, 4, 5, 8)
    }
    assert counts[1] == counts[4]
    assert 0.7 < counts[5] / counts[1] < 0.9
    assert 0.15 < counts[8] / counts[1] < 0.25
    last = Feedback(fixed(3.0, 5.0, session_number=8, sessions=8))
    cues_of(last, given[: int(2 * 30 / STRIDE_S)])
    assert last.state().phase == "faded"
    assert 0.0 < last.state().seconds_to_change < 60.0


def test_a_leg_that_is_lost_does_not_end_the_cues_of_the_other() -> None:
    both = strides({"left": [9.0] * 10, "right": [9.0] * 10})
    alone = strides({"right": [9.0] * 20}, first=10)
    feedback = Feedback(fixed(3.0, 5.0))
    cues_of(feedback, both)
    assert len(cues_of(feedback, alone)) >= 5


@given(
    st.integers(1, 99999),
    st.floats(-50, 300),
    st.floats(0, 9),
    st.floats(-20, 200),
    st.floats(0.5, 20),
    st.sampled_from([None, *SIDES]),
    st.booleans(),
)
def test_a_cue_survives_being_a_marker(
    number: int,
    value: float,
    uncertainty: float,
    low: float,
    width: float,
    side: Side | None,
    below: bool,
) -> None:
    zone = Zone(round(low, 2), round(low, 2) + round(width, 2), below)
    cue = Cue(number, 12.5, "cpd_peak_deg", side, value, uncertainty, zone)
    back = read_cue(cue.marker_text(), 12.5)
    assert back is not None
    assert (back.number, back.side, back.metric) == (number, side, "cpd_peak_deg")
    assert back.value == pytest.approx(value, abs=0.006)
    assert back.zone.high == pytest.approx(zone.high, abs=0.006)


@given(st.text(max_size=80))
def test_other_markers_are_no_cues(text: str) -> None:
    assert read_cue(text, 0.0) is None


@pytest.mark.parametrize(
    "fields",
    [
        {"metric": "tibial_shock_g"},
        {"session_number": 9, "sessions": 8},
        {"session_number": 0},
        {"sessions": 400, "session_number": 3},
        {"change_percent": 60.0},
        {"change_percent": math.nan},
        {"basis": "fixed", "low": 5.0},
        {"basis": "fixed", "low": 5.0, "high": 4.0},
        {"basis": "fixed", "low": math.nan, "high": 4.0},
    ],
)
def test_requests_that_make_no_sense_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(FeedbackError):
        FeedbackRequest(**fields)  # type: ignore[arg-type]


def test_the_session_of_a_course_is_the_one_after_those_that_were() -> None:
    """Unless it was given; a course that is over stays at its last session."""
    asked = FeedbackRequest(sessions=8)
    assert asked.number == 1
    assert asked.after(0).number == 1
    assert asked.after(4).number == 5
    assert asked.after(20).number == 8
    assert replace(asked, session_number=2).after(4).number == 2


def test_a_named_runner_is_asked_for_and_a_nameless_one_begins_anew() -> None:
    """The number is known when the session begins, and stands in the marker."""
    marks: list[str] = []
    live = LiveFeedback(
        lambda text, _kind: marks.append(text),
        course=lambda runner, metric: {("Runner A", "cadence_spm"): 5}.get((runner, metric), 0),
    )
    live.set(FeedbackRequest(), ())
    for runner, number in (("Runner A", 6), ("Runner B", 1), ("", 1)):
        live.begin(runner)
        live.announce()
        assert marks[-1].endswith(f"session {number} of 8")
        state, _, _ = live.state()
        assert state is not None
        assert state.share == FadedSchedule(number, 8).share
