"""What is said about the sensors' signals, and when it is no longer said."""

from __future__ import annotations

from dataclasses import replace

from pipeline.setup_signal import SignalWatch, slip_findings
from sensors.placement import Placement
from sensors.sensor_status import SensorState, SensorStatus

GOOD = SensorStatus(
    "LS-1", "one", Placement.PELVIS, SensorState.STREAMING, 80, rate_hz=200.0, samples=1000
)


def codes(watch: SignalWatch, status: SensorStatus, now_s: float) -> list[str]:
    return [found.code for found in watch.push([status], now_s)]


def test_a_good_sensor_has_no_findings() -> None:
    watch = SignalWatch()
    for second in range(60):
        assert codes(watch, replace(GOOD, samples=1000 + 200 * second), float(second)) == []


def test_each_state_says_what_to_do() -> None:
    for state, code in {
        SensorState.SEARCHING: "missing",
        SensorState.RECOVERING: "reconnecting",
        SensorState.LOST: "reconnecting",
        SensorState.UNUSED: "unused",
    }.items():
        found = SignalWatch().push([replace(GOOD, state=state)], 0.0)
        assert [each.code for each in found] == [code]
        assert found[0].remedy


def test_a_low_battery_is_said() -> None:
    assert codes(SignalWatch(), replace(GOOD, battery_percent=12), 0.0) == ["battery_low"]
    assert codes(SignalWatch(), replace(GOOD, battery_percent=None), 0.0) == []


def test_old_losses_are_forgotten_and_new_ones_said() -> None:
    watch = SignalWatch()
    assert codes(watch, replace(GOOD, lost_samples=500), 0.0) == []
    bad = replace(GOOD, samples=1900, lost_samples=600)
    assert codes(watch, bad, 5.0) == ["loss"]
    later = replace(GOOD, samples=6900, lost_samples=600)
    assert codes(watch, later, 30.0) == []


def test_clipping_is_said_while_it_happens() -> None:
    watch = SignalWatch()
    codes(watch, GOOD, 0.0)
    clipped = replace(GOOD, samples=1200, clipped_samples=3)
    assert codes(watch, clipped, 1.0) == ["clipping"]
    assert codes(watch, replace(clipped, samples=6000), 30.0) == []


def test_a_connected_sensor_that_sends_nothing_is_said() -> None:
    watch = SignalWatch()
    silent = replace(GOOD, rate_hz=0.0)
    assert codes(watch, silent, 0.0) == []
    assert codes(watch, silent, 4.0) == ["silent"]


def test_what_stops_numbers_comes_first() -> None:
    low = replace(GOOD, battery_percent=5)
    gone = replace(GOOD, sensor_id="LS-2", placement=Placement.SHANK_LEFT, state=SensorState.LOST)
    assert [f.code for f in SignalWatch().push([low, gone], 0.0)] == [
        "reconnecting",
        "battery_low",
    ]


def test_a_new_session_starts_the_counts_anew() -> None:
    watch = SignalWatch()
    codes(watch, replace(GOOD, samples=90_000, lost_samples=10), 0.0)
    assert codes(watch, replace(GOOD, samples=300, lost_samples=0), 1.0) == []


def test_a_slip_names_the_sensor_and_the_angle() -> None:
    found = slip_findings({Placement.SHANK_LEFT: 7.4})[0]
    assert found.sensor == "left shank"
    assert "7°" in found.what
