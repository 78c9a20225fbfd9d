"""Bends, slopes, camber, treadmill, stairs, turns and single-leg tasks do to the body what they should."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from firmware_sim import SimulatedSession
from firmware_sim.body.rotation import Trigonometry
from firmware_sim.body.script import Script

START = [{"activity": "stand", "seconds": 6}, {"activity": "walk", "seconds": 6}]


def _session(
    *rows: dict[str, object], seed: int = 4, wander: float = 0.0, **more
) -> SimulatedSession:
    script = Script.from_rows([*START, *rows], wander)
    seconds = 12.0 + sum(float(str(r["seconds"])) for r in rows)
    return SimulatedSession(seconds, seed=seed, script=script, **more)


def _run(seconds: float, **more: object) -> dict[str, object]:
    return {"activity": "run", "seconds": seconds, "speed_m_s": 3.2, **more}


def _steady(table: pd.DataFrame, low_s: float, high_s: float) -> pd.DataFrame:
    inside = (table.foot_strike_s > low_s) & (table.next_foot_strike_s < high_s)
    return table[inside & table.valid]


@pytest.mark.parametrize(("side", "sign"), [("left", 1.0), ("right", -1.0)])
def test_a_bend_turns_the_heading_and_leans_the_body_inwards(side: str, sign: float) -> None:
    radius, speed = 20.0, 3.2
    session = _session(_run(20), _run(20, bend_radius_m=radius, bend=side))
    t = np.arange(36.0, 48.0, 0.001)
    motion = session.body().pelvis(t)
    rate = np.diff(motion.heading.v) / 0.001
    assert np.allclose(rate, sign * speed / radius, atol=1e-6)
    # along the leaning body there is no mean sideways force: it balances as a cyclist does
    force = motion.sensor_signals((0.0, 0.0, 0.0))[1]
    ground = Trigonometry(motion.path_chain).to_ground(force)
    mean = np.mean(ground, axis=1)
    assert mean[2] == pytest.approx(-sign * speed**2 / radius, abs=0.15)
    assert mean[1] == pytest.approx(9.81, abs=0.15)
    table = session.truth_strides()
    bend, straight = _steady(table, 34, 51), _steady(table, 18, 30)
    assert (bend["flags"] == "turning").all()
    assert (straight["flags"] == "").all()
    lean = np.degrees(np.arctan(speed**2 / radius / 9.81))
    for leg, drop in (("left", 1.0), ("right", -1.0)):
        change = (
            bend[bend.side == leg].cpd_peak_deg.mean()
            - straight[straight.side == leg].cpd_peak_deg.mean()
        )
        # a left bend lowers the left side: more drop on the right stance leg, less on the left
        assert change == pytest.approx(-sign * drop * lean, abs=0.6)
        excursion = bend[bend.side == leg].cpd_exc_deg.mean()
        assert excursion == pytest.approx(
            straight[straight.side == leg].cpd_exc_deg.mean(), abs=0.5
        )


def test_a_grade_tilts_the_pelvis_and_changes_impacts_but_not_gravity() -> None:
    session = _session(_run(20), _run(20, grade=0.10), _run(20, grade=-0.10))
    body = session.body()
    tilt, shock = [], []
    table = session.truth_strides()
    for start in (16.0, 36.0, 56.0):
        strikes = table[(table.foot_strike_s > start) & (table.side == "right")].foot_strike_s
        first, last = strikes.iloc[0], strikes.iloc[14]
        t = np.arange(first, last, 0.001)
        motion = body.pelvis(t)
        tilt.append(-np.degrees(motion.chain[2][1].v.mean()))
        force = Trigonometry(motion.chain).to_ground(motion.sensor_signals((0, 0, 0))[1])
        assert np.mean(force[1]) == pytest.approx(9.81, abs=0.15)
        assert np.mean(force[0]) == pytest.approx(0.0, abs=0.15)
        shock.append(_steady(table, start, start + 14).tibial_shock_g.mean())
    assert tilt[1] - tilt[0] == pytest.approx(4.0, abs=0.2)
    assert tilt[2] - tilt[0] == pytest.approx(-4.0, abs=0.2)
    assert shock[2] > shock[0] > shock[1]


def test_the_foot_rests_on_the_slope_in_stance() -> None:
    """In the ground the ankle of a graded run moves in mid-stance as it does on the level: it hardly does."""
    speeds = []
    for grade in (0.0, -0.08, 0.08):
        session = _session(_run(20, grade=grade))
        table = _steady(session.truth_strides(), 16, 30)
        row = table[table.side == "right"].iloc[3]
        share = np.linspace(0.25, 0.5, 50)
        motion = session.body().shank(row.foot_strike_s + share * row.contact_time_s, 0)
        slope = np.arctan(grade)
        along = motion.point[0].d + 3.2 * np.cos(slope)
        upwards = motion.point[1].d + 3.2 * np.sin(slope)
        speeds.append((along.mean(), upwards.mean()))
    assert np.abs(speeds).max() < 0.5
    assert np.allclose(speeds[1:], speeds[0], atol=0.15)


def test_camber_is_a_constant_roll() -> None:
    """+ right side higher: the same offset with opposite sign in the drop of the two legs."""
    session = _session(_run(20), _run(20, camber_deg=3.0))
    table = session.truth_strides()
    flat, cambered = _steady(table, 16, 30), _steady(table, 35, 51)
    for leg, sign in (("right", 1.0), ("left", -1.0)):
        a, b = flat[flat.side == leg], cambered[cambered.side == leg]
        change = b.cpd_peak_abs_deg.mean() - a.cpd_peak_abs_deg.mean()
        assert change == pytest.approx(sign * 0.4 * 3.0, abs=0.5)
        assert b.cpd_exc_deg.mean() == pytest.approx(a.cpd_exc_deg.mean(), abs=0.5)


def test_on_a_treadmill_a_change_of_speed_does_not_accelerate_the_body() -> None:
    """Overground 3.2 -> 4.2 m/s adds 1 m/s to the body; on a treadmill the belt alone gets faster."""
    gained = {}
    for surface in ("overground", "treadmill"):
        session = _session(
            _run(20, surface=surface),
            {"activity": "run", "seconds": 20, "speed_m_s": 4.2, "surface": surface},
        )
        t = np.arange(30.5, 33.5, 0.001)
        speed = session.body().pelvis(t).carried.speed
        gained[surface] = 0.0 if speed is None else speed[0].v[-1] - speed[0].v[0]
    assert gained["overground"] == pytest.approx(1.0)
    assert gained["treadmill"] == pytest.approx(0.0)


def test_speeds_change_cadence_contact_and_shock() -> None:
    session = _session(
        *({"activity": "run", "seconds": 20, "speed_m_s": v} for v in (2.2, 3.2, 4.2, 5.0))
    )
    table = session.truth_strides()
    parts = [_steady(table, 14 + 20 * i, 30 + 20 * i) for i in range(4)]
    assert np.all(np.diff([p.cadence_spm.mean() for p in parts]) > 3)
    assert np.all(np.diff([p.contact_time_s.mean() for p in parts]) < -0.008)
    assert np.all(np.diff([p.tibial_shock_g.mean() for p in parts]) > 0.2)
    assert np.all(np.diff([p.cpd_peak_deg.mean() for p in parts]) > 0.2)


def test_a_condition_acts_on_its_segment_only() -> None:
    session = _session(_run(30), _run(30, tir_deg=[-2, 0], cpd_deg=[0, 1.5]), _run(30))
    table = session.truth_strides()
    off, on, again = (_steady(table, 14 + 30 * i, 40 + 30 * i) for i in range(3))

    def mean(part: pd.DataFrame, side: str, column: str) -> float:
        return float(part[part.side == side][column].mean())

    before = {
        s: 0.5 * (mean(off, s, "tir_exc_deg") + mean(again, s, "tir_exc_deg"))
        for s in ("left", "right")
    }
    assert mean(on, "right", "tir_exc_deg") - before["right"] == pytest.approx(-2.0, abs=0.7)
    assert mean(on, "left", "tir_exc_deg") - before["left"] == pytest.approx(0.0, abs=0.7)
    usual = 0.5 * (mean(off, "left", "cpd_peak_deg") + mean(again, "left", "cpd_peak_deg"))
    assert mean(on, "left", "cpd_peak_deg") - usual == pytest.approx(1.5, abs=0.6)


def test_stairs_and_turns_have_strides_that_are_not_valid() -> None:
    session = _session(
        {"activity": "stairs_up", "seconds": 12},
        {"activity": "stop", "seconds": 3},
        {"activity": "turn", "seconds": 3, "turn_deg": 180},
        {"activity": "walk", "seconds": 8},
        {"activity": "turn", "seconds": 4, "turn_deg": -180, "speed_m_s": 1.0},
        {"activity": "walk", "seconds": 8},
    )
    table = session.truth_strides()
    stairs = table[table["flags"].str.contains("stairs")]
    assert len(stairs) > 12
    assert not stairs.valid.any()
    assert set(stairs.gait) == {"walk"}
    spot = table[table["flags"].str.contains("on_the_spot")]
    assert len(spot) > 0
    assert not spot.valid.any()
    assert spot["flags"].str.contains("turning").all()
    heading = session.body().course.heading_at(np.array([25.0, 31.0, 43.0])).v
    assert np.degrees(heading) == pytest.approx([0.0, 180.0, 0.0], abs=1e-6)


def test_walking_up_stairs_rises_by_a_step_per_step() -> None:
    """30 deg at 0.55 m/s and 102 steps a minute: 16 cm each."""
    session = _session({"activity": "stairs_up", "seconds": 14})
    motion = session.body().pelvis(np.array([20.0, 20.1]))
    up = motion.carried.speed[1].v[0] if motion.carried.speed else 0.55 * np.sin(np.radians(30))
    cadence_hz = (
        _session({"activity": "stairs_up", "seconds": 14})
        .body()
        .gaits[session.script.mode_at(20.0)]
        .stride_hz
        * 2
    )
    assert up / cadence_hz == pytest.approx(0.16, abs=0.02)


def test_single_leg_repetitions_are_listed_with_what_the_body_did() -> None:
    session = SimulatedSession.from_scenario("step-downs", seed=3)
    table = session.truth_repetitions()
    assert len(table) == 40
    assert set(table.task) == {"single_leg_squat", "step_down"}
    assert (table.end_s.to_numpy()[:-1] <= table.start_s.to_numpy()[1:] + 1e-9).all()
    assert len(session.truth_strides()) == 0
    single = session.runner.traits.single_leg
    for leg, side in enumerate(("right", "left")):
        rows = table[(table.side == side) & (table.task == "single_leg_squat")]
        assert len(rows) == 10
        # with the drop of standing on one leg, and sway
        assert rows.cpd_peak_deg.mean() == pytest.approx(single.cpd_deg[leg] + 1.0, abs=1.2)
        assert rows.shank_inclination_deg.mean() == pytest.approx(
            single.inclination_deg[leg], abs=2.0
        )
    # the sensor on the standing shank sees the lean
    row = table.iloc[0]
    shank = session.body().shank(np.array([row.start_s, row.bottom_s]), 0)
    leaned = np.degrees(shank.chain[-3][1].v)
    assert leaned[0] - leaned[1] == pytest.approx(row.shank_inclination_deg, abs=0.5)


def test_wandering_is_slow_and_only_overground() -> None:
    walk = _session({"activity": "run", "seconds": 200}, wander=1.0)
    t = np.arange(20.0, 210.0, 0.1)
    heading = walk.body().course.heading_at(t)
    assert 0.5 < np.degrees(heading.v.std()) < 5.0
    assert np.degrees(np.abs(heading.d).max()) < 3.0
    belt = _session({"activity": "run", "seconds": 200, "surface": "treadmill"}, wander=1.0)
    assert np.abs(belt.body().course.heading_at(t[50:]).d).max() < 1e-12
