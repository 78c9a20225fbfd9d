"""Scripts as plain rows, and the scenarios that come with the simulator."""

from __future__ import annotations

import json

import numpy as np
import pytest

from firmware_sim import SimulatedSession, SimulationError
from firmware_sim.body.script import Script
from firmware_sim.imu.faults import faults_with
from firmware_sim.scenarios import Scenario, scenario, scenario_names
from tests.firmware_sim.everything import everything

WANTED = {
    "easy-run", "tired-left-drop", "insole-on-off", "downhill", "track-bends", "cadence-cue",
    "run-walk", "stairs-and-stops", "step-downs", "treadmill-speeds", "bad-radio", "strap-slip",
    "swapped-labels", "clipping", "cold-start", "battery-death", "far-away", "reboot",
}  # fmt: skip


def test_rows_survive_json() -> None:
    script = everything()
    rows = json.loads(json.dumps(script.as_rows()))
    assert Script.from_rows(rows, script.wander) == script


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"activity": "swim", "seconds": 5}, "activity"),
        ({"activity": ["run"], "seconds": 5}, "activity"),
        ({"activity": "run"}, "seconds"),
        ({"activity": "run", "seconds": 0.5}, "seconds"),
        ({"activity": "run", "seconds": float("nan")}, "seconds"),
        ({"activity": "run", "seconds": "long"}, "seconds"),
        ({"activity": "run", "seconds": 9, "speed_m_s": 9.0}, "speed_m_s"),
        ({"activity": "run", "seconds": 9, "speed_m_s": "fast"}, "script"),
        ({"activity": "run", "seconds": 9, "speed": 3.0}, "script"),
        ({"activity": "run", "seconds": 9, "grade": 0.5}, "grade"),
        ({"activity": "run", "seconds": 9, "grade": float("nan")}, "grade"),
        ({"activity": "run", "seconds": 9, "camber_deg": 9}, "camber_deg"),
        ({"activity": "run", "seconds": 9, "bend_radius_m": 1}, "bend_radius_m"),
        ({"activity": "run", "seconds": 9, "bend_radius_m": 30, "surface": "treadmill"}, "bend_radius_m"),
        ({"activity": "run", "seconds": 9, "bend": "up"}, "bend"),
        ({"activity": "run", "seconds": 9, "tir_deg": [1, 2, 3]}, "tir_deg"),
        ({"activity": "run", "seconds": 9, "tir_deg": 3}, "script"),
        ({"activity": "stand", "seconds": 9, "speed_m_s": 1.0}, "speed_m_s"),
        ({"activity": "stand", "seconds": 9, "repetitions": 3}, "repetitions"),
        ({"activity": "squats", "seconds": 3, "repetitions": 9}, "repetitions"),
        ({"activity": "turn", "seconds": 3}, "turn_deg"),
        ({"activity": "single_leg_squat", "seconds": 9, "side": "both"}, "side"),
    ],
)  # fmt: skip
def test_impossible_rows_are_refused_with_the_name_of_what_is_wrong(row, field) -> None:
    with pytest.raises(SimulationError) as caught:
        Script.from_rows(
            [{"activity": "stand", "seconds": 5}, row, {"activity": "stand", "seconds": 5}]
        )
    assert caught.value.field == field
    assert str(caught.value).endswith((".", "other attribute."))


def test_the_scenarios_of_the_docs_are_there_and_make_sense() -> None:
    assert set(scenario_names()) == WANTED
    for name in scenario_names():
        s = scenario(name)
        assert s.name == name
        assert len(s.title) > 5
        assert s.description.endswith(".")
        assert s.seconds > sum(
            x.end_s - x.start_s for x in s.script.segments if np.isfinite(x.end_s)
        )
        faults_with(s.faults, s.overrides)
        session = SimulatedSession.from_scenario(name, seed=1)
        assert session.seconds == s.seconds
        assert session.meta()["scenario"] == name
        json.dumps(session.meta())


def test_an_unknown_scenario_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(SimulationError, match="easy-run"):
        scenario("hard-run")


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "[]",
        '{"name": "x"}',
        '{"name": "x", "seconds": 60, "segments": [], "colour": 1}',
        '{"name": "x", "seconds": "60", "segments": []}',
        '{"name": "x", "seconds": true, "segments": []}',
        '{"name": "x", "seconds": NaN, "segments": []}',
        '{"name": "x", "seconds": 60, "segments": []}',
        '{"name": "x", "seconds": 60, "segments": [1]}',
    ],
)
def test_a_file_that_is_no_scenario_is_refused(text: str) -> None:
    with pytest.raises(SimulationError):
        Scenario.from_json(text)


def test_an_own_scenario_runs() -> None:
    rows = [
        {"activity": "stand", "seconds": 5},
        {"activity": "walk", "seconds": 10},
        {"activity": "run", "seconds": 15, "speed_m_s": 3.0},
    ]
    own = Scenario.from_json(json.dumps({"name": "mine", "seconds": 30, "segments": rows}))
    table = SimulatedSession.from_scenario(own, seed=2).truth_strides()
    assert set(table.gait) == {"walk", "run"}


def test_fatigue_of_the_tired_runner_grows_on_the_left_only() -> None:
    """The scenario's runner, tiring 20 times as fast to save time."""
    runner = dict(scenario("tired-left-drop").runner, fatigue_full_s=60.0, cpd_sd_deg=0.2)
    table = SimulatedSession(90, seed=2, quick=True, runner_changes=runner).truth_strides()
    run = table[table.valid & (table.gait == "run")]
    for side, rise in (("left", 4.0), ("right", 0.0)):
        rows = run[run.side == side]
        early = rows[rows.foot_strike_s < 26]
        late = rows[rows.foot_strike_s > 62].cpd_peak_deg.mean()
        grown = rise * (1.0 - early.foot_strike_s.mean() / 60.0)
        assert late - early.cpd_peak_deg.mean() == pytest.approx(grown, abs=0.4)
    assert runner["fatigue_cpd_deg"] == (0.0, 4.0)
