"""What a session contains, and how wrong requests are refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from firmware_sim import SimulatedSession, SimulationError
from firmware_sim.body.script import Script, default_script, depth
from firmware_sim.body.segment import Segment


def test_weights_sum_to_one_and_follow_the_script() -> None:
    script = default_script(60, "run", False)
    t = np.linspace(0, 60, 3001)
    assert np.allclose(sum(w.v for w in script.weights(t).values()), 1.0)
    for segment in script.segments:
        middle = segment.start_s + min(1.0, (segment.end_s - segment.start_s) / 2)
        assert script.weights_at(middle)[segment.mode] == pytest.approx(1.0)


def test_weights_do_not_depend_on_the_stretch_asked_for() -> None:
    script = default_script(60, "run", False)
    t = np.arange(11.0, 20.0, 0.005)
    whole = script.weights(t)
    for start in range(0, len(t), 97):
        part = script.weights(t[start : start + 97])
        for mode, w in part.items():
            assert np.array_equal(w.v, whole[mode].v[start : start + 97])


@pytest.mark.parametrize(
    ("seconds", "quick", "repetitions"), [(60, False, 3), (300, False, 4), (300, True, 3)]
)
def test_default_script_stands_squats_walks_then_runs(seconds, quick, repetitions) -> None:
    script = default_script(seconds, "run", quick)
    assert [s.activity for s in script.segments] == ["stand", "squats", "stand", "walk", "run"]
    assert script.segments[1].repetitions == repetitions
    t = np.arange(script.segments[1].start_s, script.segments[1].end_s, 0.001)
    low = depth(script, "squats", t).v
    lowest = (low > 0.999).astype(int)
    assert np.sum(np.diff(lowest) == 1) == repetitions


def test_a_script_may_stop_and_stand_again() -> None:
    inf = float("inf")
    script = Script(
        (
            Segment("stand", 0, 5),
            Segment("walk", 5, 12),
            Segment("run", 12, 25),
            Segment("stand", 25, inf),
        )
    )
    session = SimulatedSession(30, seed=2, script=script)
    table = session.truth_strides()
    assert table.next_foot_strike_s.max() < 26
    _, acc = session.sensors[0].sampler().ideal(np.arange(27, 30, 0.01))
    assert np.allclose(np.linalg.norm(acc, axis=1), 9.81, atol=0.05)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"seconds": 10}, "seconds"),
        ({"seconds": float("nan")}, "seconds"),
        ({"seconds": 60, "seed": -1}, "seed"),
        ({"seconds": 60, "speed_m_s": 9.0}, "speed_m_s"),
        ({"seconds": 60, "speed_m_s": float("nan")}, "speed_m_s"),
        ({"seconds": 60, "gait": "walk", "speed_m_s": 3.0}, "speed_m_s"),
        ({"seconds": 60, "gait": "swim"}, "gait"),
        ({"seconds": 60, "faults": "some"}, "faults"),
    ],
)
def test_impossible_sessions_are_refused_by_name_of_the_argument(arguments, field) -> None:
    with pytest.raises(SimulationError) as caught:
        SimulatedSession(**arguments)
    assert caught.value.field == field


def test_scripts_with_gaps_or_an_end_are_refused() -> None:
    with pytest.raises(SimulationError):
        Script((Segment("stand", 0, 5), Segment("run", 6, float("inf"))))
    with pytest.raises(SimulationError):
        Script((Segment("stand", 0, 5),))


def test_speed_is_kept() -> None:
    assert SimulatedSession(60, speed_m_s=3.3).runner.run.speed_m_s == 3.3
    assert SimulatedSession(60, gait="walk", speed_m_s=1.2).runner.walk.speed_m_s == 1.2


def test_meta_is_plain_json_and_names_the_mounting() -> None:
    meta = json.loads(json.dumps(SimulatedSession(60, seed=9, faults="harsh").meta()))
    assert meta["seed"] == 9
    for sensor in meta["sensors"]:
        rotation = np.array(sensor["R_sensor_to_segment"])
        assert np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-9)
        assert np.linalg.det(rotation) == pytest.approx(1.0)


def test_sensors_have_distinct_stable_identities() -> None:
    for seed in range(20):
        sensors = SimulatedSession(60, seed=seed).sensors
        assert [s.placement for s in sensors] == ["pelvis", "shank_left", "shank_right"]
        for attribute in ("sensor_id", "name", "address"):
            assert len({getattr(s, attribute) for s in sensors}) == 3
        for s in sensors:
            assert s.serial == s.sensor_id
            assert len(s.name) == 8
            assert s.name.startswith("OGI-")
            assert int(s.address[:2], 16) >= 0xC0  # random static
        again = SimulatedSession(500, seed=seed, speed_m_s=3.0, faults="field").sensors
        assert [s.sensor_id for s in again] == [s.sensor_id for s in sensors]
