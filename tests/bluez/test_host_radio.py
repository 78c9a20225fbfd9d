"""Scan, connect, stream, lose, reconnect and stop through unmodified bleak, D-Bus and BlueZ."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from firmware_sim import SimulatedSession
from sensors.placement import Placement
from sensors.radio import HostRadio
from sensors.scan import scan
from sensors.sensor_status import SensorState
from tests.bluez.air import Passed
from tests.bluez.bench import Bench
from tests.bluez.recorded_run import LiveRun, latencies_ms, live_indices, record

pytestmark = [pytest.mark.full, pytest.mark.bluez, pytest.mark.timeout(900)]

STREAM_S = 12.0
LOSS = 0.03
CUTS = 2


def without_battery(payloads: list[bytes]) -> list[bytes]:
    """Notifications; the recording also has the battery level that was read, not notified."""
    return [payload for payload in payloads if len(payload) > 1]


def delivered(passed: list[Passed]) -> list[bytes]:
    return without_battery([each.payload for each in passed if not each.dropped])


def test_a_scan_finds_all_sensors_and_who_they_are(bench: Bench) -> None:
    session = SimulatedSession(60, seed=1)
    with bench.worn(session):
        found = asyncio.run(scan(HostRadio(), 3.0))
    assert {(f.name, f.sensor_id, f.placement) for f in found} == {
        (s.name, s.sensor_id, s.placement) for s in session.sensors
    }
    assert all(f.battery_percent and not f.message for f in found)


def test_every_delivered_sample_is_recorded_once_through_losses_and_a_lost_link(
    bench: Bench, tmp_path: Path
) -> None:
    """Three sensors; the air drops notifications, and one sensor goes out of range and back, twice."""
    session = SimulatedSession(60, seed=2)
    names = {s.name for s in session.sensors}
    gone = session.sensors[0].name
    figures: dict[str, float] = {}

    async def story(live: LiveRun) -> None:
        figures["all streaming after s"] = await live.until_streaming()
        await asyncio.sleep(STREAM_S / (CUTS + 1))
        bench.air.loss = LOSS
        for _ in range(CUTS):
            await bench.cut(gone)
            figures["loss noticed after s"] = await live.until(lambda: gone not in live.streaming())
            figures["streaming again after s"] = await live.until(lambda: gone in live.streaming())
            await asyncio.sleep(STREAM_S / (CUTS + 1))

    with bench.worn(session) as worn:
        live, run = record(tmp_path / "run.mcap", story)
        passed = {name: list(bench.air.passed[name]) for name in names}
        assert not bench.call(connections(bench)), "the links are down after a clean stop"
        assert worn.start_s.keys() == {s.sensor_id for s in session.sensors}

    assert run.complete
    assert run.sensors.keys() == names
    for name, sensor in run.sensors.items():
        sent, got = passed[name], without_battery(sensor.payloads)
        came = delivered(sent)
        missing = set(came) - set(got)
        assert len(set(got)) == len(got), "nothing is recorded twice"
        assert got == [payload for payload in came if payload not in missing], "in order"
        # what is on its way through BlueZ when a link ends may end with it
        late = [p for p in sent if p.sent_ns > bench.air.last_cut_ns or name != gone]
        assert not missing & {p.payload for p in late}, "what came over the air is in the file"
        taken = live_indices([p.payload for p in sent])
        kept = live_indices(got)
        # a loss shows by what comes after it
        ordered = {index for index in taken - live_indices(came) if index < max(kept)}
        assert len(ordered) > 0
        assert kept <= sensor.indices
        assert sensor.counts.samples == len(sensor.indices)
        assert sensor.counts.samples + sensor.counts.lost == max(kept) + 1
        assert sensor.counts.damaged == sensor.counts.repeated == 0
        if name != gone:
            assert sensor.counts.lost == len(ordered - sensor.indices)
            assert run.link_states[name].count(SensorState.STREAMING.value) == 1
        print(name, len(got), "recorded", len(missing), "missing", sensor.counts)
    assert run.link_states[gone].count(SensorState.STREAMING.value) == 1 + CUTS
    assert SensorState.RECOVERING.value in run.link_states[gone]
    assert {s.placement for s in live.states} == set(Placement)

    spread = np.concatenate([latencies_ms(passed[name], run.sensors[name]) for name in names])
    for text, value in figures.items():
        print(f"{text}: {value:.2f}")
    print("latency ms p50, p95, p99:", np.round(np.percentile(spread, [50, 95, 99]), 1))
    print(f"adapter ready after {bench.ready_s:.1f} s on {bench.box.accelerator}")


async def connections(bench: Bench) -> int:
    return sum(len(controller.le_connections) for controller in bench.air.controllers)
