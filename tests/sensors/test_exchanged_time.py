"""Session time of sensors that answer exchanges of messages, in step with the connection events or not."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from sensors.clock import ClockFitter, fit_clock
from sensors.drivers.open_gait_imu import SAMPLES_PER_PACKET
from sensors.event_grid import event_grid
from sensors.exchanged_bounds import MIN_DELAY_S, delay_between
from sensors.live_clock import LiveClock
from sensors.packet_batch import SyncPoint
from tests.sensors.link_model import MadeLink, locked_link

LIMIT_S = 3e-3
INTERVALS_S = (0.0, 0.0075, 0.01125, 0.015, 0.01875, 0.03, 0.0375, 0.05)
DRIFTS_PPM = (-50.0, -7.0, 0.0, 20.0, 50.0)


def link(seconds: float, seed: int, interval_s: float, per_packet: int, ppm: float) -> MadeLink:
    """A link whose shortest delays are drawn, too: 2 ms are assumed, both ways."""
    before_s, after_s = np.random.default_rng(seed + 900).uniform(0.0003, 0.002, 2)
    return locked_link(
        seconds,
        seed,
        interval_s=interval_s,
        per_packet=per_packet,
        exchanges=True,
        before_s=before_s,
        after_s=after_s,
        drift_ppm=ppm,
    )


def offline(made: MadeLink) -> tuple[np.ndarray, float]:
    fit = fit_clock(made.device_s, made.arrival_s, made.sync)
    return np.abs(fit.to_session(made.device_s) - made.true_s), fit.uncertainty_s


def live(made: MadeLink) -> tuple[np.ndarray, np.ndarray]:
    """Error of each packet's live time and what was stated for it; NaN while the clock is not ready."""
    clock = LiveClock()
    waiting = sorted(made.sync, key=lambda point: point.device_s + point.upper_s, reverse=True)
    found = np.full((2, len(made.device_s)), np.nan)
    arrived = zip(made.device_s.tolist(), made.arrival_s.tolist(), strict=True)
    for k, (device, arrival) in enumerate(arrived):
        while waiting and waiting[-1].device_s + waiting[-1].upper_s <= arrival:
            clock.observe_sync(waiting.pop())
        clock.observe(device, arrival)
        if clock.ready:
            found[:, k] = abs(device + clock.knot(device) - made.true_s[k]), clock.uncertainty_s
    return found[0], found[1]


def check(name: str, links: list[MadeLink], limit_s: float = LIMIT_S) -> None:
    """Worst link in its limit, and 95 of 100 samples within what is stated."""
    results = [offline(made) for made in links]
    p95_s = [float(np.percentile(error, 95)) for error, _ in results]
    within = [float(np.mean(error <= stated)) for error, stated in results]
    stated_s = [stated for _, stated in results]
    print(
        f"{name}: p95 median {np.median(p95_s) * 1e3:.1f}, worst {max(p95_s) * 1e3:.1f} ms of"
        f" {len(links)}; stated {np.median(stated_s) * 1e3:.1f} ms; holds {np.mean(within):.1%}"
    )
    assert max(p95_s) <= limit_s, name
    assert np.mean(within) >= 0.95, name
    assert np.median(stated_s) < 2 * LIMIT_S, name


@pytest.mark.parametrize("interval_s", [0.0, 0.015, 0.03, 0.05])
def test_packets_of_the_open_profile_in_step_keep_to_three_milliseconds(interval_s: float) -> None:
    links = [link(150.0, seed, interval_s, SAMPLES_PER_PACKET, 50.0 - seed) for seed in range(2)]
    check(f"{interval_s * 1e3:g} ms", links)


def test_live_time_in_step_with_the_events() -> None:
    errors, within = [], []
    for interval_s, seed in product((0.015, 0.05), range(2)):
        error_s, stated_s = live(link(100.0, seed, interval_s, SAMPLES_PER_PACKET, -40.0))
        known = np.isfinite(error_s)
        errors.append(float(np.percentile(error_s[known][200:], 95)))
        within.append(float(np.mean(error_s[known] <= stated_s[known])))
    assert max(errors) < 2 * LIMIT_S
    assert np.mean(within) >= 0.95


