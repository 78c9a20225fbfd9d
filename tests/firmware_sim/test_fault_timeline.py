"""The fault timeline lists what was injected, and nothing else; the same every time."""

from __future__ import annotations

import struct

import numpy as np
import pandas as pd
import pytest

from firmware_sim import SimulatedSession, air_packets
from firmware_sim.fault_log import COLUMNS, FaultLog
from firmware_sim.imu.faults import FaultValue
from firmware_sim.profile.uuids import DATA

EVERYTHING: dict[str, FaultValue] = {
    "out_of_range": "40:pelvis:6;55:pelvis:1",
    "reboot": "45:shank_left:2",
    "battery_death": "50:shank_right",
    "slip_step": "30:shank_left:4",
    "slip_creep_deg": 3.0,
    "swapped_labels": True,
    "duplicates": 0.02,
    "reorder": 0.02,
    "queue_packets": 4,
    "dropouts": 1.0,
}


def _timeline(session: SimulatedSession) -> pd.DataFrame:
    table = session.fault_timeline()
    assert tuple(table.columns) == COLUMNS
    assert (table.end_s >= table.start_s).all()
    assert table.start_s.is_monotonic_increasing
    return table


def test_without_faults_it_is_empty() -> None:
    assert _timeline(SimulatedSession(40, seed=2)).empty


def test_it_is_the_same_again_and_the_same_as_of_packets_made_anyway() -> None:
    first, again = (
        _timeline(SimulatedSession(60, seed=2, faults="harsh", fault_overrides=EVERYTHING))
        for _ in range(2)
    )
    pd.testing.assert_frame_equal(first, again)
    session = SimulatedSession(60, seed=2, faults="harsh", fault_overrides=EVERYTHING)
    log = FaultLog()
    packets = list(air_packets(session, log=log))
    pd.testing.assert_frame_equal(log.frame(session.seconds), first)
    plain = SimulatedSession(60, seed=2, faults="harsh", fault_overrides=EVERYTHING)
    assert packets == list(air_packets(plain))  # to listen changes nothing


def test_every_kind_of_fault_is_listed_where_it_was_ordered() -> None:
    session = SimulatedSession(60, seed=2, faults="harsh", fault_overrides=EVERYTHING)
    table = _timeline(session)
    assert set(table.fault) >= {
        "loss",
        "silence",
        "overflow",
        "host_stall",
        "duplicate",
        "reordered",
        "out_of_range",
        "reboot",
        "battery_death",
        "acc_clip",
        "slip_step",
        "slip_creep",
        "swapped_labels",
    }
    ordered = table.set_index("fault")[["start_s", "end_s", "placement"]]
    assert ordered.loc["reboot"].tolist() == [45.0, 47.0, "shank_left"]
    assert ordered.loc["battery_death"].tolist() == [50.0, 60.0, "shank_right"]
    assert ordered.loc["slip_step"].tolist() == [30.0, 30.3, "shank_left"]
    assert ordered.loc[["out_of_range"], "start_s"].tolist() == [40.0, 55.0]
    assert ordered.loc[["swapped_labels"], "placement"].tolist() == ["shank_left", "shank_right"]


def test_listed_losses_are_the_packets_that_are_missing() -> None:
    session = SimulatedSession(60, seed=4, faults="harsh")
    table = _timeline(session)
    for sensor in session.sensors:
        mine = table[(table.sensor_id == sensor.sensor_id) & table.fault.isin(["loss", "silence"])]
        listed = sum(int(text.split()[0]) for text in mine.detail)
        own = [
            struct.unpack_from("<H", p.payload, 2)[0]
            for p in air_packets(session, placements=[sensor.placement])
            if p.characteristic == DATA
        ]
        ready_until = 60.0 - 10 / sensor.errors.sample_hz
        made = int((ready_until - sensor.start_delay_s) * sensor.errors.sample_hz // 10)
        assert made - len(set(own)) == pytest.approx(listed, abs=1)


def test_clipped_stretches_are_the_samples_at_the_limit() -> None:
    session = SimulatedSession(
        60, seed=1, faults="harsh", speed_m_s=4.5, fault_overrides={"impact_gain": 4.0}
    )
    sensor = session.sensors[2]
    table = _timeline(session)
    clips = table[(table.fault == "acc_clip") & (table.sensor_id == sensor.sensor_id)]
    sampler = sensor.sampler()
    blocks = [sampler.block(i) for i in range(15)]
    times = np.concatenate([np.flatnonzero(b.acc_clip) + b.first for b in blocks])
    times = times / sensor.errors.sample_hz
    times = times[times < 59.0]
    assert len(times) > 5
    for t in times:
        assert ((clips.start_s <= t + 1e-6) & (clips.end_s > t - 1e-6)).any()
    listed = sum(int(x.split()[0]) for x in clips[clips.end_s < 59.0].detail)
    assert listed == pytest.approx(len(times), abs=6)
