"""Counting samples without a count: by time stamps, by arrivals; and pairing two sensors' samples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.counted_index import HOLD_S, CountedIndex
from sensors.holes import MOST_HOLES, Holes
from sensors.sample_pairing import Paired, SamplePairing
from sensors.timed_index import NEW_START, TimedIndex

RATE = 208.0


def wave(t: np.ndarray) -> np.ndarray:
    """Three tones up to 30 Hz, shape (n, 3)."""
    return np.sin(2 * np.pi * np.outer(t, (3.0, 12.0, 30.0)))


def frames(start_s: float, count: int, length: int, rate: float = RATE) -> list[np.ndarray]:
    t = start_s + np.arange(count * length) / rate
    return list(t.reshape(count, length))


def pair(
    acc: list[np.ndarray], gyr: list[np.ndarray], drop_acc: set[int] = frozenset(), drop_gyr: set[int] = frozenset()
) -> list[Paired]:  # fmt: skip
    """Push frames in the order in which they are complete."""
    pairing, found = SamplePairing(RATE), []
    order = [(t[-1], 0, k) for k, t in enumerate(acc)] + [(t[-1], 1, k) for k, t in enumerate(gyr)]
    for _, which, k in sorted(order):
        if which == 0 and k not in drop_acc:
            found += pairing.push_acc(k * len(acc[0]), acc[k], acc[k][-1], wave(acc[k]))
        elif which == 1 and k not in drop_gyr:
            found += pairing.push_gyr(gyr[k], wave(gyr[k]))
    return found + pairing.finish()


@pytest.mark.parametrize("shift_samples", [0.0, 0.35, 18.0, 30.5])
def test_angular_rates_are_brought_to_the_instants_of_the_accelerations(
    shift_samples: float,
) -> None:
    """No sample lost but at the ends; 30 Hz within 2 percent at half a sample of shift."""
    acc = frames(0.0, 10, 57)
    gyr = frames(shift_samples / RATE, 10, 57)
    found = pair(acc, gyr)
    index = np.concatenate([one.first_index + np.arange(len(one.acc)) for one in found])
    assert np.array_equal(index, np.arange(int(np.ceil(shift_samples)), 570))
    t = np.concatenate([one.device_s for one in found])
    assert np.array_equal(np.concatenate([one.acc for one in found]), wave(t))
    error = np.abs(np.concatenate([one.gyr for one in found]) - wave(t))
    # a straight line is all there is beside the ends
    assert error[3:-3].max(axis=0) == pytest.approx(0.0, abs=0.02)
    if shift_samples == int(shift_samples):
        assert error.max() < 1e-6


def test_a_lost_frame_of_either_sensor_is_a_gap_and_nothing_is_invented() -> None:
    acc, gyr = frames(0.0, 12, 57), frames(0.002, 12, 57)
    for drops in ({"drop_acc": {4}}, {"drop_gyr": {4}}):
        found = pair(acc, gyr, **drops)  # type: ignore[arg-type]
        index = np.concatenate([one.first_index + np.arange(len(one.acc)) for one in found])
        missing = np.setdiff1d(np.arange(1, 684), index)
        assert 55 <= len(missing) <= 59
        assert missing.min() >= 4 * 57 - 2
        t = np.concatenate([one.device_s for one in found])
        error = np.abs(np.concatenate([one.gyr for one in found]) - wave(t))
        assert np.median(error) < 2e-3
        assert error.max() < 0.25  # straight lines beside a gap


def test_a_sensor_that_is_silent_does_not_fill_the_memory() -> None:
    pairing = SamplePairing(RATE)
    for k, t in enumerate(frames(0.0, 400, 57)):
        assert pairing.push_acc(57 * k, t, t[-1], wave(t)) == []
    assert len(pairing._waiting) < 20


def test_a_lost_packet_is_a_gap_of_its_length_and_the_rate_is_learnt() -> None:
    """Stamps in milliseconds, a true rate 1.5 percent off, a wrap on the way."""
    true_hz, found = 105.6, []
    timed = TimedIndex(104.0, tick_s=1e-3, modulus=2**32)
    for k in range(400):
        stamp = (2**32 - 5000 + round(8 * k / true_hz * 1e3)) % 2**32
        if k not in (50, 200, 201, 202):
            found.append((k, timed.place_first(stamp, 8, 1.0 + 8 * k / true_hz)))
    assert all(where.first_index == 8 * k for k, where in found)
    assert 1.0 / timed.period_s == pytest.approx(true_hz, rel=2e-3)


def test_a_repeated_packet_has_its_old_place() -> None:
    timed = TimedIndex(60.0, tick_s=1e-6)
    first = timed.place_last(1_000_000, 1, 5.0)
    timed.place_last(1_016_667, 1, 5.02)
    again = timed.place_last(1_016_667, 1, 5.03)
    assert (first.first_index, again.first_index) == (0, 1)


@pytest.mark.parametrize(
    ("stamp", "arrival_s"),
    [(20_000, 9.0), (500_000_000, 9.0), (9_000_000, 300.0)],
    ids=["from zero again", "far ahead", "the host waited longer than the clock says"],
)
def test_a_new_start_of_the_clock_cannot_be_taken_for_a_loss(stamp: int, arrival_s: float) -> None:
    timed = TimedIndex(60.0, tick_s=1e-6, modulus=2**32)
    for k in range(100):
        timed.place_last(5_000_000 + k * 16_667, 1, 6.0 + k / 60)
    where = timed.place_last(stamp, 1, arrival_s)
    assert where.first_index == 100 + NEW_START
    assert where.first_s == pytest.approx(stamp * 1e-6)


def bursts(rate_hz: float, seconds: float, seed: int, per: int = 8) -> list[tuple[int, float]]:
    """Notifications of ``per`` frames: delays of a few ms, bursts to 60 ms, a stall of 0.25 s."""
    rng = np.random.default_rng(seed)
    at = np.arange(1, round(seconds * rate_hz / per) + 1) * per / rate_hz
    late = rng.exponential(0.006, len(at)) + np.where(
        rng.random(len(at)) < 0.3, rng.random(len(at)) * 0.06, 0
    )
    stall = seconds / 3
    late = np.where((at > stall) & (at < stall + 0.25), stall + 0.25 - at + 0.002, late)
    arrival = np.maximum.accumulate(at + late)
    return [(per, float(a)) for a in arrival]


@pytest.mark.parametrize("rate_hz", [198.6, 199.45, 201.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_losses_are_found_by_arrivals_alone(rate_hz: float, seed: int) -> None:
    """Five lost notifications and one silence of 4 s: the count is right to a sample or two."""
    packets = bursts(rate_hz, 60.0, seed)
    silence = range(len(packets) // 2, len(packets) // 2 + round(4.0 * rate_hz / 8))
    lost = {400, 430, 480, 1100, 1300} | set(silence)
    counted: CountedIndex[int] = CountedIndex(199.0)
    before, found, waited = 0, [], []
    for k, (count, arrival_s) in enumerate(packets):
        if k not in lost:
            out = counted.push(count, arrival_s, before)
            waited += [arrival_s - one.arrival_s for one in out]
            found += out
        before += count
    found += counted.finish()
    error = np.array([one.first_index - one.content for one in found])
    assert np.abs(np.median(error[-200:])) <= 4
    assert np.percentile(np.abs(error), 90) <= 4
    assert max(waited) <= HOLD_S + 4.0 + 0.3  # those before the silence wait over it
    assert np.median(waited) < 0.25


@given(
    steps=st.lists(
        st.tuples(st.integers(1, 40), st.floats(0, 1e4), st.booleans()), min_size=1, max_size=80
    )
)
@settings(max_examples=60, deadline=None)
def test_every_packet_comes_out_once_and_in_order_whatever_the_arrivals(
    steps: list[tuple[int, float, bool]],
) -> None:
    counted: CountedIndex[int] = CountedIndex(199.0)
    now, out = 0.0, []
    for k, (count, step_s, long) in enumerate(steps):
        now += step_s if long else step_s * 1e-5
        out += counted.push(count, now, k)
    out += counted.finish()
    assert [one.content for one in out] == list(range(len(steps)))
    times = [one.first_s for one in out]
    assert times == sorted(times)


@given(
    holes=st.lists(st.tuples(st.integers(1, 20), st.integers(1, 20)), max_size=10),
    fills=st.lists(st.tuples(st.integers(0, 300), st.integers(1, 60)), max_size=10),
)
def test_holes_are_sets_of_missing_samples(
    holes: list[tuple[int, int]], fills: list[tuple[int, int]]
) -> None:
    """Compared with plain sets."""
    known, missing, at = Holes(), set(), 0
    for gap, length in holes:
        known.add(at + gap, at + gap + length)
        missing |= set(range(at + gap, at + gap + length))
        at += gap + length
    for start, length in fills:
        came = set(range(start, start + length))
        assert known.fill(start, start + length) == len(missing & came)
        missing -= came
    assert {k for a, b in known.all() for k in range(a, b)} == missing


def test_only_the_newest_holes_are_kept() -> None:
    known = Holes()
    for k in range(1000):
        known.add(10 * k, 10 * k + 5)
    assert len(known.all()) == MOST_HOLES
    assert known.all()[-1] == (9990, 9995)