@pytest.mark.full
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("seconds", [90.0, 600.0])
@pytest.mark.parametrize("per_packet", [8, SAMPLES_PER_PACKET, 19])
def test_every_interval_drift_and_packet_length(per_packet: int, seconds: float) -> None:
    for interval_s in INTERVALS_S:
        links = [
            link(seconds, 1000 * per_packet + 10 * k, interval_s, per_packet, ppm)
            for k, ppm in enumerate(DRIFTS_PPM)
        ]
        check(f"{per_packet} samples, {interval_s * 1e3:g} ms, {seconds:g} s", links)


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_live_time_for_every_interval() -> None:
    for interval_s in INTERVALS_S:
        p95_s, within = [], []
        for seed, ppm in enumerate(DRIFTS_PPM):
            error_s, stated_s = live(link(200.0, 50 + seed, interval_s, SAMPLES_PER_PACKET, ppm))
            known = np.isfinite(error_s)
            p95_s.append(float(np.percentile(error_s[known][380:], 95)))
            within.append(float(np.mean(error_s[known] <= stated_s[known])))
        print(f"live, {interval_s * 1e3:g} ms: worst {max(p95_s) * 1e3:.1f}, {np.mean(within):.1%}")
        assert max(p95_s) < 2 * LIMIT_S
        assert np.mean(within) >= 0.95


def test_the_connection_interval_is_read_off_the_receptions() -> None:
    """Of requests at uneven times; without events, or with too few requests, there is none."""
    for interval_s in (0.0075, 0.015, 0.0225, 0.05):
        found = event_grid(link(40.0, 3, interval_s, 11, 30.0).sync)
        assert found is not None
        assert found.interval_s == pytest.approx(interval_s)
    assert event_grid(link(40.0, 3, 0.0, 11, 30.0).sync) is None
    assert event_grid(link(40.0, 3, 0.015, 11, 30.0).sync[:8]) is None


def test_wait_for_an_event_is_told_but_just_before_and_between_two_connections() -> None:
    bursts = np.arange(0.0, 100.0, 10.0)
    number = np.arange(8) * 3
    points = [
        SyncPoint(at + 0.015 * n + (0.004 if at > 45.0 else 0.0), -0.01, 0.01)
        for at in (np.round(bursts / 0.045) * 0.045).tolist()
        for n in number.tolist()
    ]
    grid = event_grid(points)
    assert grid is not None
    assert grid.interval_s == pytest.approx(0.045)
    assert grid.wait_s(np.array([20.01]))[0] == pytest.approx(-20.01 % 0.045, abs=1e-6)
    assert np.isnan(grid.wait_s(np.array([0.045 * 466 + 0.001]))[0])  # may have gone at once
    assert np.isnan(grid.wait_s(np.array([45.007]))[0])  # the events moved: another connection


def test_receptions_on_a_grid_that_packets_do_not_keep_do_not_shift_the_time() -> None:
    """A sensor that looks for requests every 10 ms, but sends packets at once."""
    made = link(120.0, 5, 0.0, 11, 10.0)
    late = [
        SyncPoint(up, point.lower_s + point.device_s - up, point.upper_s)
        for point in made.sync
        for up in [float(np.ceil(point.device_s / 0.01) * 0.01)]
    ]
    assert event_grid(late) is not None
    fit = fit_clock(made.device_s, made.arrival_s, late)
    error = np.abs(fit.to_session(made.device_s) - made.true_s)
    assert np.percentile(error, 95) <= LIMIT_S
    assert np.mean(error <= fit.uncertainty_s) >= 0.95


def test_bounds_that_contradict_each_other_widen_the_statement() -> None:
    usual_s, half_s = delay_between(2 * MIN_DELAY_S, 0.0, 0.0, 2 * MIN_DELAY_S)
    assert (usual_s, half_s) == pytest.approx((MIN_DELAY_S, MIN_DELAY_S))
    usual_s, half_s = delay_between(0.030, 0.001, 0.0, 2 * MIN_DELAY_S)
    assert usual_s - half_s <= 1e-9
    assert usual_s + half_s >= 0.030 - 1e-9
    assert delay_between(-0.02, 0.001, 0.001, 0.004).half_s == pytest.approx(0.02)


def test_answers_that_are_nonsense_do_not_move_the_clock_far() -> None:
    made = link(120.0, 8, 0.015, 11, 10.0)
    rng = np.random.default_rng(2)
    fitter = ClockFitter()
    fitter.add_all(made.device_s, made.arrival_s)
    for point in made.sync:
        fitter.add_sync(point)
    for at in made.device_s[::50].tolist():
        fitter.add_sync(SyncPoint(at, float(rng.uniform(-500, 500)), 1e6))
    error = np.abs(fitter.fit().to_session(made.device_s) - made.true_s)
    assert np.percentile(error, 95) < 0.02
