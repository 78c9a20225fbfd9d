"""Device clock to session time: accuracy against known times, live and offline."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.clock import ClockFit, fit_clock
from sensors.live_clock import LiveClock
from sensors.lower_envelope import lower_line
from sensors.packet_batch import SyncPoint
from sensors.sample_assembler import SampleAssembler
from sensors.sample_block import SampleBlock
from sensors.sensor_stream import SensorStream, second_pass
from sensors.session_clock import SessionClock
from tests.sensors.open_gait_builder import VirtualStream, sensor_info, stream

SEEDS = range(4)


def live_blocks(made: VirtualStream, group: int = 10_000) -> list[SampleBlock]:
    live = SensorStream(sensor_info())
    blocks: list[SampleBlock] = []
    for start in range(0, len(made.notifications), group):
        blocks += live.push(made.notifications[start : start + group])
    return blocks + live.finish()


def offline_blocks(made: VirtualStream) -> list[SampleBlock]:
    sensor = sensor_info()
    first = SessionClock(sensor.rate_hz)
    for batch in SensorStream(sensor)._reader.read(made.notifications):
        first.push(batch)  # type: ignore[arg-type]
    second = second_pass(sensor, first)
    return second.push(made.notifications) + second.finish()


def times(blocks: list[SampleBlock]) -> np.ndarray:
    return np.concatenate([block.time_s for block in blocks])


@pytest.mark.parametrize("ppm", [-50.0, 0.0, 50.0])
@pytest.mark.parametrize("seconds", [30.0, 150.0, 700.0])
def test_offline_time_is_within_three_milliseconds(seconds: float, ppm: float) -> None:
    """Over bursty links with 15 ms connection intervals and stalls, p95 of the worst seed."""
    worst = 0.0
    for seed in SEEDS:
        made = stream(seconds, seed=seed, ppm=ppm, interval_s=0.015)
        error = times(offline_blocks(made)) - made.sample_time_s
        worst = max(worst, float(np.percentile(np.abs(error), 95)))
    print(f"offline {seconds:g} s {ppm:+g} ppm: worst p95 {worst * 1e3:.2f} ms")
    assert worst < 3e-3


@pytest.mark.parametrize("ppm", [-50.0, 50.0])
def test_live_and_offline_time_agree(ppm: float) -> None:
    """Median within 3 ms and p95 within 8 ms; the first ten seconds too stay within 8 ms."""
    worst = 0.0
    for seed in SEEDS:
        made = stream(240.0, seed=seed, ppm=ppm)
        apart = np.abs(times(live_blocks(made)) - times(offline_blocks(made)))
        assert np.median(apart) < 3e-3
        assert np.percentile(apart, 95) < 8e-3
        worst = max(worst, float(np.percentile(apart[:2000], 95)))
    print(f"live and offline apart over the first 10 s, {ppm:+g} ppm: p95 {worst * 1e3:.2f} ms")
    assert worst < 8e-3


def test_live_time_does_not_depend_on_grouping() -> None:
    made = stream(80.0, seed=9)
    whole = live_blocks(made)
    for group in (1, 7, 61):
        again = live_blocks(made, group)
        assert np.array_equal(times(whole), times(again))
        for name in ("acc", "gyr", "flags"):
            assert np.array_equal(
                np.concatenate([getattr(block, name) for block in whole]),
                np.concatenate([getattr(block, name) for block in again]),
            )


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2**32 - 1),
            st.floats(0, 1e6),
            st.integers(1, 19),
            st.floats(0, 1e5),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_time_increases_whatever_the_packets_say(
    packets: list[tuple[int, float, int, float]],
) -> None:
    """Absurd indices, device times and arrivals; live and offline."""
    from sensors.packet_batch import PacketBatch
    from sensors.placement import Placement

    count = np.array([packet[2] for packet in packets])
    total = int(count.sum())
    batch = PacketBatch(
        arrival_s=np.sort(np.array([packet[3] for packet in packets])),
        first_index=np.array([packet[0] for packet in packets]),
        device_s=np.array([packet[1] for packet in packets]),
        count=count,
        flags=np.zeros(len(packets), dtype=np.uint8),
        acc=np.zeros((total, 3)),
        gyr=np.zeros((total, 3)),
        sample_flags=np.zeros(total, dtype=np.uint8),
    )
    first = SessionClock(200.0)
    first.push(batch)
    for assembler in (
        SampleAssembler(Placement.PELVIS, 200.0),
        SampleAssembler(Placement.PELVIS, 200.0, fits=first.finish(), late=first.late),
    ):
        blocks = assembler.push(batch) + assembler.finish()
        time_s = times(blocks)
        assert (np.diff(time_s) > 0).all()
        assert np.isfinite(time_s).all()
        index = np.concatenate([block.first_index + np.arange(len(block)) for block in blocks])
        assert (np.diff(index) > 0).all()
        counts = assembler.counts
        assert counts.samples == len(time_s)
        assert counts.samples + counts.lost == index[-1] - index[0] + 1
        assert counts.samples + counts.repeated + counts.late == total


def test_skew_is_found_to_a_few_parts_per_million() -> None:
    for seed, ppm in zip(SEEDS, (-45.0, -10.0, 20.0, 50.0), strict=True):
        made = stream(900.0, seed=seed, ppm=ppm)
        device = made.sample_time_s * (1 - ppm * 1e-6)
        arrival = np.array([n.arrival_ns for n in made.notifications]) * 1e-9
        assert fit_clock(device[9::10], arrival).skew_ppm == pytest.approx(ppm, abs=5.0)


def test_bending_clock_is_followed_piece_by_piece() -> None:
    """A device that warms up: 40 ppm at first, none after 20 minutes; one line would be 7 ms off."""
    rng = np.random.default_rng(3)
    truth = np.arange(0.0, 1800.0, 0.05)
    device = truth - 40e-6 * 600.0 * (1 - np.exp(-truth / 600.0))
    arrival = truth + 0.002 + rng.exponential(0.006, len(truth))
    error = fit_clock(device, arrival).to_session(device) - truth
    assert np.percentile(np.abs(error), 95) < 1.5e-3


def test_exchanges_of_messages_take_the_place_of_the_assumed_delay() -> None:
    """A link far quicker than assumed; without the exchanges, time is early by the assumption."""
    device = np.arange(100.0, 130.0, 0.05)
    arrival = device - 100.0 + 0.0001
    points = [SyncPoint(x, -100.0 - 0.0001, -100.0 + 0.0001) for x in (101.0, 111.0, 121.0)]
    without = fit_clock(device, arrival).to_session(device) - (device - 100.0)
    with_them = fit_clock(device, arrival, points).to_session(device) - (device - 100.0)
    assert np.abs(without).max() > 1e-3
    assert np.abs(with_them).max() < 0.2e-3
    live = LiveClock()
    for point in points:
        live.observe_sync(point)
    live.observe(130.0, 30.0001)
    assert live.knot(130.0) == pytest.approx(-100.0, abs=0.2e-3)


def test_unknown_skew_is_taken_as_none_until_a_minute_has_passed() -> None:
    device = np.arange(0.0, 50.0, 0.05)
    fit = fit_clock(device, device * (1 + 50e-6) + 7.0)
    assert fit.skew_ppm == 0.0


def test_live_corrections_never_turn_time_back() -> None:
    """A first minute behind a busy link, then a free one: 60 ms are taken back slowly."""
    clock = LiveClock()
    last = -np.inf
    for k in range(2000):
        device = k * 0.05
        clock.observe(device, device + (0.062 if k < 1000 else 0.002))
        session = device + clock.knot(device)
        assert session > last
        last = session
    assert last == pytest.approx(device, abs=1e-3)


@given(
    st.lists(
        st.tuples(st.floats(0, 1e4), st.floats(-10, 10)),
        min_size=1,
        max_size=60,
        unique_by=lambda p: p[0],
    )
)
def test_lower_line_is_below_all_points(points: list[tuple[float, float]]) -> None:
    points.sort()
    line = lower_line([x for x, _ in points], [y for _, y in points])
    assert all(line(x) <= y + 1e-6 for x, y in points)
    assert any(abs(line(x) - y) < 1e-6 for x, y in points)


def test_clock_without_packets_cannot_be_fitted() -> None:
    with pytest.raises(ValueError, match="without a packet"):
        fit_clock(np.array([]), np.array([]))
    assert ClockFit(np.array([1.0]), np.array([2.0]), 0.0).to_session(np.array([5.0])) == [7.0]
