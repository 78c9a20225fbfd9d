"""Truth tables follow the definitions, recomputed here another way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from firmware_sim import air_packets
from firmware_sim.body.model import Body
from firmware_sim.body.motion import rotation_columns
from firmware_sim.body.script import Script
from firmware_sim.body.segment import Segment
from firmware_sim.session import SimulatedSession
from firmware_sim.truth.strides import SENSOR_COLUMNS, TRUTH_COLUMNS, TruthTable


@pytest.fixture(scope="module")
def session() -> SimulatedSession:
    return SimulatedSession(60, seed=1)


@pytest.fixture(scope="module")
def table(session: SimulatedSession):
    return session.truth_strides()


def test_columns_and_types(table) -> None:
    assert tuple(table.columns) == TRUTH_COLUMNS
    assert table.valid.dtype == bool
    assert set(table.side) == {"left", "right"}
    assert set(table.gait) == {"run", "walk"}
    assert table.foot_strike_s.is_monotonic_increasing
    numeric = table.drop(columns=["side", "gait", "valid", "flags", "flight_time_s"])
    assert np.isfinite(numeric.to_numpy(dtype=float)).all()


@pytest.mark.parametrize("seed", range(8))
def test_a_minute_holds_at_least_45_running_strides_a_side(seed: int) -> None:
    table = SimulatedSession(60, seed=seed).truth_strides()
    run = table[table.valid & (table.gait == "run")]
    assert run.groupby("side").size().min() >= 45


def test_strides_at_a_change_and_at_the_ends_of_a_bout_are_invalid(session, table) -> None:
    assert list(table["flags"] == "transition") == list(~table.valid)
    for side in ("left", "right"):
        rows = table[table.side == side].reset_index()
        assert not rows.valid.iloc[0]  # the first after standing
        for row in rows.itertuples():
            full = [
                dict(zip(("walk", "run"), session.script.gait_shares_at(x), strict=True))[row.gait]
                for x in (row.foot_strike_s, row.next_foot_strike_s)
            ]
            if row.valid:
                assert full == [1.0, 1.0]
            elif row.foot_strike_s > 20.0:
                assert min(full) < 1.0


def test_the_last_stride_before_a_stop_is_a_transition() -> None:
    script = Script(
        (Segment("stand", 0, 5), Segment("walk", 5, 25), Segment("stand", 25, float("inf")))
    )
    table = SimulatedSession(40, seed=3, script=script).truth_strides()
    for side in ("left", "right"):
        rows = table[table.side == side]
        assert list(rows["valid"].iloc[[0, -1]]) == [False, False]
        assert rows["valid"].iloc[3:-3].all()


def test_no_stride_ends_after_the_last_sample_of_a_sensor(session, table) -> None:
    last = dict.fromkeys((s.sensor_id for s in session.sensors), 0.0)
    for packet in air_packets(session):
        last[packet.sensor_id] = max(last[packet.sensor_id], packet.arrival_ns * 1e-9)
    assert table.next_foot_strike_s.max() <= min(last.values())
    assert table.next_foot_strike_s.max() > session.seconds - 1.5


def test_without_soft_tissue_the_sensor_did_what_the_bone_did(table) -> None:
    for bone, sensor in SENSOR_COLUMNS.items():
        assert np.array_equal(table[bone], table[sensor])


def test_soft_tissue_moves_the_sensor_and_not_the_bone() -> None:
    plain = SimulatedSession(40, seed=6).truth_strides()
    field = SimulatedSession(40, seed=6, faults="field").truth_strides()
    same = ["foot_strike_s", "tir_exc_deg", "pelvis_rom_deg"]
    rows = min(len(plain), len(field))
    assert np.allclose(plain[same].iloc[:rows], field[same].iloc[:rows])
    run = field[field.valid & (field.gait == "run")]
    for bone, sensor in SENSOR_COLUMNS.items():
        difference = (run[bone] - run[sensor]).abs().mean()
        assert 0.02 < difference < (60 if bone == "tir_vel_deg_s" else 6)


def test_strides_of_a_side_follow_each_other_without_gap(table) -> None:
    for side in ("left", "right"):
        rows = table[table.side == side]
        assert np.array_equal(rows.next_foot_strike_s[:-1], rows.foot_strike_s[1:])


def test_flight_is_empty_in_walking_and_positive_in_running(table) -> None:
    steady = table[table.valid]
    assert steady[steady.gait == "walk"].flight_time_s.isna().all()
    assert (steady[steady.gait == "run"].flight_time_s > 0).all()


def test_pelvic_metrics_equal_the_definition_on_the_pelvis_axis(session, table) -> None:
    """Obliquity as elevation of the axis to the right, from the rotation matrix rather than the angle."""
    body = session.body()
    t = np.arange(0.5, 4.5, 0.01)
    reference = np.arcsin(rotation_columns(body.pelvis(t).chain, 2)[1]).mean()
    body = session.body()
    for row in table.iloc[10:40].itertuples():
        t = np.linspace(row.foot_strike_s, row.next_foot_strike_s, 4001)
        obliquity = np.degrees(np.arcsin(rotation_columns(body.pelvis(t).chain, 2)[1]))
        sign = 1 if row.side == "right" else -1
        share = (t - row.foot_strike_s) / row.contact_time_s
        drop = sign * (obliquity - np.degrees(reference))
        window = (share >= 0.05) & (share <= 0.75)
        assert row.cpd_peak_deg == pytest.approx(drop[window].max(), abs=0.02)
        assert row.cpd_exc_deg == pytest.approx(drop[window].max() - drop[0], abs=0.02)
        assert row.cpd_peak_abs_deg == pytest.approx(
            sign * (sign * obliquity[window]).max() * sign, abs=0.02
        )
        assert row.cpd_mid_deg == pytest.approx(
            drop[(share >= 0.45) & (share <= 0.55)].mean(), abs=0.05
        )
        assert row.pelvis_rom_deg == pytest.approx(np.ptp(obliquity), abs=0.02)


def test_tibial_rotation_equals_the_drawn_excursion_up_to_self_heading(session, table) -> None:
    """In a lab frame the axial curve is the last Cardan angle itself; self-heading adds tenths at most."""
    bodies = [session.body(), session.body()]
    for row in table[table.valid].iloc[20:40].itertuples():
        leg = int(row.side == "left")
        t = np.linspace(row.foot_strike_s, row.foot_strike_s + 0.75 * row.contact_time_s, 2001)
        axial = np.degrees(bodies[leg].shank(t, leg).chain[2][1].v) * (1 - 2 * leg)
        assert row.tir_exc_deg == pytest.approx((axial - axial[0]).max(), abs=0.6)
        assert 0 < row.tir_peak_pct <= 75
        assert 30 < row.tir_vel_deg_s < 400


def test_means_per_leg_are_those_drawn(session, table) -> None:
    run = table[table.valid & (table.gait == "run")].groupby("side")
    for leg, side in enumerate(("right", "left")):
        rows = run.get_group(side)
        assert rows.cpd_peak_deg.mean() == pytest.approx(
            session.runner.run.cpd_peak_deg[leg], abs=0.6
        )
        assert rows.tir_exc_deg.mean() == pytest.approx(
            session.runner.run.tir_exc_deg[leg], abs=1.2
        )
        assert 0.3 < rows.cpd_peak_deg.std() < 1.0
        assert 0.7 < rows.tir_exc_deg.std() < 2.0


def test_a_constant_tilt_of_the_whole_pelvis_moves_only_the_absolute_peak(session) -> None:
    """Offset algebra: +3 deg of obliquity everywhere is +3 right and -3 left, and nothing else."""
    levers = ((0.04, 0.3, 0.0), (0.04, 0.3, 0.0))
    tilted = replace(
        session.runner, standing_obliquity_deg=session.runner.standing_obliquity_deg + 3.0
    )
    plain = TruthTable(session.body(), levers).strides(30.0)
    other = TruthTable(Body(session.seed, tilted, session.script), levers).strides(30.0)
    change = other.cpd_peak_abs_deg - plain.cpd_peak_abs_deg
    # reference is exact only while standing and gait tilt alike
    assert np.allclose(change[plain.side == "right"], 3.0, atol=1e-9)
    assert np.allclose(change[plain.side == "left"], -3.0, atol=1e-9)
    for same in ("cpd_peak_deg", "cpd_exc_deg", "cpd_mid_deg", "pelvis_rom_deg", "tir_exc_deg"):
        assert np.allclose(other[same], plain[same], atol=1e-9)


def test_a_mirrored_person_has_left_and_right_swapped_on_average(session) -> None:
    r = session.runner
    swapped = {
        name: getattr(r, name)[::-1]
        for name in (
            "standing_sagittal_deg",
            "standing_frontal_deg",
            "standing_axial_deg",
            "strike_axial_deg",
            "fatigue_cpd_deg",
        )
    }
    gait = {
        name: replace(
            g,
            duty_factor=g.duty_factor[::-1],
            cpd_peak_deg=g.cpd_peak_deg[::-1],
            cpd_shift_deg=-g.cpd_shift_deg,
            tir_exc_deg=g.tir_exc_deg[::-1],
            shank_impact_g=g.shank_impact_g[::-1],
        )
        for name, g in (("walk", r.walk), ("run", r.run))
    }
    s = r.shape_shares
    traits = replace(r.traits, shank_terms=r.traits.shank_terms[::-1])
    mirror = replace(
        r,
        **swapped,
        **gait,
        standing_obliquity_deg=-r.standing_obliquity_deg,
        step_time_asymmetry=-r.step_time_asymmetry,
        traits=traits,
        shape_shares=(s[0], s[1], s[3], s[2], s[5], s[4]),
    )
    levers = ((0.04, 0.3, -0.01), (0.04, 0.3, 0.01))
    quiet = {"cpd_sd_deg": 0.0, "tir_sd_deg": 0.0, "stride_time_cv": 0.0}
    columns = ["cpd_peak_deg", "cpd_exc_deg", "tir_exc_deg", "contact_time_s", "cpd_peak_abs_deg"]

    def means(runner):
        table = TruthTable(
            Body(session.seed, replace(runner, **quiet), session.script), levers
        ).strides(50.0)
        return table[table.valid & (table.gait == "run")].groupby("side")[columns].mean()

    plain, other = means(r), means(mirror)
    assert np.allclose(plain.loc["left"], other.loc["right"], atol=0.2)
    assert np.allclose(plain.loc["right"], other.loc["left"], atol=0.2)


def test_events_agree_with_strides(session, table) -> None:
    events = session.truth_events()
    assert list(events.columns) == ["time_s", "side", "event", "gait"]
    assert events.time_s.is_monotonic_increasing
    strikes = events[events.event == "foot_strike"]
    assert set(table.foot_strike_s) | set(table.next_foot_strike_s) == set(strikes.time_s)
    assert set(table.toe_off_s) == set(events[events.event == "toe_off"].time_s)
    assert not events.duplicated(["time_s", "side", "event"]).any()


def test_a_longer_session_begins_with_the_same_truth(session, table) -> None:
    longer = SimulatedSession(80, seed=1).truth_strides()
    cut = longer[longer.next_foot_strike_s <= session.truth_end_s]
    for column in ("foot_strike_s", "cpd_peak_deg", "tir_exc_deg", "tibial_shock_g"):
        assert np.allclose(cut[column], table[column], atol=2e-3)
