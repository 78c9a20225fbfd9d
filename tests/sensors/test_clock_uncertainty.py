"""Clocks against known times on drawn links: the error, and whether the stated uncertainty holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sensors.clock import fit_clock
from sensors.clock_kind import COUNTED, CRYSTAL, ClockKind
from sensors.live_clock import LiveClock
from sensors.packet_batch import SyncPoint
from sensors.session_clock import SessionClock
from tests.sensors.link_model import MadeLink, made_link, real_bursts

LENGTHS_S = (30.0, 90.0, 600.0)
SEEDS = range(24)
LIMIT_S = {CRYSTAL: 3e-3, COUNTED: 8e-3}
KINDS = pytest.mark.parametrize("kind", [CRYSTAL, COUNTED], ids=["clock", "clockless"])


def live_times(made: MadeLink, kind: ClockKind) -> tuple[np.ndarray, np.ndarray]:
    """Live time of each packet and its uncertainty; NaN while the clock is not ready."""
    clock = LiveClock(kind)
    time_s = np.full(len(made.device_s), np.nan)
    uncertainty_s = time_s.copy()
    for k, (device, arrival) in enumerate(
        zip(made.device_s.tolist(), made.arrival_s.tolist(), strict=True)
    ):
        clock.observe(device, arrival)
        if clock.ready:
            time_s[k] = device + clock.knot(device)
            uncertainty_s[k] = clock.uncertainty_s
    return time_s, uncertainty_s


@KINDS
@pytest.mark.parametrize("seconds", LENGTHS_S)
def test_offline_error_and_coverage(seconds: float, kind: ClockKind) -> None:
    """Over all links together: p95 of the error in its limit, 95 % within the uncertainty."""
    errors, within, stated, every = [], [], [], []
    for seed in SEEDS:
        made = made_link(seconds, seed, counted=kind is COUNTED)
        fit = fit_clock(made.device_s, made.arrival_s, kind=kind)
        error = np.abs(fit.to_session(made.device_s) - made.true_s)
        every.append(error)
        errors.append(np.percentile(error, 95))
        within.append(np.mean(error <= fit.uncertainty_s))
        stated.append(fit.uncertainty_s)
    all_s = np.percentile(np.concatenate(every), 95)
    print(
        f"offline {seconds:g} s: p95 of the error, all links together {all_s * 1e3:.1f} ms,"
        f" median link {np.median(errors) * 1e3:.1f} ms,"
        f" worst of {len(SEEDS)} {max(errors) * 1e3:.1f} ms; stated {np.median(stated) * 1e3:.1f} ms,"
        f" holds {np.mean(within):.1%}"
    )
    assert all_s < LIMIT_S[kind]
    assert np.percentile(errors, 95) < LIMIT_S[kind]
    assert np.mean(within) >= 0.95
    assert np.median(stated) < 2 * LIMIT_S[kind], "an uncertainty that says nothing"


@KINDS
def test_uncertainty_holds_when_the_quickest_packets_take_another_time_than_assumed(
    kind: ClockKind,
) -> None:
    """Shortest delays of 0.5 to 4 ms where 2 are assumed."""
    within = []
    for seed in SEEDS:
        delay_s = float(np.random.default_rng(seed + 1000).uniform(0.0005, 0.004))
        made = made_link(200.0, seed, counted=kind is COUNTED, min_delay_s=delay_s)
        fit = fit_clock(made.device_s, made.arrival_s, kind=kind)
        error = np.abs(fit.to_session(made.device_s) - made.true_s)
        within.append(np.mean(error <= fit.uncertainty_s))
    assert np.mean(within) >= 0.95


@KINDS
def test_live_error_and_coverage(kind: ClockKind) -> None:
    """After 20 s within twice the offline limit; the uncertainty holds from the first sample."""
    errors, within, stated = [], [], []
    for seed in SEEDS:
        made = made_link(180.0, seed, counted=kind is COUNTED)
        time_s, uncertainty_s = live_times(made, kind)
        known = np.isfinite(time_s)
        error = np.abs(time_s - made.true_s)
        errors.append(np.percentile(error[known & (made.true_s > 21.0)], 95))
        within.append(np.mean(error[known] <= uncertainty_s[known]))
        stated.append(uncertainty_s[-1])
    print(
        f"live: p95 of the error, median link {np.median(errors) * 1e3:.1f} ms, worst"
        f" {max(errors) * 1e3:.1f} ms; stated {np.median(stated) * 1e3:.1f} ms,"
        f" holds {np.mean(within):.1%}"
    )
    assert np.percentile(errors, 95) < 2 * LIMIT_S[kind]
    assert np.mean(within) >= 0.95
    assert np.median(stated) < 2 * LIMIT_S[kind]


@pytest.mark.parametrize("rate_hz", [198.6, 199.4, 200.9])
def test_clockless_stream_with_the_bursts_of_a_real_sensor(
    shared_data: Path, rate_hz: float
) -> None:
    """Arrival delays logged from a real 200 Hz sensor, over 35 s and over 5 min."""
    for seconds in (35.0, 300.0):
        made = real_bursts(shared_data, seconds, rate_hz)
        fit = fit_clock(made.device_s, made.arrival_s, kind=COUNTED)
        error = np.abs(fit.to_session(made.device_s) - made.true_s)
        time_s, uncertainty_s = live_times(made, COUNTED)
        known = np.isfinite(time_s)
        live_error = np.abs(time_s - made.true_s)[known]
        print(
            f"real bursts, {rate_hz} Hz, {seconds:g} s: p95 {np.percentile(error, 95) * 1e3:.2f} ms"
            f" (stated {fit.uncertainty_s * 1e3:.1f}), live {np.percentile(live_error, 95) * 1e3:.2f}"
        )
        assert np.percentile(error, 95) < 8e-3
        assert np.mean(error <= fit.uncertainty_s) >= 0.95
        assert np.percentile(live_error, 95) < 16e-3
        assert np.mean(live_error <= uncertainty_s[known]) >= 0.95
        skew = (200.0 / rate_hz - 1) * 1e6
        assert fit.skew_ppm == pytest.approx(skew, abs=150.0)


def test_warming_oscillator_of_a_clockless_sensor_is_followed() -> None:
    """The true rate moves by 0.1 % over 20 minutes; one line would be half a second off."""
    rng = np.random.default_rng(5)
    index = np.arange(8.0, 240_000.0, 8.0)
    true_s = index / 199.0 - 0.3 * (1 - np.exp(-index / 199.0 / 300.0))
    arrival_s = true_s + 0.002 + rng.exponential(0.006, len(index))
    error = np.abs(
        fit_clock(index / 200.0, arrival_s, kind=COUNTED).to_session(index / 200.0) - true_s
    )
    assert np.percentile(error, 95) < 3e-3


def test_uncertainty_shrinks_as_more_is_seen_and_is_infinite_before() -> None:
    made = made_link(200.0, 3)
    clock = LiveClock()
    assert clock.uncertainty_s == np.inf
    assert SessionClock(200.0).uncertainty_s == np.inf
    seen = {}
    for device, arrival in zip(made.device_s.tolist(), made.arrival_s.tolist(), strict=True):
        clock.observe(device, arrival)
        seen[round(device)] = clock.uncertainty_s
    times = sorted(seen)
    assert seen[times[0]] > 10e-3 > seen[times[-1]]


def test_quick_exchanges_of_messages_narrow_the_uncertainty() -> None:
    """Exchanges every 10 s that take 0.8 ms, where packets alone leave 2 ms open."""
    made = made_link(200.0, 3)
    points = [
        SyncPoint(at, offset - 0.0004, offset + 0.0004)
        for at, offset in zip(
            made.device_s[::200].tolist(),
            (made.true_s - made.device_s)[::200].tolist(),
            strict=True,
        )
    ]
    alone = fit_clock(made.device_s, made.arrival_s)
    helped = fit_clock(made.device_s, made.arrival_s, points)
    assert helped.uncertainty_s < alone.uncertainty_s - 0.5e-3
    error = np.abs(helped.to_session(made.device_s) - made.true_s)
    assert np.mean(error <= helped.uncertainty_s) >= 0.95
